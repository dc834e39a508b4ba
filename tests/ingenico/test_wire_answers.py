"""Every answer is read: as recorded where a recording exists, as the official SDK would build it where none does."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from ingenico.wire.base import Received
from ingenico.wire.captures import Capture, CapturesAnswer
from ingenico.wire.disputes import Dispute, DisputesAnswer, UploadedFile
from ingenico.wire.errors import ErrorAnswer
from ingenico.wire.hosted_checkouts import CreateHostedCheckoutAnswer, HostedCheckout
from ingenico.wire.mandates import CreateMandateAnswer, GetMandateAnswer
from ingenico.wire.payments import (
    CreatePaymentAnswer,
    FindPaymentsAnswer,
    Payment,
    PaymentAnswer,
    ThirdPartyStatusAnswer,
)
from ingenico.wire.refunds import FindRefundsAnswer, Refund, RefundsAnswer
from ingenico.wire.services import ConnectionAnswer, ConvertAmountAnswer, IinDetailsAnswer
from ingenico.wire.sessions import SessionAnswer
from ingenico.wire.statuses import CaptureStatus, HostedCheckoutStatus, MandateStatus, PaymentStatus, RefundStatus
from ingenico.wire.tokens import CreateTokenAnswer, Token
from ingenico.wire.webhooks import EventBody
from tests.ingenico.generated import parts_of
from tests.ingenico.sdk_bodies import DOMAIN, filled

RESPONSES = Path(__file__).parent / "data" / "responses"

# Each answer model with the SDK's class for the same answer.
ANSWERS = {
    "create_payment_response:CreatePaymentResponse": CreatePaymentAnswer,
    "complete_payment_response:CompletePaymentResponse": CreatePaymentAnswer,
    "payment_response:PaymentResponse": Payment,
    "find_payments_response:FindPaymentsResponse": FindPaymentsAnswer,
    "payment_approval_response:PaymentApprovalResponse": PaymentAnswer,
    "cancel_payment_response:CancelPaymentResponse": PaymentAnswer,
    "third_party_status_response:ThirdPartyStatusResponse": ThirdPartyStatusAnswer,
    "capture_response:CaptureResponse": Capture,
    "captures_response:CapturesResponse": CapturesAnswer,
    "refund_response:RefundResponse": Refund,
    "refunds_response:RefundsResponse": RefundsAnswer,
    "find_refunds_response:FindRefundsResponse": FindRefundsAnswer,
    "create_token_response:CreateTokenResponse": CreateTokenAnswer,
    "token_response:TokenResponse": Token,
    "create_mandate_response:CreateMandateResponse": CreateMandateAnswer,
    "get_mandate_response:GetMandateResponse": GetMandateAnswer,
    "create_hosted_checkout_response:CreateHostedCheckoutResponse": CreateHostedCheckoutAnswer,
    "get_hosted_checkout_response:GetHostedCheckoutResponse": HostedCheckout,
    "session_response:SessionResponse": SessionAnswer,
    "test_connection:TestConnection": ConnectionAnswer,
    "get_iin_details_response:GetIINDetailsResponse": IinDetailsAnswer,
    "convert_amount:ConvertAmount": ConvertAmountAnswer,
    "dispute_response:DisputeResponse": Dispute,
    "disputes_response:DisputesResponse": DisputesAnswer,
    "upload_dispute_file_response:UploadDisputeFileResponse": UploadedFile,
    "webhooks_event:WebhooksEvent": EventBody,
}
NAMED = {
    "oro-payments-tokenize.json": CreateTokenAnswer,
    "oro-tokens-create.json": CreateTokenAnswer,
    "oro-sessions-create.json": SessionAnswer,
    "sdk-testConnection.json": ConnectionAnswer,
    "webhook-valid-body": EventBody,
    "webhook-invalid-body": EventBody,
}
# All the others answer a create payment: with the payment, or with errors.
RECORDED = {
    path.name: NAMED.get(path.name) or (ErrorAnswer if b"errorId" in path.read_bytes() else CreatePaymentAnswer)
    for path in sorted(RESPONSES.iterdir())
}


def holes(value, path=""):
    """Where a parsed answer has nothing, though its body had everything."""
    if value is None:
        return [path]
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return [found for name in fields for found in holes(getattr(value, name), f"{path}.{name}")]
    if isinstance(value, tuple):
        return [f"{path}[]"] if not value else holes(value[0], f"{path}[]")
    return []


@pytest.mark.parametrize(("name", "model"), ANSWERS.items())
def test_every_field_we_read_is_one_the_sdk_writes(name, model):
    """With every documented field filled, no field of ours stays empty: none is misnamed or misplaced."""
    assert holes(model.model_validate(filled(name))) == []


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("payment_error_response:PaymentErrorResponse", "payment_result"),
        ("refund_error_response:RefundErrorResponse", "refund_result"),
    ],
)
def test_declines_carry_their_result(name, result):
    """Each error body shows the errors and the one result that its call has."""
    other = {"payment_result": "refund_result", "refund_result": "payment_result"}[result]
    assert holes(ErrorAnswer.model_validate(filled(name))) == [f".{other}"]


@pytest.mark.parametrize(("name", "model"), RECORDED.items())
def test_recorded_answers_are_read(recorded, name, model):
    """A recording is read whole."""
    assert model.model_validate_json(recorded(name))


def test_unknown_fields_and_words_are_no_obstacle():
    """Connect adds fields and statuses without a new version."""
    told = filled("payment_response:PaymentResponse") | {"surprise": {"a": [1]}, "status": "SETTLED_ON_MARS"}
    assert Payment.model_validate(told).status == "SETTLED_ON_MARS"


def test_an_unreadable_part_beside_the_payment_does_not_hide_it():
    """A payment whose fraud results or next action cannot be read is still this payment."""
    told = filled("create_payment_response:CreatePaymentResponse")
    card = told["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    card["fraudResults"], card["threeDSecureResults"], card["card"] = "?", [1], 7
    told["merchantAction"], told["creationOutput"] = {"redirectData": "?"}, [None]
    told["payment"]["paymentOutput"]["operations"] = {"no": "list"}
    answer = CreatePaymentAnswer.model_validate(told)
    assert answer.payment.id == "text"
    assert answer.payment.payment_output.card_payment_method_specific_output.authorisation_code == "text"
    assert (answer.merchant_action, answer.creation_output) == (None, None)


def test_what_money_depends_on_is_read_strictly():
    """An amount that is no number makes the whole answer unreadable."""
    told = filled("payment_response:PaymentResponse")
    told["paymentOutput"]["amountOfMoney"]["amount"] = "much"
    with pytest.raises(ValidationError):
        Payment.model_validate(told)


def test_numbers_where_text_is_documented_are_text():
    """A token or a card's number that comes as a number is kept, and kept hidden."""
    told = {"token": 4567, "isNewToken": True}
    assert CreateTokenAnswer.model_validate(told).token == SecretStr("4567")


@pytest.mark.parametrize(
    ("words", "module", "cls", "also"),
    [
        (PaymentStatus, "payment", "Payment", {"CAPTURE_IN_PROGRESS"}),
        (CaptureStatus, "capture", "Capture", set()),
        (RefundStatus, "refund_result", "RefundResult", {"CAPTURED"}),
        (MandateStatus, "mandate_response", "MandateResponse", set()),
        (HostedCheckoutStatus, "get_hosted_checkout_response", "GetHostedCheckoutResponse", set()),
    ],
)
def test_the_statuses_are_those_of_the_sdk(words, module, cls, also):
    """Each status stands in the SDK's documentation of the field, and none of its list is missing."""
    documented = getattr(importlib.import_module(f"{DOMAIN}.{module}"), cls).status.__doc__
    listed = set(re.findall(r"^\s*\* ([A-Z_]{4,})", documented, flags=re.MULTILINE))
    assert set(words) == listed | also


def test_every_answer_model_is_read_here():
    """A model added for an answer is held against the SDK."""
    parts = {part for model in [*ANSWERS.values(), ErrorAnswer] for part in parts_of(model)}
    from ingenico import wire

    for module in pkgutil.iter_modules(wire.__path__):
        importlib.import_module(f"ingenico.wire.{module.name}")

    def below(cls):
        return {cls} | {deeper for child in cls.__subclasses__() for deeper in below(child)}

    assert {cls.__name__ for cls in below(Received) - {Received} - parts} == set()
