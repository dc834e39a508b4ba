"""What days, weeks and months bring: windows that end, keys that die, rejections that come late."""

from datetime import timedelta

import pytest

from payments.states import CaptureStage, PaymentState, RefundStage
from payments.view import CommandResult
from tests.support.steps import CARD, shipped
from tests.support.witnesses import collected, operations, refunded, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUND = "payments.refund"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.row("F3")
async def test_a_hold_is_released_before_its_end_and_nothing_is_captured_after(months, fresh):
    """Nobody ships for a week: the hold is voided while it still is one, and a capture that comes later is refused."""
    order = fresh(10_000)
    await months.payments.authorize(order, CARD)
    await months.pass_time(6 * DAY)
    assert (await months.books(order)).voided == 0
    await months.pass_time(DAY)
    line = await months.books(order)
    assert (line.status, line.voided) == ("CANCELLED", 10_000)
    late = await months.payments.capture(order.key, request_id="s1")
    assert (late.result, late.refusal.code) == (CommandResult.REFUSED, "nothing_held")
    await months.witnesses.agree_on(order, released(order))
    log = operations(await months.sent(order, ""))
    assert (log.count("payments.cancel"), log.count("payments.approve")) == (1, 0)


@pytest.mark.row("F21")
async def test_a_refund_asked_early_goes_when_the_money_can(months, fresh):
    """A refund of a queued capture is accepted and asked of nobody; days after it goes by itself, once."""
    order = fresh(10_000)
    await shipped(months, order)
    answer = await months.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(2_500))
    assert await months.sent(order, REFUND) == []
    assert (answer.result, answer.state) == (CommandResult.PENDING, PaymentState.REFUNDING)
    await months.pass_time(DAY)
    assert await months.sent(order, REFUND) == []
    await months.pass_time(3 * DAY)
    await months.until(order, PaymentState.PARTIALLY_REFUNDED, step=DAY)
    assert [request["status"] for request in await months.sent(order, REFUND)] == [201]
    await months.witnesses.agree_on(order, refunded(order, 2_500))


@pytest.mark.row("F23")
async def test_a_refund_rejected_weeks_later_opens_the_balance(months, fresh):
    """The bank sends a refund back after two weeks: nothing went out, people are told, and it may be asked again."""
    order = fresh(10_000)
    await shipped(months, order, CARD.model_copy(update={"token": "token-visa-refund-rejected"}))
    await months.pass_time(4 * DAY)
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    answer = await months.payments.refund(order.key, request_id="r1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.REFUNDING)
    await months.pass_time(13 * DAY)
    assert (await months.payments.view(order.key)).state is PaymentState.REFUNDING
    await months.pass_time(2 * DAY)
    view = await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    assert (view.refunds[0].stage, view.amounts.may_refund) == (RefundStage.FAILED, order.total)
    assert any("did not reach the customer" in told for told in view.attention)
    await months.witnesses.agree_on(order, collected(order))
    again = await months.payments.refund(order.key, request_id="r2")
    assert (again.result, (await months.books(order)).refunded) == (CommandResult.DONE, 0)


@pytest.mark.row("F24")
async def test_a_capture_rejected_days_later_is_told_and_its_amount_held_again(months, fresh):
    """What was accepted and rejected brings no money: fulfilment is told, and what is still held may be captured."""
    order = fresh(10_000)
    refused = CARD.model_copy(update={"token": "token-visa-capture-rejected", "account": "parts"})
    await months.payments.authorize(order, refused)
    part = order.total.with_amount(3_000)
    await months.payments.capture(order.key, request_id="s1", amount=part)
    await months.pass_time(3 * DAY)
    view = await months.until(order, PaymentState.AUTHORIZED, step=6 * HOUR)
    assert (view.captures[0].stage, view.amounts.may_capture) == (CaptureStage.REJECTED, order.total)
    assert any("Stop the shipment" in told for told in view.attention)
    line = await months.books(order)
    assert (line.capture_requested, line.captured, line.collected) == (3_000, 0, 0)
    assert operations(await months.sent(order, "payments.capture")) == ["payments.capture"]
    again = await months.payments.capture(order.key, request_id="s2", amount=part)
    assert (again.result, (await months.books(order)).capture_requested) == (CommandResult.DONE, 6_000)
