"""A worker killed around a refund: the money goes back once, whatever the worker had written down."""

import asyncio

import pytest

from payments.states import PaymentState, RefundStage
from payments.view import CommandResult
from tests.support.processes import kill
from tests.support.witnesses import refunded

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENT = 10.0
SHIPPED = ["payments.create", "payments.approve"]


async def _killed(fragile, new_order, card, *, processed):
    """Kill the worker while a refund is held, start another; return the order and the answer."""
    order, payments, witnesses = new_order(15_100), fragile.payments, fragile.witnesses
    provider_id = (await payments.authorize(order, card)).transaction_id
    await payments.capture(order.key, request_id="shipment-1")
    await witnesses.until(order, PaymentState.COLLECTED)
    hold = fragile.proxy.hold(
        lambda line, _: line.startswith("POST") and f"{provider_id}/refund" in line, processed=processed
    )
    part = order.total.with_amount(5_100)
    asking = asyncio.create_task(payments.refund(order.key, request_id="r1", amount=part, patience_seconds=PATIENT))
    await hold.reached()
    await kill(fragile.stack.worker)
    assert await witnesses.effects(order) == [*SHIPPED, *(["payments.refund"] if processed else [])]
    [intent] = [i for i in await witnesses.queries.intents(order.key) if i.outcome is None]
    assert (intent.operation.kind.value, intent.reference[-4:]) == ("refund", "-r01")
    await fragile.proxy.let_go()
    await fragile.stack.worker.start()
    return order, await asking


async def _goes_back_once(fragile, order, answer):
    """Whatever was asked before, the books agree, the rest can be refunded, and each part went back once."""
    witnesses = fragile.witnesses
    assert answer.result is CommandResult.DONE
    view = await witnesses.until(order, PaymentState.PARTIALLY_REFUNDED)
    assert [refund.stage for refund in view.refunds] == [RefundStage.REFUNDED]
    await witnesses.agree_on(order, refunded(order, 5_100))
    assert await witnesses.effects(order) == [*SHIPPED, "payments.refund"]
    again = await fragile.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(5_100))
    assert again.operation_id == answer.operation_id
    rest = await fragile.payments.refund(order.key, request_id="r2")
    assert (rest.result, rest.amount) == (CommandResult.DONE, order.total.with_amount(10_000))
    await witnesses.until(order, PaymentState.REFUNDED)
    await witnesses.agree_on(order, refunded(order))


async def test_a_worker_killed_between_the_providers_yes_and_our_record_refunds_once(fragile, new_order, card):
    """What went back and nobody wrote down is found out by its key, whose first answer is repeated."""
    order, answer = await _killed(fragile, new_order, card, processed=True)
    sent = await fragile.witnesses.log(order, "payments.refund")
    assert [request["replayed"] for request in sent] == [False, True]
    assert len({request["idempotence_key"] for request in sent}) == 1
    await _goes_back_once(fragile, order, answer)


async def test_a_worker_killed_between_intent_and_call_refunds_once(fragile, new_order, card):
    """What was intended and never reached the provider is sent once, under the key that was written down."""
    order, answer = await _killed(fragile, new_order, card, processed=False)
    [sent] = await fragile.witnesses.log(order, "payments.refund")
    [intent] = [i for i in await fragile.witnesses.queries.intents(order.key) if i.operation.kind.value == "refund"]
    assert sent["idempotence_key"] == intent.idempotence_key
    await _goes_back_once(fragile, order, answer)


async def test_a_refund_on_its_way_is_followed_by_the_next_worker(fragile, new_order, card):
    """A worker killed after the provider's yes was written down leaves a refund that the next one follows."""
    order, payments, witnesses = new_order(15_300), fragile.payments, fragile.witnesses
    await payments.authorize(order, card)
    await payments.capture(order.key, request_id="shipment-1")
    await witnesses.until(order, PaymentState.COLLECTED)
    answer = await payments.refund(order.key, request_id="r1", patience_seconds=PATIENT)
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.REFUNDING)
    await kill(fragile.stack.worker)
    await fragile.stack.worker.start()
    await witnesses.until(order, PaymentState.REFUNDED)
    await witnesses.agree_on(order, refunded(order))
    assert await witnesses.effects(order) == [*SHIPPED, "payments.refund"]
