"""A request id is asked once, however often it is sent and by whatever way."""

import asyncio

import pytest

from payments.commands import Capture, Void
from payments.states import PaymentState
from payments.view import CommandResult
from starter import PaymentClient

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_same_request_again_gets_the_first_answer(bench, new_order, card):
    """A capture sent five times by update and signal is done once, and each who asks is told the same."""
    order = new_order()
    await bench.payments.authorize(order, card)
    signals = [bench.payments.signal_capture(order.key, Capture(request_id="s1")) for _ in range(2)]
    first, again, *_ = await asyncio.gather(
        *(bench.payments.capture(order.key, request_id="s1") for _ in range(3)), *signals
    )
    later = await bench.payments.capture(order.key, request_id="s1")
    assert (first.result, first.operation_id, first.amount) == (later.result, later.operation_id, later.amount)
    assert again == first
    assert later.result is CommandResult.DONE
    assert bench.provider.effects[order.order_id, "capture"] == 1
    assert "attention_needed" not in await bench.kinds(order.key)


async def test_a_void_asked_again_after_its_payment_closed_is_done(bench, new_order, card):
    """The first answer outlives the run: a void repeated after the end is answered from the ledger."""
    order = new_order()
    await bench.payments.authorize(order, card)
    first = await bench.payments.void(order.key, request_id="v1")
    assert await bench.is_closed(order.key)
    again = await bench.payments.void(order.key, request_id="v1")
    assert (again.result, again.operation_id) == (CommandResult.DONE, first.operation_id)
    other = await bench.payments.void(order.key, request_id="v2")
    assert other.result is CommandResult.ALREADY_DONE
    assert bench.provider.effects[order.order_id, "void"] == 1


@pytest.mark.parametrize("way", ["update", "signal"])
async def test_a_request_id_with_other_content_is_refused(bench, new_order, card, way):
    """An id that was used for another amount or another command is refused, whichever way the two came."""
    order = new_order(10_000)
    await bench.payments.authorize(order, card)
    part = order.total.with_amount(4_000)
    if way == "update":
        await bench.payments.capture(order.key, request_id="s1", amount=part)
    else:
        await bench.payments.signal_capture(order.key, Capture(request_id="s1", amount=part))
        await bench.until(order.key, PaymentState.CAPTURE_REQUESTED)
    other = await bench.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(4_001))
    void = await bench.payments.void(order.key, request_id="s1")
    for refused in (other, void):
        assert (refused.result, refused.refusal.code) == (CommandResult.REFUSED, "request_id_reused")
        assert refused.refusal.field == "request_id"
    await bench.payments.signal_void(order.key, Void(request_id="s1"))
    await bench.payments.capture(order.key, request_id="s1", amount=part)
    [told] = (await bench.payments.view(order.key)).attention
    assert "used before" in told
    assert bench.provider.effects[order.order_id, "capture"] == 1
    assert bench.provider.effects[order.order_id, "void"] == 0


async def test_a_patience_has_few_digits(new_order, card):
    """A client's patience is sent in milliseconds: more digits may pass for a card number."""
    sent = []

    class Recorder:
        async def execute_update_with_start_workflow(self, _name, ask, **_more):
            sent.append(ask["patience_seconds"])
            return {"result": "pending", "state": "opening"}

    await PaymentClient(Recorder()).authorize(new_order(), card, patience_seconds=0.0500001)
    assert sent == [0.05]
    assert all(seconds == round(seconds, 3) for seconds in sent)
