"""What a payment costs and shows: its history's length, its search attributes, its timeline."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from payments.commands import Capture, Void
from payments.references import customer_pseudonym
from payments.states import PaymentState
from payments.view import CommandResult
from tests.support.raw import signal

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST_EVENTS = 22


async def events_of(bench, order, kind=None):
    history = await bench.temporal.get_workflow_handle(order.key.workflow_id).fetch_history()
    return [event for event in history.events if kind is None or event.event_type == kind]


async def found(bench, query):
    return [w.id async for w in bench.temporal.list_workflows(query)]


async def shows(bench, order, query):
    """Wait until a query finds exactly this order's payment; the list follows the truth at a short distance."""
    whole = f"{query} AND WorkflowId = '{order.key.workflow_id}'"
    for _ in range(100):
        if await found(bench, whole) == [order.key.workflow_id]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not found: {whole}")


async def test_a_waiting_payment_adds_no_history(bench, new_order, card):
    """An authorized payment that nobody asks anything adds no event in seconds of waiting."""
    order = new_order()
    await bench.payments.authorize(order, card)
    await asyncio.sleep(0.3)
    before = await bench.history_length(order.key)
    await asyncio.sleep(3)
    assert await bench.history_length(order.key) == before


async def test_a_lifecycle_is_short(bench, new_order, card):
    """From the start to the accepted capture a payment takes few events and two workflow tasks."""
    order = new_order()
    await bench.payments.authorize(order, card)
    await bench.payments.signal_capture(order.key, Capture(request_id="s1"))
    await bench.until(order.key, PaymentState.CAPTURE_REQUESTED)
    await asyncio.sleep(0.2)
    events = await events_of(bench, order)
    tasks = await events_of(bench, order, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    names = [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events]
    print(f"\nstart, authorized, capture requested: {len(events)} events, {len(tasks)} tasks: {names}")  # noqa: T201 (a figure to read)
    assert len(events) <= MOST_EVENTS
    assert len(tasks) == 2


async def test_each_state_can_be_searched_for(bench, new_order, card):
    """Payments are found by state, reference, customer's pseudonym, method, currency, expiry and need of a person."""
    order = new_order(currency="EUR")
    answer = await bench.payments.authorize(order, card)
    pseudonym = customer_pseudonym("main", order.customer.customer_id)
    assert order.customer.customer_id not in pseudonym
    soon, late = (
        (answer.expires_at + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-1, 1)
    )
    for query in (
        "PaymentState = 'authorized'",
        f"MerchantReference = '{answer.merchant_reference}'",
        f"CustomerId = '{pseudonym}'",
        "PaymentMethod = 'card'",
        "Currency = 'EUR'",
        "NeedsAttention = false",
        f"AuthorizationExpiresAt BETWEEN '{soon}' AND '{late}'",
    ):
        await shows(bench, order, query)
    await signal(bench.temporal, order.key.workflow_id, "nonsense", {})
    await shows(bench, order, "NeedsAttention = true AND PaymentState = 'authorized'")
    await bench.payments.void(order.key, request_id="v1")
    await shows(bench, order, "PaymentState = 'voided' AND ExecutionStatus = 'Completed'")


async def test_what_is_known_at_the_start_costs_no_event(bench, new_order, card):
    """The first search attributes come with the start's own event, and name the state before anything was asked."""
    order = new_order()
    await bench.payments.authorize(order, card)
    [started] = await events_of(bench, order, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED)
    attributes = started.workflow_execution_started_event_attributes.search_attributes.indexed_fields
    assert set(attributes) == {"PaymentState", "CustomerId", "PaymentMethod", "Currency", "NeedsAttention"}
    assert attributes["PaymentState"].data == b'"opening"'
    upserts = await events_of(bench, order, EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
    assert len(upserts) == 1


async def test_several_messages_of_one_task_show_in_one_event(bench, new_order, card):
    """However much one workflow task brings, it changes the search attributes at most once."""
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
        start_signal_args=[{"request_id": "s1"}],
    )
    await bench.payments.signal_void(order.key, Void(request_id="v1"))
    await bench.until(order.key, PaymentState.CAPTURE_REQUESTED)
    assert (await bench.payments.capture(order.key, request_id="s1")).result is CommandResult.DONE
    upserts = await events_of(bench, order, EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
    tasks = [u.upsert_workflow_search_attributes_event_attributes.workflow_task_completed_event_id for u in upserts]
    assert len(tasks) == len(set(tasks))


async def test_the_timeline_is_readable(bench, new_order, card):
    """The Temporal UI shows the payment's story in sentences: amounts, references, and nobody's name."""
    order = new_order(23_979)
    await bench.payments.authorize(order, card)
    details = await bench.temporal.get_workflow_handle(order.key.workflow_id).query("__temporal_workflow_metadata")
    text = str(details)
    assert "authorized 239.79 USD, code OK1131" in text
    assert order.customer.email not in text
