"""Ends and beginnings of runs: storms of messages, local activities that run again, continuing as new."""

import asyncio
from datetime import UTC, datetime

import pytest

from activities.messages import OperateRequest
from activities.operations import OperationActivities
from payments.commands import Capture, Void
from payments.decide import decide
from payments.evolve import fold
from payments.provider import OutcomeUnknown
from payments.references import START
from payments.states import PaymentState, ProviderStatus
from payments.view import CommandResult
from tests.support.provider import Fault
from tests.support.raw import update
from tests.workflows.conftest import SUGGESTED_AFTER

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def settle(bench, key, requests):
    """Wait until each of the requests is seen in the ledger: accepted, or refused to people."""
    for _ in range(200):
        story = await bench.story(key)
        accepted = {event.request_id for event in story if hasattr(event, "request_id")} - {START}
        refused = {e.subject.rpartition(":")[2] for e in story if e.kind == "attention_needed"}
        if requests <= accepted | refused:
            return accepted, refused
        await asyncio.sleep(0.05)
    raise AssertionError(f"lost: {requests - accepted - refused}")


async def test_no_signal_is_lost_in_a_storm_around_the_end(bench, new_order, card):
    """Of voids and captures that arrive while payments end, each is seen in the ledger: done, repeated or refused."""

    async def storm(number):
        order = new_order()
        await bench.payments.authorize(order, card)
        captures = [Capture(request_id=f"s{n}") for n in range(3)]
        voids = [Void(request_id=f"v{n}") for n in range(3)]
        sends = [bench.payments.signal_capture(order.key, c) for c in (*captures, captures[0])]
        sends += [bench.payments.signal_void(order.key, v) for v in voids]
        if number % 2:
            sends.reverse()
        await asyncio.gather(*sends)
        return order

    for order in await asyncio.gather(*(storm(number) for number in range(12))):
        for _ in range(200):
            if "capture_requested" in (kinds := await bench.kinds(order.key)) or "voided" in kinds:
                break
            await asyncio.sleep(0.05)
        captured = "capture_requested" in kinds
        # A void of what is voided already is done: there is nothing to tell.
        seen = {"s0", "s1", "s2", "v0", "v1", "v2"} if captured else {"s0", "s1", "s2"}
        accepted, refused = await settle(bench, order.key, seen)
        assert len(accepted) == 1
        assert not accepted & refused
        assert bench.provider.effects[order.order_id, "capture"] == captured
        assert bench.provider.effects[order.order_id, "void"] == (not captured)


async def test_an_update_to_a_payment_that_is_closing_is_answered(bench, new_order, card):
    """Whoever asks while the last message is worked on, or after, gets an answer and no error."""

    async def play():
        order = new_order()
        await bench.payments.authorize(order, card)
        asked = [bench.payments.void(order.key, request_id="v0")]
        for n in range(1, 4):
            asked.append(bench.payments.void(order.key, request_id=f"v{n}"))
            asked.append(bench.payments.capture(order.key, request_id=f"s{n}"))
        answers = await asyncio.gather(*asked)
        late = await bench.payments.capture(order.key, request_id="late")
        voided = bench.provider.effects[order.order_id, "void"]
        code = "nothing_held" if voided else "already_captured"
        assert (late.result, late.refusal.code) == (CommandResult.REFUSED, code)
        assert [a.result for a in answers].count(CommandResult.DONE) == 1
        assert CommandResult.PENDING not in {a.result for a in answers}
        assert voided + bench.provider.effects[order.order_id, "capture"] == 1

    await asyncio.gather(*(play() for _ in range(8)))


async def test_the_update_that_ends_a_payment_is_answered_before_its_run_leaves(bench, new_order, card):
    """A run waits for its handlers: whoever's void closes the payment gets the answer, and no error."""

    async def play():
        order = new_order()
        await bench.payments.authorize(order, card)
        answer = await update(bench.temporal, order.key.workflow_id, "void_payment", {"request_id": "v1"})
        assert (answer["result"], answer["state"]) == ("done", "voided")
        assert await bench.is_closed(order.key)

    await asyncio.gather(*(play() for _ in range(5)))


async def test_a_local_activity_that_runs_again_has_one_effect(bench, new_order, card):
    """A signal that lands while the last activity runs makes its task fail; what then runs again finds its outcome."""
    order = new_order()
    await bench.payments.authorize(order, card)
    real_void, is_done, may_answer = bench.provider.void, asyncio.Event(), asyncio.Event()

    async def slow_void(account, provider_id):
        answer = await real_void(account, provider_id)
        is_done.set()
        await asyncio.wait_for(may_answer.wait(), 1.5)
        return answer

    bench.provider.void = slow_void
    try:
        await bench.payments.signal_void(order.key, Void(request_id="v1"))
        await asyncio.wait_for(is_done.wait(), 10)
        voids = [Void(request_id=f"v{n}") for n in range(2, 5)]
        await asyncio.gather(*(bench.payments.signal_void(order.key, void) for void in voids))
        may_answer.set()
        await bench.until(order.key, PaymentState.VOIDED)
    finally:
        bench.provider.void = real_void
    assert await bench.is_closed(order.key)
    history = await bench.temporal.get_workflow_handle(order.key.workflow_id).fetch_history()
    assert any(event.HasField("workflow_task_failed_event_attributes") for event in history.events)
    assert len(bench.provider.called(order.order_id, "void")) == 1


async def test_what_was_decided_of_a_payment_that_moved_on_is_not_begun(bench, new_order, card):
    """A void that was decided before a capture was done asks nothing of the provider: it is told the news instead."""
    order = new_order()
    await bench.payments.authorize(order, card)
    before = fold(order.key, await bench.story(order.key))
    void = decide(before, Void(request_id="v1"), datetime.now(UTC))
    await bench.payments.capture(order.key, request_id="s1")
    operations = OperationActivities(bench.provider, bench.records, bench.clock, {}, sender="a test")
    request = OperateRequest(key=order.key, known=before.sequence, operation=void.operation, events=void.events)
    for effect in (operations.void, operations.find_out):
        told = await effect(request)
        assert [r.event.kind for r in told.events][:2] == ["capture_intended", "capture_requested"]
    assert bench.provider.called(order.order_id, "void") == []
    assert [i.operation.request_id for i in await bench.queries.intents(order.key)] == ["@start", "s1"]


@pytest.mark.parametrize("answer", ["came", "was lost"])
async def test_a_message_is_decided_anew_when_the_ledger_is_ahead(bench, new_order, card, answer):
    """What an earlier try of the task did, known to the ledger alone, decides the message that now comes first."""
    order = new_order()
    await bench.payments.authorize(order, card)
    known = fold(order.key, await bench.story(order.key))
    capture = decide(known, Capture(request_id="s1"), datetime.now(UTC))
    if answer == "was lost":
        bench.provider.once(order.order_id, "capture", Fault(OutcomeUnknown("reset"), effect=True))
    operations = OperationActivities(bench.provider, bench.records, bench.clock, {}, sender="an earlier try")
    await operations.capture(
        OperateRequest(key=order.key, known=known.sequence, operation=capture.operation, events=capture.events)
    )
    void = await asyncio.wait_for(bench.payments.void(order.key, request_id="v1"), 20)
    assert (void.result, void.refusal.code) == (CommandResult.REFUSED, "already_captured")
    again = await bench.payments.capture(order.key, request_id="s1")
    assert again.result is CommandResult.DONE
    assert bench.provider.called(order.order_id, "void") == []
    assert len(bench.provider.called(order.order_id, "capture")) == 1


async def test_a_race_of_capture_and_void_has_one_winner_and_the_loser_knows_why(payments, simulator, new_order, card):
    """Sent at once, a capture and a void never both happen; the loser is told why, and the books agree with it."""

    async def race(number):
        order = new_order()
        await payments.authorize(order, card)
        asked = [payments.capture(order.key, request_id="s1"), payments.void(order.key, request_id="v1")]
        answers = await asyncio.gather(*(reversed(asked) if number % 2 else asked))
        capture, void = reversed(answers) if number % 2 else answers
        [line] = await simulator.books(f"main-{order.order_id}-")
        if capture.result is CommandResult.DONE:
            assert (void.result, void.refusal.code) == (CommandResult.REFUSED, "already_captured")
            assert (line.capture_requested, line.voided) == (10_000, 0)
        else:
            assert void.result is CommandResult.DONE
            assert (capture.result, capture.refusal.code) == (CommandResult.REFUSED, "nothing_held")
            assert (line.capture_requested, line.voided) == (0, 10_000)
        return capture.result

    results = await asyncio.gather(*(race(number) for number in range(20)))
    assert set(results) == {CommandResult.DONE, CommandResult.REFUSED}


async def test_a_long_payment_continues_as_new_from_the_ledger(bench, new_order, card):
    """A payment whose history grows long begins a new run, which knows what was and goes on to its end."""
    order = new_order()
    await bench.payments.authorize(order, card)
    handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
    first = (await handle.describe()).run_id
    too_much = order.total.with_amount(10_001)
    for wave in range(4):
        captures = [Capture(request_id=f"w{wave}-{n}", amount=too_much) for n in range(SUGGESTED_AFTER // 4)]
        await asyncio.gather(*(bench.payments.signal_capture(order.key, c) for c in captures))
        refused = await bench.payments.capture(order.key, request_id=f"u{wave}", amount=too_much)
        assert refused.refusal.code == "amount_above_hold"
    description = await handle.describe()
    assert description.run_id != first
    subjects = {e.subject for e in await bench.story(order.key) if e.kind == "attention_needed"}
    assert len(subjects) == SUGGESTED_AFTER // 4 * 4
    answer = await bench.payments.capture(order.key, request_id="s1")
    assert answer.result is CommandResult.DONE
    bench.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await bench.until(order.key, PaymentState.COLLECTED)
    assert bench.provider.effects[order.order_id, "authorize"] == 1
