"""The checks a start must pass before anything is reserved on a card: the order by itself, and how it is paid."""

from payments.methods import PaymentAction, PaymentInstruction
from payments.order import Order, check_order
from payments.refusals import Refusal


def check_start(order: Order, instruction: PaymentInstruction) -> tuple[Refusal, ...]:
    """Return what is wrong with a start whose fields are each well formed."""
    return (
        *check_order(order),
        *_check_action(order, instruction),
        *_check_return(instruction),
        *_check_reauthorize(instruction),
    )


def _check_reauthorize(instruction: PaymentInstruction) -> tuple[Refusal, ...]:
    """Only what can be let go of is followed by another, and only a stored token pays a second time."""
    if not instruction.reauthorize:
        return ()
    wrong: list[Refusal] = []
    if instruction.action is not PaymentAction.PRE_AUTHORIZATION:
        wrong.append(
            Refusal(
                code="only_a_pre_authorization_is_followed",
                field="payment.reauthorize",
                message=f"A {instruction.action.value.replace('_', ' ')} cannot be released, so none may follow it.",
                remedy="Use pre_authorization, or leave reauthorize out.",
            )
        )
    if instruction.token is None:
        wrong.append(
            Refusal(
                code="only_a_token_pays_again",
                field="payment.reauthorize",
                message=f"{instruction.way} pays once: there is nothing to authorize with a second time.",
                remedy="Send the token of a stored card, or leave reauthorize out.",
            )
        )
    return tuple(wrong)


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


def _check_return(instruction: PaymentInstruction) -> tuple[Refusal, ...]:
    """Whoever is asked by 3-D Secure may be sent to the issuer's page, and has to come back from it."""
    asked = instruction.three_d_secure
    comes_back = instruction.return_url is not None or instruction.hosted_checkout is not None
    if asked is None or asked.skip or comes_back:
        return ()
    return (
        Refusal(
            code="return_url_missing",
            field="payment.return_url",
            message="3-D Secure may send the customer to the issuer's page, and nothing says where they come back to.",
            remedy="Send return_url, an address of your shop that begins with https://.",
        ),
    )
