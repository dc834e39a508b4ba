"""Rows F3, F21 and F24 against the simulator: its books and its request log, not only our view."""

import asyncio

import pytest

from payments.states import CaptureStage, PaymentState, RefundStage
from payments.view import CommandResult
from tests.conftest import QUEUE_SECONDS
from tests.support.witnesses import prefix, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNDO = "payments.cancelapproval"
REJECTED_LATER = "token-visa-capture-rejected"


async def queued(seen, order, card):
    await seen.payments.authorize(order, card)
    answer = await seen.payments.capture(order.key, request_id="s1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.CAPTURE_REQUESTED)


async def test_f03_fulfilment_is_warned_before_the_hold_ends(seen, new_order, card):
    """Before its end the payment says ship or extend; extended it is held on, and at its end voided at the provider."""
    order = new_order()
    await seen.payments.authorize(order, card.model_copy(update={"window_seconds": 16}))
    view = None
    for _ in range(100):
        view = await seen.payments.view(order.key)
        if view.warning:
            break
        await asyncio.sleep(0.2)
    assert view.warning.startswith("Ship or extend")
    answer = await seen.payments.change_window(order.key, request_id="w1", window_seconds=26)
    assert answer.result is CommandResult.DONE
    await seen.until(order, PaymentState.VOIDED, seconds=60)
    assert (await seen.effects(order)) == ["payments.create", "payments.cancel"]
    assert (await seen.happened(order)).count("WindowEnding") == 2
    await seen.agree_on(order, released(order))


async def test_f21_a_refund_of_a_queued_capture_takes_it_back(seen, new_order, card):
    """All of it asked back while it is queued: no money is taken, none is refunded, and the hold is let go."""
    order = new_order()
    await queued(seen, order, card)
    answer = await seen.payments.refund(order.key, request_id="r1")
    assert answer.result is CommandResult.TAKEN_BACK
    view = await seen.until(order, PaymentState.VOIDED)
    assert view.refunds[0].stage is RefundStage.TAKEN_BACK
    assert (await seen.effects(order)) == ["payments.create", "payments.approve", UNDO, "payments.cancel"]
    [line] = await seen.simulator.books(prefix(order))
    assert (line.captured, line.refunded) == (0, 0)
    await seen.agree_on(order, released(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "half_answer", "fail_after"])
async def test_f21_a_lost_answer_takes_it_back_once(seen, new_order, card, fault):
    """Whatever becomes of the answer, the capture leaves its queue once and the hold is voided."""
    order = new_order()
    await queued(seen, order, card)
    await seen.simulator.fault(fault=fault, operation=UNDO, merchant_reference_prefix=prefix(order))
    await seen.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await seen.until(order, PaymentState.VOIDED)
    assert (await seen.effects(order)).count(UNDO) == 1
    await seen.agree_on(order, released(order))


async def test_taken_back_and_captured_anew(seen, new_order, card):
    """A capture taken back is captured again with another amount, though the provider's totals never fall."""
    order = new_order()
    await queued(seen, order, card)
    answer = await seen.payments.take_back_capture(order.key, request_id="t1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.AUTHORIZED)
    part = order.total.with_amount(6_000)
    await seen.payments.capture(order.key, request_id="s2", amount=part)
    view = await seen.payments.view(order.key)
    assert [(c.stage, c.amount) for c in view.captures] == [
        (CaptureStage.TAKEN_BACK, order.total),
        (CaptureStage.REQUESTED, part),
    ]
    assert not view.attention
    assert (await seen.effects(order)) == ["payments.create", "payments.approve", UNDO, "payments.approve"]


async def test_f24_a_capture_rejected_later_is_told_and_what_is_held_is_known(seen, new_order, card):
    """Too late to take back, then rejected days after: people and view tell, the books agree, nothing is repeated."""
    order = new_order()
    await seen.payments.authorize(order, card.model_copy(update={"token": REJECTED_LATER}))
    await seen.payments.capture(order.key, request_id="s1")
    # Past the cut-off, before the batch.
    await seen.simulator.advance(QUEUE_SECONDS * 0.7)
    late = await seen.payments.take_back_capture(order.key, request_id="t1")
    assert (late.result, "Refund it instead" in late.message) == (CommandResult.FAILED, True)
    await seen.simulator.advance(QUEUE_SECONDS)
    view = await seen.until(order, PaymentState.CAPTURE_REJECTED, seconds=90)
    assert view.captures[0].stage is CaptureStage.REJECTED
    assert any("Stop the shipment" in told for told in view.attention)
    nothing = order.total.with_amount(0)
    assert (view.amounts.captured, view.amounts.may_capture) == (nothing, nothing)
    again = await seen.payments.capture(order.key, request_id="s2")
    assert again.refusal.code == "nothing_held"
    assert (await seen.effects(order)) == ["payments.create", "payments.approve"]
    await seen.agree_on(order, released(order))
