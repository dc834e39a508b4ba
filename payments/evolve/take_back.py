"""Fold what became of taking a capture back."""

from typing import assert_never

from payments.events import CaptureTakenBack, RefundTakenBack, TakeBackIntended, TakeBackRefused
from payments.evolve.changes import capture_changed, changed, hold_changed, remembered
from payments.parts import RefundRecord, TakeBackRecord, TakeBackStage
from payments.payment import Payment
from payments.states import CaptureStage, RefundStage


def evolve_take_back(
    payment: Payment, event: TakeBackIntended | TakeBackRefused | CaptureTakenBack | RefundTakenBack
) -> Payment:
    """Return the payment after one of these events."""
    match event:
        case TakeBackIntended():
            record = TakeBackRecord(
                take_back_id=event.subject,
                authorization_id=event.authorization_id,
                capture_id=event.capture_id,
                request_id=event.request_id,
                refund_id=event.refund_id,
            )
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            return changed(accepted, take_backs=(*payment.take_backs, record))
        case TakeBackRefused():
            refused = _ended(payment, event.subject, TakeBackStage.REFUSED, event.reason)
            return _refund_waits(refused, event.subject)
        case CaptureTakenBack():
            hold = payment.hold(event.authorization_id)
            record = next(t for t in payment.take_backs if t.take_back_id == event.take_back_id)
            held = hold_changed(
                payment,
                hold,
                open_minor=hold.open_minor + event.reopened_minor,
                undone_by=record.refund_id or hold.undone_by,
            )
            done = _ended(held, event.take_back_id, TakeBackStage.DONE, None)
            return capture_changed(done, event.subject, CaptureStage.TAKEN_BACK)
        case RefundTakenBack():
            return _refund_changed(payment, event.subject, stage=RefundStage.TAKEN_BACK, not_before=None)
        case _:
            assert_never(event)


def _ended(payment: Payment, take_back_id: str, stage: TakeBackStage, reason: str | None) -> Payment:
    ended = {"stage": stage, "reason": reason}
    return changed(
        payment,
        take_backs=tuple(
            t.model_copy(update=ended) if t.take_back_id == take_back_id else t for t in payment.take_backs
        ),
    )


def _refund_waits(payment: Payment, take_back_id: str) -> Payment:
    """A refund that was to be made by taking back waits for its money like any other."""
    record = next(t for t in payment.take_backs if t.take_back_id == take_back_id)
    return payment if record.refund_id is None else _refund_changed(payment, record.refund_id, by_taking_back=False)


def _refund_changed(payment: Payment, refund_id: str, **changes: object) -> Payment:
    def after(refund: RefundRecord) -> RefundRecord:
        return refund.model_copy(update=changes) if refund.refund_id == refund_id else refund

    return changed(payment, refunds=tuple(after(refund) for refund in payment.refunds))
