"""Answers as other projects recorded them: read, and never edited."""

from pathlib import Path

import pytest

from ingenico.errors import Answer
from ingenico.outcomes import provider_payment
from ingenico.wire.errors import ErrorAnswer
from ingenico.wire.payments import PaymentAnswer
from ingenico.wire.services import ConnectionAnswer
from payments.provider import Misconfigured, OutcomeUnknown, Refused
from payments.states import ProviderStatus as Ours

RESPONSES = Path(__file__).parent / "data" / "responses"

PAYMENTS = {
    "oro-ach-payments-create.json": (Ours.PENDING, 22999, "USD", None),
    "oro-sepa-payments-create.json": (Ours.PENDING, 22999, "EUR", None),
    "oro-cards-finalauth-payments-create.json": (Ours.AUTHORIZED, 2980, "EUR", "726747"),
    "oro-cards-preauth-payments-create.json": (Ours.AUTHORIZED, 2980, "EUR", "726747"),
    "oro-cards-sale-payments-create.json": (Ours.CAPTURE_REQUESTED, 2980, "EUR", "726747"),
    "sdk-createPayment.json": (Ours.AUTHORIZED, 2345, "CAD", "OK1131"),
    "sdk-idempotence_success.json": (Ours.AUTHORIZED, 2345, "CAD", "OK1131"),
    "sdk-pending_approval.json": (Ours.AUTHORIZED, 2345, "CAD", "OK1131"),
}
# A webhook's body wraps its payment like an answer does.
WEBHOOKS = {"webhook-valid-body": Ours.COLLECTED, "webhook-invalid-body": Ours.COLLECTED}
DECLINES = {
    "sdk-createPayment.failure.rejected.json": (402, "430330", "Not authorised"),
    "sdk-idempotence_rejected.json": (402, "21000020", "VALUE"),
    "sdk-rejected.json": (400, "21000020", "VALUE"),
}
FAILURES = {
    "sdk-createPayment.failure.invalidCardNumber.json": (400, Refused, "21000020"),
    "sdk-invalid_request.json": (400, Refused, "cardPaymentMethodSpecificInput.card.expiryDate"),
    "sdk-duplicate_request.json": (409, OutcomeUnknown, "in progress"),
    "sdk-idempotence_duplicate_failure.json": (409, OutcomeUnknown, "in progress"),
    "sdk-invalid_authorization.json": (401, Misconfigured, "9002"),
    "sdk-unknownServerError.json": (500, OutcomeUnknown, "9999"),
}
CONNECTION = {"sdk-testConnection.json"}
# Answers to calls that this room does not make.
OTHER = {"oro-payments-tokenize.json", "oro-tokens-create.json", "oro-sessions-create.json"}


def test_each_recording_has_its_place():
    """A recording that is added is read by one of the tests below."""
    known = {*PAYMENTS, *WEBHOOKS, *DECLINES, *FAILURES, *CONNECTION, *OTHER}
    assert {path.name for path in RESPONSES.iterdir()} == known


@pytest.mark.parametrize(("name", "expected"), PAYMENTS.items())
async def test_recorded_payments(answered, asked, recorded, name, expected):
    """An accepted payment's status, amount and authorization code are understood."""
    provider = answered(status=201, content=recorded(name))
    reference = "AcmeOrder0001" if name.startswith("oro") else "x"
    payment = await provider.authorize(asked(reference=reference))
    status, amount, currency, code = expected
    assert payment.status is status
    assert (payment.amount.amount_minor, payment.amount.currency) == (amount, currency)
    assert payment.authorization_code == code
    assert payment.discrepancy is None


@pytest.mark.parametrize(("name", "status"), WEBHOOKS.items())
def test_recorded_webhook_bodies_show_a_payment(recorded, name, status):
    """The payment in a webhook has the shape of an answer's."""
    answer = PaymentAnswer.model_validate_json(recorded(name))
    assert provider_payment(answer.payment).status is status


@pytest.mark.parametrize(("name", "expected"), DECLINES.items())
async def test_recorded_declines_are_returned(answered, asked, recorded, name, expected):
    """A decline is an outcome, whichever 4xx it came with."""
    status, code, message = expected
    payment = await answered(status=status, content=recorded(name)).authorize(asked())
    assert payment.status is Ours.DECLINED
    assert payment.decline.code == code
    assert payment.decline.message.startswith(message)


@pytest.mark.parametrize(("name", "expected"), FAILURES.items())
async def test_recorded_failures(answered, asked, recorded, name, expected):
    """What shows no payment is raised as what it means."""
    status, kind, words = expected
    with pytest.raises(kind, match=words):
        await answered(status=status, content=recorded(name)).authorize(asked())
    assert Answer(status=status, content=recorded(name)).parse(ErrorAnswer)


@pytest.mark.parametrize("name", sorted(CONNECTION))
async def test_recorded_connection_test(answered, recorded, name):
    """The recorded answer to a connection test is a success."""
    assert ConnectionAnswer.model_validate_json(recorded(name)).result == "OK"
    await answered(content=recorded(name)).test_connection("main")


@pytest.mark.parametrize("name", sorted(OTHER))
async def test_success_of_another_call_is_no_payment(answered, asked, recorded, name):
    """A success whose body shows no payment proves nothing about one."""
    with pytest.raises(OutcomeUnknown):
        await answered(status=201, content=recorded(name)).authorize(asked())
