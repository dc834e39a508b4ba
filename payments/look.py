"""What a look at a payment adds that nobody here had asked for: the provider told that something happened there.

A look concludes by the rules of following and of a lost answer, and nothing beyond them. While an operation's outcome
is open it concludes nothing at all: finding that out is the operation's own errand. A reading that is behind what is
booked already lags, and says nothing either.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from payments.advance import (
    advance,
    fold_on,
    follow,
    has_refund_there,
    numbered,
    taken_by_provider,
    went_back,
)
from payments.attention import told_once, watch_result
from payments.capturing import follow_captures
from payments.checkouts import paid_late
from payments.conclude import released_by_provider
from payments.events import AnyEvent, AttentionNeeded
from payments.parts import Authorization, AuthorizationStage, CaptureRecord
from payments.payment import Payment
from payments.pending import pending_result
from payments.provider import ProviderCapture, ProviderPayment, ProviderRefund
from payments.refunding import follow_refund, unknown_refunds
from payments.states import PENDING_STATUSES, ProviderStatus

_MONEY_MOVED = {
    ProviderStatus.CAPTURE_REQUESTED,
    ProviderStatus.CAPTURED,
    ProviderStatus.COLLECTED,
    ProviderStatus.CAPTURE_REJECTED,
    ProviderStatus.RETURNED,
}
_HOLDS = {ProviderStatus.AUTHORIZED, ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED}
_MONEY_CAME = {ProviderStatus.COLLECTED, ProviderStatus.RETURNED}
_NOTHING_TO_TELL = PENDING_STATUSES | {ProviderStatus.AUTHORIZED, ProviderStatus.UNRECOGNISED}


def look_result(
    payment: Payment,
    reading: ProviderPayment,
    refunds: Sequence[ProviderRefund] = (),
    captures: Sequence[ProviderCapture] = (),
) -> tuple[AnyEvent, ...]:
    """Say what a reading of the payment, of its captures where it has several, and of its refunds adds."""
    hold = payment.hold_at(reading.provider_id)
    if hold is None or payment.unresolved is not None:
        return ()
    events: list[AnyEvent] = list(_of_payment(payment, hold, reading, captures))
    # One refund's news at a time is what following tells.
    for _ in payment.refunds:
        events += follow_refund(fold_on(payment, events), refunds)
    events += _strays(payment, hold, refunds)
    return numbered(payment, events)


def late_result(
    payment: Payment,
    found: Sequence[tuple[str, tuple[ProviderPayment, ...]]],
    now: datetime,
    *,
    ends_watches: bool = False,
) -> tuple[AnyEvent, ...]:
    """Say what looks for references that were given up add; `ends_watches`: also those that find nothing, in time."""
    events: list[AnyEvent] = []
    for reference, hits in found:
        events += _late_on_a_page(fold_on(payment, events), reference, hits)
        if hits or ends_watches:
            events += watch_result(fold_on(payment, events), reference, hits, now)
    return numbered(payment, events)


def _late_on_a_page(payment: Payment, reference: str, hits: Sequence[ProviderPayment]) -> tuple[AnyEvent, ...]:
    """What was paid on a page that is closed is taken up, and let go of where it is not wanted any more."""
    hold = next((a for a in payment.authorizations if a.reference == reference), None)
    paid = [hit for hit in hits if hit.status in _MONEY_CAME or hit.status in _HOLDS]
    return paid_late(payment, hold, paid[0]) if hold is not None and paid else ()


def _of_payment(
    payment: Payment, hold: Authorization, reading: ProviderPayment, captures: Sequence[ProviderCapture]
) -> Sequence[AnyEvent]:
    if hold.is_pending:
        return pending_result(payment, hold, reading)
    live = payment.live_captures(hold.authorization_id)
    if hold.stage is not AuthorizationStage.HELD:
        return _contradicted(payment, hold, reading) if reading.status in _MONEY_MOVED else ()
    if hold.several_captures and captures:
        return follow_captures(payment, reading, captures)
    if payment.capture_on_its_way(hold.authorization_id) is not None:
        return () if reading.status in _NOTHING_TO_TELL else follow(payment, reading)
    if live:
        return _after_collection(payment, hold, live[-1], reading)
    return _of_open_hold(payment, hold, reading)


def _of_open_hold(payment: Payment, hold: Authorization, reading: ProviderPayment) -> Sequence[AnyEvent]:
    """Nothing was captured by us: whoever did, did it in the provider's console."""
    match reading.status:
        case (
            ProviderStatus.AUTHORIZED
            | ProviderStatus.REDIRECTED
            | ProviderStatus.IN_REVIEW
            | ProviderStatus.PENDING
            | ProviderStatus.UNRECOGNISED
        ):
            return ()
        case ProviderStatus.RELEASED | ProviderStatus.DECLINED:
            return released_by_provider(hold, reading) if hold.open_minor else ()
        case (
            ProviderStatus.CAPTURE_REQUESTED
            | ProviderStatus.CAPTURED
            | ProviderStatus.COLLECTED
            | ProviderStatus.CAPTURE_REJECTED
            | ProviderStatus.RETURNED
        ):
            if not hold.open_minor:
                return _contradicted(payment, hold, reading) if reading.status in _MONEY_CAME else ()
            if reading.discrepancy is not None:
                return _contradicted(payment, hold, reading)
            return taken_by_provider(payment, hold, reading)
        case _:
            assert_never(reading.status)


def _after_collection(
    payment: Payment, hold: Authorization, capture: CaptureRecord, reading: ProviderPayment
) -> Sequence[AnyEvent]:
    """The money was there: it may have gone back, by somebody else's doing."""
    if reading.status is ProviderStatus.RETURNED:
        known = {(told.subject, told.sentence) for told in payment.attention}
        return [told for told in went_back(payment, capture, reading) if _said(told) not in known]
    if reading.status is ProviderStatus.CAPTURE_REJECTED and not has_refund_there(payment, hold.authorization_id):
        return advance(payment, capture, reading)
    if reading.status in {ProviderStatus.RELEASED, ProviderStatus.DECLINED, ProviderStatus.CAPTURE_REJECTED}:
        return _contradicted(payment, hold, reading)
    return ()


def _said(event: AnyEvent) -> tuple[str, str] | None:
    return (event.subject, event.sentence) if isinstance(event, AttentionNeeded) else None


def _contradicted(payment: Payment, hold: Authorization, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    sentence = reading.discrepancy or (
        f"Ingenico shows {reading.raw_status} for a payment that is {payment.state.value.replace('_', ' ')} here. "
        "Nothing was booked."
    )
    where = f"Look at payment {reading.provider_id} in Ingenico's console."
    return told_once(payment, f"{hold.authorization_id}/look", f"{sentence} {where}")


def _strays(payment: Payment, hold: Authorization, refunds: Sequence[ProviderRefund]) -> tuple[AnyEvent, ...]:
    strays = unknown_refunds(payment, refunds)
    if not strays:
        return ()
    ids = ", ".join(stray.refund_id for stray in strays)
    sentence = (
        f"Ingenico shows refunds that nobody here asked for ({ids}). They are not booked here: refund that much less, "
        "and look at them in Ingenico's console."
    )
    return told_once(payment, f"{hold.authorization_id}/strays", sentence)
