"""Paying the same order in another way, after an authorization that came to nothing: one guard a rule."""

from collections.abc import Callable
from datetime import datetime

from payments.commands import Retry, content_hash
from payments.decide.authorization import ask_for
from payments.decide.decision import Decision, Refuse
from payments.decide.resolved import not_resolved
from payments.parts import NOTHING_CAME, Authorization, AuthorizationStage
from payments.payment import Payment
from payments.refusals import Refusal, first_refusal
from payments.start import check_start
from payments.states import Purpose

Guard = Callable[[Payment, Authorization, Retry, datetime], Refusal | None]


def retry_needs_a_failure(payment: Payment, hold: Authorization, _c: Retry, _now: datetime) -> Refusal | None:
    """A second hold for an order that is paid, or may be, is a second charge."""
    if payment.unresolved is not None or payment.absent is not None:
        return not_resolved(payment.unresolved or hold.authorization_id, ": it may pay the order")
    if hold.stage in NOTHING_CAME:
        return None
    stands = "paid for" if hold.stage is AuthorizationStage.HELD else hold.stage.value
    return Refusal(
        code="nothing_to_retry",
        field="order",
        message=f"The order is {stands}: another try is for an authorization that was declined, refused or given up.",
        remedy="Look at the payment; an order that was cancelled is paid under another id.",
    )


def retry_must_be_in_time(payment: Payment, _h: Authorization, _c: Retry, now: datetime) -> Refusal | None:
    """Who comes back days later starts anew: prices and stock have changed."""
    until = payment.retry_until
    if until is not None and now < until:
        return None
    ended = f"ended at {until.isoformat()}" if until else "is over"
    return Refusal(
        code="retry_window_ended",
        field="order",
        message=f"The time in which this order may be paid in another way {ended}.",
        remedy="Give the order another id and start its payment anew.",
    )


def retry_must_be_of_the_same_order(
    payment: Payment, _h: Authorization, command: Retry, _n: datetime
) -> Refusal | None:
    """The order that comes along is the one that was opened: the amount above all."""
    order, opened = command.order, payment.opened
    if order is None or opened is None:
        return None
    wrong = check_start(order, command.payment)
    if wrong:
        return wrong[0]
    if order.key != payment.key:
        return Refusal(
            code="another_order",
            field="order.order_id",
            message=f"This is the payment of {payment.key}, and {order.key} came along.",
            remedy="Send the order that this payment was started with.",
        )
    if order.total == payment.money(payment.owed_minor):
        return None
    return Refusal(
        code="total_differs",
        field="order.total.amount_minor",
        message=f"This payment is of {payment.money(payment.owed_minor)}, and an order of {order.total} came along.",
        remedy="Send the order as it was started, or give the changed order another id.",
    )


def retry_must_be_with_another_card(
    payment: Payment, _h: Authorization, command: Retry, _n: datetime
) -> Refusal | None:
    """An issuer that said never says so again, and schemes fine who asks."""
    if command.payment.token is None:
        return None
    method = command.payment.fingerprint(str(payment.key))
    hard = [a for a in payment.authorizations if a.decline is not None and a.decline.may_retry is False]
    if not any(declined.method == method for declined in hard):
        return None
    return Refusal(
        code="card_declined_for_good",
        field="payment.token",
        message="The issuer declined this card for good: asking again brings the same answer.",
        remedy="Ask the customer for another card.",
    )


RETRY_GUARDS: tuple[Guard, ...] = (
    retry_needs_a_failure,
    retry_must_be_in_time,
    retry_must_be_of_the_same_order,
    retry_must_be_with_another_card,
)


def decide_retry(payment: Payment, hold: Authorization, command: Retry, now: datetime) -> Decision:
    """Ask for an authorization of what is owed, with what the command pays with."""
    refusal = first_refusal(guard(payment, hold, command, now) for guard in RETRY_GUARDS)
    if refusal is not None:
        return Refuse(refusal=refusal)
    return ask_for(
        payment,
        command.request_id,
        content_hash(command),
        purpose=Purpose.RETRY,
        amount_minor=payment.owed_minor,
        account=command.payment.account,
        by_checkout=command.payment.hosted_checkout is not None,
    )
