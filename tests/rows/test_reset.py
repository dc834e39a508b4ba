"""A person turns a workflow back in Temporal: the payment goes on, and the provider is asked for nothing again."""

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import CommandResult
from tests.support.witnesses import collected

pytestmark = pytest.mark.asyncio(loop_scope="session")

PARTS = PaymentInstruction(token="token-visa-approved", account="parts")


async def reset(stage, order):
    """Turn an order's workflow back to the end of its first task."""
    handle = stage.temporal.get_workflow_handle(order.key.workflow_id)
    described = await handle.describe()
    tasks = [
        event.event_id
        async for event in handle.fetch_history_events()
        if event.HasField("workflow_task_completed_event_attributes")
    ]
    await stage.temporal.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=stage.temporal.namespace,
            workflow_execution=WorkflowExecution(workflow_id=described.id, run_id=described.run_id),
            reason="a test",
            workflow_task_finish_event_id=tasks[0],
            request_id=f"reset-{described.run_id}",
        )
    )


@pytest.mark.row("F40")
async def test_a_reset_repeats_nothing(real, fresh):
    """After a reset to its beginning the payment finds its own outcomes: the books do not move, and it can go on."""
    order = fresh(10_000)
    await real.payments.authorize(order, PARTS)
    await real.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(3_000))
    before = await real.witnesses.effects(order)
    assert before == ["payments.create", "payments.capture"]
    await reset(real, order)
    answer = await real.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(3_000))
    effects = [name for name in await real.witnesses.effects(order) if name != "payments.captures"]
    line = await real.books(order)
    assert (line.authorized, line.capture_requested) == (10_000, 3_000)
    assert effects == before
    assert answer.result is CommandResult.DONE
    rest = await real.payments.capture(order.key, request_id="s2")
    assert rest.amount == order.total.with_amount(7_000)
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, collected(order))
