"""Orders of several authorizations: edited, held anew, or paid with another card."""

import asyncio

from devstack.stack import SEVERAL_CAPTURES, SHORT_HOLDS
from devstack.stories.steps import (
    APPROVED,
    DECLINED,
    STEP_PATIENCE_SECONDS,
    Stage,
    StoryFailed,
    answered,
    authorize,
    less,
    more,
    ship,
    until,
)
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationResult


async def play_edited_down(stage: Stage, order: Order) -> str:
    """Authorize, drop an item, ship: the hold stays, and less of it is captured."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED)
    remaining = less(order)
    await answered(stage.payments.change(order.key, remaining, request_id="edit-1"))
    await ship(stage, order)
    return f"{remaining} of the {order.total} that is held was captured; the rest lapses"


async def play_edited_up(stage: Stage, order: Order) -> str:
    """Authorize, add an item, ship in two parcels: the difference is held beside, each parcel captured once."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED, account=SEVERAL_CAPTURES)
    await answered(stage.payments.change(order.key, more(order), request_id="edit-1"))
    half = order.total.with_amount(order.total.amount_minor // 2)
    await answered(stage.payments.capture(order.key, request_id="parcel-1", amount=half))
    await answered(stage.payments.capture(order.key, request_id="parcel-2"))
    view = await until(stage, order, PaymentState.COLLECTED)
    parts = ", ".join(str(capture.amount) for capture in view.captures)
    return f"two parcels over two authorizations: captured {parts}"


async def play_reauthorized(stage: Stage, order: Order) -> str:
    """Authorize, wait longer than the hold lasts, ship: the card is asked anew, then the old hold is released."""
    instruction = PaymentInstruction(token=APPROVED, account=SHORT_HOLDS, reauthorize=True, window_seconds=600)
    answer = await stage.payments.authorize(order, instruction, patience_seconds=10)
    first = answer.merchant_reference
    deadline = asyncio.get_running_loop().time() + STEP_PATIENCE_SECONDS
    while True:
        view = await stage.payments.view(order.key)
        if view is not None and len(view.authorizations) > 1 and view.authorizations[0].stage == "voided":
            break
        if asyncio.get_running_loop().time() > deadline:
            raise StoryFailed("the hold was not followed by another")
        await asyncio.sleep(0.2)
    view = await ship(stage, order)
    return f"held anew before {first} was released; one of {len(view.authorizations)} holds captured, the others voided"


async def play_second_card(stage: Stage, order: Order) -> str:
    """Be declined, pay with another card, ship: the order is the same one, and is charged once."""
    await authorize(stage, order, AuthorizationResult.DECLINED, token=DECLINED)
    card = PaymentInstruction(token=APPROVED)
    answer = await stage.payments.retry(order, card, request_id="second-card", patience_seconds=10)
    if answer.result is not AuthorizationResult.AUTHORIZED:
        raise StoryFailed(f"the second card is {answer.result}: {answer.reason}")
    await ship(stage, order)
    return f"declined once, paid as {answer.merchant_reference}"
