"""What a look at a payment adds: by the usual rules, once, and nothing while an outcome is open."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.advance import fold_on
from payments.events import (
    AttemptAbsent,
    AuthorizationIntended,
    Authorized,
    Captured,
    CaptureIntended,
    CaptureRejected,
    CaptureRequested,
    Collected,
    HoldExpired,
    Opened,
    RefundAsked,
    RefundIntended,
    RefundRequested,
    RejectedStage,
    Voided,
    VoidIntended,
)
from payments.look import late_result, look_result
from payments.methods import PaymentAction
from payments.money import Money
from payments.payment import Payment
from payments.provider import ProviderPayment, ProviderRefund
from payments.references import PaymentKey
from payments.states import ProviderStatus, RefundStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = PaymentKey(order_id="FR1")
HOLD, CAPTURE, REFUND = "main/FR1/authorize/@start", "main/FR1/capture/s1", "main/FR1/refund/r1"
TOTAL = Money(amount_minor=10_000, currency="EUR")

INTENDED = (
    Opened(
        subject=str(KEY),
        owed=TOTAL,
        digest="d" * 64,
        account="main",
        action=PaymentAction.PRE_AUTHORIZATION,
        hold_seconds=86_400,
        window_seconds=80_000,
    ),
    AuthorizationIntended(subject=HOLD, attempt=1, amount_minor=10_000, reference="main-FR1-a01"),
)
HELD = (
    *INTENDED,
    Authorized(subject=HOLD, amount_minor=10_000, provider_id="p0", authorization_code="OK", authorized_at=NOW),
)
CAPTURING = (
    *HELD,
    CaptureIntended(
        subject=CAPTURE, authorization_id=HOLD, request_id="s1", request_hash="h", shipment_id=None, amount_minor=10_000
    ),
)
QUEUED = (
    *CAPTURING,
    CaptureRequested(subject=CAPTURE, authorization_id=HOLD, amount_minor=10_000, reported_minor=10_000, rest_minor=0),
)
CAPTURED = (*QUEUED, Captured(subject=CAPTURE, authorization_id=HOLD, amount_minor=10_000))
REJECTED = (
    *QUEUED,
    CaptureRejected(subject=CAPTURE, authorization_id=HOLD, amount_minor=10_000, stage=RejectedStage.REQUESTED),
)
COLLECTED = (*CAPTURED, Collected(subject=CAPTURE, authorization_id=HOLD, amount_minor=10_000))
VOIDING = (
    *HELD,
    VoidIntended(subject="main/FR1/void/v1", authorization_id=HOLD, request_id="v1", request_hash="h", cause="request"),
)
VOIDED = (*VOIDING, Voided(subject="main/FR1/void/v1", authorization_id=HOLD, amount_minor=10_000))
EXPIRED = (*HELD, HoldExpired(subject=HOLD, authorization_id=HOLD, amount_minor=10_000))
REFUNDING = (
    *COLLECTED,
    RefundAsked(
        subject=REFUND,
        authorization_id=HOLD,
        capture_id=CAPTURE,
        request_id="r1",
        request_hash="h",
        amount_minor=4_000,
        give_up_at=NOW + timedelta(days=14),
    ),
    RefundIntended(subject=REFUND, authorization_id=HOLD, reference="main-FR1-r01"),
    RefundRequested(subject=REFUND, authorization_id=HOLD, provider_refund_id="p0-r1"),
)

AUTHORIZED, PENDING, UNRECOGNISED = ProviderStatus.AUTHORIZED, ProviderStatus.PENDING, ProviderStatus.UNRECOGNISED
TAKEN = ProviderStatus.CAPTURE_REQUESTED
RELEASED, DECLINED, RETURNED = ProviderStatus.RELEASED, ProviderStatus.DECLINED, ProviderStatus.RETURNED


def payment(story) -> Payment:
    return fold_on(Payment(key=KEY), story)


def reading(status, **fields) -> ProviderPayment:
    told = {"provider_id": "p0", "raw_status": status.name, "reference": "main-FR1-a01", "amount": TOTAL}
    return ProviderPayment(status=status, **told | fields)


def refund(status, refund_id="p0-r1", reference="main-FR1-r01") -> ProviderRefund:
    return ProviderRefund(
        refund_id=refund_id, status=status, raw_status=status.name, reference=reference, amount=TOTAL.with_amount(4_000)
    )


def kinds(events):
    return [event.kind for event in events]


@pytest.mark.parametrize(
    ("story", "status", "adds"),
    [
        *[(HELD, status, []) for status in (AUTHORIZED, PENDING, UNRECOGNISED)],
        (HELD, TAKEN, ["capture_intended", "capture_requested", "attention_needed"]),
        (
            HELD,
            ProviderStatus.COLLECTED,
            ["capture_intended", "capture_requested", "captured", "collected", "attention_needed"],
        ),
        *[(HELD, status, ["voided", "attention_needed"]) for status in (RELEASED, DECLINED)],
        # A reading that lags behind our own capture says nothing.
        *[(QUEUED, status, []) for status in (AUTHORIZED, PENDING, UNRECOGNISED, TAKEN)],
        (QUEUED, ProviderStatus.CAPTURED, ["captured"]),
        (QUEUED, ProviderStatus.COLLECTED, ["captured", "collected"]),
        (QUEUED, ProviderStatus.CAPTURE_REJECTED, ["capture_rejected", "attention_needed"]),
        (QUEUED, RELEASED, ["capture_rejected", "attention_needed"]),
        *[(COLLECTED, status, []) for status in (AUTHORIZED, PENDING, TAKEN, ProviderStatus.COLLECTED)],
        (COLLECTED, ProviderStatus.CAPTURE_REJECTED, ["capture_rejected", "attention_needed"]),
        *[(COLLECTED, status, ["attention_needed"]) for status in (RETURNED, RELEASED, DECLINED)],
        *[(REJECTED, status, []) for status in (ProviderStatus.CAPTURE_REJECTED, TAKEN, RELEASED, DECLINED)],
        (REJECTED, ProviderStatus.COLLECTED, ["attention_needed"]),
        # What is being found out is found out by its own errand.
        *[(story, status, []) for story in (CAPTURING, VOIDING, INTENDED) for status in ProviderStatus],
        *[(story, status, []) for story in (VOIDED, EXPIRED) for status in (AUTHORIZED, RELEASED, DECLINED, PENDING)],
        *[(story, status, ["attention_needed"]) for story in (VOIDED, EXPIRED) for status in (TAKEN, RETURNED)],
        (REFUNDING, RETURNED, []),
        ((*REFUNDING,), ProviderStatus.CAPTURE_REJECTED, ["attention_needed"]),
    ],
)
def test_what_a_look_adds(story, status, adds):
    """Each stage here, with each word of the provider's; the same look again adds nothing."""
    before = payment(story)
    events = look_result(before, reading(status))
    assert kinds(events) == adds
    assert look_result(fold_on(before, events), reading(status)) == ()


def test_a_reading_of_another_payment_adds_nothing():
    """Only the payment that is this authorization's own is followed."""
    assert look_result(payment(HELD), reading(TAKEN, provider_id="p9")) == ()
    assert look_result(Payment(key=KEY), reading(TAKEN)) == ()


def test_an_impossible_amount_is_told_and_nothing_is_booked():
    """A capture in the console whose amount cannot be expressed is a person's to look at."""
    odd = reading(TAKEN, amount=None, discrepancy="Ingenico tells an impossible amount.")
    assert kinds(look_result(payment(HELD), odd)) == ["attention_needed"]


def test_a_refunds_news_are_booked():
    """A refund that was paid out or rejected is booked by the rules of following it."""
    before = payment(REFUNDING)
    seen = reading(ProviderStatus.COLLECTED)
    assert kinds(look_result(before, seen, [refund(RefundStatus.REFUNDED)])) == ["refunded"]
    assert kinds(look_result(before, seen, [refund(RefundStatus.FAILED)])) == ["refund_failed", "attention_needed"]
    assert look_result(before, seen, [refund(RefundStatus.REQUESTED)]) == ()


def test_a_refund_made_in_the_console_is_told_once():
    """Refunds that nobody here asked for are named to people; one that failed is nobody's concern."""
    before, seen = payment(COLLECTED), reading(RETURNED)
    strays = [refund(RefundStatus.REFUNDED, "p0-r7", "by hand"), refund(RefundStatus.FAILED, "p0-r8", "by hand")]
    events = look_result(before, seen, strays)
    assert kinds(events) == ["attention_needed", "attention_needed"]
    assert "p0-r7" in events[1].sentence
    assert "p0-r8" not in events[1].sentence
    assert look_result(fold_on(before, events), seen, strays) == ()


def test_a_late_authorization_ends_its_watch():
    """A hold that is found is taken in to be released, a capture is told; one that is not found stays watched."""
    absent = AttemptAbsent(
        subject=HOLD, occurrence=1, evidence="not found", reference="main-FR1-a01", watched_until=NOW + timedelta(1)
    )
    before = payment((*INTENDED, absent))
    events = late_result(before, [("main-FR1-a01", (reading(AUTHORIZED),))], NOW)
    assert kinds(events) == ["watch_ended", "authorization_adopted", "release_planned"]
    taken = late_result(before, [("main-FR1-a01", (reading(TAKEN),))], NOW)
    assert kinds(taken) == ["watch_ended", "attention_needed"]
    assert late_result(before, [("main-FR1-a01", ())], NOW) == ()
    assert late_result(before, [("main-FR1-a01", ())], NOW + timedelta(days=9)) == ()
