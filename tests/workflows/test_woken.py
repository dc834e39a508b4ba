"""The provider tells that something happened: the payment looks, once, and believes nothing but what it reads."""

import asyncio
import time
from datetime import timedelta

import pytest

from ledger.inbox import Arrival, Inbox
from payments.provider import Misconfigured, OutcomeUnknown, Unavailable
from payments.references import PaymentKey
from payments.states import PaymentState, ProviderStatus, RefundStatus
from payments.view import CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A UUID of digits alone is rare, and must pass for what it is.
DIGITS = "45673500-0042-4797-8012-123456789012"


def event(event_id):
    of = {"account": "main", "provider_id": "000000123410000000010000100001"}
    return {"event_id": event_id, "event_type": "payment.captured", **of}


async def wake(bench, order, *ids):
    waking = [bench.payments.wake(order.key, **event(event_id)) for event_id in ids or (DIGITS,)]
    if bench.env is None:
        await asyncio.gather(*waking)
        return
    # Two at once that each begin a run of a closed workflow are too much for the server that skips time.
    for each in waking:
        await each


async def captured(bench, new_order, card):
    order = new_order()
    await bench.payments.authorize(order, card)
    await bench.payments.capture(order.key, request_id="s1")
    return order


async def looks(bench, order):
    history = await bench.temporal.get_workflow_handle(order.key.workflow_id).fetch_history()
    return sum(
        e.HasField("activity_task_scheduled_event_attributes")
        and e.activity_task_scheduled_event_attributes.activity_type.name == "look"
        for e in history.events
    )


async def told(bench, order, words):
    for _ in range(250):
        view = await bench.payments.view(order.key)
        if any(words in sentence for sentence in view.attention):
            return view
        await asyncio.sleep(0.02)
    raise AssertionError(f"{words!r} is not among {view.attention}")


async def test_a_capture_that_moved_on_is_noticed_at_once(bench, new_order, card):
    """An event about a queued capture is followed by one look, long before the next one would be due."""
    order = await captured(bench, new_order, card)
    bench.provider.move(order.order_id, ProviderStatus.CAPTURED)
    began = time.monotonic()
    await wake(bench, order)
    await bench.until(order.key, PaymentState.CAPTURED)
    assert time.monotonic() - began < 0.9
    assert await looks(bench, order) == 1


async def test_many_events_make_one_look_and_one_more(bench, new_order, card):
    """What comes while a look is under way needs one look after it, not one for each event."""
    order = await captured(bench, new_order, card)
    bench.provider.outage(order.order_id, "read", Unavailable("connection refused"))
    await wake(bench, order)
    await asyncio.sleep(0.3)
    await wake(bench, order, *(f"e-{n}" for n in range(20)))
    bench.provider.move(order.order_id, ProviderStatus.COLLECTED)
    bench.provider.heal(order.order_id)
    await bench.until(order.key, PaymentState.COLLECTED)
    assert await bench.is_closed(order.key)
    assert await looks(bench, order) <= 2
    assert (await bench.kinds(order.key)).count("collected") == 1


async def test_a_failing_look_holds_nothing_up(bench, new_order, card):
    """While the payment cannot be read a capture goes on as ever."""
    order = new_order()
    await bench.payments.authorize(order, card)
    bench.provider.outage(order.order_id, "read", OutcomeUnknown("no answer"))
    await wake(bench, order)
    answer = await bench.payments.capture(order.key, request_id="s1")
    assert answer.result is CommandResult.DONE
    bench.provider.heal(order.order_id)


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        (ProviderStatus.CAPTURE_REQUESTED, (PaymentState.CAPTURE_REQUESTED, "nobody here asked for it. Ship it")),
        (ProviderStatus.COLLECTED, (PaymentState.COLLECTED, "nobody here asked for it. Ship it")),
        (ProviderStatus.RELEASED, (PaymentState.VOIDED, "nobody here asked for it. Ship nothing")),
    ],
)
async def test_what_somebody_does_in_the_console_is_booked_and_told(skipping, new_order, card, status, becomes):
    """A capture or a void made in Ingenico's console reaches the payment by its event, and a person is told."""
    order = new_order()
    await skipping.payments.authorize(order, card)
    skipping.provider.move(order.order_id, status)
    await wake(skipping, order)
    await skipping.until(order.key, becomes[0])
    view = await told(skipping, order, becomes[1])
    assert len(view.attention) == 1
    before = await skipping.story(order.key)
    await wake(skipping, order, "again", "once-more")
    await asyncio.sleep(0.3)
    assert await skipping.story(order.key) == before


async def test_a_closed_payment_is_woken_looks_and_closes_again(bench, new_order, card):
    """Money that goes back long after the workflow has closed is told to people; a false alarm leaves no trace."""
    order = await captured(bench, new_order, card)
    bench.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await bench.until(order.key, PaymentState.COLLECTED)
    assert await bench.is_closed(order.key)
    before = await bench.story(order.key)
    await wake(bench, order)
    assert await bench.is_closed(order.key)
    assert await bench.story(order.key) == before
    bench.provider.move(order.order_id, ProviderStatus.RETURNED)
    await wake(bench, order)
    await told(bench, order, "went back")
    assert await bench.is_closed(order.key)


async def test_a_refund_that_was_paid_out_is_noticed_at_once(bench, new_order, card):
    """An event about a refund has the payment's refunds read too."""
    order = await captured(bench, new_order, card)
    bench.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await wake(bench, order)
    await bench.until(order.key, PaymentState.COLLECTED)
    await bench.payments.refund(order.key, request_id="r1")
    bench.provider.move_refunds(order.order_id, RefundStatus.REFUNDED)
    began = time.monotonic()
    await wake(bench, order)
    await bench.until(order.key, PaymentState.REFUNDED)
    assert time.monotonic() - began < 0.9


async def test_an_event_hastens_what_is_being_found_out(bench, new_order, card):
    """A lost answer is asked for again as soon as the provider tells of the payment, not when the next try is due."""
    order = new_order()
    lost = OutcomeUnknown("the connection was reset")
    bench.provider.outage(order.order_id, "authorize", lost, effect=True)
    asking = asyncio.create_task(bench.payments.authorize(order, card, patience_seconds=0))
    for _ in range(1000):
        if len(bench.provider.called(order.order_id, "authorize")) >= 5:
            break
        await asyncio.sleep(0.02)
    bench.provider.heal(order.order_id)
    began = time.monotonic()
    await wake(bench, order)
    await bench.until(order.key, PaymentState.AUTHORIZED)
    # The fifth try was an ordinary one's fourth: the next would come four or eight seconds later.
    assert time.monotonic() - began < 2
    await asking
    assert bench.provider.effects[order.order_id, "authorize"] == 1
    assert not (await bench.payments.view(order.key)).attention


async def test_an_event_before_our_own_commit_changes_nothing(bench, new_order, card):
    """The event comes while the answer is still on its way: it is authorized once, by the answer or a repetition."""
    order = new_order()
    bench.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("reset"), effect=True))
    asking = asyncio.create_task(bench.payments.authorize(order, card))
    await wake(bench, order)
    await asking
    await bench.until(order.key, PaymentState.AUTHORIZED)
    assert bench.provider.effects[order.order_id, "authorize"] == 1


async def test_an_account_that_is_not_let_in_is_told_and_looked_again(bench, new_order, card):
    """Credentials that fail during a look are told, until they work: then the look finds what it came for."""
    order = await captured(bench, new_order, card)
    bench.provider.outage(order.order_id, "read", Misconfigured("403"))
    bench.provider.move(order.order_id, ProviderStatus.CAPTURED)
    await wake(bench, order)
    await told(bench, order, "does not accept the credentials")
    bench.provider.heal(order.order_id)
    view = await bench.until(order.key, PaymentState.CAPTURED)
    assert not view.attention


async def test_an_event_for_an_unknown_payment_claims_nothing(bench):
    """A run that an event starts for an order without a payment ends, and shows itself to people."""
    key = PaymentKey(order_id="nobodys-order-at-all")
    await bench.payments.wake(key, **event("e-1"))
    assert await bench.is_closed(key)
    assert await bench.payments.view(key) is None
    assert await bench.queries.payment(key) is None


async def test_an_unreadable_event_is_told_to_people(bench, new_order, card):
    """An event that is none is a signal that cannot be read, and the payment goes on."""
    order = new_order()
    await bench.payments.authorize(order, card)
    handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
    await handle.signal("provider_event", {"event_id": "with space", "type": "payment.paid", "account": "main"})
    view = await told(bench, order, "A signal could not be read")
    assert view.state is PaymentState.AUTHORIZED


async def test_without_any_event_following_finds_it(skipping, new_order, card):
    """A lost event costs time and nothing else."""
    order = await captured(skipping, new_order, card)
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await skipping.until(order.key, PaymentState.COLLECTED, step=timedelta(seconds=10))


async def test_a_late_authorization_is_released_as_soon_as_the_provider_tells_of_it(skipping, new_order, card):
    """An attempt that was proven absent and appears after all is looked for at its event, not at the next watch."""
    order = new_order()
    dead = OutcomeUnknown("HTTP 500, replayed", key_is_dead=True)
    skipping.provider.once(order.order_id, "authorize", Fault(dead))
    asking = asyncio.create_task(skipping.payments.authorize(order, card, patience_seconds=0))
    for _ in range(200):
        await skipping.pass_time(timedelta(seconds=1))
        view = await skipping.payments.view(order.key)
        if view is not None and view.state is PaymentState.AUTHORIZED:
            break
    await asking
    late = skipping.provider.appear(order.order_id, f"main-{order.order_id}-a01", order.total)
    await wake(skipping, order)
    for _ in range(200):
        if skipping.provider.payments[late].status is ProviderStatus.RELEASED:
            break
        await asyncio.sleep(0.02)
    assert skipping.provider.payments[late].status is ProviderStatus.RELEASED


async def test_what_the_provider_told_of_is_waited_for_and_not_asked_for_anew(skipping, new_order, card):
    """An attempt that is not found, though an event told of it, stays open until it is found: no second hold."""
    order = new_order()
    reference = f"main-{order.order_id}-a01"
    told_of = Arrival(account="main", event_id=order.order_id, type="payment.created", merchant_reference=reference)
    await Inbox(skipping.queries._database).take_in(told_of, now=skipping.clock.now())
    skipping.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("HTTP 500, replayed", key_is_dead=True)))
    asking = asyncio.create_task(skipping.payments.authorize(order, card, patience_seconds=0))
    for _ in range(20):
        await skipping.pass_time(timedelta(minutes=1))
    await asking
    assert (await skipping.payments.view(order.key)).state is PaymentState.UNKNOWN
    assert len(skipping.provider.called(order.order_id, "find")) >= 2
    assert len(skipping.provider.called(order.order_id, "authorize")) == 1
    found = skipping.provider.appear(order.order_id, reference, order.total)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    assert (await skipping.payments.view(order.key)).transaction_id == found
