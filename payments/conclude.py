"""What follows from what the provider says: from an answer or a reading to an outcome and its events.

Nothing is concluded from silence. A status that jumps yields each event in between, so that postings stay a pure
function of one event. Each function asks the payment as the ledger has it, and answers nothing for what it has already.
"""

from datetime import datetime
from typing import assert_never

from payments.base import Value
from payments.events import (
    AnyEvent,
    AttentionNeeded,
    AuthorizationRefused,
    Authorized,
    Captured,
    CaptureIntended,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    Collected,
    Decline,
    Declined,
    HoldReleased,
    RejectedStage,
    Unexplained,
    Voided,
    VoidRefused,
)
from payments.evolve import evolve
from payments.methods import PaymentAction
from payments.operations import Intent, IntentOutcome, OperationKind
from payments.payment import Authorization, CaptureRecord, Payment
from payments.provider import ProviderPayment, Release
from payments.references import operation_id
from payments.states import CaptureStage, ProviderStatus

# The provider's own doing (a sale, a capture in its console) is a request of this name.
PROVIDERS_DOING = "at-provider"


class Conclusion(Value):
    """An outcome with its events; without an outcome the question stays open."""

    outcome: IntentOutcome | None
    events: tuple[AnyEvent, ...] = ()


OPEN = Conclusion(outcome=None)


def conclude(payment: Payment, intent: Intent, reading: ProviderPayment) -> Conclusion:
    """Say what an intent's answer, or a reading after it, proves."""
    match intent.operation.kind:
        case OperationKind.AUTHORIZE:
            return _authorization(payment, intent, reading)
        case OperationKind.CAPTURE:
            return _capture(payment, intent, reading)
        case OperationKind.VOID:
            return _void(payment, intent, reading)
        case _:
            assert_never(intent.operation.kind)


def conclude_refused(payment: Payment, intent: Intent, code: str, message: str) -> Conclusion:
    """Say what follows when the request was answered as wrong and is proven not to have happened."""
    operation = intent.operation
    reason = f"{code}: {message}"
    events: tuple[AnyEvent, ...]
    match operation.kind:
        case OperationKind.AUTHORIZE:
            events = (
                AuthorizationRefused(subject=operation.operation_id, code=code, message=message),
                _attention(
                    operation.operation_id,
                    f"Ingenico refused the authorization ({reason}). "
                    "Correct the order or the account's settings and start the payment anew.",
                ),
            )
        case OperationKind.CAPTURE:
            events = (
                _capture_refused(payment, operation.operation_id, reason),
                _attention(
                    operation.operation_id,
                    f"Ingenico refused the capture ({reason}). "
                    "Nothing was taken; the hold stands. Check the payment before shipping.",
                ),
            )
        case OperationKind.VOID:
            events = (
                VoidRefused(
                    subject=operation.operation_id, authorization_id=operation.authorization_id, reason=reason
                ),
                _attention(
                    operation.operation_id,
                    f"Ingenico refused the void ({reason}). "
                    "The hold stands until it lapses. Void it in Ingenico's console.",
                ),
            )
        case _:
            assert_never(operation.kind)
    return Conclusion(outcome=IntentOutcome.REFUSED, events=events)


def follow(payment: Payment, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Say what a later reading of a payment with a capture on its way adds."""
    capture = payment.capture_on_its_way()
    if capture is None:
        return ()
    return tuple(_advance(payment, capture, reading))


def _authorization(payment: Payment, intent: Intent, reading: ProviderPayment) -> Conclusion:
    subject = intent.operation.operation_id
    match reading.status:
        case ProviderStatus.DECLINED:
            decline = reading.decline or Decline(code=reading.raw_status, message="declined without a reason")
            declined = Declined(subject=subject, decline=decline, provider_id=reading.provider_id)
            return Conclusion(outcome=IntentOutcome.DECLINED, events=(declined,))
        case ProviderStatus.PENDING | ProviderStatus.UNRECOGNISED:
            return OPEN
        case (
            ProviderStatus.AUTHORIZED
            | ProviderStatus.CAPTURE_REQUESTED
            | ProviderStatus.CAPTURED
            | ProviderStatus.COLLECTED
            | ProviderStatus.CAPTURE_REJECTED
            | ProviderStatus.RELEASED
            | ProviderStatus.RETURNED
        ):
            return _held(payment, intent, reading)
        case _:
            assert_never(reading.status)


def _held(payment: Payment, intent: Intent, reading: ProviderPayment) -> Conclusion:
    """Book a hold that was placed, and whatever happened to it since."""
    asked = intent.operation.amount
    if reading.amount is None or reading.amount.currency != asked.currency or not reading.amount.amount_minor:
        return OPEN
    subject = intent.operation.operation_id
    events: list[AnyEvent] = [
        Authorized(
            subject=subject,
            amount_minor=reading.amount.amount_minor,
            provider_id=reading.provider_id,
            authorization_code=reading.authorization_code,
            authorized_at=_held_since(intent),
        )
    ]
    if reading.amount != asked:
        events.append(
            _attention(
                subject,
                f"Ingenico authorized {reading.amount} where {asked} was asked. "
                "Ship no more than was authorized, or void the payment.",
            )
        )
    held = _fold(payment, events)
    if reading.status is ProviderStatus.RELEASED:
        events += _released(held, f"{subject}/{PROVIDERS_DOING}", reading)
    elif reading.status is not ProviderStatus.AUTHORIZED:
        events += _taken_by_provider(held, reading)
    return Conclusion(outcome=IntentOutcome.DONE, events=tuple(events))


def _held_since(intent: Intent) -> datetime:
    """The hold cannot be older than our first send, so its end is never counted too late."""
    return intent.first_sent_at or intent.created_at


def _capture(payment: Payment, intent: Intent, reading: ProviderPayment) -> Conclusion:
    subject = intent.operation.operation_id
    capture = payment.capture(subject)
    if capture is None:
        return OPEN
    match reading.status:
        case ProviderStatus.AUTHORIZED | ProviderStatus.PENDING | ProviderStatus.UNRECOGNISED:
            return OPEN
        case ProviderStatus.RELEASED | ProviderStatus.DECLINED:
            refused = _capture_refused(payment, subject, f"the payment is {reading.raw_status} at Ingenico")
            events = [refused, *_released(_fold(payment, [refused]), subject, reading)]
            told = _attention(
                subject,
                "The capture lost against a void made at Ingenico: nothing was taken. "
                "Do not ship, or ask the customer for another payment.",
            )
            return Conclusion(outcome=IntentOutcome.REFUSED, events=(*events, told))
        case (
            ProviderStatus.CAPTURE_REQUESTED
            | ProviderStatus.CAPTURED
            | ProviderStatus.COLLECTED
            | ProviderStatus.CAPTURE_REJECTED
            | ProviderStatus.RETURNED
        ):
            return Conclusion(outcome=IntentOutcome.DONE, events=tuple(_advance(payment, capture, reading)))
        case _:
            assert_never(reading.status)


def _void(payment: Payment, intent: Intent, reading: ProviderPayment) -> Conclusion:
    operation = intent.operation
    match reading.status:
        case ProviderStatus.AUTHORIZED | ProviderStatus.PENDING | ProviderStatus.UNRECOGNISED:
            return OPEN
        case ProviderStatus.RELEASED | ProviderStatus.DECLINED:
            released = _released(payment, operation.operation_id, reading)
            return Conclusion(outcome=IntentOutcome.DONE, events=tuple(released))
        case (
            ProviderStatus.CAPTURE_REQUESTED
            | ProviderStatus.CAPTURED
            | ProviderStatus.COLLECTED
            | ProviderStatus.CAPTURE_REJECTED
            | ProviderStatus.RETURNED
        ):
            refused = VoidRefused(
                subject=operation.operation_id,
                authorization_id=operation.authorization_id,
                reason=f"the payment is {reading.raw_status} at Ingenico",
            )
            taken = _taken_by_provider(_fold(payment, [refused]), reading)
            return Conclusion(outcome=IntentOutcome.REFUSED, events=(refused, *taken))
        case _:
            assert_never(reading.status)


def _taken_by_provider(payment: Payment, reading: ProviderPayment) -> list[AnyEvent]:
    """Book a capture that we did not ask for: a sale, or one made in Ingenico's console."""
    hold = payment.authorization
    if hold is None or hold.open_minor == 0:
        return []
    subject = operation_id(payment.key, OperationKind.CAPTURE, PROVIDERS_DOING)
    amount = min(hold.open_minor, reading.captured_minor or hold.open_minor)
    intended = CaptureIntended(
        subject=subject,
        authorization_id=hold.authorization_id,
        request_id=PROVIDERS_DOING,
        request_hash=PROVIDERS_DOING,
        shipment_id=None,
        amount_minor=amount,
    )
    after = _fold(payment, [intended])
    events: list[AnyEvent] = [intended, *_advance(after, _capture_of(after, subject), reading)]
    if payment.opened is None or payment.opened.action is not PaymentAction.SALE:
        told = "Ingenico captured this payment though nobody here asked for it. Ship it, or refund it."
        events.append(_attention(subject, told))
    return events


def _advance(payment: Payment, capture: CaptureRecord, reading: ProviderPayment) -> list[AnyEvent]:
    """Return each event between where a capture stands here and where the provider says it is."""
    subject, hold_id = capture.capture_id, capture.authorization_id
    events: list[AnyEvent] = []
    if capture.stage is CaptureStage.INTENDED:
        events += _requested(payment, capture, reading)
        capture = _capture_of(_fold(payment, events), subject)
    amount = capture.amount_minor
    if reading.status is ProviderStatus.CAPTURE_REJECTED:
        stage = RejectedStage(capture.stage.value)
        rejected = CaptureRejected(
            subject=subject, authorization_id=hold_id, amount_minor=amount, stage=stage
        )
        told = "The capture was rejected after Ingenico had accepted it: the money did not come. "
        return [
            *events,
            rejected,
            _attention(subject, told + "Stop the shipment or ask for another payment."),
        ]
    beyond_requested = {ProviderStatus.CAPTURED, ProviderStatus.COLLECTED, ProviderStatus.RETURNED}
    if reading.status in beyond_requested and capture.stage is CaptureStage.REQUESTED:
        events.append(Captured(subject=subject, authorization_id=hold_id, amount_minor=amount))
    if reading.status in beyond_requested - {ProviderStatus.CAPTURED}:
        events.append(Collected(subject=subject, authorization_id=hold_id, amount_minor=amount))
    if reading.status is ProviderStatus.RETURNED:
        told = f"Ingenico shows {reading.raw_status}: money was collected and went back. Look at the payment there."
        events.append(_attention(subject, told))
    return events


def _requested(payment: Payment, capture: CaptureRecord, reading: ProviderPayment) -> list[AnyEvent]:
    """One approve ends an authorization: what it leaves of the hold lapses, and is booked so."""
    reported = capture.amount_minor if reading.captured_minor is None else reading.captured_minor
    taken = min(reported, capture.amount_minor)
    hold = _hold_of(payment, capture.authorization_id)
    excess = reported - taken
    rest = hold.open_minor + capture.amount_minor - taken
    used = min(excess, rest)
    events: list[AnyEvent] = [
        CaptureRequested(
            subject=capture.capture_id,
            authorization_id=capture.authorization_id,
            amount_minor=capture.amount_minor,
            reported_minor=reported,
            rest_minor=rest - used,
        )
    ]
    if excess:
        events.append(
            Unexplained(
                subject=capture.capture_id,
                authorization_id=capture.authorization_id,
                amount_minor=excess,
                used_hold_minor=used,
            )
        )
    if reported != capture.amount_minor:
        told = (
            f"Ingenico captured {payment.money(reported)} where {payment.money(capture.amount_minor)} was asked. "
            "Correct the difference by a refund or another payment."
        )
        events.append(_attention(capture.capture_id, told))
    return events


def _released(payment: Payment, subject: str, reading: ProviderPayment) -> list[AnyEvent]:
    hold = payment.authorization
    if hold is None:
        return []
    amount = hold.open_minor
    events: list[AnyEvent] = [
        Voided(subject=subject, authorization_id=hold.authorization_id, amount_minor=amount)
    ]
    if reading.release is Release.CONFIRMED:
        released = HoldReleased(
            subject=subject, authorization_id=hold.authorization_id, amount_minor=amount, confirmed=True
        )
        events.append(released)
    return events


def _capture_refused(payment: Payment, capture_id: str, reason: str) -> CaptureRefused:
    capture = _capture_of(payment, capture_id)
    return CaptureRefused(
        subject=capture_id,
        authorization_id=capture.authorization_id,
        amount_minor=capture.amount_minor,
        reason=reason,
    )


def _capture_of(payment: Payment, capture_id: str) -> CaptureRecord:
    capture = payment.capture(capture_id)
    if capture is None:
        raise ValueError(f"{payment.key} has no capture {capture_id}")
    return capture


def _hold_of(payment: Payment, authorization_id: str) -> Authorization:
    return next(a for a in payment.authorizations if a.authorization_id == authorization_id)


def _fold(payment: Payment, events: list[AnyEvent]) -> Payment:
    for event in events:
        payment = evolve(payment, event)
    return payment


def _attention(subject: str, sentence: str) -> AttentionNeeded:
    return AttentionNeeded(subject=subject, sentence=sentence)
