"""What strangers send: messages that come early, that cannot be read, that are of no use. The payment goes on."""

import asyncio
import re

import pytest
from temporalio.client import WorkflowUpdateFailedError

from payments.commands import Capture
from payments.order import MOST_LINES
from payments.references import content_digest
from payments.refusals import MOST_REFUSALS
from payments.states import PaymentState
from payments.view import CommandResult
from tests.support.orders import order as build_order
from tests.support.raw import as_json, raw, refusal, signal, update

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER = "4567350000427977"
CAPTURE = {"request_id": "s1"}
GARBAGE = {
    "bad JSON": ("capture", [raw(b"{not json")]),
    "a card number in bad JSON": ("capture", [raw(f"not json {NUMBER}".encode())]),
    "a card number as a field's name": ("capture", [as_json({NUMBER: 1})]),
    "a card number as the signal's name": (f"pay {NUMBER}", [as_json(CAPTURE)]),
    "wrong shape": ("capture", [as_json({"request_id": 5, "amount": "all"})]),
    "an unknown field": ("capture", [as_json({**CAPTURE, "amonut": 5})]),
    "a request id of the engine's own": ("void", [as_json({"request_id": "@window-end"})]),
    "a list": ("void", [as_json([])]),
    "null": ("void", [raw(b"", b"binary/null")]),
    "an unknown name": ("catpure", [as_json(CAPTURE)]),
    "no argument": ("capture", []),
    "two arguments": ("capture", [as_json(CAPTURE), as_json(CAPTURE)]),
    "bytes that are no text": ("capture", [raw(b"\xff\xfe\x00", b"binary/plain")]),
    "an unknown encoding": ("capture", [raw(b"x", b"binary/strange")]),
    "many unknown fields": ("capture", [as_json({f"field{i}": i for i in range(3_000)})]),
    "a field with a long name": ("capture", [as_json({"x" * 50_000: 1})]),
    "deep nesting": ("capture", [raw(b'{"a":' * 5_000 + b"1" + b"}" * 5_000)]),
    "not a number": ("capture", [raw(b'{"request_id": "s1", "patience_seconds": NaN}')]),
    "the zero character": ("capture", [raw(b'{"request_id": "s1", "shipment_id": "a\\u0000b"}')]),
}


@pytest.mark.parametrize("case", GARBAGE)
async def test_a_signal_that_cannot_be_read_is_told_to_people_and_the_payment_goes_on(bench, new_order, card, case):
    """An unreadable signal becomes one short sentence to people, without card numbers, and the next capture is done."""
    name, args = GARBAGE[case]
    order = new_order()
    await bench.payments.authorize(order, card)
    await signal(bench.temporal, order.key.workflow_id, name, *args)
    answer = await asyncio.wait_for(bench.payments.capture(order.key, request_id="after"), 15)
    assert answer.result is CommandResult.DONE
    [told] = [event for event in await bench.story(order.key) if event.kind == "attention_needed"]
    assert told.sentence.startswith("A signal could not be read.")
    assert len(told.sentence) < 3_500
    assert NUMBER not in re.sub(r"\D", "", told.sentence)
    view = await bench.payments.view(order.key)
    assert view.attention == (told.sentence,)


@pytest.mark.parametrize("case", [c for c, (name, args) in GARBAGE.items() if name in {"capture", "void"}])
async def test_an_update_that_cannot_be_read_is_refused_and_leaves_no_trace(bench, new_order, card, case):
    """An unreadable update is refused before it enters the history, and what it says repeats no card number."""
    name, args = GARBAGE[case]
    order = new_order()
    await bench.payments.authorize(order, card)
    before = await bench.history_length(order.key)
    refused = await refusal(bench.temporal, order.key.workflow_id, f"{name}_payment", *args)
    assert NUMBER not in re.sub(r"\D", "", str(refused))
    if case != "two arguments":
        assert refused.type == "bad_message"
        [told, *_] = refused.details[0]
        assert told["field"]
        assert told["remedy"]
    assert await bench.history_length(order.key) == before
    assert "attention_needed" not in await bench.kinds(order.key)


async def test_an_update_of_an_unknown_name_or_without_patience_to_be_had_is_refused(bench, new_order, card):
    """An unknown update and a patience beyond ten seconds are refused in words, the latter with its field."""
    order = new_order()
    await bench.payments.authorize(order, card)
    with pytest.raises(WorkflowUpdateFailedError) as unknown:
        await update(bench.temporal, order.key.workflow_id, "pay_me", CAPTURE)
    assert "pay_me" in str(unknown.value.cause)
    long = {"request_id": "s1", "patience_seconds": 11}
    refused = await refusal(bench.temporal, order.key.workflow_id, "capture_payment", long)
    assert refused.details[0][0]["field"] == "patience_seconds"


@pytest.mark.parametrize(
    ("start", "field"),
    [
        (raw(b"{not json"), "(message)"),
        (raw(b"\xff\xfe", b"binary/plain"), "(message)"),
        (as_json({}), "order"),
        (as_json({"order": {}, "payment": {}}), "order.order_id"),
        (as_json([1, 2]), "(message)"),
        (raw(b"x", b"binary/strange"), "(message)"),
        (as_json({"order": 1, "payment": {"token": NUMBER}}), "payment.token"),
    ],
)
async def test_a_start_that_cannot_be_read_answers_its_caller(bench, new_order, start, field):
    """An unreadable start does not hang: it is answered `refused` with field and remedy, and claims nothing."""
    key = new_order().key
    ask = {"digest": "0" * 64, "patience_seconds": 2}
    answer = await update(bench.temporal, key.workflow_id, "authorization", ask, start=start)
    assert answer["result"] == "refused"
    told = answer["refusals"][0]
    assert told["field"] == field
    assert told["remedy"]
    assert NUMBER not in str(answer)
    assert await bench.queries.payment(key) is None
    handle = bench.temporal.get_workflow_handle(key.workflow_id)
    assert await asyncio.wait_for(handle.result(), 10) is None


async def test_a_start_whose_sums_are_wrong_is_refused_with_the_field(bench, card):
    """An order whose lines do not make its total is refused before anything is claimed or asked of the provider."""
    order = build_order("wrong-sum", 10_000, shipping=None)
    document = {"order": order.model_dump(mode="json", exclude_none=True), "payment": {"token": "t"}}
    line = {"sku": "a", "name": "a", "quantity": "1", "amount": {"amount_minor": 1, "currency": "USD"}}
    document["order"]["lines"] = [line]
    ask = {"digest": content_digest(document)}
    answer = await update(bench.temporal, order.key.workflow_id, "authorization", ask, start=document)
    assert (answer["result"], answer["refusals"][0]["field"]) == ("refused", "order.total.amount_minor")
    assert bench.provider.calls == [c for c in bench.provider.calls if c.order_id != "wrong-sum"]


@pytest.mark.parametrize("count", [1_000, 5_000])
async def test_an_order_of_very_many_wrong_lines_is_refused(bench, new_order, card, count):
    """More lines than a workflow task can read are refused unread; of as many as it can, the first faults are told."""
    order = new_order()
    line = {"sku": "a", "name": "a", "quantity": "1", "amount": {"amount_minor": 1, "currency": "EUR"}}
    document = {
        "order": {**order.model_dump(mode="json", exclude_none=True), "lines": [line] * count},
        "payment": card.model_dump(mode="json", exclude_none=True),
    }
    ask = {"digest": content_digest(document)}
    answer = await update(bench.temporal, order.key.workflow_id, "authorization", ask, start=document)
    assert answer["result"] == "refused"
    told = answer["refusals"]
    if count > MOST_LINES:
        assert [(each["field"], each["code"]) for each in told] == [("order.lines", "too_long")]
        assert "at most 1000" in told[0]["remedy"]
    else:
        assert {each["code"] for each in told} == {"currency_differs"}
        assert len(told) == MOST_REFUSALS


async def test_a_workflow_started_without_any_argument_closes(bench, new_order):
    """A start without an argument is a start without an order: commands get an answer and the run closes."""
    key = new_order().key
    handle = await bench.temporal.start_workflow("PaymentWorkflow", id=key.workflow_id, task_queue="payments")
    assert await asyncio.wait_for(handle.result(), 10) is None


async def test_a_workflow_of_no_payments_name_closes(bench):
    """A run under an id that no payment has refuses and closes instead of waiting for ever."""
    answer = await update(bench.temporal, "something-else", "capture_payment", CAPTURE)
    assert answer["refusal"]["code"] == "unknown_order"
    assert await asyncio.wait_for(bench.temporal.get_workflow_handle("something-else").result(), 10) is None


async def test_messages_that_come_before_runs_first_line_are_worked_on(bench, new_order, card):
    """Signals and updates that arrive with the start itself wait for the authorization, and are then done in order."""
    order = new_order()
    document = {
        "order": order.model_dump(mode="json", exclude_none=True),
        "payment": card.model_dump(mode="json", exclude_none=True),
    }
    await bench.temporal.start_workflow(
        "PaymentWorkflow",
        document,
        id=order.key.workflow_id,
        task_queue="payments",
        start_signal="capture",
        start_signal_args=[CAPTURE],
    )
    await bench.until(order.key, PaymentState.CAPTURE_REQUESTED)
    other = new_order()
    document = {**document, "order": other.model_dump(mode="json", exclude_none=True)}
    answer = await update(bench.temporal, other.key.workflow_id, "void_payment", {"request_id": "v"}, start=document)
    assert (answer["result"], answer["state"]) == ("done", "voided")
    assert bench.provider.effects[other.order_id, "authorize"] == 1


async def test_a_refused_signal_is_told_to_people_with_its_name(bench, new_order, card):
    """Nobody waits for a signal's answer, so its refusal is told to people: which one, why, and the remedy."""
    order = new_order(10_000)
    await bench.payments.authorize(order, card)
    too_much = Capture(request_id="s1", amount=order.total.with_amount(10_001))
    await bench.payments.signal_capture(order.key, too_much)
    answer = await bench.payments.capture(order.key, request_id="s2")
    assert answer.result is CommandResult.DONE
    [told] = (await bench.payments.view(order.key)).attention
    assert "capture 's1' was refused" in told
    assert "amount.amount_minor" in told
    assert "100.00 USD" in told
