"""What a command leads to: `decide(payment, command, now)`. Pure; the same question has the same answer."""

from datetime import datetime
from typing import assert_never

from payments.commands import Capture, Void, content_hash
from payments.decide.authorization import abandon, decide_authorization, intended, open_payment
from payments.decide.capture import decide_capture
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.decide.release import decide_due, decide_void, next_due_at
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
    "decide",
    "decide_authorization",
    "decide_due",
    "intended",
    "next_due_at",
    "open_payment",
    "unresolved_operation",
]


def decide(payment: Payment, command: Capture | Void, now: datetime) -> Decision:
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
        case _:
            assert_never(command)


def _reused(command: Capture | Void) -> Refusal:
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
