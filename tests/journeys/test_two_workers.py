"""Two workers at once on one queue, one ledger and one provider."""

import asyncio
import sys

import pytest
import pytest_asyncio

from devstack.processes import Child
from devstack.stack import worker_environment
from payments.commands import Capture, Void
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import AuthorizationResult
from tests.support.witnesses import collected, declined, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

ORDERS = 40


@pytest_asyncio.fixture(loop_scope="session")
async def second_worker(stack):
    """Another worker beside the stack's own."""
    command = [sys.executable, "-m", "worker"]
    log = stack.layout.folder / "logs" / "worker-2.log"
    child = Child("the second worker", command, log, worker_environment(stack.layout))
    await child.start()
    yield child
    child.must_run()
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
    effects = {"shipped": ["create", "approve"], "cancelled": ["create", "cancel"], "declined": ["create"]}
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
