"""Captures taken back while they are queued: in time, too late, with lost answers, and in place of a refund."""

from datetime import timedelta

import pytest

from payments.provider import OutcomeUnknown
from payments.states import CaptureStage, PaymentState, ProviderStatus, RefundStage
from payments.view import CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

STEP = timedelta(seconds=10)
LOST = OutcomeUnknown("the connection was reset")


async def queued(bench, new_order, card, amount=None):
    """An order of which a capture is queued."""
    order = new_order(10_000)
    await bench.payments.authorize(order, card)
    await bench.payments.capture(
        order.key, request_id="s1", amount=order.total.with_amount(amount) if amount is not None else None
    )
    return order


async def test_a_capture_taken_back_is_held_again_and_captured_anew(skipping, new_order, card):
    """The amount is on the hold again, another amount is captured of it, and the books are those of that one."""
    order = await queued(skipping, new_order, card)
    answer = await skipping.payments.take_back_capture(order.key, request_id="t1", reason="the parcel stays")
    assert (answer.result, answer.state, answer.amount) == (CommandResult.DONE, PaymentState.AUTHORIZED, order.total)
    again = await skipping.payments.take_back_capture(order.key, request_id="t1", reason="the parcel stays")
    assert again.result is CommandResult.DONE
    part = order.total.with_amount(6_000)
    assert (await skipping.payments.capture(order.key, request_id="s2", amount=part)).result is CommandResult.DONE
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert [(c.stage, c.amount) for c in view.captures] == [
        (CaptureStage.TAKEN_BACK, order.total),
        (CaptureStage.COLLECTED, part),
    ]
    assert (view.amounts.collected, view.amounts.lapsing) == (part, order.total.with_amount(4_000))
    assert not view.attention
    assert skipping.provider.effects[order.order_id, "take_back"] == 1


async def test_what_a_partial_capture_left_lapses_though_it_is_taken_back(skipping, new_order, card):
    """Ingenico may have released the rest with the approve, so only the captured amount is counted on."""
    order = await queued(skipping, new_order, card, amount=7_000)
    await skipping.payments.take_back_capture(order.key, request_id="t1")
    view = await skipping.payments.view(order.key)
    assert (view.amounts.may_capture.amount_minor, view.amounts.lapsing.amount_minor) == (7_000, 3_000)
    above = await skipping.payments.capture(order.key, request_id="s2", amount=order.total.with_amount(7_001))
    assert above.refusal.code == "amount_above_hold"


async def test_too_late_is_failed_with_the_refund_as_remedy(skipping, new_order, card):
    """Past the unpublished cut-off the capture stays, the answer names the refund, and nobody is kept waiting."""
    order = await queued(skipping, new_order, card)
    skipping.provider.close_queue(order.order_id)
    answer = await skipping.payments.take_back_capture(order.key, request_id="t1")
    assert (answer.result, answer.state) == (CommandResult.FAILED, PaymentState.CAPTURE_REQUESTED)
    assert "Refund it instead" in answer.message
    skipping.provider.move(order.order_id, ProviderStatus.CAPTURED)
    await skipping.until(order.key, PaymentState.CAPTURED, step=STEP)
    late = await skipping.payments.take_back_capture(order.key, request_id="t2")
    assert (late.refusal.code, late.refusal.remedy) == ("too_late", "Refund it.")
    assert len(skipping.provider.called(order.order_id, "take_back")) == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_is_read_and_asked_again_only_while_it_is_queued(skipping, new_order, card, arrived):
    """After a lost answer the payment is read: out of the queue is done, queued still is asked again."""
    order = await queued(skipping, new_order, card)
    skipping.provider.once(order.order_id, "take_back", Fault(LOST, effect=arrived))
    await skipping.payments.take_back_capture(order.key, request_id="t1", patience_seconds=0)
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    assert view.amounts.may_capture == order.total
    assert len(skipping.provider.called(order.order_id, "take_back")) == (1 if arrived else 2)
    assert skipping.provider.effects[order.order_id, "take_back"] == 1
    assert not view.attention


async def test_the_cut_off_passes_while_the_answer_is_lost(skipping, new_order, card):
    """A repetition that is refused while it is queued still is believed at the second look."""
    order = await queued(skipping, new_order, card)
    skipping.provider.once(order.order_id, "take_back", Fault(LOST, effect=False))
    skipping.provider.close_queue(order.order_id)
    await skipping.payments.take_back_capture(order.key, request_id="t1", patience_seconds=0)
    await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED, step=STEP)
    answer = await skipping.payments.take_back_capture(order.key, request_id="t1")
    assert answer.result is CommandResult.FAILED
    assert len(skipping.provider.called(order.order_id, "take_back")) == 2


async def test_it_is_captured_while_the_answer_is_lost(skipping, new_order, card):
    """Settlement won the race: the capture is booked as captured, and the asker is told to refund."""
    order = await queued(skipping, new_order, card)
    skipping.provider.once(order.order_id, "take_back", Fault(LOST, effect=False))
    await skipping.payments.take_back_capture(order.key, request_id="t1", patience_seconds=0)
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    answer = await skipping.payments.take_back_capture(order.key, request_id="t1")
    assert (answer.result, "Refund it instead" in answer.message) == (CommandResult.FAILED, True)


async def test_the_payment_is_cancelled_in_the_console_while_the_answer_is_lost(skipping, new_order, card):
    """Somebody cancelled the whole payment: the capture is undone, and the hold is booked as released with it."""
    order = await queued(skipping, new_order, card)
    skipping.provider.once(order.order_id, "take_back", Fault(LOST, effect=False))
    await skipping.payments.take_back_capture(order.key, request_id="t1", patience_seconds=0)
    skipping.provider.move(order.order_id, ProviderStatus.RELEASED)
    await skipping.until(order.key, PaymentState.VOIDED, step=STEP)
    answer = await skipping.payments.take_back_capture(order.key, request_id="t1")
    assert answer.result is CommandResult.DONE


async def test_one_of_several_captures_is_not_taken_back(skipping, new_order, card):
    """Ingenico takes back the one capture of a payment: where it takes several that is refused, with the remedy."""
    order = new_order(10_000)
    await skipping.payments.authorize(order, card.model_copy(update={"account": "parts"}))
    await skipping.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(4_000))
    answer = await skipping.payments.take_back_capture(order.key, request_id="t1")
    assert (answer.refusal.code, "refund it" in answer.refusal.remedy) == ("several_captures", True)
    await skipping.payments.void(order.key, request_id="v1")


async def test_a_refund_of_a_queued_capture_takes_it_back_and_voids_the_hold(skipping, new_order, card):
    """Refunded whole before any money came: the capture is taken back, the hold voided, and nothing is refunded."""
    order = await queued(skipping, new_order, card)
    answer = await skipping.payments.refund(order.key, request_id="r1")
    assert (answer.result, answer.amount) == (CommandResult.TAKEN_BACK, order.total)
    view = await skipping.until(order.key, PaymentState.VOIDED, step=timedelta(0))
    assert view.refunds[0].stage is RefundStage.TAKEN_BACK
    nothing = order.total.with_amount(0)
    assert (view.amounts.refunded, view.amounts.refund_asked, view.amounts.captured) == (nothing, nothing, nothing)
    assert skipping.provider.called(order.order_id, "refund") == []
    assert await skipping.is_closed(order.key)
    again = await skipping.payments.refund(order.key, request_id="r1")
    assert again.result is CommandResult.TAKEN_BACK


async def test_a_refund_that_comes_too_late_to_take_back_waits_for_its_money(skipping, new_order, card):
    """Past the cut-off the refund waits until the money can go back, and goes once."""
    order = await queued(skipping, new_order, card)
    skipping.provider.close_queue(order.order_id)
    answer = await skipping.payments.refund(order.key, request_id="r1")
    assert answer.result is CommandResult.PENDING
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    for _ in range(100):
        await skipping.pass_time(timedelta(minutes=10))
        if skipping.provider.called(order.order_id, "refund"):
            break
    assert skipping.provider.effects[order.order_id, "refund"] == 1
    assert len(skipping.provider.called(order.order_id, "take_back")) == 1


async def test_a_refund_of_a_part_waits_and_takes_nothing_back(skipping, new_order, card):
    """A part cannot be taken back: that refund waits as any other, and a take back ends it."""
    order = await queued(skipping, new_order, card)
    answer = await skipping.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(9_999))
    assert answer.result is CommandResult.PENDING
    assert skipping.provider.called(order.order_id, "take_back") == []
    await skipping.payments.take_back_capture(order.key, request_id="t1")
    view = await skipping.payments.view(order.key)
    assert (view.state, view.refunds[0].stage) == (PaymentState.AUTHORIZED, RefundStage.TAKEN_BACK)
    assert view.amounts.may_capture == order.total
