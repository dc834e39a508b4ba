"""Windows of months: warned of, extended, shortened; and captures that are made when their time comes."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.states import CaptureStage, PaymentState
from payments.view import CommandResult
from tests.support.skipping import time_of
from workflows.search_attributes import NEEDS_ATTENTION

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = timedelta(days=1)
MARGIN = timedelta(hours=6)


async def held(bench, new_order, card, **changes):
    """An order that waits for fulfilment, and when its window ends."""
    order = new_order(10_000)
    answer = await bench.payments.authorize(order, card.model_copy(update=changes))
    return order, answer.expires_at


async def needs_attention(bench, order):
    handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
    return (await handle.describe()).typed_search_attributes.get(NEEDS_ATTENTION)


async def test_fulfilment_is_warned_a_day_before_thirty_days_end(skipping, new_order, card):
    """A day before the end the payment says ship or extend, and is found by its search attribute; then it is voided."""
    order, ends_at = await held(skipping, new_order, card, account="long")
    now = await time_of(skipping.env)
    assert timedelta(0) <= 30 * DAY - MARGIN - (ends_at - now) < timedelta(minutes=1)
    await skipping.pass_time(28 * DAY + timedelta(hours=17))
    assert (await skipping.payments.view(order.key)).warning is None
    await skipping.pass_time(timedelta(hours=2))
    view = await skipping.payments.view(order.key)
    assert view.warning.startswith("Ship or extend")
    assert not view.attention
    assert await needs_attention(skipping, order)
    await skipping.pass_time(DAY)
    view = await skipping.until(order.key, PaymentState.VOIDED)
    assert view.warning is None
    assert (await skipping.kinds(order.key)).count("window_ending") == 1


async def test_an_extended_window_is_warned_of_again_and_ends_later(skipping, new_order, card):
    """The timer is moved while it waits: nothing is voided at the old end, and the new one is warned of."""
    order, ends_at = await held(skipping, new_order, card, window_seconds=2 * 86_400)
    await skipping.pass_time(timedelta(hours=30))
    assert (await skipping.payments.view(order.key)).warning is not None
    answer = await skipping.payments.change_window(order.key, request_id="w1", window_seconds=5 * 86_400)
    assert answer.result is CommandResult.DONE
    view = await skipping.payments.view(order.key)
    assert (view.warning, view.expires_at) == (None, ends_at + 3 * DAY)
    assert not await needs_attention(skipping, order)
    await skipping.pass_time(2 * DAY)
    assert (await skipping.payments.view(order.key)).state is PaymentState.AUTHORIZED
    await skipping.pass_time(DAY)
    assert (await skipping.payments.view(order.key)).warning is not None
    await skipping.pass_time(DAY)
    await skipping.until(order.key, PaymentState.VOIDED)
    again = await skipping.payments.change_window(order.key, request_id="w1", window_seconds=5 * 86_400)
    assert again.result is CommandResult.DONE


async def test_a_shortened_window_ends_sooner(skipping, new_order, card):
    """A window shortened to a given time ends then: the hold is voided."""
    order, ends_at = await held(skipping, new_order, card)
    until = ends_at - 5 * DAY
    assert (await skipping.payments.change_window(order.key, request_id="w1", until=until)).result is CommandResult.DONE
    await skipping.pass_time(2 * DAY)
    view = await skipping.until(order.key, PaymentState.VOIDED)
    assert view.amounts.may_capture == order.total.with_amount(0)


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"window_seconds": 30 * 86_400}, ("window_beyond_hold", "window_seconds")),
        ({"until": datetime(2020, 1, 1, tzinfo=UTC)}, ("window_in_the_past", "until")),
        ({}, ("one_end", "window_seconds")),
        ({"window_seconds": 86_400, "until": datetime(2020, 1, 1, tzinfo=UTC)}, ("one_end", "window_seconds")),
    ],
)
async def test_no_window_outlasts_its_hold(skipping, new_order, card, asked, refused):
    """Beyond the hold, in the past, or without one end: refused with the field, and nothing changes."""
    order, ends_at = await held(skipping, new_order, card)
    answer = await skipping.payments.change_window(order.key, request_id="w1", **asked)
    assert (answer.refusal.code, answer.refusal.field) == refused
    assert (await skipping.payments.view(order.key)).expires_at == ends_at
    await skipping.payments.void(order.key, request_id="v1")


async def test_a_planned_capture_is_made_at_its_time(skipping, new_order, card):
    """Nothing is taken before its time; then the planned amount is, once, and its request tells what became of it."""
    order, ends_at = await held(skipping, new_order, card)
    part = order.total.with_amount(7_000)
    at = ends_at - 3 * DAY
    answer = await skipping.payments.schedule_capture(order.key, request_id="p1", at=at, amount=part)
    assert (answer.result, answer.amount) == (CommandResult.SCHEDULED, part)
    view = await skipping.payments.view(order.key)
    assert (view.scheduled.at, view.scheduled.amount, view.state) == (at, part, PaymentState.AUTHORIZED)
    await skipping.pass_time(3 * DAY)
    assert skipping.provider.called(order.order_id, "capture") == []
    await skipping.pass_time(DAY)
    view = await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED)
    assert (view.captures[0].amount, view.scheduled) == (part, None)
    again = await skipping.payments.schedule_capture(order.key, request_id="p1", at=at, amount=part)
    assert (again.result, again.amount) == (CommandResult.DONE, part)
    assert skipping.provider.effects[order.order_id, "capture"] == 1


async def test_a_plan_is_replaced_and_given_up(skipping, new_order, card):
    """Another request replaces the plan, cancel gives it up, and nothing is taken."""
    order, ends_at = await held(skipping, new_order, card)
    first = {"request_id": "p1", "at": ends_at - 4 * DAY}
    await skipping.payments.schedule_capture(order.key, **first)
    await skipping.payments.schedule_capture(order.key, request_id="p2", at=ends_at - 3 * DAY)
    assert (await skipping.payments.view(order.key)).scheduled.request_id == "p2"
    assert (await skipping.payments.schedule_capture(order.key, **first)).result is CommandResult.FAILED
    early = await skipping.payments.change_window(order.key, request_id="w1", until=ends_at - 4 * DAY)
    assert early.refusal.code == "capture_planned_later"
    given_up = await skipping.payments.schedule_capture(order.key, request_id="p3", cancel=True)
    assert given_up.result is CommandResult.DONE
    nothing = await skipping.payments.schedule_capture(order.key, request_id="p4", cancel=True)
    assert nothing.result is CommandResult.ALREADY_DONE
    await skipping.pass_time(5 * DAY)
    assert skipping.provider.called(order.order_id, "capture") == []
    await skipping.payments.void(order.key, request_id="v1")


@pytest.mark.parametrize("instead", ["capture", "void"])
async def test_a_capture_or_a_void_cancels_the_plan(skipping, new_order, card, instead):
    """What was shipped or cancelled meanwhile is not captured again at the planned time."""
    order, ends_at = await held(skipping, new_order, card)
    plan = {"request_id": "p1", "at": ends_at - DAY}
    await skipping.payments.schedule_capture(order.key, **plan)
    await getattr(skipping.payments, instead)(order.key, request_id="x1")
    answer = await skipping.payments.schedule_capture(order.key, **plan)
    assert answer.result is CommandResult.FAILED
    await skipping.pass_time(7 * DAY)
    assert len(skipping.provider.called(order.order_id, "capture")) == (1 if instead == "capture" else 0)


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({}, ("no_time", "at")),
        ({"at": datetime(2020, 1, 1, tzinfo=UTC)}, ("time_in_the_past", "at")),
        ({"at": datetime(2120, 1, 1, tzinfo=UTC)}, ("time_beyond_window", "at")),
        ({"at": datetime(2120, 1, 1, tzinfo=UTC), "cancel": True}, ("cancel_or_time", "cancel")),
    ],
)
async def test_a_plan_needs_a_time_within_the_window(skipping, new_order, card, asked, refused):
    """Without a time, in the past or after the window: refused with the field."""
    order, _ = await held(skipping, new_order, card)
    answer = await skipping.payments.schedule_capture(order.key, request_id="p1", **asked)
    assert (answer.refusal.code, answer.refusal.field) == refused
    await skipping.payments.void(order.key, request_id="v1")


async def test_a_plan_above_what_is_held_is_refused(skipping, new_order, card):
    """A planned capture follows the rules of any other from the start."""
    order, ends_at = await held(skipping, new_order, card)
    above = order.total.with_amount(10_001)
    answer = await skipping.payments.schedule_capture(order.key, request_id="p1", at=ends_at - DAY, amount=above)
    assert answer.refusal.code == "amount_above_hold"
    await skipping.payments.void(order.key, request_id="v1")


async def test_a_planned_capture_taken_back_is_not_made_again(skipping, new_order, card):
    """A plan is made once: taken back, its amount is held until somebody asks again."""
    order, ends_at = await held(skipping, new_order, card)
    await skipping.payments.schedule_capture(order.key, request_id="p1", at=ends_at - 5 * DAY)
    await skipping.pass_time(2 * DAY)
    await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED)
    await skipping.payments.take_back_capture(order.key, request_id="t1")
    view = await skipping.payments.view(order.key)
    assert (view.state, view.captures[0].stage) == (PaymentState.AUTHORIZED, CaptureStage.TAKEN_BACK)
    await skipping.pass_time(DAY)
    assert skipping.provider.effects[order.order_id, "capture"] == 1
    await skipping.payments.void(order.key, request_id="v1")
