"""Payments with their books on PostgreSQL: each fate of an order, and a server that freezes or dies amid payments."""

import asyncio
import itertools

import pytest

from ledger.check import faults
from payments.commands import Capture, Void
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import AuthorizationResult
from tests.support.witnesses import collected, declined, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

NO = PaymentInstruction(token="token-mastercard-declined")
# What a fulfilment does with an order, how it ends, what the provider is asked for it.
SHIPPED = (PaymentState.COLLECTED, collected, ["payments.create", "payments.approve"])
CANCELLED = (PaymentState.VOIDED, released, ["payments.create", "payments.cancel"])
DECLINED = (PaymentState.DECLINED, lambda _: declined(), ["payments.create"])
FATES = (SHIPPED, CANCELLED, DECLINED)
# Beyond the limit of five seconds after which an answer is not waited for.
FROZEN_SECONDS = 6.0
DOWN_SECONDS = 3.0
# A customer comes every so often.
BETWEEN_SECONDS = 0.4


async def authorized(payments, order, card):
    """Ask until the authorization's outcome is known, as an order service does."""
    while True:
        answer = await payments.authorize(order, card, patience_seconds=10)
        if answer.result not in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}:
            return answer


async def played(payments, order, fate, card):
    """Bring an order to its end as a shop does; the outage is nothing it would know of."""
    answer = await authorized(payments, order, NO if fate is DECLINED else card)
    if fate is SHIPPED:
        await payments.signal_capture(order.key, Capture(request_id="shipment-1"))
    elif fate is CANCELLED:
        await payments.signal_void(order.key, Void(request_id="cancelled"))
    return answer.result


async def hears(shop, order, state):
    """The order service is told in the end, in the order of events, whatever its books went through."""
    async with asyncio.timeout(90):
        while not (told := shop.bodies(order.order_id)) or told[-1]["data"]["state"] != state:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    sequences = [body["data"]["sequence"] for body in told]
    assert sequences == sorted(sequences)


async def ended_well(world, orders):
    """Each order came to its fate by itself: provider, ledger and workflows agree, nothing twice, the shop knows."""
    for order, fate in orders:
        state, totals, effects = fate
        await world.witnesses.until(order, state)
        await world.witnesses.agree_on(order, totals(order))
        assert await world.witnesses.effects(order) == effects
        keys = {asked["idempotence_key"] for asked in await world.witnesses.log(order, "payments.create")}
        assert len(keys) == 1
        await hears(world.shop, order, state)
    assert world.shop.forged == 0
    assert [str(fault) async for fault in faults(world.database)] == []


async def served(world, new_order, card, outage):
    """Have customers come before, during and after an outage, shipments and cancellations among them."""
    before = [(new_order(60_000 + n), fate) for n, fate in enumerate([SHIPPED, CANCELLED] * 2)]
    for order, _ in before:
        await world.payments.authorize(order, card)
    going = asyncio.create_task(outage())
    playing = [asyncio.create_task(played(world.payments, order, fate, card)) for order, fate in before]
    orders = list(before)
    for number, fate in enumerate(itertools.cycle(FATES)):
        orders.append((new_order(70_000 + number), fate))
        playing.append(asyncio.create_task(played(world.payments, *orders[-1], card)))
        await asyncio.sleep(BETWEEN_SECONDS)
        # The last ones come after the outage.
        if going.done() and number % 3 == 2:
            break
    await going
    await asyncio.wait_for(asyncio.gather(*playing), 60)
    await ended_well(world, orders)


async def test_orders_of_each_fate(on_postgres, new_order, card):
    """Authorized, captured, voided, declined: by the URL alone the books are on PostgreSQL."""
    orders = [(new_order(50_000 + n), fate) for n, fate in enumerate(FATES * 2)]
    results = await asyncio.gather(*(played(on_postgres.payments, *order, card) for order in orders))
    assert [result.value for result in results] == ["authorized", "authorized", "declined"] * 2
    await ended_well(on_postgres, orders)


async def test_while_postgresql_hangs_payments_wait_and_then_go_on(on_postgres, new_order, card):
    """A frozen server takes connections and answers nothing: no payment hangs with it, none is lost, none is twice."""

    async def outage():
        on_postgres.postgres.freeze()
        try:
            await asyncio.sleep(FROZEN_SECONDS)
        finally:
            on_postgres.postgres.thaw()

    await served(on_postgres, new_order, card, outage)


async def test_a_killed_postgresql_comes_back_with_its_books(on_postgres, new_order, card):
    """What was committed is there on its data's folder, and the worker's pool finds the server by itself."""

    async def outage():
        on_postgres.postgres.kill()
        await asyncio.sleep(DOWN_SECONDS)
        await asyncio.to_thread(on_postgres.postgres.start)

    worker = on_postgres.stack.worker.process.pid
    await served(on_postgres, new_order, card, outage)
    assert on_postgres.stack.worker.process.pid == worker
    on_postgres.stack.worker.must_run()
