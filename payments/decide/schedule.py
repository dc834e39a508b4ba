"""A capture at a given time: planned, planned anew, given up, and made when its time comes."""

from datetime import datetime

from payments.advance import attention, numbered
from payments.commands import Capture, ScheduleCapture, content_hash
from payments.decide.capture import decide_capture, refused_now
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.events import CaptureScheduled, CaptureUnscheduled
from payments.parts import Authorization, ScheduledCapture
from payments.payment import Payment
from payments.references import operation_id
from payments.refusals import Refusal

SCHEDULE, UNSCHEDULE = "schedule", "unschedule"


def decide_schedule(payment: Payment, hold: Authorization, command: ScheduleCapture, now: datetime) -> Decision:
    """Plan a capture, in the place of one that waits; or give that one up."""
    if command.cancel:
        return _cancel(payment, command)
    at = command.at
    refusal = _must_have_a_time(payment, hold, at, now) or refused_now(payment, hold, _capture(command), now)
    if refusal is not None or at is None:
        return Refuse(refusal=refusal or _no_time())
    planned = CaptureScheduled(
        subject=_subject(payment, command.request_id),
        authorization_id=hold.authorization_id,
        request_id=command.request_id,
        request_hash=content_hash(command),
        at=at,
        amount_minor=command.amount.amount_minor if command.amount else None,
        final=command.final,
        shipment_id=command.shipment_id,
    )
    return Record(events=(planned,))


def decide_schedule_due(payment: Payment, now: datetime) -> Perform | Record | None:
    """Make the capture whose time has come, by the rules of any other; what cannot be made is told to people."""
    hold = payment.authorization
    plan = payment.waiting_capture()
    if hold is None or plan is None or payment.unresolved is not None or now < plan.at:
        return None
    decision = decide_capture(payment, hold, _planned(payment, plan), now)
    if isinstance(decision, Perform):
        return decision
    reason = str(decision.refusal) if isinstance(decision, Refuse) else "it was captured already"
    unscheduled = CaptureUnscheduled(subject=plan.schedule_id, authorization_id=plan.authorization_id, reason=reason)
    told = f"The capture planned for {plan.at:%Y-%m-%d %H:%M} UTC was not made: {reason}"
    return Record(events=numbered(payment, (unscheduled, attention(plan.schedule_id, told))))


def next_schedule_at(payment: Payment) -> datetime | None:
    """Return when a planned capture's time comes."""
    plan = payment.waiting_capture()
    return plan.at if plan is not None and payment.unresolved is None else None


def _planned(payment: Payment, plan: ScheduledCapture) -> Capture:
    return Capture.model_construct(
        request_id=plan.capture_request,
        amount=None if plan.amount_minor is None else payment.money(plan.amount_minor),
        final=plan.final,
        shipment_id=plan.shipment_id,
    )


def _capture(command: ScheduleCapture) -> Capture:
    return Capture(request_id=command.request_id, amount=command.amount, final=command.final)


def _cancel(payment: Payment, command: ScheduleCapture) -> Decision:
    plan = payment.waiting_capture()
    if command.at is not None:
        return Refuse(
            refusal=Refusal(
                code="cancel_or_time",
                field="cancel",
                message="A plan is given up or made, and both are asked for.",
                remedy="Send cancel alone; or the time alone, which replaces the plan that waits.",
            )
        )
    if plan is None:
        return AlreadyDone(message="No capture waits for its time.")
    unscheduled = CaptureUnscheduled(
        subject=operation_id(payment.key, UNSCHEDULE, command.request_id),
        authorization_id=plan.authorization_id,
        reason="it was cancelled",
        request_id=command.request_id,
        request_hash=content_hash(command),
    )
    return Record(events=(unscheduled,))


def _must_have_a_time(payment: Payment, hold: Authorization, at: datetime | None, now: datetime) -> Refusal | None:
    if at is None:
        return _no_time()
    if at <= now:
        return Refusal(
            code="time_in_the_past",
            field="at",
            message=f"{at.isoformat()} is not in the future.",
            remedy="Send a later time, or capture now.",
        )
    ends_at = payment.fulfilment_end(hold)
    if ends_at is None or at < ends_at:
        return None
    return Refusal(
        code="time_beyond_window",
        field="at",
        message=f"The authorization's window ends at {ends_at.isoformat()}.",
        remedy="Send a time before that, or extend the window first.",
    )


def _no_time() -> Refusal:
    return Refusal(
        code="no_time",
        field="at",
        message="A planned capture needs its time.",
        remedy="Send a time with its zone, such as 2026-12-01T09:00:00Z; or cancel true to give up the one that waits.",
    )


def _subject(payment: Payment, request_id: str) -> str:
    return operation_id(payment.key, SCHEDULE, request_id)
