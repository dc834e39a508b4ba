"""Changes around taking the money: refused, lost, rejected, taken back, too late."""

from datetime import timedelta

import pytest

from devstack.checker import Totals
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import CommandResult
from tests.support.steps import CARD, PARTS, queued, ship
from tests.support.witnesses import collected, held, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

APPROVE, CAPTURE, UNDO, CANCEL = "payments.approve", "payments.capture", "payments.cancelapproval", "payments.cancel"
REJECTED = PaymentInstruction(token="token-visa-capture-rejected")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_before", "fail_after"])
@pytest.mark.parametrize("account", ["main", "parts"])
async def test_the_answer_to_a_capture_is_lost(months, fresh, account, fault):
    """Read before it is repeated, and captured once."""
    order = fresh(10_000)
    await months.payments.authorize(order, CARD.model_copy(update={"account": account}))
    await months.fault(order, fault, APPROVE if account == "main" else CAPTURE)
    await months.payments.capture(order.key, request_id="s1", patience_seconds=0)
    await months.until(order, PaymentState.CAPTURE_REQUESTED, step=MINUTE)
    await months.pass_time(4 * DAY)
    await months.witnesses.agree_on(order, collected(order))


@pytest.mark.parametrize("account", ["main", "parts"])
async def test_a_capture_of_a_hold_that_is_gone_is_refused(months, fresh, account):
    """Somebody cancelled the hold beside us: the capture fails, and nothing is taken."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, CARD.model_copy(update={"account": account}))
    await months.console.void(account, answer.transaction_id)
    await ship(months, order, "s1", patience_seconds=0)
    await months.until(order, PaymentState.VOIDED, step=HOUR)
    assert (await ship(months, order, "s1")).result is CommandResult.FAILED
    await months.witnesses.agree_on(order, released(order))


async def test_a_lost_capture_of_a_hold_that_is_gone(months, fresh):
    """No answer, and the hold is cancelled beside us: the look says that nothing was taken."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, CARD)
    await months.fault(order, "drop_before", APPROVE)
    await months.fault(order, "fail_before", "payments.get", count=500)
    await months.payments.capture(order.key, request_id="s1", patience_seconds=0)
    await months.pass_time(MINUTE)
    await months.console.void("main", answer.transaction_id)
    await months.simulator.clear_faults()
    await months.until(order, PaymentState.VOIDED, step=MINUTE)
    await months.witnesses.agree_on(order, released(order))


async def test_a_second_shipment_of_a_hold_whose_rest_is_gone(months, fresh):
    """The rest was released beside us: the second shipment is refused, the first one stays."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, PARTS)
    await ship(months, order, "s1", 3_000)
    await months.console.finalize("parts", answer.transaction_id)
    await ship(months, order, "s2", 2_000, patience_seconds=0)
    await months.pass_time(4 * DAY)
    await months.until(order, PaymentState.COLLECTED, step=HOUR)
    assert (await ship(months, order, "s2", 2_000)).result is CommandResult.FAILED
    await months.witnesses.agree_on(order, Totals(payments=1, authorized=10_000, captured=3_000, collected=3_000))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_the_answer_to_a_second_shipment_is_lost(months, fresh, fault):
    """Two shipments, and the second one's answer does not come: both are captured, each once."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS)
    await ship(months, order, "s1", 3_000)
    await months.fault(order, fault, CAPTURE)
    await months.payments.capture(order.key, request_id="s2", amount=order.total.with_amount(2_000), patience_seconds=0)
    await months.until(order, PaymentState.PARTIALLY_CAPTURED, step=MINUTE)
    await months.payments.void(order.key, request_id="v1")
    await months.pass_time(4 * DAY)
    await months.witnesses.agree_on(order, Totals(payments=1, authorized=10_000, captured=5_000, collected=5_000))


async def test_a_last_shipment_ends_the_hold(months, fresh):
    """A final second shipment: what is left is released with it."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS)
    await ship(months, order, "s1", 3_000)
    await ship(months, order, "s2", 2_000, final=True)
    await months.until(order, PaymentState.CAPTURE_REQUESTED, step=MINUTE)
    await months.pass_time(4 * DAY)
    await months.witnesses.agree_on(order, Totals(payments=1, authorized=10_000, captured=5_000, collected=5_000))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "none"])
async def test_a_capture_is_taken_back(months, fresh, fault):
    """Out of its queue again, also when the answer is lost; then the hold is cancelled."""
    order = fresh(10_000)
    await queued(months, order)
    if fault != "none":
        await months.fault(order, fault, UNDO)
    await months.payments.take_back_capture(order.key, request_id="t1", patience_seconds=0)
    await months.until(order, PaymentState.AUTHORIZED, step=MINUTE)
    await months.witnesses.agree_on(order, held(order))
    await months.payments.void(order.key, request_id="v1")


@pytest.mark.parametrize("fault", ["drop_before", "fail_before"])
async def test_too_late_to_take_back(months, fresh, fault):
    """No answer, and when it is asked again the capture has left its queue."""
    order = fresh(10_000)
    await queued(months, order)
    # Past the cut-off, before the batch.
    await months.pass_time(DAY + 6 * HOUR)
    await months.fault(order, fault, UNDO)
    await months.payments.take_back_capture(order.key, request_id="t1", patience_seconds=0)
    await months.until(order, PaymentState.CAPTURE_REQUESTED, step=MINUTE)
    await months.pass_time(4 * DAY)
    await months.until(order, PaymentState.COLLECTED, step=HOUR)
    await months.witnesses.agree_on(order, collected(order))


@pytest.mark.parametrize("fault", ["drop_before", "none"])
async def test_a_refund_of_a_queued_capture_that_is_too_late_to_take_back(months, fresh, fault):
    """The refund wanted to take it back, and waits for the money instead."""
    order = fresh(10_000)
    await queued(months, order)
    await months.pass_time(DAY + 6 * HOUR)
    if fault != "none":
        await months.fault(order, fault, UNDO)
    await months.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await months.pass_time(20 * DAY)
    await months.until(order, PaymentState.REFUNDED, step=6 * HOUR)
    await months.witnesses.agree_on(order, collected(order).model_copy(update={"refunded": 10_000}))


async def test_a_capture_that_is_rejected_while_a_refund_of_it_waits(months, fresh):
    """The refund of part of a queued capture waits; the capture is rejected, and so is the refund."""
    order = fresh(10_000)
    await queued(months, order, REJECTED)
    await months.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(2_000))
    await months.pass_time(4 * DAY)
    await months.until(order, PaymentState.CAPTURE_REJECTED, step=6 * HOUR)
    await months.witnesses.agree_on(order, released(order))
