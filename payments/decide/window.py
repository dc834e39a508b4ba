"""The authorization window: changing it while it waits, and warning before it ends."""

from datetime import datetime, timedelta

from payments.commands import ChangeWindow, content_hash
from payments.decide.decision import AlreadyDone, Decision, Record, Refuse
from payments.events import WindowChanged, WindowEnding
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id
from payments.refusals import Refusal

WINDOW = "window"


def decide_change_window(payment: Payment, hold: Authorization, command: ChangeWindow, now: datetime) -> Decision:
    """Extend or shorten the window of a hold that waits, never beyond the hold less its margin."""
    refusal = _must_wait(payment, hold, now) or _must_be_one_time(command)
    if refusal is not None:
        return Refuse(refusal=refusal)
    ends_at = _asked(hold, command)
    refusal = _must_fit(payment, hold, command, ends_at, now)
    if refusal is not None:
        return Refuse(refusal=refusal)
    if ends_at == payment.window_end(hold):
        return AlreadyDone(message=f"The window ends at {ends_at.isoformat()} already.")
    changed = WindowChanged(
        subject=operation_id(payment.key, WINDOW, command.request_id),
        authorization_id=hold.authorization_id,
        request_id=command.request_id,
        request_hash=content_hash(command),
        ends_at=ends_at,
    )
    return Record(events=(changed,))


def decide_warning_due(payment: Payment, now: datetime) -> Record | None:
    """Warn fulfilment of the end of a window, once for each end."""
    at = next_warning_at(payment)
    hold = payment.authorization
    if at is None or hold is None or now < at:
        return None
    ends_at = payment.window_end(hold)
    if ends_at is None or now >= ends_at:
        return None
    warned = WindowEnding(
        subject=f"{hold.authorization_id}/window",
        occurrence=hold.warnings + 1,
        authorization_id=hold.authorization_id,
        ends_at=ends_at,
        amount_minor=hold.open_minor,
    )
    return Record(events=(warned,))


def next_warning_at(payment: Payment) -> datetime | None:
    """Return when fulfilment is warned next: a while before the end, in a short window when half of it is over."""
    hold, opened = payment.authorization, payment.opened
    if hold is None or opened is None or not opened.warn_before_seconds or not hold.open_minor:
        return None
    ends_at = payment.window_end(hold)
    if ends_at is None or hold.authorized_at is None or hold.warned_of == ends_at or payment.unresolved is not None:
        return None
    before = min(timedelta(seconds=opened.warn_before_seconds), (ends_at - hold.authorized_at) // 2)
    return ends_at - before


def _asked(hold: Authorization, command: ChangeWindow) -> datetime:
    if command.until is not None:
        return command.until
    if hold.authorized_at is None or command.window_seconds is None:
        raise ValueError("a window is counted from an authorization")
    return hold.authorized_at + timedelta(seconds=command.window_seconds)


def _must_wait(payment: Payment, hold: Authorization, now: datetime) -> Refusal | None:
    ends_at = payment.window_end(hold)
    if hold.stage is AuthorizationStage.HELD and hold.open_minor and ends_at is not None and now < ends_at:
        return None
    return Refusal(
        code="nothing_waits",
        field="order",
        message="Nothing waits for fulfilment: there is no hold that may still be captured within its window.",
        remedy="Look at the payment; start another one to hold money again.",
    )


def _must_be_one_time(command: ChangeWindow) -> Refusal | None:
    if (command.window_seconds is None) != (command.until is None):
        return None
    said = "both are" if command.until is not None else "neither is"
    return Refusal(
        code="one_end",
        field="window_seconds",
        message=f"The window ends at a time or after seconds, and {said} there.",
        remedy="Send either window_seconds, counted from the authorization, or until, a time with its zone.",
    )


def _must_fit(
    payment: Payment, hold: Authorization, command: ChangeWindow, ends_at: datetime, now: datetime
) -> Refusal | None:
    field = "until" if command.until is not None else "window_seconds"
    longest = payment.longest_window(hold)
    if ends_at <= now:
        return Refusal(
            code="window_in_the_past",
            field=field,
            message=f"{ends_at.isoformat()} is not in the future.",
            remedy="Send a later time, or void the payment.",
        )
    if longest is not None and ends_at > longest:
        return Refusal(
            code="window_beyond_hold",
            field=field,
            message=f"The hold can be counted on until {longest.isoformat()}, its margin kept.",
            remedy=f"Send at most {longest.isoformat()}; for longer the order needs another authorization.",
        )
    plan = payment.waiting_capture(hold.authorization_id)
    if plan is not None and plan.at >= ends_at:
        return Refusal(
            code="capture_planned_later",
            field=field,
            message=f"A capture is planned for {plan.at.isoformat()}, when this window would be over.",
            remedy="Plan that capture for an earlier time, or cancel it, first.",
        )
    return None
