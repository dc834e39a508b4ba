"""Payments whose order service is told: in order, beside everything else, and without ever waiting for it."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from payments.commands import Capture, Void
from payments.methods import PaymentInstruction
from payments.provider import OutcomeUnknown
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult, CommandResult
from tests.support.provider import DECLINED_TOKEN, Fault
from tests.support.receiver import AWAY, BROKEN
from tests.support.skipping import time_of
from tests.workflows.conftest import SUGGESTED_AFTER
from workflows.contract import CALLBACK_QUEUE

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = PaymentInstruction(token="t")
LOST = OutcomeUnknown("the connection was reset")
MINUTE = timedelta(minutes=1)


async def until_told(bench, order, *types, step=timedelta(0), seconds=20):
    """Wait until the order service has taken these, in this order and no other."""
    for _ in range(seconds * 50):
        if bench.receiver.types(order.order_id) == list(types):
            return bench.receiver.taken[order.order_id]
        if step:
            await bench.pass_time(step)
        await asyncio.sleep(0.02)
    raise AssertionError(f"told {bench.receiver.types(order.order_id)}, not {types}")


async def until_tried(bench, order):
    """Wait until somebody has posted, whatever the answer."""
    for _ in range(400):
        if bench.receiver.posts[order.order_id]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody has posted")


async def deliveries(bench, order):
    """Return how many delivering activities the history shows."""
    history = await bench.temporal.get_workflow_handle(order.key.workflow_id).fetch_history()
    scheduled = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED]
    queues = [e.activity_task_scheduled_event_attributes.task_queue.name for e in scheduled]
    return queues.count(CALLBACK_QUEUE)


async def test_the_order_service_hears_each_step_in_order(telling, new_order):
    """From the authorization to the collected money, each once, each with the standing of its moment."""
    order = new_order()
    await telling.payments.authorize(order, CARD)
    await until_told(telling, order, "payment.authorized")
    await telling.payments.signal_capture(order.key, Capture(request_id="s1", shipment_id="parcel-1"))
    await until_told(telling, order, "payment.authorized", "payment.capture_requested")
    for status in (ProviderStatus.CAPTURED, ProviderStatus.COLLECTED):
        telling.provider.move(order.order_id, status)
        await telling.until(order.key, PaymentState(status.value), step=MINUTE)
    told = await until_told(
        telling, order, "payment.authorized", "payment.capture_requested", "payment.captured", "payment.collected"
    )
    data = [body["data"] for body in told]
    assert [each["state"] for each in data] == ["authorized", "capture_requested", "captured", "collected"]
    assert [each["sequence"] for each in data] == sorted({each["sequence"] for each in data})
    assert {each["authorization_code"] for each in data} == {"OK1131"}
    assert data[1]["about"]["shipment_id"] == "parcel-1"
    assert data[-1]["amounts"]["collected"]["amount_minor"] == order.total.amount_minor
    assert len(telling.receiver.posts[order.order_id]) == 4
    assert await telling.is_closed(order.key)


@pytest.mark.parametrize(("token", "kind"), [("t", "authorized"), (DECLINED_TOKEN, "declined")])
async def test_who_was_told_unknown_hears_the_outcome(telling, new_order, token, kind):
    """Lost answers: the order service is told that nobody knows, and then what is true, without asking again."""
    order = new_order()
    telling.provider.once(order.order_id, "authorize", *[Fault(LOST, effect=True)] * 3)
    card = PaymentInstruction(token=token)
    answer = await telling.payments.authorize(order, card, patience_seconds=0)
    assert answer.result in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}
    told = await until_told(telling, order, "payment.unknown", f"payment.{kind}", step=MINUTE)
    assert [body["data"]["state"] for body in told] == ["unknown", kind]
    assert told[-1]["data"]["transaction_id"] == telling.provider.of_order(order.order_id)[0].provider_id


async def test_what_happens_while_an_outcome_is_found_out_is_told_meanwhile(telling, new_order):
    """Nobody waits for the end of an outage to hear that somebody is needed."""
    order = new_order()
    telling.provider.outage(order.order_id, "authorize", LOST)
    await telling.payments.authorize(order, CARD, patience_seconds=0)
    await until_told(telling, order, "payment.unknown", "payment.needs_attention", step=10 * MINUTE)
    telling.provider.heal(order.order_id)
    await telling.until(order.key, PaymentState.AUTHORIZED, step=MINUTE)
    await until_told(
        telling,
        order,
        "payment.unknown",
        "payment.needs_attention",
        "payment.attention_settled",
        "payment.authorized",
        step=MINUTE,
    )


async def test_an_order_service_that_hangs_holds_up_no_answer(telling, new_order):
    """While its first callback is still being posted, authorization, captures and their answers are there."""
    order = new_order()
    release = telling.receiver.hanging[order.order_id] = asyncio.Event()
    with telling.env.auto_time_skipping_disabled():
        answer = await telling.payments.authorize(order, CARD)
        assert answer.result is AuthorizationResult.AUTHORIZED
        await until_tried(telling, order)
        captured = await telling.payments.capture(order.key, request_id="s1")
        assert captured.result is CommandResult.DONE
        assert telling.receiver.types(order.order_id) == []
        assert len(telling.receiver.posts[order.order_id]) == 1
    release.set()
    await until_told(telling, order, "payment.authorized", "payment.capture_requested")


async def test_one_that_is_down_for_hours_is_told_when_it_is_back(telling, new_order):
    """The tries leave no trace in the history; what happened meanwhile comes after it, in order."""
    order = new_order()
    telling.receiver.now[order.order_id] = BROKEN
    await telling.payments.authorize(order, CARD)
    await until_tried(telling, order)
    await telling.pass_time(MINUTE)
    before = await telling.history_length(order.key)
    await telling.pass_time(timedelta(hours=3))
    assert await telling.history_length(order.key) == before
    assert len(telling.receiver.posts[order.order_id]) > 8
    await telling.payments.capture(order.key, request_id="s1")
    assert telling.receiver.types(order.order_id) == []
    del telling.receiver.now[order.order_id]
    await until_told(telling, order, "payment.authorized", "payment.capture_requested", step=timedelta(minutes=30))
    assert await deliveries(telling, order) <= 2


async def test_a_payment_closes_though_nobody_takes_its_callbacks_and_the_relay_delivers_them(telling, new_order):
    """It stays a minute and no longer; when the order service is back it hears all of it, in order."""
    order = new_order()
    telling.receiver.now[order.order_id] = AWAY
    await telling.payments.authorize(order, CARD)
    await telling.payments.void(order.key, request_id="v1")
    with telling.env.auto_time_skipping_disabled():
        assert (await telling.temporal.get_workflow_handle(order.key.workflow_id).describe()).close_time is None
    await telling.pass_time(2 * MINUTE)
    assert await telling.is_closed(order.key)
    assert telling.receiver.types(order.order_id) == []
    del telling.receiver.now[order.order_id]
    telling.clock.at = await time_of(telling.env) + timedelta(hours=7)
    await telling.relay.deliver()
    assert telling.receiver.types(order.order_id) == ["payment.authorized", "payment.voided"]


async def test_a_run_from_the_ledger_takes_up_what_was_left(telling, new_order):
    """A closed payment that is asked again delivers what waits, as far as no relay has."""
    order = new_order()
    telling.receiver.now[order.order_id] = AWAY
    await telling.payments.authorize(order, PaymentInstruction(token=DECLINED_TOKEN))
    await telling.pass_time(2 * MINUTE)
    assert await telling.is_closed(order.key)
    del telling.receiver.now[order.order_id]
    answer = await telling.payments.void(order.key, request_id="v1")
    assert answer.result in {CommandResult.REFUSED, CommandResult.ALREADY_DONE}
    await until_told(telling, order, "payment.declined", step=MINUTE)
    assert await telling.is_closed(order.key)


async def test_given_up_callbacks_need_a_person_and_nothing_else_waits(telling, new_order):
    """After three days the payment says so in its view, and goes on."""
    order = new_order()
    telling.receiver.now[order.order_id] = BROKEN
    await telling.payments.authorize(order, CARD)
    for _ in range(20):
        await telling.pass_time(timedelta(hours=6))
        view = await telling.payments.view(order.key)
        if view.attention:
            break
    assert "payments callbacks --resend" in view.attention[0]
    assert view.state is PaymentState.AUTHORIZED
    del telling.receiver.now[order.order_id]
    await until_told(telling, order, "payment.needs_attention", step=timedelta(hours=1))
    [line] = await telling.outbox.listing(order.key)
    assert (line.type, line.given_up_at is not None) == ("payment.authorized", True)


async def test_a_run_that_continues_as_new_goes_on_telling(telling_bench, new_order, card):
    """What is being posted when a run ends is posted to its end; the next run tells the rest, each once, in order."""
    bench, order = telling_bench, new_order()
    await bench.payments.authorize(order, card)
    handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
    first = (await handle.describe()).run_id
    await until_told(bench, order, "payment.authorized")
    release = bench.receiver.hanging[order.order_id] = asyncio.Event()
    too_much = order.total.with_amount(10_001)
    for wave in range(4):
        captures = [Capture(request_id=f"w{wave}-{n}", amount=too_much) for n in range(SUGGESTED_AFTER // 4)]
        await asyncio.gather(*(bench.payments.signal_capture(order.key, c) for c in captures))
        await bench.payments.capture(order.key, request_id=f"u{wave}", amount=too_much)
    assert (await handle.describe()).run_id != first
    del bench.receiver.hanging[order.order_id]
    release.set()
    await until_told(bench, order, "payment.authorized", *["payment.needs_attention"] * SUGGESTED_AFTER, seconds=90)
    sequences = [body["data"]["sequence"] for body in bench.receiver.taken[order.order_id]]
    assert sequences == list(range(3, 3 + len(sequences)))


async def test_a_refused_order_is_no_payment_and_nobody_is_told(telling, new_order):
    """What claims nothing writes no callback."""
    order = new_order()
    answer = await telling.payments.authorize(order, PaymentInstruction(token="t", account="nowhere"))
    assert answer.result is AuthorizationResult.REFUSED
    assert await telling.outbox.listing(order.key, everything=True) == ()


async def test_where_nobody_is_told_nothing_is_added_to_a_history(skipping, new_order):
    """Without a receiver there is no activity, no row, no timer."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    await skipping.payments.signal_void(order.key, Void(request_id="v1"))
    await skipping.until(order.key, PaymentState.VOIDED)
    assert await skipping.is_closed(order.key)
    assert await deliveries(skipping, order) == 0
    assert await skipping.outbox.listing(order.key, everything=True) == ()
