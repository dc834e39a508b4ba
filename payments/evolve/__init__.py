"""Fold what happened: `evolve(payment, event)` is the next payment. It decides nothing and refuses nothing."""

from collections.abc import Iterable
from typing import assert_never

from payments.events import (
    Abandoned,
    AcceptIntended,
    AcceptRefused,
    AnyEvent,
    AttemptAbsent,
    AttentionNeeded,
    AttentionSettled,
    AuthorizationAdopted,
    AuthorizationGivenUp,
    AuthorizationIntended,
    AuthorizationPending,
    AuthorizationRefused,
    Authorized,
    Captured,
    CaptureDropped,
    CaptureIntended,
    CapturePlanned,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    CaptureScheduled,
    CapturesFinalized,
    CaptureTakenBack,
    CaptureUnscheduled,
    CheckoutEvent,
    Collected,
    Declined,
    HoldExpired,
    HoldReleased,
    Opened,
    OrderChanged,
    OutcomeUnknown,
    RecordedEvent,
    RefundAsked,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundIntended,
    RefundRequested,
    RefundReversed,
    RefundTakenBack,
    ReleasePlanned,
    TakeBackIntended,
    TakeBackRefused,
    Unexplained,
    Voided,
    VoidIntended,
    VoidRefused,
    WatchEnded,
    WindowChanged,
    WindowEnding,
)
from payments.evolve.authorization import evolve_authorization
from payments.evolve.capture import evolve_capture
from payments.evolve.changes import changed, hold_changed, remembered
from payments.evolve.checkout import evolve_checkout
from payments.evolve.pending import evolve_pending
from payments.evolve.refund import evolve_refund
from payments.evolve.release import evolve_release
from payments.evolve.take_back import evolve_take_back
from payments.evolve.window import evolve_window
from payments.parts import Attention, AuthorizationStage
from payments.payment import Payment
from payments.references import PaymentKey

__all__ = ["catch_up", "evolve", "fold"]


def fold(key: PaymentKey, events: Iterable[AnyEvent]) -> Payment:
    """Return the payment that these events, in their order, make."""
    payment = Payment(key=key)
    for event in events:
        payment = evolve(payment, event)
    return payment


def catch_up(payment: Payment, recorded: Iterable[RecordedEvent]) -> Payment:
    """Fold the events that `payment` does not know yet; what it knows is skipped, a gap is an error."""
    for entry in recorded:
        if entry.sequence <= payment.sequence:
            continue
        if entry.sequence != payment.sequence + 1:
            raise ValueError(f"{payment.key}: event {entry.sequence} follows {payment.sequence}")
        payment = evolve(payment, entry.event)
    return payment


def evolve(payment: Payment, event: AnyEvent) -> Payment:
    """Return the payment after `event`; its sequence grows by one."""
    after = _apply(payment, event)
    if after.unknown_operation is not None and after.unresolved != after.unknown_operation:
        after = changed(after, unknown_operation=None)
    return changed(after, sequence=payment.sequence + 1)


def _apply(payment: Payment, event: AnyEvent) -> Payment:
    if isinstance(event, CheckoutEvent):
        return evolve_checkout(payment, event)
    match event:
        case Opened():
            return changed(payment, opened=event)
        case (
            AuthorizationIntended()
            | AuthorizationAdopted()
            | Authorized()
            | Declined()
            | AuthorizationRefused()
            | AttemptAbsent()
        ):
            return evolve_authorization(payment, event)
        case AuthorizationPending() | AcceptIntended() | AcceptRefused() | AuthorizationGivenUp():
            return evolve_pending(payment, event)
        case Abandoned():
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            hold = payment.hold(event.authorization_id) if event.authorization_id else None
            return hold_changed(accepted, hold, stage=AuthorizationStage.ABANDONED, ended_at=event.at)
        case OrderChanged():
            after = changed(payment, changed_owed_minor=event.owed_minor)
            if event.request_id is None:
                return after
            return remembered(after, event.request_id, event.request_hash or "", event.subject)
        case (
            CapturePlanned()
            | CaptureDropped()
            | CaptureIntended()
            | CaptureRefused()
            | CaptureRequested()
            | Captured()
            | Collected()
            | CaptureRejected()
        ):
            return evolve_capture(payment, event)
        case (
            ReleasePlanned()
            | VoidIntended()
            | VoidRefused()
            | Voided()
            | CapturesFinalized()
            | HoldReleased()
            | HoldExpired()
        ):
            return evolve_release(payment, event)
        case TakeBackIntended() | TakeBackRefused() | CaptureTakenBack() | RefundTakenBack():
            return evolve_take_back(payment, event)
        case WindowChanged() | WindowEnding() | CaptureScheduled() | CaptureUnscheduled():
            return evolve_window(payment, event)
        case OutcomeUnknown():
            return changed(payment, unknown_operation=event.subject)
        case WatchEnded():
            return changed(payment, watched=tuple(w for w in payment.watched if w.reference != event.subject))
        case Unexplained():
            hold = payment.hold(event.authorization_id)
            return hold_changed(payment, hold, open_minor=hold.open_minor - event.used_hold_minor)
        case (
            RefundAsked()
            | RefundIntended()
            | RefundDeferred()
            | RefundRequested()
            | Refunded()
            | RefundFailed()
            | RefundReversed()
        ):
            return evolve_refund(payment, event)
        case AttentionNeeded():
            others = tuple(a for a in payment.attention if a.subject != event.subject)
            return changed(payment, attention=(*others, Attention(subject=event.subject, sentence=event.sentence)))
        case AttentionSettled():
            return changed(payment, attention=tuple(a for a in payment.attention if a.subject != event.subject))
        case _:
            assert_never(event)
