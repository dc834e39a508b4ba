"""Changes of edited orders: the difference is held beside whatever the rest has become, and let go of again."""

from datetime import timedelta

import pytest

from payments.states import PaymentState
from tests.support.steps import CARD, PARTS
from tests.support.witnesses import prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE = "payments.create"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def authorized(months, order):
    """All of it is held."""


async def captured_in_part(months, order):
    """A part was shipped."""
    await months.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(4_000))


async def collected(months, order):
    """All of it was shipped, and the money is there."""
    await months.payments.capture(order.key, request_id="s1")
    await months.pass_time(4 * DAY)
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)


async def partly_on_its_way_back(months, order):
    """A part of it is being refunded."""
    await collected(months, order)
    await months.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(4_000))


async def partly_back(months, order):
    """A part of it was refunded."""
    await partly_on_its_way_back(months, order)
    await months.pass_time(15 * DAY)
    await months.until(order, PaymentState.PARTIALLY_REFUNDED, step=6 * HOUR)


async def all_back(months, order):
    """All of it was refunded."""
    await collected(months, order)
    await months.payments.refund(order.key, request_id="r1")
    await months.pass_time(15 * DAY)
    await months.until(order, PaymentState.REFUNDED, step=6 * HOUR)


STAGES = [authorized, captured_in_part, collected, partly_on_its_way_back, partly_back, all_back]


@pytest.mark.parametrize("fault", ["none", "drop_after", "drop_before"])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
async def test_a_difference_is_held_and_let_go_of(months, fresh, stage, fault):
    """Edited up, with and without an answer, and then cancelled: the provider holds nothing, and the books agree."""
    order = fresh(10_000)
    # The card is kept for as long as the order may be edited.
    await months.payments.authorize(order, PARTS.model_copy(update={"window_seconds": 25 * 86_400}))
    await stage(months, order)
    if fault != "none":
        await months.fault(order, fault, CREATE, count=4)
    more = order.total.with_amount(13_000)
    await months.payments.change(order.key, more, request_id="e1", patience_seconds=0)
    for _ in range(30):
        view = await months.payments.view(order.key)
        if view.state is not PaymentState.UNKNOWN and len(await months.simulator.books(prefix(order))) > 1:
            break
        await months.pass_time(MINUTE)
    await months.payments.void(order.key, request_id="v1", patience_seconds=0)
    await months.pass_time(20 * DAY)
    lines = await months.simulator.books(prefix(order))
    held = await months.payments.view(order.key)
    assert held.amounts.may_capture.amount_minor == 0
    assert held.amounts.collected.amount_minor == sum(line.collected for line in lines)
    assert held.amounts.refunded.amount_minor == sum(line.refunded for line in lines)
    assert [line.status for line in lines if line.status in {"PENDING_APPROVAL", "PENDING_CAPTURE"}] == []


@pytest.mark.parametrize("refunded_minor", [0, 4_000, 10_000])
async def test_a_second_hold_is_let_go_of(months, fresh, refunded_minor):
    """Edited up where a hold takes one capture: the first is shipped, perhaps refunded, and the second one voided."""
    order = fresh(10_000)
    await months.payments.authorize(order, CARD)
    await months.payments.change(order.key, order.total.with_amount(13_000), request_id="e1")
    await months.payments.capture(order.key, request_id="s1", amount=order.total)
    await months.pass_time(4 * DAY)
    if refunded_minor:
        part = order.total.with_amount(refunded_minor)
        await months.payments.refund(order.key, request_id="r1", amount=part)
    await months.payments.void(order.key, request_id="v1")
    await months.pass_time(16 * DAY)
    lines = await months.simulator.books(prefix(order))
    view = await months.payments.view(order.key)
    assert "CANCELLED" in {line.status for line in lines}
    assert view.amounts.refunded.amount_minor == refunded_minor == sum(line.refunded for line in lines)
    assert view.amounts.collected.amount_minor == sum(line.collected for line in lines)
