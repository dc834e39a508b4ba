"""The authorization window: changing it while it waits, and warning before it ends."""

from datetime import datetime, timedelta

from payments.commands import ChangeWindow, content_hash
from payments.decide.decision import AlreadyDone, Decision, Record, Refuse
from payments.decide.reauthorize import is_followed
from payments.events import WindowChanged, WindowEnding
from payments.methods import LONGEST_WINDOW_SECONDS
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id
from payments.refusals import Refusal

WINDOW = "window"
# Where a hold that ends is followed by another: as long as an order may ask for at its start (`methods.py`).
LONGEST_FULFILMENT = timedelta(seconds=LONGEST_WINDOW_SECONDS)


def decide_change_window(payment: Payment, hold: Authorization, command: ChangeWindow, now: datetime) -> Decision:
    """Extend or shorten the window of a hold that waits, never beyond the hold less its margin."""
    refusal = _must_wait(payment, hold, now) or _must_be_one_time(command)
    if refusal is not None:
        return Refuse(refusal=refusal)
    ends_at = _asked(payment, hold, command)
    refusal = _must_fit(payment, hold, command, ends_at, now)
    if refusal is not None:
        return Refuse(refusal=refusal)
    if ends_at == payment.fulfilment_end(hold):
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
    if payment.unresolved is not None:
        return None
    for hold in payment.authorizations:
        at, ends_at = _warning_at(payment, hold), payment.window_end(hold)
        if at is None or ends_at is None or not at <= now < ends_at:
            continue
        warned = WindowEnding(
            subject=f"{hold.authorization_id}/window",
            occurrence=hold.warnings + 1,
            authorization_id=hold.authorization_id,
            ends_at=ends_at,
            amount_minor=hold.open_minor,
        )
        return Record(events=(warned,))
    return None


def next_warning_at(payment: Payment) -> datetime | None:
    """Return when fulfilment is warned next."""
    if payment.unresolved is not None:
        return None
    times = [_warning_at(payment, hold) for hold in payment.authorizations]
    return min((at for at in times if at is not None), default=None)


def _warning_at(payment: Payment, hold: Authorization) -> datetime | None:
    """Return when it is told that a hold's window ends: a while before, in a short window when half of it is over."""
    terms, ends_at = payment.terms_of(hold), payment.window_end(hold)
    if terms is None or not terms.warn_before_seconds or not hold.open_minor or hold.planned is not None:
        return None
    if ends_at is None or hold.authorized_at is None or hold.warned_of == ends_at or is_followed(payment, hold):
        return None
    return ends_at - min(timedelta(seconds=terms.warn_before_seconds), (ends_at - hold.authorized_at) // 2)


def _asked(payment: Payment, hold: Authorization, command: ChangeWindow) -> datetime:
    if command.until is not None:
        return command.until
    begun = payment.begun_at if payment.ships_until else hold.authorized_at
    if begun is None or command.window_seconds is None:
        raise ValueError("a window is counted from an authorization")
    return begun + timedelta(seconds=command.window_seconds)


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
    longest = _longest(payment, hold)
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
    plan = payment.waiting_capture()
    if plan is not None and plan.at >= ends_at:
        return Refusal(
            code="capture_planned_later",
            field=field,
            message=f"A capture is planned for {plan.at.isoformat()}, when this window would be over.",
            remedy="Plan that capture for an earlier time, or cancel it, first.",
        )
    return None


def _longest(payment: Payment, hold: Authorization) -> datetime | None:
    """Return what no window may end beyond; where a hold is followed by another, no hold of them limits it."""
    if payment.ships_until is None or payment.begun_at is None:
        return payment.longest_window(hold)
    return payment.begun_at + LONGEST_FULFILMENT
