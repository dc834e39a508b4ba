"""What follows from what the provider says: from an answer or a reading to an outcome and its events.

Nothing is concluded from silence. Each function asks the payment as the ledger has it, so that what it has already is
not booked again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from payments.advance import PROVIDERS_DOING, advance, attention, capture_of, fold_on, numbered, taken_by_provider
from payments.decide.reauthorize import subject_of
from payments.decide.release import plan_release
from payments.events import (
    AnyEvent,
    AttentionSettled,
    AuthorizationRefused,
    Authorized,
    CaptureRefused,
    CapturesFinalized,
    Decline,
    Declined,
    HoldReleased,
    OrderChanged,
    OutcomeUnknown,
    Voided,
    VoidRefused,
)
from payments.methods import PaymentAction
from payments.operations import Intent, IntentOutcome, OperationKind
from payments.parts import NOTHING_CAME, Authorization
from payments.payment import Payment
from payments.provider import ProviderPayment, Release
from payments.refunding import refund_refused
from payments.states import ProviderStatus, Purpose


def outcome_of(intent: Intent, reading: ProviderPayment) -> IntentOutcome | None:
    """Say what an intent's answer, or a reading after it, proves of its outcome; None: nothing yet."""
    kind = intent.operation.kind
    if kind is OperationKind.FINALIZE and reading.several_captures:
        return None
    match reading.status:
        case ProviderStatus.PENDING | ProviderStatus.UNRECOGNISED:
            return None
        case ProviderStatus.AUTHORIZED:
            return IntentOutcome.DONE if kind is OperationKind.AUTHORIZE and _bookable(intent, reading) else None
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


_OF_DECLINED = {
    OperationKind.AUTHORIZE: IntentOutcome.DECLINED,
    OperationKind.CAPTURE: IntentOutcome.REFUSED,
    OperationKind.VOID: IntentOutcome.DONE,
    OperationKind.FINALIZE: IntentOutcome.DONE,
}
_OF_RELEASED = {
    OperationKind.AUTHORIZE: IntentOutcome.DONE,
    OperationKind.CAPTURE: IntentOutcome.REFUSED,
    OperationKind.VOID: IntentOutcome.DONE,
    OperationKind.FINALIZE: IntentOutcome.DONE,
}
_OF_CAPTURED = {
    OperationKind.AUTHORIZE: IntentOutcome.DONE,
    OperationKind.CAPTURE: IntentOutcome.DONE,
    OperationKind.VOID: IntentOutcome.REFUSED,
    OperationKind.FINALIZE: IntentOutcome.DONE,
}


def _booked(
    kind: OperationKind, intent: Intent, reading: ProviderPayment, outcome: IntentOutcome
) -> IntentOutcome | None:
    if kind is OperationKind.AUTHORIZE and not _bookable(intent, reading):
        return None
    return outcome


def _bookable(intent: Intent, reading: ProviderPayment) -> bool:
    """Whether the hold that the provider shows can be expressed in the order's currency."""
    amount = reading.amount
    return amount is not None and amount.currency == intent.operation.amount.currency and amount.amount_minor > 0


def events_of(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Return what the payment gains by an answer or reading that proves the intent's outcome."""
    if outcome_of(intent, reading) is None:
        return ()
    match intent.operation.kind:
        case OperationKind.AUTHORIZE:
            return numbered(payment, _authorization(payment, intent, reading))
        case OperationKind.CAPTURE:
            return numbered(payment, _capture(payment, intent, reading))
        case OperationKind.VOID:
            return numbered(payment, _void(payment, intent, reading))
        case OperationKind.FINALIZE:
            return finalized(payment.hold(intent.operation.authorization_id), intent.operation.operation_id)
        case OperationKind.REFUND:
            # A payment's reading says nothing of one of its refunds: `refunding` concludes from theirs.
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
_IN_DOUBT = {ProviderStatus.PENDING, ProviderStatus.UNRECOGNISED}


def refused_events(payment: Payment, intent: Intent, code: str, message: str) -> tuple[AnyEvent, ...]:
    """Say what follows when the request was answered as wrong and is proven not to have happened."""
    operation = intent.operation
    reason = f"{code}: {message}"
    events: tuple[AnyEvent, ...]
    match operation.kind:
        case OperationKind.AUTHORIZE:
            events = (
                AuthorizationRefused(subject=operation.operation_id, code=code, message=message),
                *_nothing_follows(payment, operation.operation_id, reason),
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
                VoidRefused(subject=operation.operation_id, authorization_id=operation.authorization_id, reason=reason),
                attention(
                    operation.operation_id,
                    f"Ingenico refused the void ({reason}). "
                    "The hold stands until it lapses. Void it in Ingenico's console.",
                ),
            )
        case OperationKind.REFUND:
            events = refund_refused(payment, operation.operation_id, reason)
        case _:
            assert_never(operation.kind)
    return numbered(payment, events)


def _authorization(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    subject = intent.operation.operation_id
    if reading.status is ProviderStatus.DECLINED or reading.amount is None:
        decline = reading.decline or Decline(code=reading.raw_status, message="declined without a reason")
        declined = Declined(subject=subject, decline=decline, provider_id=reading.provider_id)
        return [declined, *_nothing_follows(payment, subject, f"{decline.message} ({decline.code})")]
    asked = intent.operation.amount
    events: list[AnyEvent] = [
        Authorized(
            subject=subject,
            amount_minor=reading.amount.amount_minor,
            provider_id=reading.provider_id,
            authorization_code=reading.authorization_code,
            authorized_at=_held_since(intent),
            several_captures=reading.several_captures,
        )
    ]
    failed = {a.authorization_id for a in payment.authorizations if a.stage in NOTHING_CAME}
    events += [AttentionSettled(subject=told.subject) for told in payment.attention if told.subject in failed]
    if reading.amount != asked:
        told = f"Ingenico authorized {reading.amount} where {asked} was asked. "
        events.append(attention(subject, told + "Ship no more than was authorized, or void the payment."))
    events += _follows_a_hold(payment, subject)
    held = fold_on(payment, events)
    hold = held.hold(subject)
    if reading.status is ProviderStatus.RELEASED:
        return [*events, *_released(hold, f"{subject}/{PROVIDERS_DOING}", reading)]
    if reading.status is ProviderStatus.AUTHORIZED:
        if payment.opened is not None and payment.opened.action is PaymentAction.SALE:
            told = "A sale was asked for and Ingenico only holds the amount. "
            events.append(attention(subject, told + "Capture it when it ships, or void it."))
        return events
    return [*events, *taken_by_provider(held, hold, reading)]


def _follows_a_hold(payment: Payment, authorization_id: str) -> list[AnyEvent]:
    """Say what follows once it is held: the one whose place it takes is released, an order edited up owes more."""
    hold = payment.hold(authorization_id)
    if hold.owed_minor is not None:
        return [OrderChanged(subject=authorization_id, owed_minor=hold.owed_minor)]
    if hold.purpose is not Purpose.REAUTHORIZATION or hold.card_of is None:
        return []
    before = payment.hold(hold.card_of)
    return [plan_release(payment, before, "superseded")] if before.open_minor and before.planned is None else []


def _nothing_follows(payment: Payment, authorization_id: str, why: str) -> list[AnyEvent]:
    """Tell people that a hold ends and nothing takes its place: it is kept until then."""
    hold = payment.hold(authorization_id)
    if hold.purpose is not Purpose.REAUTHORIZATION or hold.card_of is None:
        return []
    before = payment.hold(hold.card_of)
    expires = payment.expires(before)
    told = (
        f"The hold of {payment.money(before.open_minor)} ends at {expires:%Y-%m-%d %H:%M} UTC and the card was not "
        f"authorized anew: {why}. Ship until then, or ask the customer for another way to pay."
    )
    return [attention(subject_of(before), told)]


def _held_since(intent: Intent) -> datetime:
    """The hold cannot be older than our first send, so its end is never counted too late."""
    return intent.first_sent_at or intent.created_at


def _capture(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    subject = intent.operation.operation_id
    if reading.status not in {ProviderStatus.RELEASED, ProviderStatus.DECLINED}:
        return advance(payment, capture_of(payment, subject), reading)
    refused = refused_capture(payment, subject, f"the payment is {reading.raw_status} at Ingenico")
    told = "The capture lost against a void made at Ingenico: nothing was taken. "
    return [
        refused,
        *_released(fold_on(payment, [refused]).hold(intent.operation.authorization_id), subject, reading),
        attention(subject, told + "Do not ship, or ask the customer for another payment."),
    ]


def _void(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    operation = intent.operation
    if reading.status in {ProviderStatus.RELEASED, ProviderStatus.DECLINED}:
        return _released(payment.hold(operation.authorization_id), operation.operation_id, reading)
    refused = VoidRefused(
        subject=operation.operation_id,
        authorization_id=operation.authorization_id,
        reason=f"the payment is {reading.raw_status} at Ingenico",
    )
    after = fold_on(payment, [refused])
    return [refused, *taken_by_provider(after, after.hold(operation.authorization_id), reading)]


def released_by_provider(hold: Authorization, reading: ProviderPayment) -> list[AnyEvent]:
    """Book a release that we did not ask for: made in Ingenico's console, or by the issuer."""
    subject = f"{hold.authorization_id}/{PROVIDERS_DOING}"
    told = (
        f"Ingenico shows {reading.raw_status}: the hold was released, though nobody here asked for it. "
        "Ship nothing on it, or ask the customer for another payment."
    )
    return [*_released(hold, subject, reading), attention(subject, told)]


def finalized(hold: Authorization, subject: str) -> tuple[AnyEvent, ...]:
    """Return what follows when no more is captured of a hold: the rest lapses, what was captured stays."""
    return (CapturesFinalized(subject=subject, authorization_id=hold.authorization_id, amount_minor=hold.open_minor),)


def _released(hold: Authorization, subject: str, reading: ProviderPayment) -> list[AnyEvent]:
    amount = hold.open_minor
    events: list[AnyEvent] = [Voided(subject=subject, authorization_id=hold.authorization_id, amount_minor=amount)]
    if reading.release is Release.CONFIRMED:
        released = HoldReleased(
            subject=subject, authorization_id=hold.authorization_id, amount_minor=amount, confirmed=True
        )
        events.append(released)
    return events


def refused_capture(payment: Payment, capture_id: str, reason: str) -> CaptureRefused:
    """Return that a capture did not happen: its amount is on the hold again."""
    capture = capture_of(payment, capture_id)
    return CaptureRefused(
        subject=capture_id,
        authorization_id=capture.authorization_id,
        amount_minor=capture.amount_minor,
        reason=reason,
    )
