"""What time brings, on a server that skips it: windows, lapses, captures on their way."""

import itertools
from datetime import timedelta

import pytest

from payments.commands import Capture
from payments.methods import PaymentInstruction
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult, CommandResult

pytestmark = pytest.mark.asyncio(loop_scope="session")

MARGIN = timedelta(hours=6)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("account", "window_seconds", "expected"),
    [
        ("main", None, 7 * DAY - MARGIN),
        ("long", None, 30 * DAY - MARGIN),
        ("main", 30 * 86400, 7 * DAY - MARGIN),
        ("main", 60, timedelta(seconds=60)),
    ],
)
async def test_an_unshipped_payment_is_voided_when_its_window_ends(
    skipping, new_order, account, window_seconds, expected
):
    """The hold is released by one void at the window's end, at the latest when the hold less its margin ends."""
    order = new_order()
    instruction = PaymentInstruction(token="t", account=account, window_seconds=window_seconds)
    answer = await skipping.payments.authorize(order, instruction)
    assert answer.result is AuthorizationResult.AUTHORIZED
    await skipping.pass_time(expected - timedelta(seconds=20))
    assert (await skipping.payments.view(order.key)).state is PaymentState.AUTHORIZED
    await skipping.pass_time(timedelta(seconds=30))
    await skipping.until(order.key, PaymentState.VOIDED)
    [void] = skipping.provider.called(order.order_id, "void")
    assert abs((void.at - answer.expires_at).total_seconds()) < 5
    assert (await skipping.kinds(order.key))[-3:] == ["void_intended", "voided", "hold_released"]
    assert await skipping.is_closed(order.key)


async def test_a_waiting_payment_adds_no_history_in_a_day(skipping, new_order):
    """A payment that waits costs nothing: after an idle day its history is as long as before."""
    order = new_order()
    await skipping.payments.authorize(order, PaymentInstruction(token="t"))
    before = await skipping.history_length(order.key)
    await skipping.pass_time(DAY)
    assert await skipping.history_length(order.key) == before


async def test_the_rest_of_a_partial_capture_lapses_when_the_hold_ends(skipping, new_order):
    """What a partial capture leaves on the card is booked as gone when the hold's time is over, and the run closes."""
    order = new_order(10_000)
    await skipping.payments.authorize(order, PaymentInstruction(token="t"))
    amount = order.total.with_amount(4_000)
    answer = await skipping.payments.capture(order.key, request_id="s1", amount=amount)
    assert answer.result is CommandResult.DONE
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await skipping.pass_time(timedelta(minutes=5))
    view = await skipping.until(order.key, PaymentState.COLLECTED)
    assert view.amounts.lapsing.amount_minor == 6_000
    await skipping.pass_time(7 * DAY - timedelta(minutes=10))
    assert (await skipping.payments.view(order.key)).amounts.lapsing.amount_minor == 6_000
    await skipping.pass_time(timedelta(minutes=10))
    assert await skipping.is_closed(order.key)
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.lapsing.amount_minor) == (PaymentState.COLLECTED, 0)
    [released] = [e for e in await skipping.story(order.key) if e.kind == "hold_released"]
    assert (released.amount_minor, released.confirmed) == (6_000, False)


async def test_a_capture_is_followed_at_growing_intervals_until_it_is_collected(skipping, new_order):
    """A capture on its way is read soon, then ever more rarely, without a trace in the history, to its end."""
    order = new_order()
    await skipping.payments.authorize(order, PaymentInstruction(token="t"))
    await skipping.payments.capture(order.key, request_id="s1")
    await skipping.pass_time(timedelta(seconds=5))
    before = await skipping.history_length(order.key)
    await skipping.pass_time(2 * DAY)
    assert await skipping.history_length(order.key) == before
    reads = [call.at for call in skipping.provider.called(order.order_id, "read")]
    waits = [(b - a).total_seconds() for a, b in itertools.pairwise(reads)]
    assert len(reads) <= 25
    assert waits[0] < 5
    assert all(later >= earlier - 1 for earlier, later in itertools.pairwise(waits))
    assert max(waits) <= 6 * 3600 + 5
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await skipping.pass_time(timedelta(hours=7))
    await skipping.until(order.key, PaymentState.COLLECTED)
    assert await skipping.is_closed(order.key)


async def test_a_capture_that_is_rejected_later_is_shown_to_people(skipping, new_order):
    """A capture rejected days after it was accepted changes the payment's state and calls for a person."""
    order = new_order()
    await skipping.payments.authorize(order, PaymentInstruction(token="t"))
    await skipping.payments.signal_capture(order.key, Capture(request_id="s1"))
    await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED)
    await skipping.pass_time(2 * DAY)
    skipping.provider.move(order.order_id, ProviderStatus.CAPTURE_REJECTED)
    await skipping.pass_time(timedelta(hours=7))
    view = await skipping.until(order.key, PaymentState.CAPTURE_REJECTED)
    assert "rejected" in view.attention[0]
    assert await skipping.is_closed(order.key)
