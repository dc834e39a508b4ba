"""What a command leads to: `decide(payment, command, now)`. Pure; the same question has the same answer."""

from datetime import datetime
from typing import assert_never

from payments.commands import (
    AnyCommand,
    Capture,
    ChangeOrder,
    ChangeWindow,
    Refund,
    Retry,
    Review,
    ScheduleCapture,
    TakeBack,
    Void,
    content_hash,
)
from payments.decide.authorization import (
    abandon,
    ask_again,
    decide_authorization,
    further_intended,
    intended,
    open_payment,
    terms_of,
)
from payments.decide.capture import capture_intended, decide_capture, decide_planned_capture
from payments.decide.change import decide_change
from payments.decide.checkout import decide_checkout_due, next_checkout_at
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.decide.pending import decide_pending_due, decide_review, next_pending_at
from payments.decide.reauthorize import decide_reauthorization, next_reauthorization_at
from payments.decide.refund import decide_refund, decide_refund_due, next_refund_at, refund_intended
from payments.decide.release import decide_planned_release, decide_release_due, decide_void, next_release_at
from payments.decide.resume import unresolved_operation
from payments.decide.retry import decide_retry
from payments.decide.schedule import UNSCHEDULE, decide_schedule, decide_schedule_due, next_schedule_at
from payments.decide.take_back import decide_take_back
from payments.decide.window import WINDOW, decide_change_window, decide_warning_due, next_warning_at
from payments.payment import Payment
from payments.refusals import Refusal

__all__ = [
    "OF_THE_BOOKS",
    "AlreadyDone",
    "Decision",
    "Perform",
    "Record",
    "Refuse",
    "abandon",
    "ask_again",
    "capture_intended",
    "decide",
    "decide_authorization",
    "decide_checkout_due",
    "decide_due",
    "decide_planned_capture",
    "decide_planned_release",
    "decide_refund_due",
    "further_intended",
    "intended",
    "next_due_at",
    "open_payment",
    "refund_intended",
    "terms_of",
    "unresolved_operation",
]


# Requests that only the books know: nothing is asked of the provider, so what is accepted is done.
OF_THE_BOOKS = frozenset({WINDOW, UNSCHEDULE})


def decide(payment: Payment, command: AnyCommand, now: datetime) -> Decision:
    """Say what follows from a command: operations to perform, already done, or a refusal with its remedy."""
    earlier = payment.request(command.request_id)
    if earlier is not None:
        if earlier.request_hash == content_hash(command):
            return AlreadyDone(message="This request was accepted before.", operation_id=earlier.operation_id)
        return Refuse(refusal=_reused(command))
    hold = payment.authorization
    if hold is None:
        return Refuse(refusal=_not_open())
    match command:
        case Capture():
            return decide_capture(payment, hold, command, now)
        case Void():
            return decide_void(payment, hold, command, now)
        case Refund():
            return decide_refund(payment, command, now)
        case TakeBack():
            return decide_take_back(payment, command)
        case ScheduleCapture():
            return decide_schedule(payment, hold, command, now)
        case ChangeWindow():
            return decide_change_window(payment, hold, command, now)
        case Review():
            return decide_review(payment, hold, command)
        case ChangeOrder():
            return decide_change(payment, command, now)
        case Retry():
            return decide_retry(payment, hold, command, now)
        case _:
            assert_never(command)


def decide_due(payment: Payment, now: datetime) -> Perform | Record | None:
    """Say what is due: captures, a hold's successor, the end of a wait, a window or a hold, refunds, a warning."""
    return (
        decide_planned_capture(payment, now)
        or decide_schedule_due(payment, now)
        or decide_checkout_due(payment, now)
        or decide_pending_due(payment, now)
        or decide_reauthorization(payment, now)
        or decide_release_due(payment, now)
        or decide_refund_due(payment, now)
        or decide_warning_due(payment, now)
    )


def next_due_at(payment: Payment) -> datetime | None:
    """Return when `decide_due` will next have something to do, if time alone can bring it."""
    moments = (
        next_schedule_at(payment),
        next_checkout_at(payment),
        next_pending_at(payment),
        next_reauthorization_at(payment),
        next_release_at(payment),
        next_refund_at(payment),
        next_warning_at(payment),
    )
    return min((at for at in moments if at is not None), default=None)


def _reused(command: AnyCommand) -> Refusal:
    return Refusal(
        code="request_id_reused",
        field="request_id",
        message=f"{command.request_id!r} was used before for a request with other content.",
        remedy="Give each request an id of its own; repeat an id only with the same content.",
    )


def _not_open() -> Refusal:
    return Refusal(
        code="not_authorized",
        field="order",
        message="No authorization was asked for yet.",
        remedy="Start the payment first.",
    )
