"""What follows from what the provider says of a refund: from an answer or a reading to an outcome and its events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from payments.advance import attention, numbered
from payments.events import (
    AnyEvent,
    AttentionSettled,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundRequested,
    RefundReversed,
)
from payments.operations import Intent, IntentOutcome
from payments.parts import RefundRecord
from payments.payment import Payment
from payments.provider import ProviderRefund
from payments.states import CaptureStage, RefundStage, RefundStatus

# A batch makes captured money refundable once a day or so; a look an hour is soon enough and costs little.
DEFERRED_FOR = timedelta(hours=1)


def refund_outcome(reading: ProviderRefund) -> IntentOutcome | None:
    """Say what the provider's word for a refund proves of its intent; None: nothing yet."""
    match reading.status:
        case RefundStatus.REQUESTED | RefundStatus.REFUNDED:
            return IntentOutcome.DONE
        case RefundStatus.FAILED:
            return IntentOutcome.DECLINED
        case RefundStatus.UNRECOGNISED:
            return None
        case _:
            assert_never(reading.status)


def refund_events(payment: Payment, refund_id: str, reading: ProviderRefund) -> tuple[AnyEvent, ...]:
    """Return each event between where a refund stands here and where the provider says it is."""
    refund = _refund_of(payment, refund_id)
    amount, hold = refund.amount_minor, refund.authorization_id
    events: list[AnyEvent] = []
    if reading.status is RefundStatus.FAILED:
        return numbered(payment, _failed(payment, refund, reading))
    if refund.stage in {RefundStage.ASKED, RefundStage.INTENDED} and reading.status is not RefundStatus.UNRECOGNISED:
        events += _settled(payment, refund)
        events.append(RefundRequested(subject=refund_id, authorization_id=hold, provider_refund_id=reading.refund_id))
        if reading.awaits_approval:
            told = f"A person approves this account's refunds: approve {reading.refund_id} in Ingenico's console."
            events.append(attention(refund.waiting, told))
        if reading.amount != payment.money(amount):
            told = f"Ingenico refunds {reading.amount} where {payment.money(amount)} was asked. "
            events.append(attention(refund_id, told + "Correct the difference in Ingenico's console."))
    if reading.status is RefundStatus.REFUNDED and refund.stage is not RefundStage.REFUNDED:
        if refund.stage is RefundStage.REQUESTED:
            events += _settled(payment, refund)
        events.append(Refunded(subject=refund_id, authorization_id=hold, amount_minor=amount))
    return numbered(payment, events)


def follow_refund(payment: Payment, readings: Sequence[ProviderRefund]) -> tuple[AnyEvent, ...]:
    """Say what a later reading of a payment's refunds adds to those on their way, and to those paid out."""
    by_id = {reading.refund_id: reading for reading in readings}
    followed = {RefundStage.REQUESTED, RefundStage.REFUNDED}
    for refund in payment.refunds:
        reading = by_id.get(refund.provider_refund_id or "")
        if reading is not None and refund.stage in followed:
            events = refund_events(payment, refund.refund_id, reading)
            if events:
                return events
    return ()


def refund_refused(payment: Payment, refund_id: str, reason: str) -> tuple[AnyEvent, ...]:
    """Return what follows when the provider refused a refund and it is proven not to have happened."""
    refund = _refund_of(payment, refund_id)
    failed = RefundFailed(
        subject=refund_id,
        authorization_id=refund.authorization_id,
        amount_minor=refund.amount_minor,
        reason=reason,
    )
    told = f"Ingenico refused the refund of {payment.money(refund.amount_minor)} ({reason}). Nothing went back. "
    again = "Look at the payment, then ask for the refund again under another id."
    return (*_settled(payment, refund), failed, attention(refund_id, told + again))


def refund_deferred(payment: Payment, intent: Intent, not_before: datetime, why: str) -> tuple[AnyEvent, ...]:
    """Return what follows when an attempt was not sent, or never arrived: it is asked again, not before a time.

    Once the refund has waited for as long as it may, a person is told, once; it goes on all the same.
    """
    refund = _refund_of(payment, intent.operation.operation_id)
    capture = payment.capture(refund.capture_id)
    if capture is not None and capture.stage is CaptureStage.REJECTED:
        # It was rejected while the attempt was found out: there is nothing left to wait for.
        return _failed_with_its_capture(payment, refund, why)
    deferred = RefundDeferred(
        subject=refund.refund_id,
        occurrence=intent.operation.attempt,
        authorization_id=refund.authorization_id,
        not_before=not_before,
        why=why,
    )
    return numbered(payment, (deferred, *_overdue(payment, refund, not_before, why)))


def refunds_overdue(payment: Payment, now: datetime) -> tuple[AnyEvent, ...]:
    """Tell people, once, of refunds whose capture has not settled for as long as they may wait; they go on waiting."""
    why = "its capture is not settled yet"
    asked = (refund for refund in payment.refunds if refund.stage is RefundStage.ASKED)
    return numbered(payment, [event for refund in asked for event in _overdue(payment, refund, now, why)])


def _overdue(payment: Payment, refund: RefundRecord, at: datetime, why: str) -> tuple[AnyEvent, ...]:
    if at < refund.give_up_at or any(told.subject == refund.waiting for told in payment.attention):
        return ()
    sentence = (
        f"The refund of {payment.money(refund.amount_minor)} has waited since it was asked for ({why}). "
        "It goes on by itself; look at the payment in Ingenico's console, and tell the customer."
    )
    return (attention(refund.waiting, sentence),)


def _failed_with_its_capture(payment: Payment, refund: RefundRecord, why: str) -> tuple[AnyEvent, ...]:
    failed = RefundFailed(
        subject=refund.refund_id,
        authorization_id=refund.authorization_id,
        amount_minor=refund.amount_minor,
        reason=f"the capture was rejected, and {why}",
    )
    told = (
        f"The refund of {payment.money(refund.amount_minor)} is not made: its capture was rejected, "
        "so there is no money that could go back. Nothing went back; see that the customer knows."
    )
    return numbered(payment, (*_settled(payment, refund), failed, attention(refund.refund_id, told)))


def unknown_refunds(payment: Payment, readings: Sequence[ProviderRefund]) -> tuple[ProviderRefund, ...]:
    """Return refunds at the provider that nobody here asked for: from beside them nothing is concluded."""
    ids, references = {r.provider_refund_id for r in payment.refunds}, set(payment.references)
    alive = [r for r in readings if r.status is not RefundStatus.FAILED]
    return tuple(r for r in alive if r.refund_id not in ids and r.reference not in references)


def stray_refund(payment: Payment, intent: Intent, strays: Sequence[ProviderRefund]) -> tuple[AnyEvent, ...]:
    """Tell people that the provider shows refunds that nobody here asked for."""
    ids = ", ".join(stray.refund_id for stray in strays)
    sentence = (
        f"Ingenico shows refunds that nobody here asked for ({ids}), and the answer to ours was lost. Nothing is "
        "repeated, so that no money goes back twice: find out in Ingenico's console whether one of them is ours."
    )
    subject = intent.operation.operation_id
    if any(a.subject == subject and a.sentence == sentence for a in payment.attention):
        return ()
    return numbered(payment, (attention(subject, sentence),))


def _failed(payment: Payment, refund: RefundRecord, reading: ProviderRefund) -> list[AnyEvent]:
    decline = reading.decline
    reason = f"{decline.message} ({decline.code})" if decline else f"it is {reading.raw_status} at Ingenico"
    if refund.stage is RefundStage.FAILED:
        return []
    outcome = RefundReversed if refund.stage is RefundStage.REFUNDED else RefundFailed
    failed = outcome(
        subject=refund.refund_id,
        authorization_id=refund.authorization_id,
        amount_minor=refund.amount_minor,
        reason=reason,
    )
    told = f"A refund did not reach the customer: {reason}. "
    settled = _settled(payment, refund)
    return [
        *settled,
        failed,
        attention(refund.refund_id, told + "Ask for it again under another id, or pay it another way."),
    ]


def _settled(payment: Payment, refund: RefundRecord) -> list[AnyEvent]:
    """It waits no more, neither for its money nor for an approval."""
    is_told = any(told.subject == refund.waiting for told in payment.attention)
    return [AttentionSettled(subject=refund.waiting)] if is_told else []


def _refund_of(payment: Payment, refund_id: str) -> RefundRecord:
    refund = payment.refund(refund_id)
    if refund is None:
        raise ValueError(f"{payment.key} has no refund {refund_id}")
    return refund
