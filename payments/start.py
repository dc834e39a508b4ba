"""The checks a start must pass before anything is reserved on a card: the order by itself, and how it is paid."""

from payments.methods import PaymentAction, PaymentInstruction
from payments.order import Order, check_order
from payments.refusals import Refusal


def check_start(order: Order, instruction: PaymentInstruction) -> tuple[Refusal, ...]:
    """Return what is wrong with a start whose fields are each well formed."""
    return (*check_order(order), *_check_action(order, instruction), *_check_reauthorize(instruction))


def _check_reauthorize(instruction: PaymentInstruction) -> tuple[Refusal, ...]:
    """A final authorization or a sale is not followed by another: it cannot be let go of."""
    if not instruction.reauthorize or instruction.action is PaymentAction.PRE_AUTHORIZATION:
        return ()
    return (
        Refusal(
            code="only_a_pre_authorization_is_followed",
            field="payment.reauthorize",
            message=f"A {instruction.action.value.replace('_', ' ')} cannot be released, so none may follow it.",
            remedy="Use pre_authorization, or leave reauthorize out.",
        ),
    )


def _check_action(order: Order, instruction: PaymentInstruction) -> tuple[Refusal, ...]:
    """A final authorization is captured in full or not at all, so an order that may ship in parts cannot have one."""
    if instruction.action is not PaymentAction.FINAL_AUTHORIZATION or not order.may_ship_in_parts:
        return ()
    return (
        Refusal(
            code="final_authorization_is_whole",
            field="payment.action",
            message="A final authorization is captured in full, and this order may ship in parts.",
            remedy="Use pre_authorization, or ship the order whole.",
        ),
    )
