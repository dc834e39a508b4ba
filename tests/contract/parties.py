"""Two clients of Connect that do the same things: ours and the official SDK. Each says what came of it, in one way."""

import asyncio
import json

from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communication.communication_exception import CommunicationException
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.authorization_exception import AuthorizationException
from worldline.connect.sdk.v1.declined_transaction_exception import DeclinedTransactionException
from worldline.connect.sdk.v1.domain import approve_payment_request, capture_payment_request, create_payment_request
from worldline.connect.sdk.v1.domain import refund_request as sdk_refund
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.platform_exception import PlatformException
from worldline.connect.sdk.v1.reference_exception import ReferenceException

from ingenico.accounts import AccountCredentials
from ingenico.api.merchant import Merchant
from ingenico.client import ConnectClient
from ingenico.errors import DeclinedPayment, DeclinedRefund
from ingenico.transport import open_http
from ingenico.wire import captures, payments, refunds
from payments.provider import Misconfigured, OutcomeUnknown, Refused
from tests.contract.sdk.world import KEY, World, body

# What a call can come to. Both clients have a type for each of these.
DONE, DECLINED, REFUSED, TAKEN, UNKNOWN, FORBIDDEN = "done", "declined", "refused", "taken", "unknown", "forbidden"


class Ours:
    """Our own client, on one account."""

    def __init__(self, url: str, account: str, *, secret: str = KEY["secret"]) -> None:
        self._runner = asyncio.Runner()
        self._http = self._runner.run(_opened())
        credentials = AccountCredentials(merchant_id=account, api_key_id=KEY["id"], secret_api_key=secret, endpoint=url)
        self._merchant = Merchant(ConnectClient(self._http), credentials)
        self.sent = []

    def close(self):
        self._runner.run(self._http.aclose())
        self._runner.close()

    def create(self, content, key):
        request = self._built("CreatePaymentRequest", payments.CreatePaymentRequest, content)
        return self._told(self._merchant.payments.create(request, idempotence_key=key))

    def approve(self, payment_id, content):
        request = self._built("ApprovePaymentRequest", payments.ApprovePaymentRequest, content)
        return self._told(self._merchant.payments.approve(payment_id, request))

    def capture(self, payment_id, content):
        request = self._built("CapturePaymentRequest", captures.CapturePaymentRequest, content)
        return self._told(self._merchant.payments.capture(payment_id, request))

    def refund(self, payment_id, content, key):
        request = self._built("RefundRequest", refunds.RefundRequest, content)
        return self._told(self._merchant.payments.refund(payment_id, request, idempotence_key=key))

    def finalizecapture(self, payment_id):
        return self._told(self._merchant.payments.finalize_capture(payment_id))

    def cancel(self, payment_id):
        return self._told(self._merchant.payments.cancel(payment_id))

    def cancelapproval(self, payment_id):
        return self._told(self._merchant.payments.cancel_approval(payment_id))

    def read(self, payment_id):
        """Status and sums of a payment, and the statuses of its captures and refunds."""
        payment = self._runner.run(self._merchant.payments.get(payment_id))
        taken = self._runner.run(self._merchant.payments.captures(payment_id)).captures
        given = self._runner.run(self._merchant.payments.refunds(payment_id)).refunds
        return _reading(payment, taken, given)

    def _built(self, name, model, content):
        request = model.model_validate(content)
        self.sent.append((name, json.loads(request.as_json())))
        return request

    def _told(self, call):
        try:
            answer = self._runner.run(call)
        except Refused as error:
            return REFUSED, error.code, error.field, error.wrong_state
        except OutcomeUnknown as error:
            return (TAKEN,) if error.key_is_dead else (UNKNOWN,)
        except Misconfigured:
            return (FORBIDDEN,)
        match answer:
            case DeclinedPayment():
                return DECLINED, answer.errors[0].code, answer.result.payment.id
            case DeclinedRefund():
                return DECLINED, answer.errors[0].code, answer.refund.id
        return _done(answer)


async def _opened():
    return open_http()


class Sdk:
    """The official SDK, on one account."""

    def __init__(self, world: World) -> None:
        self._payments = world.sdk.payments()

    def create(self, content, key):
        request = body(create_payment_request.CreatePaymentRequest, content)
        return self._told(self._payments.create, request, CallContext(key))

    def approve(self, payment_id, content):
        request = body(approve_payment_request.ApprovePaymentRequest, content)
        return self._told(self._payments.approve, payment_id, request)

    def capture(self, payment_id, content):
        request = body(capture_payment_request.CapturePaymentRequest, content)
        return self._told(self._payments.capture, payment_id, request)

    def refund(self, payment_id, content, key):
        request = body(sdk_refund.RefundRequest, content)
        return self._told(self._payments.refund, payment_id, request, CallContext(key))

    def finalizecapture(self, payment_id):
        return self._told(self._payments.finalizecapture, payment_id)

    def cancel(self, payment_id):
        return self._told(self._payments.cancel, payment_id)

    def cancelapproval(self, payment_id):
        return self._told(self._payments.cancelapproval, payment_id)

    def read(self, payment_id):
        """Status and sums of a payment, and the statuses of its captures and refunds."""
        payment = self._payments.get(payment_id, GetPaymentParams())
        taken, given = self._payments.captures(payment_id).captures, self._payments.refunds(payment_id).refunds
        return _reading(payment, taken, given)

    @staticmethod
    def _told(call, *arguments):
        try:
            return _done(call(*arguments))
        except DeclinedTransactionException as error:
            result = getattr(error, "create_payment_result", None)
            return DECLINED, error.errors[0].code, result.payment.id if result else error.refund_result.id
        except AuthorizationException:
            return (FORBIDDEN,)
        except (PlatformException, CommunicationException):
            return (UNKNOWN,)
        except ReferenceException as error:
            if error.status_code == 409:
                return (TAKEN,)
            return _refused(error)
        except ApiException as error:
            return _refused(error)


def _refused(error):
    first = error.errors[0]
    return REFUSED, first.code, first.property_name, error.status_code == 402


def _done(answer):
    """The object that an answer speaks of, bare or wrapped."""
    found = getattr(answer, "payment", answer)
    return DONE, found.status, found.id


def _reading(payment, taken, given):
    output = payment.payment_output
    sums = (
        output.amount_of_money.amount,
        output.amount_capture_requested,
        output.amount_captured,
        output.amount_refund_requested,
        output.amount_refunded,
    )
    parts = [
        [(part.status, output_of(part).amount_of_money.amount) for part in parts or ()] for parts in (taken, given)
    ]
    return payment.status, sums, parts


def output_of(part):
    """What a capture or a refund says of itself."""
    return getattr(part, "capture_output", None) or part.refund_output
