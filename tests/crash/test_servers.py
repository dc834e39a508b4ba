"""The Temporal server and the provider, killed and back: payments wait and go on by themselves."""

import asyncio

import pytest

from payments.commands import Capture, Void
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.processes import kill
from tests.support.witnesses import collected, declined, operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _answered(payments, order, card):
    """Ask until the authorization's outcome is known, as an order service does."""
    while True:
        answer = await payments.authorize(order, card, patience_seconds=10)
        if answer.result not in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}:
            return answer


async def test_a_killed_temporal_server_loses_no_payment(fragile, new_order, card):
    """Payments on their way when the server is killed go on from its file, and nothing is done twice."""
    payments, witnesses = fragile.payments, fragile.witnesses
    shipped, cancelled, fresh = [[new_order(total + n) for n in range(3)] for total in (20_000, 30_000, 40_000)]
    refused = new_order(50_000)
    no = PaymentInstruction(token="token-mastercard-declined")
    await asyncio.gather(*(payments.authorize(order, card) for order in [*shipped, *cancelled]))
    asking = [asyncio.create_task(_answered(payments, order, card)) for order in fresh]
    asking.append(asyncio.create_task(_answered(payments, refused, no)))
    for order in shipped:
        await payments.signal_capture(order.key, Capture(request_id="shipment-1"))
    for order in cancelled:
        await payments.signal_void(order.key, Void(request_id="cancelled"))
    await kill(fragile.stack.temporal)
    await fragile.stack.temporal.start()
    answers = await asyncio.wait_for(asyncio.gather(*asking), 60)
    assert [answer.result.value for answer in answers] == ["authorized"] * 3 + ["declined"]
    for order in fresh:
        assert (await payments.void(order.key, request_id="cancelled")).result is CommandResult.DONE
    for order in shipped:
        await witnesses.until(order, PaymentState.COLLECTED)
        await witnesses.agree_on(order, collected(order))
        assert await witnesses.effects(order) == ["payments.create", "payments.approve"]
    for order in [*cancelled, *fresh]:
        await witnesses.until(order, PaymentState.VOIDED)
        await witnesses.agree_on(order, released(order))
        assert await witnesses.effects(order) == ["payments.create", "payments.cancel"]
    await witnesses.agree_on(refused, declined())


async def test_while_the_provider_refuses_connections_payments_wait_and_then_go_on(fragile, new_order, card):
    """Nothing was sent, so nothing is unknown: starts say pending, captures and voids wait, all happens once."""
    payments, witnesses = fragile.payments, fragile.witnesses
    fresh, shipped, cancelled = orders = [new_order(total) for total in (21_000, 22_000, 23_000)]
    for order in (shipped, cancelled):
        await payments.authorize(order, card)
    await fragile.proxy.refuse()
    try:
        told = await asyncio.gather(
            payments.authorize(fresh, card, patience_seconds=2),
            payments.capture(shipped.key, request_id="shipment-1", patience_seconds=2),
            payments.void(cancelled.key, request_id="cancelled", patience_seconds=2),
        )
    finally:
        await fragile.proxy.listen()
    assert [answer.result.value for answer in told] == ["pending"] * 3
    assert (await _answered(payments, fresh, card)).result is AuthorizationResult.AUTHORIZED
    await payments.signal_capture(fresh.key, Capture(request_id="shipment-1"))
    await witnesses.until(cancelled, PaymentState.VOIDED)
    await witnesses.agree_on(cancelled, released(cancelled))
    for order in (fresh, shipped):
        await witnesses.until(order, PaymentState.COLLECTED)
        await witnesses.agree_on(order, collected(order))
    for order in orders:
        assert "OutcomeUnknown" not in await witnesses.happened(order)
        log = operations(await witnesses.log(order))
        assert [name for name in log if name != "payments.get"] == await witnesses.effects(order)
        assert len(await witnesses.effects(order)) == 2


async def test_a_killed_provider_comes_back_with_its_books_and_nothing_is_done_twice(fragile, new_order, card):
    """A provider that dies amid requests leaves outcomes unknown; once it is back each turns out to be one effect."""
    payments, witnesses = fragile.payments, fragile.witnesses
    orders = [new_order(24_000 + n) for n in range(4)]
    for order in orders[:2]:
        await payments.authorize(order, card)
        await payments.signal_capture(order.key, Capture(request_id="shipment-1"))
    asking = [asyncio.create_task(_answered(payments, order, card)) for order in orders[2:]]
    await kill(fragile.stack.simulator)
    await fragile.stack.simulator.start()
    await fragile.stack.simulator_answers()
    answers = await asyncio.wait_for(asyncio.gather(*asking), 60)
    assert {answer.result for answer in answers} == {AuthorizationResult.AUTHORIZED}
    for order in orders[2:]:
        await payments.signal_capture(order.key, Capture(request_id="shipment-1"))
    for order in orders:
        await witnesses.until(order, PaymentState.COLLECTED)
        await witnesses.agree_on(order, collected(order))
        assert await witnesses.effects(order) == ["payments.create", "payments.approve"]
