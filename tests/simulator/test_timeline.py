"""The life of a payment as a function of time: sums that hold, and a past that is never rewritten."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from simulator.payments import ids, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.records import Outcome, Payment, Step

AMOUNT = 5000
LAST = 400
SUMS = (
    "authorized",
    "capture_requested",
    "captured",
    "collected",
    "refund_requested",
    "refunded",
    "voided",
    "reversed",
    "charged_back",
    "won_back",
)


def new_payment(captures=r.ONE_CAPTURE, outcome=None, redirect=None):
    return Payment(
        number=1,
        payment_id=ids.payment_id("1234", 1),
        merchant_id="1234",
        merchant_reference=None,
        merchant_order_id=None,
        amount=AMOUNT,
        currency="EUR",
        method=r.CARD,
        product=1,
        mode="PRE_AUTHORIZATION",
        captures=captures,
        outcome=outcome or Outcome(),
        created_at=0,
        output={},
        redirect=redirect,
    )


def capture(draw, payment, life, at):
    if not timeline.can_be_captured(payment, life):
        return None
    wait, more = draw(st.integers(0, 50)), draw(st.integers(0, 50))
    amount = draw(st.integers(1, life.open_amount))
    return Step(
        kind=r.CAPTURE,
        at=at,
        amount=amount,
        place=len(life.captures) + 1,
        final=draw(st.booleans()) or amount == life.open_amount,
        fails=draw(st.booleans()),
        cancellable_until=at + wait // 2,
        captured_at=at + wait,
        collected_at=at + wait + more,
    )


def undo(draw, payment, life, at):
    queued = [part for part in life.live_captures() if at < part.cancellable_until]
    if not queued or payment.captures != r.ONE_CAPTURE:
        return None
    return Step(kind=r.UNDO_CAPTURE, at=at, place=queued[-1].place)


def cancel(draw, payment, life, at):
    return Step(kind=r.CANCEL, at=at, amount=AMOUNT) if timeline.is_cancellable(life, at) else None


def finalize(draw, payment, life, at):
    return Step(kind=r.FINALIZE, at=at) if life.status == s.PENDING_CAPTURE and life.live_captures() else None


def refund(draw, payment, life, at):
    if life.refundable_amount <= 0 or not s.PAYMENT[life.status].refundable:
        return None
    return Step(
        kind=r.REFUND,
        at=at,
        amount=draw(st.integers(1, life.refundable_amount)),
        place=len(life.refunds) + 1,
        fails=draw(st.booleans()),
        captured_at=at + draw(st.integers(0, 30)),
    )


def cancel_refund(draw, payment, life, at):
    queued = [part for part in life.refunds.values() if part.status == s.REFUND_REQUESTED]
    return Step(kind=r.CANCEL_REFUND, at=at, place=queued[0].place, amount=queued[0].amount) if queued else None


def chargeback(draw, payment, life, at):
    if life.status not in {s.PAID, s.CHARGEBACK_NOTIFICATION, s.CHARGEBACKED}:
        return None
    return Step(kind=draw(st.sampled_from([r.CHARGEBACK_NOTICE, r.CHARGEBACK, r.CHARGEBACK_WON])), at=at)


@st.composite
def lives(draw):
    """A payment to which anything its rules allow was done, at any time."""
    captures = draw(st.sampled_from([r.ONE_CAPTURE, r.CAPTURES]))
    payment, at = new_payment(captures), 0
    for ask in draw(st.lists(st.sampled_from([capture, undo, cancel, finalize, refund, cancel_refund, chargeback]))):
        at += draw(st.integers(0, 60))
        step = ask(draw, payment, timeline.unfold(payment, at), at)
        if step is not None:
            payment = payment.with_steps(*payment.steps, step)
    return payment


@given(lives())
def test_sums_never_fall_and_never_exceed(payment):
    """Whatever was asked and when: cumulative amounts only grow, and nothing is moved that was not there."""
    lines = [timeline.unfold(payment, now) for now in range(0, LAST, 5)]
    for name in SUMS:
        amounts = [getattr(life.totals, name) for life in lines]
        assert amounts == sorted(amounts), name
    for life in lines:
        totals = life.totals
        assert totals.collected <= totals.captured <= totals.capture_requested
        assert totals.captured + totals.voided <= totals.authorized <= AMOUNT
        assert totals.refunded + totals.charged_back - totals.won_back <= totals.captured
        assert sum(part.amount for part in life.live_captures()) + totals.voided <= AMOUNT
        assert life.open_amount >= 0


@given(lives(), st.integers(0, LAST))
def test_the_past_is_not_rewritten(payment, now):
    """What a look into the past shows is what was shown then."""
    then = timeline.as_of(payment, now)
    assert then is not None
    assert vars(timeline.unfold(then, now).totals) == vars(timeline.unfold(payment, now).totals)
    assert timeline.unfold(then, now).moments == timeline.unfold(payment, now).moments
    assert timeline.as_of(payment, -1) is None


@given(lives())
def test_changes_are_in_the_order_of_time(payment):
    """Each change has another status than the one before it, and none comes earlier."""
    line = timeline.moments(payment)
    assert [moment.at for moment in line] == sorted(moment.at for moment in line)
    assert all(before.status != after.status for before, after in itertools.pairwise(line))


@given(st.integers(1, 10**9), st.integers(1, 99_999), st.integers(1, 999))
def test_ids_tell_what_they_belong_to(number, capture_place, refund_place):
    """A capture's and a refund's id lead back to the payment and to their place."""
    payment = ids.payment_id("1234", number)
    assert ids.payment_of(ids.capture_id(payment, capture_place)) == payment
    assert ids.payment_of(ids.refund_id(payment, refund_place)) == payment
    assert ids.capture_place(ids.capture_id(payment, capture_place)) == capture_place
    assert ids.refund_place(ids.refund_id(payment, refund_place)) == refund_place
    assert len({payment, ids.refund_id(payment, refund_place)}) == 2
