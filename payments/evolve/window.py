"""Fold what became of the authorization window and of captures that wait for their time."""

from typing import assert_never

from payments.events import CaptureScheduled, CaptureUnscheduled, WindowChanged, WindowEnding
from payments.evolve.changes import changed, hold_changed, remembered
from payments.parts import ScheduledCapture, ScheduleStage
from payments.payment import Payment


def evolve_window(
    payment: Payment, event: WindowChanged | WindowEnding | CaptureScheduled | CaptureUnscheduled
) -> Payment:
    """Return the payment after one of these events."""
    hold = payment.hold(event.authorization_id)
    match event:
        case WindowChanged():
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            if payment.opened is not None and payment.opened.ship_within_seconds:
                return changed(accepted, changed_ships_until=event.ends_at)
            return hold_changed(accepted, hold, window_ends_at=event.ends_at)
        case WindowEnding():
            return hold_changed(payment, hold, warned_of=event.ends_at, warnings=hold.warnings + 1)
        case CaptureScheduled():
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            plan = ScheduledCapture(
                schedule_id=event.subject,
                authorization_id=event.authorization_id,
                request_id=event.request_id,
                at=event.at,
                amount_minor=event.amount_minor,
                final=event.final,
                shipment_id=event.shipment_id,
            )
            earlier = unscheduled(accepted, "another time was asked for")
            return changed(earlier, scheduled=(*earlier.scheduled, plan))
        case CaptureUnscheduled():
            if event.request_id is not None and event.request_hash is not None:
                payment = remembered(payment, event.request_id, event.request_hash, event.subject)
            return unscheduled(payment, event.reason)
        case _:
            assert_never(event)


def made(payment: Payment, request_id: str, capture_id: str) -> Payment:
    """Return the payment with a plan's capture begun; another capture is none of a plan's."""
    changes = {"stage": ScheduleStage.MADE, "capture_id": capture_id}
    return changed(
        payment,
        scheduled=tuple(
            p.model_copy(update=changes) if p.capture_request == request_id else p for p in payment.scheduled
        ),
    )


def let_go(payment: Payment) -> Payment:
    """Return the payment with what waits for its time given up, unless another hold can still be captured."""
    is_held = any(hold.counts and hold.open_minor for hold in payment.authorizations)
    return payment if is_held else unscheduled(payment, "the hold was let go")


def unscheduled(payment: Payment, reason: str) -> Payment:
    """Return the payment with what waits for its time given up."""
    ended = {"stage": ScheduleStage.CANCELLED, "reason": reason}

    def after(plan: ScheduledCapture) -> ScheduledCapture:
        return plan.model_copy(update=ended) if plan.stage is ScheduleStage.WAITING else plan

    return changed(payment, scheduled=tuple(after(plan) for plan in payment.scheduled))
