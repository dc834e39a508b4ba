"""Two workers at once on one queue, one ledger and one provider."""

import asyncio
import sys

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from devstack.processes import Child
from devstack.stack import worker_environment
from payments.commands import Capture, Void
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import AuthorizationResult
from tests.support.witnesses import collected, declined, released
from workflows.contract import QUEUE

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORDERS = 40


async def _pollers(temporal) -> int:
    """Count the processes that ask for workflow tasks."""
    ask = DescribeTaskQueueRequest(
        namespace=temporal.namespace,
        task_queue=TaskQueue(name=QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await temporal.workflow_service.describe_task_queue(ask)
    return len({poller.identity for poller in answer.pollers})


@pytest_asyncio.fixture(loop_scope="session")
async def second_worker(stack, temporal):
    """Another worker beside the stack's own, at work."""
    alone = await _pollers(temporal)
    command = [sys.executable, "-m", "worker"]
    log = stack.layout.folder / "logs" / "worker-2.log"
    child = Child("the second worker", command, log, worker_environment(stack.layout))
    await child.start()
    try:
        async with asyncio.timeout(60):
            while await _pollers(temporal) <= alone:  # noqa: ASYNC110 (another process is looked at)
                await asyncio.sleep(0.1)
        yield child
        child.must_run()
    finally:
        await child.stop()


@pytest.mark.usefixtures("second_worker")
async def test_two_workers_do_each_thing_once(temporal, payments, witnesses, new_order, card):
    """Of forty orders at once, each asked for twice, every one has its payment, and all witnesses agree."""
    no = PaymentInstruction(token="token-mastercard-declined")
    orders = [new_order(40_000 + n, *(["JPY"] if n % 5 == 0 else [])) for n in range(ORDERS)]
    fates = [("shipped", "cancelled", "shipped", "declined")[n % 4] for n in range(ORDERS)]

    async def play(order, fate):
        pays = no if fate == "declined" else card
        for answer in await asyncio.gather(*(payments.authorize(order, pays, patience_seconds=10) for _ in range(2))):
            told = answer
            while told.result in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}:
                told = await payments.authorize(order, pays, patience_seconds=10)
        if fate == "shipped":
            shipment = Capture(request_id="shipment-1")
            await asyncio.gather(*(payments.signal_capture(order.key, shipment) for _ in range(2)))
            await witnesses.until(order, PaymentState.COLLECTED, seconds=60)
        elif fate == "cancelled":
            cancelled = Void(request_id="cancelled")
            await asyncio.gather(*(payments.signal_void(order.key, cancelled) for _ in range(2)))
            await witnesses.until(order, PaymentState.VOIDED, seconds=60)
        else:
            await witnesses.until(order, PaymentState.DECLINED)

    await asyncio.gather(*(play(order, fate) for order, fate in zip(orders, fates, strict=True)))
    expected = {"shipped": collected, "cancelled": released, "declined": lambda _: declined()}
    effects = {
        "shipped": ["payments.create", "payments.approve"],
        "cancelled": ["payments.create", "payments.cancel"],
        "declined": ["payments.create"],
    }
    for order, fate in zip(orders, fates, strict=True):
        await witnesses.agree_on(order, expected[fate](order))
        assert await witnesses.effects(order) == effects[fate]
    assert await _who_worked(temporal, orders) == 2


async def _who_worked(temporal, orders) -> int:
    """Count the processes that took workflow tasks: with one of them idle the test would prove nothing."""
    identities = set()
    for order in orders:
        async for event in temporal.get_workflow_handle(order.key.workflow_id).fetch_history_events():
            if event.HasField("workflow_task_completed_event_attributes"):
                identities.add(event.workflow_task_completed_event_attributes.identity)
    return len(identities)
