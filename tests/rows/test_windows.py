"""Windows that end and queues that can still be left: a warning in time, a capture taken back, one rejected later."""

from datetime import timedelta

import pytest

from payments.states import CaptureStage, PaymentState, RefundStage
from payments.view import CommandResult
from tests.support.steps import CARD, queued
from tests.support.witnesses import operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, APPROVE, CANCEL, UNDO = "payments.create", "payments.approve", "payments.cancel", "payments.cancelapproval"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.row("F3")
async def test_fulfilment_is_warned_before_the_hold_ends(months, fresh):
    """A day before its end the payment says ship or extend, to people's search too; extended, the hold is kept on."""
    order = fresh(10_000)
    await months.payments.authorize(order, CARD.model_copy(update={"window_seconds": 3 * 86_400}))
    await months.pass_time(DAY)
    assert (await months.payments.view(order.key)).warning is None
    await months.pass_time(DAY + HOUR)
    assert ((await months.payments.view(order.key)).warning or "").startswith("Ship or extend")
    answer = await months.payments.change_window(order.key, request_id="w1", window_seconds=5 * 86_400)
    assert answer.result is CommandResult.DONE
    await months.pass_time(DAY)
    assert (await months.payments.view(order.key)).warning is None
    assert (await months.books(order)).voided == 0
    await months.pass_time(DAY)
    assert (await months.payments.view(order.key)).warning is not None
    await months.pass_time(DAY)
    assert (await months.books(order)).status == "CANCELLED"
    assert await months.witnesses.effects(order) == [CREATE, CANCEL]
    assert (await months.witnesses.happened(order)).count("WindowEnding") == 2
    await months.witnesses.agree_on(order, released(order))


@pytest.mark.row("F21")
async def test_a_refund_of_a_queued_capture_takes_it_back(months, fresh):
    """All of it asked back while it is queued: no money is taken, none is refunded, and the hold is let go."""
    order = fresh(10_000)
    await queued(months, order)
    answer = await months.payments.refund(order.key, request_id="r1")
    assert await months.witnesses.effects(order) == [CREATE, APPROVE, UNDO, CANCEL]
    assert answer.result is CommandResult.TAKEN_BACK
    await months.pass_time(4 * DAY)
    line = await months.books(order)
    assert (line.status, line.captured, line.collected, line.refunded) == ("CANCELLED", 0, 0, 0)
    view = await months.payments.view(order.key)
    assert (view.state, view.refunds[0].stage) == (PaymentState.VOIDED, RefundStage.TAKEN_BACK)
    await months.witnesses.agree_on(order, released(order))


@pytest.mark.row("F21")
@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "half_answer", "fail_after"])
async def test_a_lost_answer_takes_it_back_once(months, fresh, fault):
    """Whatever becomes of the answer, the capture leaves its queue once and the hold is voided."""
    order = fresh(10_000)
    await queued(months, order)
    await months.fault(order, fault, UNDO)
    await months.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await months.until(order, PaymentState.VOIDED, step=timedelta(minutes=1))
    assert (await months.witnesses.effects(order)).count(UNDO) == 1
    assert (await months.books(order)).status == "CANCELLED"
    await months.witnesses.agree_on(order, released(order))


async def test_taken_back_and_captured_anew(months, fresh):
    """A capture taken back is captured again with another amount, though the provider's totals never fall."""
    order = fresh(10_000)
    await queued(months, order)
    answer = await months.payments.take_back_capture(order.key, request_id="t1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.AUTHORIZED)
    part = order.total.with_amount(6_000)
    await months.payments.capture(order.key, request_id="s2", amount=part)
    view = await months.payments.view(order.key)
    assert [(c.stage, c.amount) for c in view.captures] == [
        (CaptureStage.TAKEN_BACK, order.total),
        (CaptureStage.REQUESTED, part),
    ]
    assert not view.attention
    assert await months.witnesses.effects(order) == [CREATE, APPROVE, UNDO, APPROVE]


@pytest.mark.row("F24")
async def test_the_only_capture_is_rejected_and_nothing_is_held(months, fresh):
    """Too late to take back, then rejected: people and view tell, the books agree, and nothing is repeated."""
    order = fresh(10_000)
    await queued(months, order, CARD.model_copy(update={"token": "token-visa-capture-rejected"}))
    # Past the cut-off, before the batch.
    await months.pass_time(DAY + 6 * HOUR)
    late = await months.payments.take_back_capture(order.key, request_id="t1")
    assert (late.result, "Refund it instead" in late.message) == (CommandResult.FAILED, True)
    await months.pass_time(2 * DAY)
    view = await months.until(order, PaymentState.CAPTURE_REJECTED, step=6 * HOUR)
    assert view.captures[0].stage is CaptureStage.REJECTED
    assert any("Stop the shipment" in told for told in view.attention)
    nothing = order.total.with_amount(0)
    assert (view.amounts.captured, view.amounts.may_capture) == (nothing, nothing)
    again = await months.payments.capture(order.key, request_id="s2")
    assert again.refusal.code == "nothing_held"
    line = await months.books(order)
    assert (line.status, line.captured, line.collected) == ("REJECTED_CAPTURE", 0, 0)
    assert operations(await months.sent(order, APPROVE)) == [APPROVE]
    await months.witnesses.agree_on(order, released(order))
