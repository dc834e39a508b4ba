"""A client whose questions nobody takes up."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowHandle, WorkflowQueryFailedError
from temporalio.contrib.pydantic import pydantic_data_converter

from payments.commands import Refund, Void
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from runtime.queries import ASK_AGAIN
from starter import NoAnswer, PaymentClient, PaymentError
from workflows import contract


@pytest_asyncio.fixture(loop_scope="session")
async def unheard(stack, monkeypatch) -> AsyncIterator[PaymentClient]:
    """A client of a task queue that no worker polls."""
    monkeypatch.setattr(contract, "QUEUE", "nobody-listens")
    client = await Client.connect(stack.layout.temporal_address, data_converter=pydantic_data_converter)
    yield PaymentClient(client, silence_seconds=0.5)


@pytest.mark.asyncio(loop_scope="session")
async def test_without_a_worker_an_authorization_is_pending_within_its_patience(unheard, new_order, card):
    """An order service hears `pending` in time, and never that anything was declined."""
    answer = await unheard.authorize(new_order(), card, patience_seconds=0.2)
    assert answer.result is AuthorizationResult.PENDING
    assert "ask again" in answer.reason


@pytest.mark.asyncio(loop_scope="session")
async def test_without_a_worker_a_capture_says_that_nobody_answered(unheard, new_order):
    """A capture that nobody takes up is no success and no refusal: the caller is told to ask again."""
    with pytest.raises(NoAnswer, match="ask again"):
        await unheard.capture(new_order().key, request_id="s1", patience_seconds=0.2)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_bad_argument_is_a_refusal_with_its_field_and_remedy(payments, new_order):
    """What no message may hold never leaves the client, and is told as every refusal is."""
    with pytest.raises(PaymentError) as refused:
        await payments.capture(new_order().key, request_id="with a space")
    [refusal] = refused.value.refusals
    assert refusal.field == "request_id"
    assert refusal.remedy


@pytest.mark.asyncio(loop_scope="session")
async def test_a_payment_that_closed_and_is_signalled_is_seen_all_the_same(payments, new_order, card):
    """A run that has not looked into the ledger yet is asked again, and never taken for an unknown order."""
    order = new_order()
    await payments.authorize(order, card)
    await payments.void(order.key, request_id="v1")
    for number in range(5):
        await payments.signal_void(order.key, Void(request_id=f"late-{number}"))
        view = await payments.view(order.key)
        assert view is not None
        assert view.state is PaymentState.VOIDED


@pytest.mark.asyncio(loop_scope="session")
async def test_without_a_worker_a_refund_says_that_nobody_answered(unheard, new_order):
    """A refund that nobody takes up is no success and no refusal: the caller is told to ask again."""
    with pytest.raises(NoAnswer, match="ask again"):
        await unheard.refund(new_order().key, request_id="r1", patience_seconds=0.2)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("named", "field"), [({"request_id": "with a space"}, "request_id"), ({"reason": "x" * 257}, "reason")]
)
async def test_a_refund_that_no_message_may_hold_never_leaves_the_client(payments, new_order, named, field):
    """It is told as every refusal is, with its field and remedy."""
    with pytest.raises(PaymentError) as refused:
        await payments.refund(new_order().key, **{"request_id": "r1", **named})
    [refusal] = refused.value.refusals
    assert refusal.field == field
    assert refusal.remedy


@pytest.mark.asyncio(loop_scope="session")
async def test_a_payment_that_closed_is_refunded_all_the_same(payments, new_order, card):
    """A refund by update, and one by signal, take a closed payment up from its ledger, each once."""
    order = new_order(10_000)
    await payments.authorize(order, card)
    await payments.capture(order.key, request_id="s1")
    await _until(payments, order, PaymentState.COLLECTED)
    part = order.total.with_amount(4_000)
    answer = await payments.refund(order.key, request_id="r1", amount=part)
    assert (answer.result, answer.amount) == (CommandResult.DONE, part)
    await _until(payments, order, PaymentState.PARTIALLY_REFUNDED)
    for _ in range(3):
        await payments.signal_refund(order.key, Refund(request_id="r2"))
    view = await _until(payments, order, PaymentState.REFUNDED)
    assert [refund.amount.amount_minor for refund in view.refunds] == [4_000, 6_000]


async def _until(payments, order, state):
    for _ in range(150):
        view = await payments.view(order.key)
        if view is not None and view.state is state:
            return view
        await asyncio.sleep(0.2)
    raise AssertionError(f"it never was {state}")


async def test_what_a_newer_worker_adds_is_ignored(new_order):
    """Within version 1 fields are only added: a client that does not know them reads what it knows."""

    class NewerWorker:
        async def execute_update_with_start_workflow(self, _name, _ask, **_more):
            amount = {"amount_minor": 100, "currency": "EUR", "in_words": "one euro"}
            return {"result": "done", "state": "capture_requested", "amount": amount, "since": "next year"}

    answer = await PaymentClient(NewerWorker()).capture(new_order().key, request_id="s1")
    assert (answer.result, answer.amount.amount_minor) == (CommandResult.DONE, 100)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_question_that_came_ahead_is_asked_again(payments, new_order, card, monkeypatch):
    """A busy worker refuses a question that came ahead of a task; another failure of a question is told."""
    order = new_order()
    await payments.authorize(order, card)
    once, refusals = WorkflowHandle.query, [ASK_AGAIN, ASK_AGAIN, "broken"]

    async def refused(self, *args, **more):
        if refusals:
            raise WorkflowQueryFailedError(refusals.pop(0))
        return await once(self, *args, **more)

    monkeypatch.setattr(WorkflowHandle, "query", refused)
    with pytest.raises(WorkflowQueryFailedError, match="broken"):
        await payments.view(order.key)
    refusals.append(ASK_AGAIN)
    assert (await payments.view(order.key)).state is PaymentState.AUTHORIZED
    assert not refusals
