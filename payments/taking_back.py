"""What follows from what the provider says of a capture that is being taken back.

The provider publishes no cut-off: a queued capture may be asked for back until the provider says no.
"""

from collections.abc import Sequence

from payments.advance import advance, attention, capture_of, fold_on, numbered
from payments.events import AnyEvent, AttentionSettled, CaptureTakenBack, RefundTakenBack, TakeBackRefused
from payments.operations import Intent, IntentOutcome
from payments.parts import TakeBackRecord
from payments.payment import Payment
from payments.provider import ProviderPayment
from payments.states import CaptureStage, ProviderStatus, RefundStage

# It left the queue: the hold is back, or the whole payment was cancelled by somebody else.
_OUT = {ProviderStatus.AUTHORIZED, ProviderStatus.RELEASED}
_IN_DOUBT = {ProviderStatus.PENDING, ProviderStatus.UNRECOGNISED, ProviderStatus.CAPTURE_REQUESTED}


def take_back_outcome(reading: ProviderPayment) -> IntentOutcome | None:
    """Say what a reading proves of a taking back; None while the capture is queued still."""
    if reading.discrepancy is not None or reading.status in _IN_DOUBT:
        return None
    return IntentOutcome.DONE if reading.status in _OUT else IntentOutcome.REFUSED


def take_back_events(payment: Payment, intent: Intent, reading: ProviderPayment) -> list[AnyEvent]:
    """Return what the payment gains by a reading that proves the outcome."""
    subject = intent.operation.operation_id
    record = _record_of(payment, subject)
    capture = capture_of(payment, record.capture_id)
    if reading.status in _OUT and capture.stage is CaptureStage.REQUESTED:
        return _taken_back(payment, record, reading)
    refused = _refused(record, f"the payment is {reading.raw_status} at Ingenico")
    if capture.stage is not CaptureStage.REQUESTED:
        return [refused]
    return [refused, *advance(fold_on(payment, [refused]), capture, reading)]


def _taken_back(payment: Payment, record: TakeBackRecord, reading: ProviderPayment) -> list[AnyEvent]:
    """The capture is undone. What it had left of the hold may be gone already, so only its own amount is counted on."""
    capture = capture_of(payment, record.capture_id)
    held = capture.amount_minor if reading.amount is None else reading.amount.amount_minor
    reopened = min(capture.amount_minor, held)
    events: list[AnyEvent] = [
        CaptureTakenBack(
            subject=capture.capture_id,
            authorization_id=capture.authorization_id,
            take_back_id=record.take_back_id,
            amount_minor=capture.amount_minor,
            reopened_minor=reopened,
        )
    ]
    if reopened < capture.amount_minor:
        told = f"The capture was taken back, and Ingenico holds only {payment.money(reopened)} of it. "
        events.append(attention(record.take_back_id, told + "Ship no more than that."))
    waiting = {told.subject for told in payment.attention}
    for refund in payment.refunds:
        if refund.capture_id == capture.capture_id and refund.stage is RefundStage.ASKED:
            events += [AttentionSettled(subject=refund.waiting)] if refund.waiting in waiting else []
            events.append(
                RefundTakenBack(
                    subject=refund.refund_id,
                    authorization_id=refund.authorization_id,
                    amount_minor=refund.amount_minor,
                )
            )
    return events


def take_back_refused(payment: Payment, intent: Intent, reason: str) -> Sequence[AnyEvent]:
    """Return what follows when the provider says no and the capture is queued still: it was too late."""
    return numbered(payment, [_refused(_record_of(payment, intent.operation.operation_id), reason)])


def _refused(record: TakeBackRecord, reason: str) -> TakeBackRefused:
    return TakeBackRefused(
        subject=record.take_back_id,
        authorization_id=record.authorization_id,
        capture_id=record.capture_id,
        reason=reason,
    )


def _record_of(payment: Payment, take_back_id: str) -> TakeBackRecord:
    record = payment.take_back(take_back_id)
    if record is None:
        raise ValueError(f"{payment.key} takes nothing back by {take_back_id}")
    return record
