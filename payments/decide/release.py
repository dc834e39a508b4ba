"""Letting go of a hold: a void that was asked for, the window's end, the hold's own end."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import Void, content_hash
from payments.decide.authorization import abandon
from payments.decide.closing import close_checkout
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.decide.resolved import must_be_resolved
from payments.events import HoldExpired, HoldReleased, VoidIntended
from payments.events.release import VoidCause
from payments.operations import Operation, OperationKind
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id, request_hash
from payments.refusals import Refusal

Guard = Callable[[Payment, Authorization], Refusal | None]

# The engine's own void is named by its cause, so that it is one operation however often the timer fires.
WINDOW_END = "@window-end"
# A refund of everything that was made by taking the capture back ends with the void of the hold.
UNDONE = "@undone"


def must_not_be_captured(payment: Payment, hold: Authorization) -> Refusal | None:
    """A cancel has no amount: it would hit the capture with it. Several captures can be ended without it."""
    captures = payment.live_captures(hold.authorization_id)
    if not captures or (hold.several_captures and hold.open_minor):
        return None
    taken = payment.money(sum(c.amount_minor for c in captures))
    return Refusal(
        code="already_captured",
        field="order",
        message=f"{taken} is {captures[0].stage.value}: the payment cannot be voided any more.",
        remedy="Refund it; what the capture left of the hold lapses by itself.",
    )


def must_not_be_unresolved(payment: Payment, _hold: Authorization) -> Refusal | None:
    """One operation at a time on a hold: a void beside an unanswered capture could undo it unseen."""
    return must_be_resolved(payment)


GUARDS: tuple[Guard, ...] = (must_not_be_captured, must_not_be_unresolved)


def decide_void(payment: Payment, hold: Authorization, command: Void) -> Decision:
    """Release the whole hold, or say why not."""
    abandoned = abandon(payment, command.request_id, content_hash(command))
    if abandoned is not None:
        return abandoned
    match hold.stage:
        case AuthorizationStage.PENDING:
            unresolved = must_not_be_unresolved(payment, hold)
            if unresolved is not None:
                return Refuse(refusal=unresolved)
            if hold.at_checkout:
                return close_checkout(payment, hold, command.request_id, content_hash(command), asked=True)
            return void(payment, hold, command.request_id, content_hash(command), "request")
        case AuthorizationStage.HELD | AuthorizationStage.INTENDED | AuthorizationStage.ABSENT:
            pass
        case AuthorizationStage.VOIDED | AuthorizationStage.EXPIRED | AuthorizationStage.ABANDONED:
            return AlreadyDone(message=f"The payment is {hold.stage.value} already: nothing is held.")
        case AuthorizationStage.DECLINED | AuthorizationStage.REFUSED:
            return AlreadyDone(message=f"The authorization was {hold.stage.value}: nothing is held.")
    if hold.open_minor == 0 and payment.unresolved is None and not payment.live_captures(hold.authorization_id):
        return AlreadyDone(message="Nothing is held that could be released.")
    for guard in GUARDS:
        refusal = guard(payment, hold)
        if refusal is not None:
            return Refuse(refusal=refusal)
    return void(payment, hold, command.request_id, content_hash(command), "request")


def decide_release_due(payment: Payment, now: datetime) -> Perform | Record | None:
    """Say what time brings to a hold: the window's end voids, the hold's end books what lapsed."""
    hold = payment.authorization
    if hold is None or payment.unresolved is not None:
        return None
    if hold.undone_by is not None and hold.open_minor and payment.request(UNDONE) is None:
        return void(payment, hold, UNDONE, request_hash({"cause": UNDONE}), "refund")
    window_ended = payment.expires_at is not None and now >= payment.expires_at
    refused_before = payment.request(WINDOW_END) is not None
    if window_ended and hold.open_minor and not refused_before:
        return void(payment, hold, WINDOW_END, request_hash({"cause": WINDOW_END}), "window")
    # The hold's end is when it can no longer be counted on, which is no proof that it is gone: it is voided first.
    if payment.lapses_at is not None and now >= payment.lapses_at:
        return _ended(hold)
    return None


def next_release_at(payment: Payment) -> datetime | None:
    """Return when `decide_release_due` will next have something to do, if time alone can bring it."""
    hold = payment.authorization
    if hold is None or payment.unresolved is not None:
        return None
    if hold.open_minor and payment.request(WINDOW_END) is None:
        return payment.expires_at
    if hold.open_minor or hold.lapsing_minor:
        return payment.lapses_at
    return None


def _ended(hold: Authorization) -> Record | None:
    events: list[HoldExpired | HoldReleased] = []
    if hold.open_minor:
        expired = HoldExpired(
            subject=hold.authorization_id,
            occurrence=hold.ends + 1,
            authorization_id=hold.authorization_id,
            amount_minor=hold.open_minor,
        )
        events.append(expired)
    if hold.lapsing_minor:
        released = HoldReleased(
            subject=f"{hold.authorization_id}/lapsed",
            occurrence=hold.ends + 1,
            authorization_id=hold.authorization_id,
            amount_minor=hold.lapsing_minor,
            confirmed=False,
        )
        events.append(released)
    return Record(events=tuple(events)) if events else None


def void(payment: Payment, hold: Authorization, request_id: str, content: str, cause: VoidCause) -> Perform:
    """Ask for a hold to be let go of, or for a pending authorization to be given up."""
    subject = operation_id(payment.key, OperationKind.VOID, request_id)
    finalizes = bool(payment.live_captures(hold.authorization_id))
    operation = Operation(
        operation_id=subject,
        kind=OperationKind.FINALIZE if finalizes else OperationKind.VOID,
        request_id=request_id,
        request_hash=content,
        authorization_id=hold.authorization_id,
        amount=payment.money(hold.amount_minor if hold.is_pending else hold.open_minor),
        account=payment.account,
        provider_id=hold.provider_id,
        one_of_several=hold.several_captures,
        of_pending=hold.is_pending,
    )
    event = VoidIntended(
        subject=subject,
        authorization_id=hold.authorization_id,
        request_id=request_id,
        request_hash=content,
        cause=cause,
        finalizes=finalizes,
    )
    return Perform(operation=operation, events=(event,))
