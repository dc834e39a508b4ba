"""One order, one payment: whoever starts it again, however, whenever."""

import asyncio

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest, ResetWorkflowExecutionRequest
from temporalio.service import RPCError

from payments.commands import Capture
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.references import content_digest, idempotence_key, operation_id
from payments.states import PaymentState
from payments.view import AuthorizationResult
from starter import PaymentError
from tests.support.provider import DECLINED_TOKEN
from tests.support.raw import refusal, update

pytestmark = pytest.mark.asyncio(loop_scope="session")


def document_of(order: Order, payment: PaymentInstruction) -> dict:
    return {
        "order": order.model_dump(mode="json", exclude_none=True),
        "payment": payment.model_dump(mode="json", exclude_none=True),
    }


async def closed(temporal, order):
    await asyncio.wait_for(temporal.get_workflow_handle(order.key.workflow_id).result(), 10)


async def deleted(temporal, order, runs):
    handle = temporal.get_workflow_handle(order.key.workflow_id)
    for run_id in runs:
        await temporal.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(
                namespace=temporal.namespace,
                workflow_execution=WorkflowExecution(workflow_id=order.key.workflow_id, run_id=run_id),
            )
        )
    for _ in range(100):
        try:
            await handle.describe()
        except RPCError:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the workflow was not deleted")


async def run_of(temporal, order):
    return (await temporal.get_workflow_handle(order.key.workflow_id).describe()).run_id


async def test_many_starts_at_once_authorize_once(bench, new_order, card):
    """Twenty concurrent starts of one order make one payment at the provider, and each learns of the same one."""
    order = new_order()
    answers = await asyncio.gather(*(bench.payments.authorize(order, card) for _ in range(20)))
    assert {a.result for a in answers} == {AuthorizationResult.AUTHORIZED}
    assert len({a.transaction_id for a in answers}) == 1
    assert bench.provider.effects[order.order_id, "authorize"] == 1


@pytest.mark.parametrize("token", ["token-approved", DECLINED_TOKEN])
async def test_a_second_start_tells_the_truth_and_charges_nobody(bench, new_order, token):
    """Started again while it runs, after it closed and after it was deleted, an order keeps its one payment."""
    payments, temporal = bench.payments, bench.temporal
    order, instruction = new_order(), PaymentInstruction(token=token, window_seconds=1)
    first = await payments.authorize(order, instruction)
    runs = {await run_of(temporal, order)}
    declined = token == DECLINED_TOKEN
    assert first.result is (AuthorizationResult.DECLINED if declined else AuthorizationResult.AUTHORIZED)
    document = document_of(order, instruction)
    ask = {"digest": content_digest(document)}

    async def start_again():
        # Without an update id of its own the first answer would be given again, and no run begun.
        return await update(temporal, order.key.workflow_id, "authorization", ask, start=document)

    again = [await start_again()]
    await closed(temporal, order)
    runs.add(await run_of(temporal, order))
    again.append(await start_again())
    await closed(temporal, order)
    runs.add(await run_of(temporal, order))
    assert len(runs) > 1
    await deleted(temporal, order, runs)
    again.append(await start_again())
    # Its window has ended meanwhile: who asks again must not ship.
    told = [AuthorizationResult.DECLINED] * 3 if declined else [first.result, *[AuthorizationResult.RELEASED] * 2]
    for answer, result in zip(again, told, strict=True):
        assert (answer["result"], answer["transaction_id"]) == (result, first.transaction_id)
        assert answer["authorization_code"] == first.authorization_code
    assert len(bench.provider.called(order.order_id, "authorize")) == 1
    assert len(bench.provider.of_order(order.order_id)) == 1


async def test_another_amount_for_the_same_order_is_refused(payments, temporal, simulator, new_order, card):
    """The same order with another amount is refused in words, while the first runs and after it closed."""
    order = new_order(5_000)
    other = order.model_copy(update={"total": order.total.with_amount(5_001)})
    short = card.model_copy(update={"window_seconds": 1})
    await payments.authorize(order, short)
    with pytest.raises(PaymentError) as running:
        await payments.authorize(other, short)
    await closed(temporal, order)
    with pytest.raises(PaymentError) as after:
        await payments.authorize(other, short)
    for refused in (running.value, after.value):
        [refusal_] = refused.refusals
        assert (refusal_.code, refusal_.field) == ("another_order", "digest")
        assert refusal_.remedy
    [line] = await simulator.books(f"main-{order.order_id}-")
    assert line.authorized == 5_000


async def test_a_client_that_lies_about_the_digest_is_refused(temporal, simulator, new_order, card):
    """The digest is computed anew from the start: an update with that of another content does not pass for it."""
    order = new_order(5_000)
    document = document_of(order, card)
    lie = content_digest(document_of(new_order(9_999), card))
    refused = await refusal(
        temporal, order.key.workflow_id, "authorization", {"digest": lie, "patience_seconds": 1}, start=document
    )
    assert refused.type == "another_order"
    honest = await update(
        temporal, order.key.workflow_id, "authorization", {"digest": content_digest(document)}, start=document
    )
    assert honest["result"] == "authorized"
    assert len(await simulator.books(f"main-{order.order_id}-")) == 1


async def test_a_reset_to_its_beginning_pays_nothing_twice(bench, new_order, card):
    """Reset to its first task, a payment finds every operation under the name it had, and sends none again."""
    order = new_order()
    await bench.payments.authorize(order, card)
    await bench.payments.signal_capture(order.key, Capture(request_id="s1"))
    await bench.until(order.key, PaymentState.CAPTURE_REQUESTED)
    before = [i.operation.operation_id for i in await bench.queries.intents(order.key)]
    handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
    run_id = (await handle.describe()).run_id
    await bench.temporal.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=bench.temporal.namespace,
            workflow_execution=WorkflowExecution(workflow_id=order.key.workflow_id, run_id=run_id),
            reason="a test",
            workflow_task_finish_event_id=3,
            request_id=f"reset-{order.order_id}",
        )
    )
    view = await bench.until(order.key, PaymentState.CAPTURE_REQUESTED)
    assert (await handle.describe()).run_id != run_id
    await bench.payments.capture(order.key, request_id="s1")
    assert [i.operation.operation_id for i in await bench.queries.intents(order.key)] == before
    assert bench.provider.effects[order.order_id, "authorize"] == 1
    assert bench.provider.effects[order.order_id, "capture"] == 1
    [sent] = bench.provider.called(order.order_id, "authorize")
    assert sent.key == idempotence_key("main", operation_id(order.key, "authorize", "@start"), 1)
    assert view.attention == ()


async def test_a_capture_that_finds_no_start_leaves_the_authorization_to_the_client(
    payments, temporal, new_order, card
):
    """A command for an order nobody opened is answered and claims nothing; the authorization then goes through."""
    order = new_order()
    refused = await payments.capture(order.key, request_id="s1")
    assert (refused.result, refused.refusal.code) == ("refused", "unknown_order")
    await closed(temporal, order)
    races = [
        asyncio.gather(payments.signal_capture(o.key, Capture(request_id="s1")), payments.authorize(o, card))
        for o in (new_order() for _ in range(8))
    ]
    for _, answer in await asyncio.gather(*races):
        assert answer.result is AuthorizationResult.AUTHORIZED
    assert (await payments.authorize(order, card)).result is AuthorizationResult.AUTHORIZED


async def test_an_authorization_that_lands_in_a_run_without_a_start_is_told_so(temporal, new_order, card):
    """A run that another message began, for an order without a payment, refuses an authorization as `not_started`."""
    order = new_order()
    digest = content_digest(document_of(order, card))
    refused = await refusal(temporal, order.key.workflow_id, "authorization", {"digest": digest})
    assert refused.type == "not_started"
    assert "again" in str(refused)


async def test_the_start_of_another_order_is_refused(temporal, simulator, new_order, card):
    """An order started under another order's workflow id is refused, with the field and the right id."""
    order, other = new_order(), new_order()
    document = document_of(order, card)
    answer = await update(
        temporal, other.key.workflow_id, "authorization", {"digest": content_digest(document)}, start=document
    )
    assert answer["result"] == "refused"
    [told] = answer["refusals"]
    assert told["field"] == "order.order_id"
    assert order.key.workflow_id in told["message"]
    assert await simulator.books(f"main-{order.order_id}-") == []
    assert await simulator.books(f"main-{other.order_id}-") == []
