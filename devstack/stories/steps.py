"""What every story does: it asks for the authorization, waits for a state, and fails when that does not come.

Every step names its request, so a story that is played again from its beginning repeats nothing.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from devstack.simulator_control import SimulatorControl
from payments.commands import Capture
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationAnswer, AuthorizationResult, CommandAnswer, CommandResult, PaymentView
from starter import PaymentClient

# Tokens that the simulator holds for the official test cards.
APPROVED = "token-visa-approved"
CAPTURE_REJECTED = "token-visa-capture-rejected"
CHALLENGED = "token-visa-challenge"
DECLINED = "token-mastercard-declined"
# Nobody ships this order, or nobody comes back: the demo waits for its window's end.
SHORT_WINDOW_SECONDS = 6
# What an order is told that somebody has to decide: played again after a kill it may have been decided.
_PENDING = {AuthorizationResult.REDIRECT, AuthorizationResult.IN_REVIEW}
_PAID_OTHERWISE = {AuthorizationResult.AUTHORIZED, AuthorizationResult.RELEASED}
# A state that does not come within this long is a failure of the demo.
STEP_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Stage:
    """What a story is played on."""

    payments: PaymentClient
    simulator: SimulatorControl


class StoryFailed(Exception):
    """A step did not come out as it must."""


async def authorize(
    stage: Stage,
    order: Order,
    expected: AuthorizationResult,
    *,
    token: str = APPROVED,
    window_seconds: int | None = None,
    patience_seconds: float = 10.0,
    account: str = "main",
    **terms: Any,  # noqa: ANN401 (fields of the instruction)
) -> AuthorizationAnswer:
    """Ask until the authorization is what it must be. Raises StoryFailed for anything else."""
    instruction = PaymentInstruction(token=token, window_seconds=window_seconds, account=account, **terms)
    deadline = asyncio.get_running_loop().time() + STEP_PATIENCE_SECONDS
    while True:
        answer = await stage.payments.authorize(order, instruction, patience_seconds=patience_seconds)
        waiting = {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN} - {expected}
        # Played again after a kill, an order that was authorized may have gone on to the end of its hold.
        went_on = expected is AuthorizationResult.AUTHORIZED and answer.result is AuthorizationResult.RELEASED
        went_on = went_on or (expected in _PENDING and answer.result not in waiting)
        # The same for a declined one that was paid with another card.
        went_on = went_on or (expected is AuthorizationResult.DECLINED and answer.result in _PAID_OTHERWISE)
        if answer.result is expected or went_on:
            return answer
        if answer.result not in waiting or asyncio.get_running_loop().time() > deadline:
            raise StoryFailed(f"the authorization is {answer.result}, not {expected}: {answer.reason}")


async def until(stage: Stage, order: Order, *states: PaymentState) -> PaymentView:
    """Wait for one of these states. Raises StoryFailed when none comes."""
    deadline = asyncio.get_running_loop().time() + STEP_PATIENCE_SECONDS
    while True:
        view = await stage.payments.view(order.key)
        if view is not None and view.state in states:
            return view
        if asyncio.get_running_loop().time() > deadline:
            raise StoryFailed(f"the payment is {view.state if view else 'gone'}, not {' or '.join(states)}")
        await asyncio.sleep(0.2)


async def answered(asking: Awaitable[CommandAnswer]) -> None:
    """Ask for a command. Raises StoryFailed unless it is done."""
    answer = await asking
    if answer.result not in {CommandResult.DONE, CommandResult.ALREADY_DONE}:
        raise StoryFailed(f"{answer.result}: {answer.refusal or answer.message}")


async def ship(stage: Stage, order: Order, expected: PaymentState = PaymentState.COLLECTED) -> PaymentView:
    """Tell that the whole order is shipped, and see what becomes of the money."""
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    return await until(stage, order, expected)


def less(order: Order) -> Money:
    """Return what an order comes to without one of its items: three quarters of it."""
    return order.total.with_amount(order.total.amount_minor * 3 // 4)


def more(order: Order) -> Money:
    """Return what an order comes to with an item more: five quarters of it."""
    return order.total.with_amount(order.total.amount_minor * 5 // 4)
