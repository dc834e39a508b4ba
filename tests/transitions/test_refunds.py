"""Changes around money that goes back: asked early, lost, refused, sent back weeks later."""

from datetime import timedelta

import pytest

from payments.methods import PaymentInstruction
from payments.states import PaymentState
from tests.support.steps import CARD, shipped
from tests.support.witnesses import collected, refunded

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUND = "payments.refund"
SENT_BACK = PaymentInstruction(token="token-visa-refund-rejected")
DECLINED = PaymentInstruction(token="token-visa-refund-declined")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def paid(stage, order, card=CARD):
    await shipped(stage, order, card)
    await stage.pass_time(3 * DAY)
    await stage.until(order, PaymentState.COLLECTED, step=HOUR)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_before", "fail_after"])
async def test_the_answer_to_a_refund_is_lost(months, fresh, fault):
    """Asked for again by its key, and refunded once."""
    order = fresh(10_000)
    await paid(months, order)
    await months.fault(order, fault, REFUND, count=2)
    await months.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await months.until(order, PaymentState.REFUNDING, step=MINUTE)
    await months.pass_time(15 * DAY)
    await months.until(order, PaymentState.REFUNDED, step=6 * HOUR)
    await months.witnesses.agree_on(order, refunded(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_the_answer_to_a_second_refund_is_lost(months, fresh, fault):
    """One part went back; the other's answer is lost: both go back, each once."""
    order = fresh(10_000)
    await paid(months, order)
    part = order.total.with_amount(4_000)
    await months.payments.refund(order.key, request_id="r1", amount=part)
    await months.pass_time(15 * DAY)
    await months.until(order, PaymentState.PARTIALLY_REFUNDED, step=6 * HOUR)
    await months.fault(order, fault, REFUND, count=2)
    await months.payments.refund(order.key, request_id="r2", patience_seconds=0)
    await months.pass_time(16 * DAY)
    await months.until(order, PaymentState.REFUNDED, step=6 * HOUR)
    await months.witnesses.agree_on(order, refunded(order))


async def test_a_captured_payment_is_refunded_before_it_is_collected(months, fresh):
    """Asked for while the money is under way: it goes once it can."""
    order = fresh(10_000)
    await shipped(months, order)
    await months.until(order, PaymentState.CAPTURED, step=6 * HOUR)
    await months.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(2_500))
    await months.pass_time(17 * DAY)
    await months.until(order, PaymentState.PARTIALLY_REFUNDED, step=6 * HOUR)
    await months.witnesses.agree_on(order, refunded(order, 2_500))


async def test_a_declined_refund_opens_the_balance(months, fresh):
    """The provider says no: what was collected may be refunded still."""
    order = fresh(10_000)
    await paid(months, order, DECLINED)
    await months.payments.refund(order.key, request_id="r1")
    await months.until(order, PaymentState.COLLECTED, step=HOUR)
    await months.witnesses.agree_on(order, collected(order))


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
async def test_a_lost_no_to_a_refund_opens_the_balance(months, fresh, fault):
    """The answer that says no is lost, and asked for again."""
    order = fresh(10_000)
    await paid(months, order, DECLINED)
    await months.fault(order, fault, REFUND, count=2)
    await months.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await months.until(order, PaymentState.COLLECTED, step=HOUR)
    await months.witnesses.agree_on(order, collected(order))


async def test_one_of_two_refunds_is_sent_back(months, fresh):
    """Two parts, both sent back after weeks, one after the other: each opens its part of the balance."""
    order = fresh(10_000)
    await paid(months, order, SENT_BACK)
    part = order.total.with_amount(4_000)
    await months.payments.refund(order.key, request_id="r1", amount=part)
    await months.pass_time(DAY)
    await months.payments.refund(order.key, request_id="r2", amount=part)
    await months.pass_time(18 * DAY)
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    await months.witnesses.agree_on(order, collected(order))
