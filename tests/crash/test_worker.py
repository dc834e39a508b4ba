"""A worker killed at the worst moments: whatever it knew is lost, whatever the provider did is not done twice."""

import asyncio

import pytest

from devstack.stack import SEVERAL_CAPTURES
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.processes import kill
from tests.support.witnesses import collected, held, operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 10.0


async def _killed(fragile, new_order, card, *, processed):
    """Kill the worker while a create, an approve and a cancel are held, start another; return orders and answers."""
    fresh, shipped, cancelled = orders = [new_order(total) for total in (11_100, 12_680, 13_370)]
    payments, ids = fragile.payments, {}
    for order in (shipped, cancelled):
        ids[order] = (await payments.authorize(order, card)).transaction_id
    holds = [
        fragile.proxy.hold(
            lambda line, body: line.startswith("POST") and f'"main-{fresh.order_id}-' in body, processed=processed
        ),
        fragile.proxy.hold(lambda line, _: f"{ids[shipped]}/approve" in line, processed=processed),
        fragile.proxy.hold(lambda line, _: f"{ids[cancelled]}/cancel" in line, processed=processed),
    ]
    asking = [
        asyncio.create_task(payments.authorize(fresh, card, patience_seconds=PATIENT)),
        asyncio.create_task(payments.capture(shipped.key, request_id="shipment-1", patience_seconds=PATIENT)),
        asyncio.create_task(payments.void(cancelled.key, request_id="cancelled", patience_seconds=PATIENT)),
    ]
    await asyncio.gather(*(hold.reached() for hold in holds))
    await kill(fragile.stack.worker)
    done = await asyncio.gather(*(fragile.witnesses.effects(order) for order in orders))
    assert done == (
        [["payments.create"], ["payments.create", "payments.approve"], ["payments.create", "payments.cancel"]]
        if processed
        else [[], *[["payments.create"]] * 2]
    )
    open_intents = [
        [
            intent.operation.kind.value
            for intent in await fragile.witnesses.queries.intents(order.key)
            if not intent.outcome
        ]
        for order in orders
    ]
    assert open_intents == [["authorize"], ["capture"], ["void"]]
    await fragile.proxy.let_go()
    await fragile.stack.worker.start()
    return orders, await asyncio.gather(*asking)


async def _one_effect_each(fragile, orders, answers):
    (fresh, shipped, cancelled), witnesses = orders, fragile.witnesses
    await witnesses.until(fresh, PaymentState.AUTHORIZED)
    await witnesses.until(shipped, PaymentState.COLLECTED)
    await witnesses.until(cancelled, PaymentState.VOIDED)
    await witnesses.agree_on(fresh, held(fresh))
    await witnesses.agree_on(shipped, collected(shipped))
    await witnesses.agree_on(cancelled, released(cancelled))
    assert await witnesses.effects(fresh) == ["payments.create"]
    assert await witnesses.effects(shipped) == ["payments.create", "payments.approve"]
    assert await witnesses.effects(cancelled) == ["payments.create", "payments.cancel"]
    authorized, captured, voided = answers
    assert authorized.result is AuthorizationResult.AUTHORIZED
    assert (captured.result, voided.result) == (CommandResult.DONE, CommandResult.DONE)


async def test_a_worker_killed_between_the_providers_yes_and_our_record_repeats_nothing(fragile, new_order, card):
    """What the provider did and nobody wrote down is found out: a create by its key, the others by reading first."""
    orders, answers = await _killed(fragile, new_order, card, processed=True)
    await _one_effect_each(fragile, orders, answers)
    fresh, shipped, cancelled = [await fragile.witnesses.log(order) for order in orders]
    assert operations(fresh) == ["payments.create", "payments.create"]
    assert len({request["idempotence_key"] for request in fresh}) == 1
    assert [request["replayed"] for request in fresh] == [False, True]
    assert operations(shipped)[:3] == ["payments.create", "payments.approve", "payments.get"]
    assert operations(shipped).count("payments.approve") == 1
    # A cancel takes a capture with it, so the payment is read before the first one too.
    assert operations(cancelled) == ["payments.create", "payments.get", "payments.cancel", "payments.get"]


async def test_a_worker_killed_between_intent_and_call_sends_once(fragile, new_order, card):
    """What was intended and never reached the provider happens once, and is read before it is sent again."""
    orders, answers = await _killed(fragile, new_order, card, processed=False)
    await _one_effect_each(fragile, orders, answers)
    fresh, shipped, cancelled = [await fragile.witnesses.log(order) for order in orders]
    assert operations(fresh) == ["payments.create"]
    assert operations(shipped)[:3] == ["payments.create", "payments.get", "payments.approve"]
    assert operations(cancelled) == ["payments.create", "payments.get", "payments.get", "payments.cancel"]


@pytest.mark.parametrize("processed", [True, False])
async def test_a_worker_killed_at_one_of_several_shipments_captures_it_once(fragile, new_order, card, processed):
    """The capture is looked for by its own reference, twice if it is not there, before it is sent again."""
    order, payments = new_order(10_000), fragile.payments
    card = card.model_copy(update={"account": SEVERAL_CAPTURES})
    payment_id = (await payments.authorize(order, card)).transaction_id
    part = order.total.with_amount(3_000)
    await payments.capture(order.key, request_id="s1", amount=part)
    hold = fragile.proxy.hold(lambda line, _: f"{payment_id}/capture " in line, processed=processed)
    asking = asyncio.create_task(payments.capture(order.key, request_id="s2", amount=part, patience_seconds=PATIENT))
    await hold.reached()
    await kill(fragile.stack.worker)
    await fragile.proxy.let_go()
    await fragile.stack.worker.start()
    await asking
    while (await payments.capture(order.key, request_id="s2", amount=part)).result is not CommandResult.DONE:
        pass
    await payments.capture(order.key, request_id="s3")
    await fragile.witnesses.until(order, PaymentState.COLLECTED)
    await fragile.witnesses.agree_on(order, collected(order))
    sent = operations(await fragile.witnesses.log(order, "payments.capture"))
    assert len(sent) == 3
