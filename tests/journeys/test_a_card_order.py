"""A card order, from authorization to its end, on real servers."""

import asyncio

import pytest

from payments.commands import Capture
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_shipped_order_is_captured_in_full(payments, simulator, new_order, card):
    """An authorized order whose shipment is signalled ends collected, and the provider's books say the same."""
    order = new_order(23_979)
    answer = await payments.authorize(order, card)
    assert answer.result is AuthorizationResult.AUTHORIZED
    assert answer.authorization_code == "OK1131"
    await payments.signal_capture(order.key, Capture(request_id="shipment-1"))
    for _ in range(100):
        view = await payments.view(order.key)
        if view.state is PaymentState.COLLECTED:
            break
        await asyncio.sleep(0.1)
    assert view.state is PaymentState.COLLECTED
    [line] = await simulator.books(f"main-{order.order_id}-")
    assert (line.authorized, line.captured, line.collected) == (23_979, 23_979, 23_979)


async def test_a_void_after_a_capture_is_refused_with_the_remedy(payments, new_order, card):
    """The loser of the race of capture and void is told why, and what to do instead."""
    order = new_order()
    await payments.authorize(order, card)
    first = await payments.capture(order.key, request_id="s1")
    assert first.result is CommandResult.DONE
    second = await payments.void(order.key, request_id="v1")
    assert second.result is CommandResult.REFUSED
    assert second.refusal.code == "already_captured"
    assert "Refund it" in second.refusal.remedy
