"""What tests against the simulator do again and again to an order; `stage` is either of tests/support/stages.py."""

from devstack.customer import SHOP
from payments.methods import PaymentInstruction, ThreeDSecure
from payments.order import Order
from payments.states import PaymentState
from payments.view import CommandAnswer, CommandResult
from tests.support.simulated import Simulated

CARD = PaymentInstruction(token="token-visa-approved")
PARTS = CARD.model_copy(update={"account": "parts"})


def challenged(**more: object) -> PaymentInstruction:
    """Return a card whose issuer wants to see the customer."""
    fields = {"token": "token-visa-challenge", "return_url": SHOP, "three_d_secure": ThreeDSecure(), **more}
    return PaymentInstruction.model_validate(fields)


async def ship(
    stage: Simulated, order: Order, request_id: str, amount_minor: int | None = None, **more: object
) -> CommandAnswer:
    """Capture an amount, or all that is owed."""
    amount = None if amount_minor is None else order.total.with_amount(amount_minor)
    return await stage.payments.capture(order.key, request_id=request_id, amount=amount, **more)


async def shipped(stage: Simulated, order: Order, card: PaymentInstruction = CARD) -> CommandAnswer:
    """Authorize an order and capture all of it."""
    await stage.payments.authorize(order, card)
    return await ship(stage, order, "s1")


async def queued(stage: Simulated, order: Order, card: PaymentInstruction = CARD) -> None:
    """Authorize an order and have all of it wait for its batch."""
    answer = await shipped(stage, order, card)
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.CAPTURE_REQUESTED)
