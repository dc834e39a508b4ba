"""Changes of a hold: let go of, lost, followed by another, ended by somebody else or by its own time."""

from datetime import timedelta

import pytest

from devstack.checker import Totals
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.steps import CARD, PARTS, ship
from tests.support.witnesses import collected, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, CANCEL, FINALIZE = "payments.create", "payments.cancel", "payments.finalizecapture"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_before", "fail_after"])
async def test_the_answer_to_a_void_is_lost(months, fresh, fault):
    """Read before it is repeated, and voided once."""
    order = fresh(10_000)
    await months.payments.authorize(order, CARD)
    await months.fault(order, fault, CANCEL)
    await months.payments.void(order.key, request_id="v1", patience_seconds=0)
    await months.until(order, PaymentState.VOIDED, step=MINUTE)
    await months.witnesses.agree_on(order, released(order))


async def test_a_hold_is_cancelled_in_the_console(months, fresh):
    """Somebody voids it beside us: found with the next shipment."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, CARD)
    await months.console.void("main", answer.transaction_id)
    await months.payments.wake(order.key, event_id="e1", event_type="payment.cancelled", account="main")
    await months.until(order, PaymentState.VOIDED, step=MINUTE)
    await months.witnesses.agree_on(order, released(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_the_answer_to_a_difference_is_lost(months, fresh, fault):
    """Edited up, and no answer: the difference is held once, or found not to be."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS)
    await months.fault(order, fault, CREATE, count=4)
    await months.payments.change(order.key, order.total.with_amount(13_000), request_id="e1", patience_seconds=0)
    for _ in range(30):
        view = await months.payments.view(order.key)
        if view.state is PaymentState.AUTHORIZED and view.amounts.owed.amount_minor == 13_000:
            break
        await months.pass_time(MINUTE)
    await months.witnesses.agree_on(order, Totals(payments=2, authorized=13_000, capturable=13_000))


async def test_a_void_after_everything_was_captured_in_the_console(months, fresh):
    """Our void reads first: what somebody captured stays captured."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, CARD)
    await months.console.capture("main", answer.transaction_id, order.total)
    void = await months.payments.void(order.key, request_id="v1")
    assert void.result is CommandResult.FAILED
    await months.until(order, PaymentState.CAPTURE_REQUESTED)
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    await months.witnesses.agree_on(order, collected(order))


async def test_a_void_whose_answer_is_lost_after_a_capture_in_the_console(months, fresh):
    """The void's looks are lost, too, while the captured money moves on: what is read then is what it is."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, CARD)
    await months.console.capture("main", answer.transaction_id, order.total)
    await months.fault(order, "fail_before", "payments.get", count=100_000)
    await months.payments.void(order.key, request_id="v1", patience_seconds=0)
    await months.pass_time(DAY)
    await months.simulator.clear_faults()
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    await months.witnesses.agree_on(order, collected(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "none"])
async def test_the_rest_of_a_hold_is_let_go_of(months, fresh, fault):
    """Shipped in part, the rest cancelled; also when the answer is lost."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS)
    await ship(months, order, "s1", 3_000)
    if fault != "none":
        await months.fault(order, fault, FINALIZE)
    await months.payments.void(order.key, request_id="v1", patience_seconds=0)
    await months.until(order, PaymentState.CAPTURE_REQUESTED, step=MINUTE)
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    await months.witnesses.agree_on(order, Totals(payments=1, authorized=10_000, captured=3_000, collected=3_000))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "none"])
async def test_the_rest_of_a_hold_is_let_go_of_once_the_money_came(months, fresh, fault):
    """Shipped in part and collected, then the rest is cancelled."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS)
    await ship(months, order, "s1", 3_000)
    await months.pass_time(4 * DAY)
    if fault != "none":
        await months.fault(order, fault, FINALIZE)
    await months.payments.void(order.key, request_id="v1", patience_seconds=0)
    await months.until(order, PaymentState.COLLECTED, step=MINUTE)
    await months.witnesses.agree_on(order, Totals(payments=1, authorized=10_000, captured=3_000, collected=3_000))


@pytest.mark.parametrize("refunded_minor", [1_000, 3_000])
async def test_refunded_while_a_rest_is_held(months, fresh, refunded_minor):
    """Part of what was shipped, or all of it, goes back while the rest is held; then the rest is cancelled."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS.model_copy(update={"window_seconds": 6 * 86_400}))
    await ship(months, order, "s1", 3_000)
    await months.pass_time(4 * DAY)
    part = order.total.with_amount(refunded_minor)
    await months.payments.refund(order.key, request_id="r1", amount=part)
    await months.payments.void(order.key, request_id="v1")
    becomes = PaymentState.REFUNDED if refunded_minor == 3_000 else PaymentState.PARTIALLY_REFUNDED
    await months.pass_time(14 * DAY)
    await months.until(order, becomes, step=6 * HOUR)
    totals = Totals(payments=1, authorized=10_000, captured=3_000, collected=3_000, refunded=refunded_minor)
    await months.witnesses.agree_on(order, totals)


async def test_the_rest_is_let_go_of_after_everything_went_back(months, fresh):
    """Shipped in part, refunded and paid out; the hold for the rest is cancelled after that."""
    order = fresh(10_000)
    await months.payments.authorize(order, PARTS.model_copy(update={"window_seconds": 30 * 86_400}))
    await ship(months, order, "s1", 3_000)
    await months.pass_time(4 * DAY)
    await months.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(3_000))
    await months.pass_time(16 * DAY)
    await months.payments.void(order.key, request_id="v1")
    await months.until(order, PaymentState.REFUNDED, step=6 * HOUR)


async def test_a_hold_is_followed_by_another(months, fresh):
    """Before its end a hold of the same card is made, and the old one let go of."""
    order = fresh(10_000)
    asked = CARD.model_copy(update={"reauthorize": True})
    assert (await months.payments.authorize(order, asked)).result is AuthorizationResult.AUTHORIZED
    await months.pass_time(8 * DAY)
    await months.witnesses.agree_on(order, Totals(payments=2, authorized=20_000, capturable=10_000))
    await months.payments.void(order.key, request_id="v1")
