"""Letting go of a hold: a void that was asked for, the window's end, the hold's own end."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import Void, content_hash
from payments.decide.authorization import abandon
from payments.decide.closing import close_checkout
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.decide.resolved import must_be_resolved
from payments.events import HoldExpired, HoldReleased, ReleaseCause, ReleasePlanned, VoidIntended
from payments.events.release import VoidCause
from payments.operations import Operation, OperationKind
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id, request_hash
from payments.refusals import Refusal, first_refusal

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


def decide_void(payment: Payment, hold: Authorization, command: Void, now: datetime) -> Decision:
    """Release all that is held, or say why not."""
    abandoned = abandon(payment, command.request_id, content_hash(command), now)
    if abandoned is not None:
        return abandoned
    match hold.stage:
        case (
            AuthorizationStage.PENDING
            | AuthorizationStage.HELD
            | AuthorizationStage.INTENDED
            | AuthorizationStage.ABSENT
        ):
            pass
        case AuthorizationStage.VOIDED | AuthorizationStage.EXPIRED | AuthorizationStage.ABANDONED:
            return AlreadyDone(message=f"The payment is {hold.stage.value} already: nothing is held.")
        case AuthorizationStage.DECLINED | AuthorizationStage.REFUSED:
            return AlreadyDone(message=f"The authorization was {hold.stage.value}: nothing is held.")
    held = [h for h in payment.authorizations if _may_be_let_go_of(h)] or [hold]
    captured = any(payment.live_captures(h.authorization_id) for h in held)
    if not any(h.open_minor or h.is_pending for h in held) and payment.unresolved is None and not captured:
        return AlreadyDone(message="Nothing is held that could be released.")
    refusals = [_refusal(payment, h) for h in held]
    released = [h for h, refusal in zip(held, refusals, strict=True) if refusal is None]
    if not released:
        return Refuse(refusal=next(refusal for refusal in refusals if refusal is not None))
    first, *others = released
    content = content_hash(command)
    if first.at_checkout:
        perform = close_checkout(payment, first, command.request_id, content, asked=True)
    else:
        perform = void(payment, first, command.request_id, content, "request")
    planned = tuple(plan_release(payment, h, "request") for h in others)
    return perform.model_copy(update={"events": (*perform.events, *planned)})


def _may_be_let_go_of(hold: Authorization) -> bool:
    return hold.planned is None and (hold.open_minor > 0 or hold.is_pending)


def _refusal(payment: Payment, hold: Authorization) -> Refusal | None:
    return first_refusal(guard(payment, hold) for guard in GUARDS)


def plan_release(payment: Payment, hold: Authorization, cause: ReleaseCause) -> ReleasePlanned:
    """Have a hold released as soon as it can be. Named by the hold; again, after a refusal, by how often."""
    name = f"@release-{hold.request_id}"
    times = sum(record.request_id.startswith(name) for record in payment.requests)
    request_id = name if not times else f"{name}-{times + 1}"
    return ReleasePlanned(
        subject=operation_id(payment.key, OperationKind.VOID, request_id),
        authorization_id=hold.authorization_id,
        request_id=request_id,
        cause=cause,
    )


def decide_planned_release(payment: Payment) -> Perform | None:
    """Ask for the next release that was planned: one at a time, until each is answered."""
    if payment.unresolved is not None:
        return None
    hold = next((h for h in payment.authorizations if h.planned is not None and (h.open_minor or h.is_pending)), None)
    if hold is None or hold.planned is None:
        return None
    planned, content = hold.planned, request_hash({"cause": hold.planned.request_id})
    if hold.at_checkout:
        return close_checkout(payment, hold, planned.request_id, content, asked=True)
    return void(payment, hold, planned.request_id, content, planned.cause)


def decide_release_due(payment: Payment, now: datetime) -> Perform | Record | None:
    """Say what time brings to holds: the window's end voids, the hold's end books what lapsed."""
    if payment.unresolved is not None:
        return None
    planned = decide_planned_release(payment)
    if planned is not None:
        return planned
    dues = (_due(payment, hold, now) for hold in payment.authorizations)
    return next((due for due in dues if due is not None), None)


def _due(payment: Payment, hold: Authorization, now: datetime) -> Perform | Record | None:
    if hold.undone_by is not None and hold.open_minor and payment.request(hold.named(UNDONE)) is None:
        name = hold.named(UNDONE)
        return void(payment, hold, name, request_hash({"cause": name}), "refund")
    expires, lapses = payment.window_end(hold), payment.hold_end(hold)
    name = hold.named(WINDOW_END)
    if expires is not None and now >= expires and hold.open_minor and payment.request(name) is None:
        return void(payment, hold, name, request_hash({"cause": name}), "window")
    # The hold's end is when it can no longer be counted on, which is no proof that it is gone: it is voided first.
    return _ended(hold) if lapses is not None and now >= lapses else None


def next_release_at(payment: Payment) -> datetime | None:
    """Return when `decide_release_due` will next have something to do, if time alone can bring it."""
    if payment.unresolved is not None:
        return None
    times = [_next_at(payment, hold) for hold in payment.authorizations]
    return min((at for at in times if at is not None), default=None)


def _next_at(payment: Payment, hold: Authorization) -> datetime | None:
    if hold.open_minor and payment.request(hold.named(WINDOW_END)) is None:
        return payment.window_end(hold)
    return payment.hold_end(hold) if hold.open_minor or hold.lapsing_minor else None


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
        account=payment.account_of(hold),
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
