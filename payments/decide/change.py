"""An order edited after it was authorized: what must hold, and whether a further authorization is needed."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import ChangeOrder, content_hash
from payments.decide.authorization import ask_for
from payments.decide.decision import AlreadyDone, Decision, Record, Refuse
from payments.decide.release import plan_release
from payments.decide.resolved import not_resolved
from payments.events import OrderChanged, ReleasePlanned
from payments.methods import PaymentAction
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id
from payments.refusals import Refusal, first_refusal
from payments.states import Purpose

# What an edit is called where nothing is asked of the provider.
CHANGE = "change"

Guard = Callable[[Payment, ChangeOrder, datetime], Refusal | None]


def change_must_be_of_what_is_known(payment: Payment, _command: ChangeOrder, _now: datetime) -> Refusal | None:
    """What is held or captured must be known before it is compared with what is owed."""
    waits = any(hold.is_pending for hold in payment.authorizations)
    if payment.unresolved is None and payment.absent is None and not waits:
        return None
    return not_resolved(payment.unresolved or "An authorization")


def change_needs_a_hold(payment: Payment, _command: ChangeOrder, _now: datetime) -> Refusal | None:
    """An order whose payment led nowhere, or ended, is paid anew."""
    hold = payment.authorization
    if hold is not None and hold.stage is AuthorizationStage.HELD:
        return None
    return Refusal(
        code="nothing_held",
        field="order",
        message=f"The authorization is {hold.stage.value if hold else 'not asked for'}: there is nothing to change.",
        remedy="Start a payment of the changed order under another id.",
    )


def change_must_be_in_time(payment: Payment, command: ChangeOrder, now: datetime) -> Refusal | None:
    """A hold whose window has ended is being voided: what is added to it would stand alone."""
    ended = [h for h in payment.authorizations if payment.free_minor(h) and _has_ended(payment, h, now)]
    if not ended or command.total.amount_minor <= payment.owed_minor:
        return None
    return Refusal(
        code="window_ended",
        field="order",
        message="The authorization's window has ended: its hold is being released.",
        remedy="Start a payment of the changed order under another id.",
    )


def change_must_be_of_the_currency(payment: Payment, command: ChangeOrder, _now: datetime) -> Refusal | None:
    """Money of another currency is not this order's."""
    currency = payment.money(0).currency
    if command.total.currency == currency and (command.order is None or command.order.total == command.total):
        return None
    return Refusal(
        code="currency_differs" if command.total.currency != currency else "total_differs",
        field="total.currency" if command.total.currency != currency else "order.total.amount_minor",
        message=f"{command.total} is asked for, and the order is in {currency}.",
        remedy=f"Send the new total in {currency}, and the order, if it comes along, with that total.",
    )


def change_must_leave_something(_payment: Payment, command: ChangeOrder, _now: datetime) -> Refusal | None:
    """An order of nothing is cancelled."""
    if command.total.amount_minor > 0:
        return None
    return Refusal(
        code="amount_not_positive",
        field="total.amount_minor",
        message="An order of nothing has no payment.",
        remedy="Void the payment, or send at least 1 minor unit.",
    )


def change_must_not_be_below_what_is_captured(payment: Payment, command: ChangeOrder, _now: datetime) -> Refusal | None:
    """What was captured, or is being captured, is given back by a refund."""
    if command.total.amount_minor >= payment.captured_minor:
        return None
    captured = payment.money(payment.captured_minor)
    return Refusal(
        code="total_below_captured",
        field="total.amount_minor",
        message=f"{captured} is captured already, or being captured.",
        remedy=f"Send at least {captured}, and refund what was captured too much.",
    )


def change_must_not_split_a_final_hold(payment: Payment, command: ChangeOrder, _now: datetime) -> Refusal | None:
    """A final authorization is captured in full or not at all."""
    if command.total.amount_minor >= payment.owed_minor:
        return None
    opened, held = payment.opened, [h for h in payment.authorizations if payment.free_minor(h)]
    actions = {h.terms.action if h.terms else opened.action if opened else None for h in held}
    if PaymentAction.FINAL_AUTHORIZATION not in actions:
        return None
    return Refusal(
        code="final_authorization_is_whole",
        field="total.amount_minor",
        message="A final authorization is captured in full: less of it cannot be owed.",
        remedy="Void the payment and start another one, or capture all of it and refund the difference.",
    )


CHANGE_GUARDS: tuple[Guard, ...] = (
    change_must_be_of_what_is_known,
    change_needs_a_hold,
    change_must_be_in_time,
    change_must_be_of_the_currency,
    change_must_leave_something,
    change_must_not_be_below_what_is_captured,
    change_must_not_split_a_final_hold,
)


def decide_change(payment: Payment, command: ChangeOrder, now: datetime) -> Decision:
    """Owe another amount. What is not held of it is asked for first, and owed only once it is held."""
    refusal = first_refusal(guard(payment, command, now) for guard in CHANGE_GUARDS)
    if refusal is not None:
        return Refuse(refusal=refusal)
    total, hold = command.total.amount_minor, payment.authorization
    if total == payment.owed_minor or hold is None:
        return AlreadyDone(message=f"The order owes {command.total} already.")
    lacking = total - payment.captured_minor - sum(payment.free_minor(h) for h in payment.authorizations)
    content = content_hash(command)
    if total > payment.owed_minor and lacking > 0:
        named = command.payment
        return ask_for(
            payment,
            command.request_id,
            content,
            purpose=Purpose.SUPPLEMENTARY,
            amount_minor=lacking,
            account=named.account if named else payment.account_of(hold),
            card_of=None if named else hold.authorization_id,
            owed_minor=total,
            by_checkout=named is not None and named.hosted_checkout is not None,
        )
    changed = OrderChanged(
        subject=operation_id(payment.key, CHANGE, command.request_id),
        owed_minor=total,
        request_id=command.request_id,
        request_hash=content,
    )
    return Record(events=(changed, *_no_longer_needed(payment, total)))


def _has_ended(payment: Payment, hold: Authorization, now: datetime) -> bool:
    expires = payment.window_end(hold)
    return expires is not None and now >= expires


def _no_longer_needed(payment: Payment, total: int) -> tuple[ReleasePlanned, ...]:
    """Release supplementary holds whole, the last first, as long as the others hold what is still owed."""
    planned: list[ReleasePlanned] = []
    owed = total - payment.captured_minor
    held = sum(payment.free_minor(hold) for hold in payment.authorizations)
    for hold in reversed(payment.authorizations):
        free = payment.free_minor(hold)
        untouched = not payment.live_captures(hold.authorization_id)
        if hold.purpose is Purpose.SUPPLEMENTARY and free and untouched and held - free >= owed:
            planned.append(plan_release(payment, hold, "order_changed"))
            held -= free
    return tuple(planned)
