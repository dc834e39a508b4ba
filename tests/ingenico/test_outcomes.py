"""Connect's words and units in ours."""

import pytest

from ingenico.amounts import InexpressibleAmountError, amount_as_sent, minor_units
from ingenico.outcomes import STATUSES, provider_payment
from ingenico.wire.payments import Payment
from payments.money import MAX_AMOUNT_MINOR, Money
from payments.provider import Release
from payments.states import ProviderStatus as Ours

# `payment.py` of the official Python SDK 6.3.0, and CAPTURE_IN_PROGRESS of the vendor's Magento plugin.
DOCUMENTED = {
    "ACCOUNT_VERIFIED": Ours.UNRECOGNISED,
    "CREATED": Ours.PENDING,
    "REDIRECTED": Ours.REDIRECTED,
    "PENDING_PAYMENT": Ours.PENDING,
    "PENDING_FRAUD_APPROVAL": Ours.IN_REVIEW,
    "PENDING_APPROVAL": Ours.AUTHORIZED,
    "PENDING_COMPLETION": Ours.PENDING,
    "PENDING_CAPTURE": Ours.AUTHORIZED,
    "REJECTED": Ours.DECLINED,
    "AUTHORIZATION_REQUESTED": Ours.PENDING,
    "CAPTURE_REQUESTED": Ours.CAPTURE_REQUESTED,
    "CAPTURE_IN_PROGRESS": Ours.CAPTURE_REQUESTED,
    "CAPTURED": Ours.CAPTURED,
    "PAID": Ours.COLLECTED,
    "CANCELLED": Ours.RELEASED,
    "REJECTED_CAPTURE": Ours.CAPTURE_REJECTED,
    "REVERSED": Ours.RETURNED,
    "CHARGEBACK_NOTIFICATION": Ours.COLLECTED,
    "CHARGEBACKED": Ours.RETURNED,
    "REFUNDED": Ours.RETURNED,
}


@pytest.fixture
def read(payment_json):
    return lambda *args, **changed: provider_payment(Payment.model_validate(payment_json(*args, **changed)))


@pytest.mark.parametrize(("status", "ours"), DOCUMENTED.items())
def test_each_documented_status_is_translated(read, status, ours):
    """Every status that the vendor documents has its word here, and the provider's own is kept for people."""
    payment = read(status)
    assert (payment.status, payment.raw_status) == (ours, status)


def test_the_table_holds_the_documented_statuses_and_no_other():
    """A status added to the table is added to this list with its meaning."""
    assert set(STATUSES) == set(DOCUMENTED)


def test_unknown_status_concludes_nothing(read):
    """A word of a later version is not guessed at."""
    assert read("SETTLED_ON_MARS").status is Ours.UNRECOGNISED


@pytest.mark.parametrize("status", ["PENDING_APPROVAL", "PENDING_CAPTURE"])
@pytest.mark.parametrize("authorized", [False, None])
def test_waiting_without_a_hold_is_pending(read, status, authorized):
    """A direct debit waits for approval without any hold: only `isAuthorized` true is one."""
    assert read(status, authorized=authorized).status is Ours.PENDING


@pytest.mark.parametrize(
    ("currency", "minor", "sent"), [("JPY", 12680, 1268000), ("USD", 23979, 23979), ("EUR", 1, 1), ("KRW", 5, 500)]
)
def test_amounts_travel_in_hundredths(currency, minor, sent):
    """Connect counts every currency with two decimals, and the way back is exact."""
    assert amount_as_sent(Money(amount_minor=minor, currency=currency)) == sent
    assert minor_units(sent, currency) == minor


def test_largest_amount_fits_into_twelve_digits():
    """The core's own limit leaves room for the two digits that yen gain."""
    assert len(str(amount_as_sent(Money(amount_minor=MAX_AMOUNT_MINOR, currency="JPY")))) == 12


@pytest.mark.parametrize(
    ("amount", "currency"), [(1268050, "JPY"), (100, "KWD"), (100, "XXX"), (100, "??"), (-1, "EUR"), (10**13, "EUR")]
)
def test_inexpressible_amounts_are_told_and_not_rounded(read, amount, currency):
    """Half a yen, a currency we do not carry or an impossible sum becomes a sentence for a person."""
    with pytest.raises(InexpressibleAmountError):
        minor_units(amount, currency)
    payment = read(amount=amount, currency=currency, amountPaid=100)
    assert payment.amount is None
    assert payment.captured_minor is None
    assert "console" in payment.discrepancy


def test_missing_amount_is_told(payment_json):
    """An answer without an amount says so."""
    without = payment_json() | {"paymentOutput": None}
    assert "no amount" in provider_payment(Payment.model_validate(without)).discrepancy


@pytest.mark.parametrize(
    ("totals", "captured"),
    [
        ({}, None),
        ({"amountCaptureRequested": 0, "amountCaptured": 0, "amountPaid": 0}, None),
        ({"amountCaptureRequested": 900000}, 9000),
        ({"amountCaptureRequested": 900000, "amountCaptured": 0}, 9000),
        ({"amountCaptureRequested": 0, "amountCaptured": 900000}, 9000),
        ({"amountCaptured": 900000, "amountPaid": 900100}, 9001),
    ],
)
def test_captured_is_the_largest_running_total(read, totals, captured):
    """One capture passes from requested to captured to paid, and each may have left the earlier total at zero."""
    assert read("CAPTURE_REQUESTED", amount=1268000, currency="JPY", **totals).captured_minor == captured


def test_half_a_yen_captured_is_told(read):
    """A running total that yen cannot express is not rounded either."""
    payment = read("CAPTURED", amount=1268000, currency="JPY", amountCaptured=50)
    assert payment.captured_minor is None
    assert payment.discrepancy


@pytest.mark.parametrize(
    ("status", "response", "release"),
    [
        ("CANCELLED", "00", Release.CONFIRMED),
        *(("CANCELLED", other, Release.REQUESTED) for other in ("0", "8", "11", "5", "55", "98", "", None)),
        ("CAPTURE_REQUESTED", "00", None),
        ("REJECTED", "98", None),
    ],
)
def test_release_is_confirmed_by_one_answer_alone(payment_json, status, response, release):
    """Any other answer of the issuer leaves the hold to lapse, and what is not cancelled has no release."""
    payment = Payment.model_validate(payment_json(status))
    assert provider_payment(payment, void_response_id=response).release is release


def test_card_facts_are_carried_over(read):
    """The authorization code, the reference and the stamp come through as told."""
    payment = read(reference="main-1-a01", cardPaymentMethodSpecificOutput={"authorisationCode": 726747, "token": "t"})
    assert (payment.authorization_code, payment.reference) == ("726747", "main-1-a01")
    assert payment.changed_at == "20260101120000"
    assert payment.amount == Money(amount_minor=23979, currency="USD")


def test_rejected_capture_says_why(payment_json):
    """The first reason and whether a retry may help."""
    told = payment_json("REJECTED_CAPTURE")
    told["statusOutput"] |= {"errors": [{"code": 430330, "message": "Not authorised"}], "isRetriable": True}
    decline = provider_payment(Payment.model_validate(told)).decline
    assert (decline.code, decline.message, decline.may_retry) == ("430330", "Not authorised", True)
