"""Letting go of a hold: a void that was asked for, the window's end, the hold's own end."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import Void, content_hash
from payments.decide.authorization import abandon
from payments.decide.decision import AlreadyDone, Decision, Perform, Record, Refuse
from payments.events import HoldExpired, HoldReleased, ReleaseCause, ReleasePlanned, VoidIntended
from payments.operations import Operation, OperationKind
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id, request_hash
from payments.refusals import Refusal

Guard = Callable[[Payment, Authorization], Refusal | None]

# The engine's own void is named by its cause, so that it is one operation however often the timer fires.
WINDOW_END = "@window-end"


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
    if payment.unresolved is None:
        return None
    return Refusal(
        code="operation_unresolved",
        field="request_id",
        message=f"{payment.unresolved} is not resolved yet.",
        remedy="Ask again when it is; the payment view tells.",
    )


GUARDS: tuple[Guard, ...] = (must_not_be_captured, must_not_be_unresolved)


def decide_void(payment: Payment, hold: Authorization, command: Void, now: datetime) -> Decision:
    """Release all that is held, or say why not."""
    abandoned = abandon(payment, command.request_id, content_hash(command), now)
    if abandoned is not None:
        return abandoned
    match hold.stage:
        case AuthorizationStage.HELD | AuthorizationStage.INTENDED | AuthorizationStage.ABSENT:
            pass
        case AuthorizationStage.VOIDED | AuthorizationStage.EXPIRED | AuthorizationStage.ABANDONED:
            return AlreadyDone(message=f"The payment is {hold.stage.value} already: nothing is held.")
        case AuthorizationStage.DECLINED | AuthorizationStage.REFUSED:
            return AlreadyDone(message=f"The authorization was {hold.stage.value}: nothing is held.")
    held = [h for h in payment.authorizations if h.open_minor and h.planned is None] or [hold]
    captured = any(payment.live_captures(h.authorization_id) for h in held)
    if not any(h.open_minor for h in held) and payment.unresolved is None and not captured:
        return AlreadyDone(message="Nothing is held that could be released.")
    refusals = [_refusal(payment, h) for h in held]
    released = [h for h, refusal in zip(held, refusals, strict=True) if refusal is None]
    if not released:
        return Refuse(refusal=next(refusal for refusal in refusals if refusal is not None))
    first, *others = released
    perform = _void(payment, first, command.request_id, content_hash(command), "request")
    planned = tuple(plan_release(payment, h, "request") for h in others)
    return perform.model_copy(update={"events": (*perform.events, *planned)})


def _refusal(payment: Payment, hold: Authorization) -> Refusal | None:
    return next((refusal for guard in GUARDS if (refusal := guard(payment, hold)) is not None), None)


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
    hold = next((h for h in payment.authorizations if h.planned is not None and h.open_minor), None)
    if hold is None or hold.planned is None:
        return None
    planned = hold.planned
    return _void(payment, hold, planned.request_id, request_hash({"cause": planned.request_id}), planned.cause)


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
    expires, lapses = payment.expires(hold), payment.lapses(hold)
    name = hold.named(WINDOW_END)
    if expires is not None and now >= expires and hold.open_minor and payment.request(name) is None:
        return _void(payment, hold, name, request_hash({"cause": name}), "window")
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
        return payment.expires(hold)
    return payment.lapses(hold) if hold.open_minor or hold.lapsing_minor else None


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


def _void(payment: Payment, hold: Authorization, request_id: str, content: str, cause: ReleaseCause) -> Perform:
    subject = operation_id(payment.key, OperationKind.VOID, request_id)
    finalizes = bool(payment.live_captures(hold.authorization_id))
    operation = Operation(
        operation_id=subject,
        kind=OperationKind.FINALIZE if finalizes else OperationKind.VOID,
        request_id=request_id,
        request_hash=content,
        authorization_id=hold.authorization_id,
        amount=payment.money(hold.open_minor),
        account=payment.account_of(hold),
        provider_id=hold.provider_id,
        one_of_several=hold.several_captures,
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
