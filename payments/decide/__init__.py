"""What a command leads to: `decide(payment, command, now)`. Pure; the same question has the same answer."""

from datetime import datetime
from typing import assert_never

from payments.commands import AnyCommand, Capture, Refund, Review, Void, content_hash
from payments.decide.authorization import abandon, decide_authorization, intended, open_payment
from payments.decide.capture import capture_intended, decide_capture
from payments.decide.checkout import decide_checkout_due, next_checkout_at
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.decide.pending import decide_pending_due, decide_review, next_pending_at
from payments.decide.refund import decide_refund, decide_refund_due, next_refund_at, refund_intended
from payments.decide.release import decide_release_due, decide_void, next_release_at
from payments.decide.resume import unresolved_operation
from payments.payment import Payment
from payments.refusals import Refusal

__all__ = [
    "AlreadyDone",
    "Decision",
    "Perform",
    "Record",
    "Refuse",
    "abandon",
    "capture_intended",
    "decide",
    "decide_authorization",
    "decide_checkout_due",
    "decide_due",
    "decide_refund_due",
    "intended",
    "next_due_at",
    "open_payment",
    "refund_intended",
    "unresolved_operation",
]


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
            return decide_void(payment, hold, command)
        case Refund():
            return decide_refund(payment, hold, command, now)
        case Review():
            return decide_review(payment, hold, command)
        case _:
            assert_never(command)


def decide_due(payment: Payment, now: datetime) -> Perform | Record | None:
    """Say what time itself brings: the end of a window, a hold or a wait, and refunds that may be asked for now."""
    waited = decide_checkout_due(payment, now) or decide_pending_due(payment, now)
    return waited or decide_release_due(payment, now) or decide_refund_due(payment, now)


def next_due_at(payment: Payment) -> datetime | None:
    """Return when `decide_due` will next have something to do, if time alone can bring it."""
    waits = (next_checkout_at(payment), next_pending_at(payment))
    times = (*waits, next_release_at(payment), next_refund_at(payment))
    return min((at for at in times if at is not None), default=None)


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
