"""What follows from what the provider says: from an answer or a reading to an outcome and its events.

Nothing is concluded from silence. Each function asks the payment as the ledger has it, so that what it has already is
not booked again.
"""

from collections.abc import Sequence
from typing import assert_never

from payments.advance import PROVIDERS_DOING, advance, attention, capture_of, fold_on, numbered, taken_by_provider
from payments.authorizing import authorization_events, given_up, nothing_follows, released, review_ends
from payments.events import (
    AcceptRefused,
    AnyEvent,
    AuthorizationRefused,
    CaptureRefused,
    CapturesFinalized,
    OutcomeUnknown,
    VoidRefused,
)
from payments.operations import Intent, IntentOutcome, Operation, OperationKind
from payments.parts import Authorization
from payments.payment import Payment
from payments.provider import ProviderPayment
from payments.refunding import refund_refused
from payments.states import PENDING_STATUSES, ProviderStatus
from payments.taking_back import take_back_events, take_back_outcome, take_back_refused


def outcome_of(intent: Intent, reading: ProviderPayment) -> IntentOutcome | None:
    """Say what an intent's answer, or a reading after it, proves of its outcome; None: nothing yet."""
    kind = intent.operation.kind
    if kind is OperationKind.TAKE_BACK:
        return take_back_outcome(reading)
    if kind is OperationKind.FINALIZE and reading.several_captures:
        return None
    match reading.status:
        case ProviderStatus.UNRECOGNISED:
            return None
        case ProviderStatus.REDIRECTED | ProviderStatus.IN_REVIEW | ProviderStatus.PENDING:
            # The provider has it: asking is over, and what becomes of it is read.
            still = kind is OperationKind.ACCEPT and reading.status is ProviderStatus.IN_REVIEW
            return IntentOutcome.DONE if kind in _ASKS_FOR_A_HOLD and not still and bookable(intent, reading) else None
        case ProviderStatus.AUTHORIZED:
            return IntentOutcome.DONE if kind in _ASKS_FOR_A_HOLD and bookable(intent, reading) else None
        case ProviderStatus.DECLINED:
            return _OF_DECLINED[kind]
        case ProviderStatus.RELEASED:
            return _booked(kind, intent, reading, _OF_RELEASED[kind])
        case (
            ProviderStatus.CAPTURE_REQUESTED
            | ProviderStatus.CAPTURED
            | ProviderStatus.COLLECTED
            | ProviderStatus.CAPTURE_REJECTED
            | ProviderStatus.RETURNED
        ):
            # How much was captured cannot be told from it, so nothing is booked: a person is told instead.
            if reading.discrepancy is not None:
                return None
            return _booked(kind, intent, reading, _OF_CAPTURED[kind])
        case _:
            assert_never(reading.status)


_ASKS_FOR_A_HOLD = {OperationKind.AUTHORIZE, OperationKind.CHECKOUT, OperationKind.ACCEPT}
_OF_DECLINED = {
    OperationKind.AUTHORIZE: IntentOutcome.DECLINED,
    OperationKind.CHECKOUT: IntentOutcome.DECLINED,
    OperationKind.ACCEPT: IntentOutcome.DECLINED,
    OperationKind.CAPTURE: IntentOutcome.REFUSED,
    OperationKind.VOID: IntentOutcome.DONE,
    OperationKind.FINALIZE: IntentOutcome.DONE,
}
_OF_RELEASED = {
    OperationKind.AUTHORIZE: IntentOutcome.DONE,
    OperationKind.CHECKOUT: IntentOutcome.DONE,
    OperationKind.ACCEPT: IntentOutcome.REFUSED,
    OperationKind.CAPTURE: IntentOutcome.REFUSED,
    OperationKind.VOID: IntentOutcome.DONE,
    OperationKind.FINALIZE: IntentOutcome.DONE,
}
_OF_CAPTURED = {
    OperationKind.AUTHORIZE: IntentOutcome.DONE,
    OperationKind.CHECKOUT: IntentOutcome.DONE,
    OperationKind.ACCEPT: IntentOutcome.DONE,
    OperationKind.CAPTURE: IntentOutcome.DONE,
    OperationKind.VOID: IntentOutcome.REFUSED,
    OperationKind.FINALIZE: IntentOutcome.DONE,
}


def _booked(
    kind: OperationKind, intent: Intent, reading: ProviderPayment, outcome: IntentOutcome
) -> IntentOutcome | None:
    if kind in _ASKS_FOR_A_HOLD and outcome is IntentOutcome.DONE and not bookable(intent, reading):
        return None
    return outcome


def bookable(intent: Intent, reading: ProviderPayment) -> bool:
    """Whether the hold that the provider shows can be expressed in the order's currency."""
    amount = reading.amount
    return amount is not None and amount.currency == intent.operation.amount.currency and amount.amount_minor > 0


def events_of(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Return what the payment gains by an answer or reading that proves the intent's outcome."""
    if outcome_of(intent, reading) is None:
        return ()
    match intent.operation.kind:
        case OperationKind.AUTHORIZE | OperationKind.CHECKOUT | OperationKind.ACCEPT:
            return numbered(payment, _authorization(payment, intent, reading))
        case OperationKind.CAPTURE:
            return numbered(payment, _capture(payment, intent, reading))
        case OperationKind.VOID:
            return numbered(payment, _void(payment, intent, reading))
        case OperationKind.FINALIZE:
            return finalized(payment.hold(intent.operation.authorization_id), intent.operation.operation_id)
        case OperationKind.TAKE_BACK:
            return numbered(payment, _taken_back(payment, intent, reading))
        case OperationKind.REFUND | OperationKind.CLOSE:
            # A payment's reading says nothing of a refund, nor of a page: `refunding` and `checkouts` conclude of them.
            return ()
        case _:
            assert_never(intent.operation.kind)


def too_late_events(payment: Payment, intent: Intent) -> tuple[AnyEvent, ...]:
    """Return what follows when a capture was not done before its authorization's window ended: it is not sent."""
    subject = intent.operation.operation_id
    refused = refused_capture(payment, subject, "the authorization's window ended before it could be sent")
    told = "The capture could not be sent before the authorization's window ended: nothing was taken. "
    return numbered(payment, (refused, attention(subject, told + "Do not ship; start another payment.")))


def unknown_events(payment: Payment, intent: Intent, reason: str) -> tuple[AnyEvent, ...]:
    """Return what a lost answer adds: that it is being found out, told once an attempt."""
    operation = intent.operation
    if payment.unknown_operation == operation.operation_id:
        return ()
    return (
        OutcomeUnknown(
            subject=operation.operation_id,
            occurrence=operation.attempt,
            authorization_id=operation.authorization_id,
            reason=reason,
        ),
    )


def choose(hits: Sequence[ProviderPayment]) -> ProviderPayment:
    """Of several payments found under one reference, adopt one that holds or took money."""
    return min(hits, key=lambda hit: (hit.status in WITHOUT_MONEY, hit.status in _IN_DOUBT))


WITHOUT_MONEY = {ProviderStatus.DECLINED, ProviderStatus.RELEASED}
_IN_DOUBT = PENDING_STATUSES | {ProviderStatus.UNRECOGNISED}


def refused_events(payment: Payment, intent: Intent, code: str, message: str) -> tuple[AnyEvent, ...]:
    """Say what follows when the request was answered as wrong and is proven not to have happened."""
    operation = intent.operation
    reason = f"{code}: {message}"
    events: Sequence[AnyEvent]
    match operation.kind:
        case OperationKind.AUTHORIZE | OperationKind.CHECKOUT:
            events = (
                AuthorizationRefused(subject=operation.operation_id, code=code, message=message),
                *nothing_follows(payment, payment.hold(operation.authorization_id), reason),
                attention(
                    operation.operation_id,
                    f"Ingenico refused the authorization ({reason}). "
                    "Nothing is held. Pay the order in another way, or give the corrected order another id.",
                ),
            )
        case OperationKind.CAPTURE:
            events = (
                refused_capture(payment, operation.operation_id, reason),
                attention(
                    operation.operation_id,
                    f"Ingenico refused the capture ({reason}). "
                    "Nothing was taken; the hold stands. Check the payment before shipping.",
                ),
            )
        case OperationKind.VOID | OperationKind.FINALIZE:
            events = (
                _void_refused(operation, reason),
                attention(
                    operation.operation_id,
                    f"Ingenico refused the void ({reason}). "
                    "The hold stands until it lapses. Void it in Ingenico's console.",
                ),
            )
        case OperationKind.ACCEPT:
            events = (
                accept_refused(intent, reason),
                attention(
                    operation.operation_id,
                    f"Ingenico refused the acceptance ({reason}). The payment is still in review. "
                    "Accept or refuse it in Ingenico's console.",
                ),
            )
        case OperationKind.CLOSE:
            # Deleting again is no fault, and what cannot be deleted is read again.
            events = ()
        case OperationKind.REFUND:
            events = refund_refused(payment, operation.operation_id, reason)
        case OperationKind.TAKE_BACK:
            events = take_back_refused(payment, intent, reason)
        case _:
            assert_never(operation.kind)
    return numbered(payment, events)


def _authorization(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    hold = payment.hold(intent.operation.authorization_id)
    since = hold.pending_since or intent.first_sent_at or intent.created_at
    asked = payment.money(hold.amount_minor)
    events = authorization_events(payment, hold, reading, asked, since)
    accept_is_open = intent.operation.kind is OperationKind.ACCEPT and reading.status is ProviderStatus.RELEASED
    refused = accept_refused(intent, f"the payment is {reading.raw_status} at Ingenico") if accept_is_open else None
    return [refused, *events] if refused else events


def accept_refused(intent: Intent, reason: str) -> AcceptRefused:
    """Return that an acceptance did not happen."""
    operation = intent.operation
    return AcceptRefused(subject=operation.operation_id, authorization_id=operation.authorization_id, reason=reason)


def _capture(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    subject = intent.operation.operation_id
    if reading.status not in {ProviderStatus.RELEASED, ProviderStatus.DECLINED}:
        return advance(payment, capture_of(payment, subject), reading)
    refused = refused_capture(payment, subject, f"the payment is {reading.raw_status} at Ingenico")
    told = "The capture lost against a void made at Ingenico: nothing was taken. "
    return [
        refused,
        *released(fold_on(payment, [refused]).hold(intent.operation.authorization_id), subject, reading),
        attention(subject, told + "Do not ship, or ask the customer for another payment."),
    ]


def _void(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    operation, hold = intent.operation, payment.hold(intent.operation.authorization_id)
    if hold.is_pending:
        return _void_of_pending(payment, hold, intent, reading)
    if reading.status in {ProviderStatus.RELEASED, ProviderStatus.DECLINED}:
        return released(hold, operation.operation_id, reading)
    refused = _void_refused(operation, f"the payment is {reading.raw_status} at Ingenico")
    after = fold_on(payment, [refused])
    return [refused, *taken_by_provider(after, after.hold(hold.authorization_id), reading)]


def _taken_back(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    """A payment that somebody cancelled meanwhile gave its capture back as well, and the hold with it."""
    events = take_back_events(payment, intent, reading)
    if reading.status is not ProviderStatus.RELEASED:
        return events
    after = fold_on(payment, events).hold(intent.operation.authorization_id)
    return [*events, *released(after, intent.operation.operation_id, reading)]


def _void_of_pending(payment: Payment, hold: Authorization, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    """A pending authorization is given up by it, unless the customer, the issuer or a person was faster."""
    operation = intent.operation
    if reading.status is ProviderStatus.RELEASED:
        return [*review_ends(payment, hold), *given_up(payment, hold, operation.operation_id, reading)]
    since = hold.pending_since or intent.created_at
    refused = _void_refused(operation, f"the payment is {reading.raw_status} at Ingenico")
    if reading.status is not ProviderStatus.DECLINED and not bookable(intent, reading):
        return [refused]
    moved = authorization_events(payment, hold, reading, payment.money(hold.amount_minor), since)
    if reading.status is ProviderStatus.DECLINED:
        return moved
    told = "The payment was taken while it was being given up: whoever was told that it is not paid is wrong. "
    return [*moved, refused, attention(f"{operation.operation_id}/taken", told + "Ship it, or refund it.")]


def released_by_provider(hold: Authorization, reading: ProviderPayment) -> list[AnyEvent]:
    """Book a release that we did not ask for: made in Ingenico's console, or by the issuer."""
    subject = f"{hold.authorization_id}/{PROVIDERS_DOING}"
    told = (
        f"Ingenico shows {reading.raw_status}: the hold was released, though nobody here asked for it. "
        "Ship nothing on it, or ask the customer for another payment."
    )
    return [*released(hold, subject, reading), attention(subject, told)]


def finalized(hold: Authorization, subject: str) -> tuple[AnyEvent, ...]:
    """Return what follows when no more is captured of a hold: the rest lapses, what was captured stays."""
    return (CapturesFinalized(subject=subject, authorization_id=hold.authorization_id, amount_minor=hold.open_minor),)


def _void_refused(operation: Operation, reason: str) -> VoidRefused:
    return VoidRefused(subject=operation.operation_id, authorization_id=operation.authorization_id, reason=reason)


def refused_capture(payment: Payment, capture_id: str, reason: str) -> CaptureRefused:
    """Return that a capture did not happen: its amount is on the hold again."""
    capture = capture_of(payment, capture_id)
    return CaptureRefused(
        subject=capture_id,
        authorization_id=capture.authorization_id,
        amount_minor=capture.amount_minor,
        reason=reason,
    )
