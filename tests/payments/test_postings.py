"""What each event books: the chart of accounts, row by row."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from payments import events as e
from payments.events import refund as r
from payments.methods import PaymentAction
from payments.money import Money
from payments.postings import Account, postings

HOLD = "main/o1/authorize/@start"
OF_HOLD = {"subject": "main/o1/void/v1", "authorization_id": HOLD}
OF_CAPTURE = {"subject": "main/o1/capture/s1", "authorization_id": HOLD}
OF_REFUND = {"subject": "main/o1/refund/r1", "authorization_id": HOLD}
ASKED = {"request_id": "s1", "request_hash": "h"}
REQUESTED = {**OF_CAPTURE, "amount_minor": 70}
PENDING = {
    "subject": HOLD,
    "provider_id": "p1",
    "waits_for": e.WaitsFor.REVIEW,
    "amount_minor": 100,
    "since": datetime(2026, 11, 24, tzinfo=UTC),
}
BOOKED = [
    (e.CheckoutOpened(subject=HOLD, checkout_id="c1", amount_minor=100, since=datetime(2026, 11, 24, tzinfo=UTC)), {}),
    (e.CheckoutDeclined(subject=HOLD, provider_id="p1", decline=e.Decline(code="1", message="no")), {}),
    (e.CheckoutOver(subject=HOLD, end=e.CheckoutEnd.GONE), {}),
    (
        e.CheckoutPaid(subject=HOLD, provider_id="p1", reference="r", watched_until=datetime(2026, 11, 24, tzinfo=UTC)),
        {},
    ),
    (e.CheckoutPaidLate(subject=HOLD, provider_id="p1", unwanted=None), {}),
    (
        e.CheckoutClosed(
            subject="c", authorization_id=HOLD, reference="r", watched_until=datetime(2026, 11, 24, tzinfo=UTC)
        ),
        {},
    ),
    (e.AuthorizationPending(**PENDING), {}),
    (
        e.AuthorizationPending(**PENDING, held_minor=40),
        {Account.HOLD_OPEN: 40, Account.HOLD_CONTRA: -40},
    ),
    (
        e.Authorized(
            subject=HOLD,
            amount_minor=100,
            booked_minor=40,
            provider_id="p1",
            authorization_code=None,
            authorized_at=datetime(2026, 11, 24, tzinfo=UTC),
        ),
        {Account.HOLD_OPEN: 60, Account.HOLD_CONTRA: -60},
    ),
    (e.AcceptIntended(subject="r", authorization_id=HOLD, request_id="r", request_hash="h"), {}),
    (e.AcceptRefused(subject="r", authorization_id=HOLD, reason="no"), {}),
    (e.AuthorizationGivenUp(subject="v", authorization_id=HOLD, reason=e.GivenUp.CUSTOMER_DID_NOT_RETURN), {}),
    (
        e.Authorized(
            subject=HOLD,
            amount_minor=100,
            provider_id="p1",
            authorization_code=None,
            authorized_at=datetime(2026, 11, 24, tzinfo=UTC),
        ),
        {Account.HOLD_OPEN: 100, Account.HOLD_CONTRA: -100},
    ),
    (
        e.AuthorizationAdopted(
            subject=HOLD,
            reference="main-o1-a01",
            amount_minor=100,
            provider_id="p1",
            authorized_at=datetime(2026, 11, 24, tzinfo=UTC),
        ),
        {Account.HOLD_OPEN: 100, Account.HOLD_CONTRA: -100},
    ),
    (e.ReleasePlanned(**OF_HOLD, request_id="@release-@start", cause="superseded"), {}),
    (
        e.CaptureIntended(**OF_CAPTURE, **ASKED, shipment_id=None, amount_minor=70),
        {Account.HOLD_OPEN: -70, Account.HOLD_RESERVED: 70},
    ),
    (e.CaptureRefused(**REQUESTED, reason="no"), {Account.HOLD_OPEN: 70, Account.HOLD_RESERVED: -70}),
    (
        e.CaptureRequested(**REQUESTED, reported_minor=70, rest_minor=0),
        {Account.HOLD_RESERVED: -70, Account.HOLD_CONTRA: 70, Account.CAPTURE_QUEUED: 70, Account.SALE_PENDING: -70},
    ),
    (
        e.CaptureRequested(**REQUESTED, reported_minor=70, rest_minor=30),
        {
            Account.HOLD_RESERVED: -70,
            Account.HOLD_CONTRA: 70,
            Account.CAPTURE_QUEUED: 70,
            Account.SALE_PENDING: -70,
            Account.HOLD_OPEN: -30,
            Account.HOLD_LAPSING: 30,
        },
    ),
    (
        # Less than was asked: what was reserved and not taken returns, and lapses with the rest.
        e.CaptureRequested(**REQUESTED, reported_minor=50, rest_minor=50),
        {
            Account.HOLD_RESERVED: -70,
            Account.HOLD_CONTRA: 50,
            Account.CAPTURE_QUEUED: 50,
            Account.SALE_PENDING: -50,
            Account.HOLD_OPEN: -30,
            Account.HOLD_LAPSING: 50,
        },
    ),
    (
        # More than was asked: no more than was asked is booked as the sale.
        e.CaptureRequested(**REQUESTED, reported_minor=90, rest_minor=10),
        {
            Account.HOLD_RESERVED: -70,
            Account.HOLD_CONTRA: 70,
            Account.CAPTURE_QUEUED: 70,
            Account.SALE_PENDING: -70,
            Account.HOLD_OPEN: -10,
            Account.HOLD_LAPSING: 10,
        },
    ),
    (
        e.Unexplained(**OF_CAPTURE, amount_minor=20, used_hold_minor=20),
        {Account.PROVIDER_COLLECTED: 20, Account.SUSPENSE: -20, Account.HOLD_OPEN: -20, Account.HOLD_CONTRA: 20},
    ),
    (
        e.Captured(**REQUESTED),
        {Account.CAPTURE_QUEUED: -70, Account.SALE_PENDING: 70, Account.PROVIDER_CAPTURED: 70, Account.SALE: -70},
    ),
    (e.Collected(**REQUESTED), {Account.PROVIDER_CAPTURED: -70, Account.PROVIDER_COLLECTED: 70}),
    (
        e.CaptureRejected(**REQUESTED, stage=e.RejectedStage.REQUESTED),
        {Account.CAPTURE_QUEUED: -70, Account.SALE_PENDING: 70},
    ),
    (
        e.CaptureRejected(**REQUESTED, stage=e.RejectedStage.CAPTURED),
        {Account.PROVIDER_CAPTURED: -70, Account.SALE: 70},
    ),
    (
        e.CaptureRejected(**REQUESTED, stage=e.RejectedStage.COLLECTED),
        {Account.PROVIDER_COLLECTED: -70, Account.SALE: 70},
    ),
    (
        e.CaptureRejected(**REQUESTED, stage=e.RejectedStage.REQUESTED, reopened_minor=70),
        {
            Account.CAPTURE_QUEUED: -70,
            Account.SALE_PENDING: 70,
            Account.HOLD_OPEN: 70,
            Account.HOLD_CONTRA: -70,
        },
    ),
    (
        e.CaptureRejected(**REQUESTED, stage=e.RejectedStage.CAPTURED, lapsing_minor=70),
        {
            Account.PROVIDER_CAPTURED: -70,
            Account.SALE: 70,
            Account.HOLD_LAPSING: 70,
            Account.HOLD_CONTRA: -70,
        },
    ),
    (e.CapturesFinalized(**OF_HOLD, amount_minor=30), {Account.HOLD_OPEN: -30, Account.HOLD_LAPSING: 30}),
    (e.Voided(**OF_HOLD, amount_minor=100), {Account.HOLD_OPEN: -100, Account.HOLD_LAPSING: 100}),
    (
        e.HoldReleased(**OF_HOLD, amount_minor=100, confirmed=True),
        {Account.HOLD_LAPSING: -100, Account.HOLD_CONTRA: 100},
    ),
    (e.HoldExpired(**OF_HOLD, amount_minor=100), {Account.HOLD_OPEN: -100, Account.HOLD_CONTRA: 100}),
    (
        e.Opened(
            subject="main/o1",
            owed=Money(amount_minor=100, currency="EUR"),
            digest="d",
            account="main",
            action=PaymentAction.SALE,
            hold_seconds=1,
            window_seconds=1,
        ),
        {},
    ),
    (e.AuthorizationIntended(subject=HOLD, attempt=1, reference="r", amount_minor=100), {}),
    (e.OutcomeUnknown(**OF_CAPTURE, reason="lost"), {}),
    (e.Declined(subject=HOLD, decline=e.Decline(code="c", message="m"), provider_id=None), {}),
    (e.AuthorizationRefused(subject=HOLD, code="c", message="m"), {}),
    (e.WatchEnded(subject="main-X-a01"), {}),
    (
        e.AttemptAbsent(
            subject=HOLD, evidence="not found", reference="r", watched_until=datetime(2026, 11, 24, tzinfo=UTC)
        ),
        {},
    ),
    (e.Abandoned(subject="main/o1/void/v1", **ASKED), {}),
    (e.VoidIntended(**OF_HOLD, **ASKED, cause="request"), {}),
    (e.VoidRefused(**OF_HOLD, reason="no"), {}),
    (
        r.RefundAsked(
            **OF_REFUND,
            **ASKED,
            capture_id=OF_CAPTURE["subject"],
            amount_minor=30,
            give_up_at=datetime(2026, 11, 24, tzinfo=UTC),
        ),
        {Account.REFUNDS: 30, Account.REFUND_OWED: -30},
    ),
    (r.RefundIntended(**OF_REFUND, reference="main-o1-r01"), {}),
    (r.RefundDeferred(**OF_REFUND, not_before=datetime(2026, 11, 24, tzinfo=UTC), why="queued"), {}),
    (r.RefundRequested(**OF_REFUND, provider_refund_id="p1-r1"), {}),
    (r.Refunded(**OF_REFUND, amount_minor=30), {Account.REFUND_OWED: 30, Account.PROVIDER_COLLECTED: -30}),
    (r.RefundFailed(**OF_REFUND, amount_minor=30, reason="no"), {Account.REFUNDS: -30, Account.REFUND_OWED: 30}),
    (
        r.RefundReversed(**OF_REFUND, amount_minor=30, reason="came back"),
        {Account.PROVIDER_COLLECTED: 30, Account.REFUNDS: -30},
    ),
    (e.TakeBackIntended(**OF_HOLD, **ASKED, capture_id=OF_CAPTURE["subject"]), {}),
    (e.TakeBackRefused(**OF_HOLD, capture_id=OF_CAPTURE["subject"], reason="too late"), {}),
    (
        e.CaptureTakenBack(**OF_CAPTURE, take_back_id="t", amount_minor=70, reopened_minor=60),
        {
            Account.CAPTURE_QUEUED: -70,
            Account.SALE_PENDING: 70,
            Account.HOLD_OPEN: 60,
            Account.HOLD_CONTRA: -60,
        },
    ),
    (e.RefundTakenBack(**OF_REFUND, amount_minor=30), {Account.REFUNDS: -30, Account.REFUND_OWED: 30}),
    (e.WindowChanged(**OF_HOLD, **ASKED, ends_at=datetime(2026, 11, 24, tzinfo=UTC)), {}),
    (e.WindowEnding(**OF_HOLD, ends_at=datetime(2026, 11, 24, tzinfo=UTC), amount_minor=100), {}),
    (
        e.CaptureScheduled(
            **OF_HOLD,
            **ASKED,
            at=datetime(2026, 11, 24, tzinfo=UTC),
            amount_minor=None,
            final=False,
            shipment_id=None,
        ),
        {},
    ),
    (e.CaptureUnscheduled(**OF_HOLD, reason="it was cancelled"), {}),
    (e.CapturePlanned(**OF_CAPTURE, request_id="s1+2", shipment_id=None, amount_minor=70, final=True), {}),
    (e.CaptureDropped(**OF_CAPTURE, amount_minor=70, reason="the hold is gone"), {}),
    (e.OrderChanged(subject="main/FR1/change/c1", owed_minor=70), {}),
    (e.AttentionNeeded(subject=HOLD, sentence="look"), {}),
    (e.AttentionSettled(subject=HOLD), {}),
]


@pytest.mark.parametrize(("event", "expected"), BOOKED, ids=lambda value: getattr(value, "kind", ""))
def test_what_an_event_books(event, expected):
    """Each event books its row of the chart, balanced, on its authorization and its capture."""
    entries = postings(event)
    booked: dict[Account, int] = {}
    for entry in entries:
        assert entry.amount_minor != 0
        assert entry.authorization_id == HOLD
        booked[entry.account] = booked.get(entry.account, 0) + entry.amount_minor
    assert {account: amount for account, amount in booked.items() if amount} == expected
    assert sum(booked.values()) == 0
    of_a_capture = {entry.capture_id for entry in entries} - {None}
    assert of_a_capture <= {OF_CAPTURE["subject"]}


def test_every_event_is_in_the_table():
    """An event that is added must say here what it books."""
    assert {type(event) for event, _ in BOOKED} == set(get_args(get_args(e.AnyEvent)[0]))


def test_an_amount_of_nothing_makes_no_entry():
    """What moves nothing leaves no line behind."""
    assert postings(e.Voided(**OF_HOLD, amount_minor=0)) == ()
