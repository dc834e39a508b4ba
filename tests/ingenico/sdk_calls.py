"""Each operation of ours beside the same operation of the official SDK, and where the SDK would send it."""

from urllib.parse import parse_qs, urlsplit

from worldline.connect.sdk.communication.connection import Connection
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.merchant.payments.find_payments_params import FindPaymentsParams
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.merchant.refunds.find_refunds_params import FindRefundsParams
from worldline.connect.sdk.v1.merchant.services.convert_amount_params import ConvertAmountParams
from worldline.connect.sdk.v1.merchant.tokens.delete_token_params import DeleteTokenParams

from ingenico.api.base import PAGE
from tests.ingenico.generated import REQUESTS

KEY = "k" * 40


def params(cls, **values):
    made = cls()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def body(name):
    """The smallest instance of a request, unchecked: what is sent is compared elsewhere."""
    return REQUESTS[name].model_construct()


# Each operation: what we call, what the SDK calls, and the SDK's class that answers.
PAYMENT, REFUND = "payment_response:PaymentResponse", "refund_response:RefundResponse"
DISPUTE, DISPUTES = "dispute_response:DisputeResponse", "disputes_response:DisputesResponse"
MANDATE = "get_mandate_response:GetMandateResponse"
NEW_TOKEN = "create_token_response:CreateTokenResponse"
NEW_MANDATE = "create_mandate_response:CreateMandateResponse"
OPERATIONS = {
    "payments.create": (
        lambda m: m.payments.create(body("CreatePaymentRequest"), idempotence_key=KEY),
        lambda m: m.payments().create(None),
        "create_payment_response:CreatePaymentResponse",
    ),
    "payments.get": (
        lambda m: m.payments.get("p1"),
        lambda m: m.payments().get("p1", GetPaymentParams()),
        PAYMENT,
    ),
    "payments.find": (
        lambda m: m.payments.find(merchant_reference="r", merchant_order_id=3, hosted_checkout_id="h", offset=5),
        lambda m: m.payments().find(
            params(
                FindPaymentsParams,
                merchant_reference="r",
                merchant_order_id=3,
                hosted_checkout_id="h",
                offset=5,
                limit=PAGE,
            )
        ),
        "find_payments_response:FindPaymentsResponse",
    ),
    "payments.approve": (
        lambda m: m.payments.approve("p1", body("ApprovePaymentRequest")),
        lambda m: m.payments().approve("p1", None),
        "payment_approval_response:PaymentApprovalResponse",
    ),
    "payments.capture": (
        lambda m: m.payments.capture("p1", body("CapturePaymentRequest")),
        lambda m: m.payments().capture("p1", None),
        "capture_response:CaptureResponse",
    ),
    "payments.captures": (
        lambda m: m.payments.captures("p1"),
        lambda m: m.payments().captures("p1"),
        "captures_response:CapturesResponse",
    ),
    "payments.finalize_capture": (
        lambda m: m.payments.finalize_capture("p1"),
        lambda m: m.payments().finalizecapture("p1"),
        PAYMENT,
    ),
    "payments.cancel": (
        lambda m: m.payments.cancel("p1"),
        lambda m: m.payments().cancel("p1"),
        "cancel_payment_response:CancelPaymentResponse",
    ),
    "payments.cancel_approval": (
        lambda m: m.payments.cancel_approval("p1"),
        lambda m: m.payments().cancelapproval("p1"),
        "cancel_approval_payment_response:CancelApprovalPaymentResponse",
    ),
    "payments.refund": (
        lambda m: m.payments.refund("p1", body("RefundRequest"), idempotence_key=KEY),
        lambda m: m.payments().refund("p1", None),
        REFUND,
    ),
    "payments.refunds": (
        lambda m: m.payments.refunds("p1"),
        lambda m: m.payments().refunds("p1"),
        "refunds_response:RefundsResponse",
    ),
    "payments.process_challenged": (
        lambda m: m.payments.process_challenged("p1"),
        lambda m: m.payments().processchallenged("p1"),
        PAYMENT,
    ),
    "payments.complete": (
        lambda m: m.payments.complete("p1", body("CompletePaymentRequest")),
        lambda m: m.payments().complete("p1", None),
        "complete_payment_response:CompletePaymentResponse",
    ),
    "payments.tokenize": (
        lambda m: m.payments.tokenize("p1", body("TokenizePaymentRequest")),
        lambda m: m.payments().tokenize("p1", None),
        NEW_TOKEN,
    ),
    "payments.third_party_status": (
        lambda m: m.payments.third_party_status("p1"),
        lambda m: m.payments().third_party_status("p1"),
        "third_party_status_response:ThirdPartyStatusResponse",
    ),
    "payments.dispute": (
        lambda m: m.payments.dispute("p1", body("CreateDisputeRequest")),
        lambda m: m.payments().dispute("p1", None),
        DISPUTE,
    ),
    "payments.disputes": (lambda m: m.payments.disputes("p1"), lambda m: m.payments().disputes("p1"), DISPUTES),
    "captures.get": (
        lambda m: m.captures.get("c1"),
        lambda m: m.captures().get("c1"),
        "capture_response:CaptureResponse",
    ),
    "captures.refund": (
        lambda m: m.captures.refund("c1", body("RefundRequest"), idempotence_key=KEY),
        lambda m: m.captures().refund("c1", None),
        REFUND,
    ),
    "captures.dispute": (
        lambda m: m.captures.dispute("c1", body("CreateDisputeRequest")),
        lambda m: m.captures().dispute("c1", None),
        DISPUTE,
    ),
    "captures.disputes": (lambda m: m.captures.disputes("c1"), lambda m: m.captures().disputes("c1"), DISPUTES),
    "refunds.get": (lambda m: m.refunds.get("f1-100001"), lambda m: m.refunds().get("f1-100001"), REFUND),
    "refunds.find": (
        lambda m: m.refunds.find(merchant_reference="r"),
        lambda m: m.refunds().find(params(FindRefundsParams, merchant_reference="r", offset=0, limit=PAGE)),
        "find_refunds_response:FindRefundsResponse",
    ),
    "refunds.approve": (
        lambda m: m.refunds.approve("f1", body("ApproveRefundRequest")),
        lambda m: m.refunds().approve("f1", None),
        None,
    ),
    "refunds.cancel": (lambda m: m.refunds.cancel("f1"), lambda m: m.refunds().cancel("f1"), None),
    "refunds.cancel_approval": (
        lambda m: m.refunds.cancel_approval("f1"),
        lambda m: m.refunds().cancelapproval("f1"),
        None,
    ),
    "tokens.create": (
        lambda m: m.tokens.create(body("CreateTokenRequest")),
        lambda m: m.tokens().create(None),
        NEW_TOKEN,
    ),
    "tokens.get": (lambda m: m.tokens.get("t1"), lambda m: m.tokens().get("t1"), "token_response:TokenResponse"),
    "tokens.update": (
        lambda m: m.tokens.update("t1", body("UpdateTokenRequest")),
        lambda m: m.tokens().update("t1", None),
        None,
    ),
    "tokens.delete": (
        lambda m: m.tokens.delete("t1", mandate_cancel_date="20261124"),
        lambda m: m.tokens().delete("t1", params(DeleteTokenParams, mandate_cancel_date="20261124")),
        None,
    ),
    "tokens.approve_sepa_direct_debit": (
        lambda m: m.tokens.approve_sepa_direct_debit("t1", body("ApproveTokenRequest")),
        lambda m: m.tokens().approvesepadirectdebit("t1", None),
        None,
    ),
    "mandates.create": (
        lambda m: m.mandates.create(body("CreateMandateRequest")),
        lambda m: m.mandates().create(None),
        NEW_MANDATE,
    ),
    "mandates.create_with_reference": (
        lambda m: m.mandates.create_with_reference("M-1", body("CreateMandateRequest")),
        lambda m: m.mandates().create_with_mandate_reference("M-1", None),
        NEW_MANDATE,
    ),
    "mandates.get": (lambda m: m.mandates.get("M-1"), lambda m: m.mandates().get("M-1"), MANDATE),
    "mandates.block": (lambda m: m.mandates.block("M-1"), lambda m: m.mandates().block("M-1"), MANDATE),
    "mandates.unblock": (lambda m: m.mandates.unblock("M-1"), lambda m: m.mandates().unblock("M-1"), MANDATE),
    "mandates.revoke": (lambda m: m.mandates.revoke("M-1"), lambda m: m.mandates().revoke("M-1"), MANDATE),
    "hosted_checkouts.create": (
        lambda m: m.hosted_checkouts.create(body("CreateHostedCheckoutRequest")),
        lambda m: m.hostedcheckouts().create(None),
        "create_hosted_checkout_response:CreateHostedCheckoutResponse",
    ),
    "hosted_checkouts.get": (
        lambda m: m.hosted_checkouts.get("8915-28e5"),
        lambda m: m.hostedcheckouts().get("8915-28e5"),
        "get_hosted_checkout_response:GetHostedCheckoutResponse",
    ),
    "hosted_checkouts.delete": (
        lambda m: m.hosted_checkouts.delete("8915-28e5"),
        lambda m: m.hostedcheckouts().delete("8915-28e5"),
        None,
    ),
    "sessions.create": (
        lambda m: m.sessions.create(body("SessionRequest")),
        lambda m: m.sessions().create(None),
        "session_response:SessionResponse",
    ),
    "services.test_connection": (
        lambda m: m.services.test_connection(),
        lambda m: m.services().testconnection(),
        "test_connection:TestConnection",
    ),
    "services.iin_details": (
        lambda m: m.services.iin_details(body("GetIINDetailsRequest")),
        lambda m: m.services().get_iin_details(None),
        "get_iin_details_response:GetIINDetailsResponse",
    ),
    "services.convert_amount": (
        lambda m: m.services.convert_amount(source="EUR", target="USD", amount=100),
        lambda m: m.services().convert_amount(params(ConvertAmountParams, source="EUR", target="USD", amount=100)),
        "convert_amount:ConvertAmount",
    ),
    "disputes.get": (lambda m: m.disputes.get("d1"), lambda m: m.disputes().get("d1"), DISPUTE),
    "disputes.submit": (lambda m: m.disputes.submit("d1"), lambda m: m.disputes().submit("d1"), DISPUTE),
    "disputes.cancel": (lambda m: m.disputes.cancel("d1"), lambda m: m.disputes().cancel("d1"), DISPUTE),
}


class Overheard(Connection):
    """What the official SDK would send, told instead of sent."""

    def __init__(self):
        self.heard = None

    def get(self, url, *_):
        return self._hear("GET", url)

    def delete(self, url, *_):
        return self._hear("DELETE", url)

    def post(self, url, *_):
        return self._hear("POST", url)

    def put(self, url, *_):
        return self._hear("PUT", url)

    def _hear(self, method, url):
        parts = url if hasattr(url, "path") else urlsplit(url)
        self.heard = (method, parts.path, parse_qs(parts.query))
        return 204, {}, iter([b""])

    def enable_logging(self, *_):
        """Not asked for, and abstract in the base class."""

    def set_body_obfuscator(self, *_):
        """The SDK hides what it would log; nothing is logged."""

    disable_logging = enable_logging
    set_header_obfuscator = set_body_obfuscator


def by_the_sdk(call):
    """Method, path and query of a call, as the official SDK makes it."""
    configuration = CommunicatorConfiguration(
        api_endpoint="http://connect.test", api_key_id="a", secret_api_key="s", authorization_type="v1HMAC",
        integrator="Tests", connect_timeout=1, socket_timeout=1, max_connections=1,
    )  # fmt: skip
    overheard = Overheard()
    client = Factory.create_client_from_configuration(configuration, connection=overheard)
    call(client.v1().merchant("1234"))
    return overheard.heard
