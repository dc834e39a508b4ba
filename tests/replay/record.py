"""Record the demo's stories as histories to replay: `python -m tests.replay.record [FILE ...]`.

With `woken`, `told` or `waiting` it records payments that are no story of the demo: one that is woken by the provider's
events alone, one whose order service is told, those whose capture is taken back or planned or whose window is moved.
Run it when a change to the workflow is meant to change histories, and add the digests it prints to CHANGELOG.md.
"""

import asyncio
import hashlib
import json
import re
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client

from devstack.order_service import OrderService
from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from devstack.stories import STORIES, Stage
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.states import PaymentState
from starter import PaymentClient
from tests.support.orders import order as build_order

HISTORIES = Path(__file__).parent / "histories"


def digest(file: Path) -> str:
    """Return what CHANGELOG.md lists a history by."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


# A process is named by its number and its host, alone or in the name of its own task queue.
_PROCESS = re.compile(r"[0-9]+@[^ ]+")


def _without_this_machine(value: Any) -> Any:
    """Leave out where it was recorded: stack traces and process names play no part in a replay."""
    if isinstance(value, dict):
        return {name: _without_this_machine(inner) for name, inner in value.items() if name != "stackTrace"}
    if isinstance(value, list):
        return [_without_this_machine(inner) for inner in value]
    return "recorded" if isinstance(value, str) and _PROCESS.fullmatch(value) else value


# Shipped, and told of by a gateway: no look by itself would come in time.
WOKEN = "8-woken.json"


async def record_woken() -> None:
    """Play one order whose capture is noticed by its events, and keep its history."""
    order = build_order("FR2611008-1", 24_759, "USD")
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder), *free_ports(4), follow_seconds=600)
        stack = Stack(layout)
        try:
            client = await stack.start()
            payments = PaymentClient(client, asked_by="recording")
            await payments.authorize(order, PaymentInstruction(token="token-visa-approved"))
            await payments.capture(order.key, request_id="shipment-1")
            await _until(payments, order, PaymentState.COLLECTED)
            await _keep(client, order, HISTORIES / WOKEN)
        finally:
            await stack.stop()


# Shipped, its first answers lost, and the order service told of each step.
TOLD = "1-told.json"
# As many as leave the authorization unknown for a moment.
LOST_ANSWERS = 3


async def record_told() -> None:
    """Play one order whose service is told, and keep its history."""
    order = build_order("FR2611001-1", 24_759, "USD")
    with tempfile.TemporaryDirectory() as folder, OrderService(Path(folder) / "order-service.jsonl") as shop:
        layout = Layout(Path(folder), *free_ports(3), callback_url=shop.url)
        stack = Stack(layout)
        try:
            client = await stack.start()
            payments = PaymentClient(client, asked_by="recording")
            async with SimulatorControl(layout.simulator_url) as simulator:
                await simulator.fault(
                    fault="drop_after",
                    operation="payments.create",
                    count=LOST_ANSWERS,
                    merchant_reference_prefix=f"main-{order.order_id}-",
                )
                await payments.authorize(order, PaymentInstruction(token="token-visa-approved"))
                await _until(payments, order, PaymentState.AUTHORIZED)
            await payments.capture(order.key, request_id="shipment-1")
            await _until(payments, order, PaymentState.COLLECTED)
            async with asyncio.timeout(60):
                while shop.state(order.order_id) != PaymentState.COLLECTED:  # noqa: ASYNC110 (it hears by itself)
                    await asyncio.sleep(0.1)
            await client.get_workflow_handle(order.key.workflow_id).result()
            await _keep(client, order, HISTORIES / TOLD)
        finally:
            await stack.stop()


TAKEN_BACK, PLANNED, WINDOW = "9-taken-back.json", "9-planned.json", "9-window-moved.json"


async def record_waiting() -> None:
    """Play a capture that is taken back and refunded instead, one that is planned, and a window that is moved."""
    taken_back, planned, moved = (build_order(f"FR2611009-{n}", 24_759, "USD") for n in (1, 2, 3))
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Layout(Path(folder), *free_ports(3), capture_delay_seconds=30, follow_seconds=600))
        try:
            client = await stack.start()
            payments = PaymentClient(client, asked_by="recording")
            card = PaymentInstruction(token="token-visa-approved")
            for order in (taken_back, planned):
                await payments.authorize(order, card)
            await payments.authorize(moved, card.model_copy(update={"window_seconds": 8}))
            await payments.change_window(moved.key, request_id="supplier-late", window_seconds=14)
            in_a_moment = datetime.now(UTC) + timedelta(seconds=4)
            await payments.schedule_capture(planned.key, request_id="ships-soon", at=in_a_moment)
            for request in ("shipment-1", "shipment-2"):
                await payments.capture(taken_back.key, request_id=request)
                if request == "shipment-1":
                    await payments.take_back_capture(taken_back.key, request_id="parcel-stays")
            await payments.refund(taken_back.key, request_id="cancelled-after-all")
            await _until(payments, taken_back, PaymentState.VOIDED)
            await _until(payments, planned, PaymentState.CAPTURE_REQUESTED)
            await payments.take_back_capture(planned.key, request_id="not-so-soon")
            await payments.void(planned.key, request_id="never")
            await _until(payments, planned, PaymentState.VOIDED)
            await _until(payments, moved, PaymentState.VOIDED)
            for order, file in ((taken_back, TAKEN_BACK), (planned, PLANNED), (moved, WINDOW)):
                await _keep(client, order, HISTORIES / file)
        finally:
            await stack.stop()


_RECORDINGS = {"woken": record_woken, "told": record_told, "waiting": record_waiting}


async def _until(payments: PaymentClient, order: Order, state: PaymentState) -> None:
    async with asyncio.timeout(60):
        while (view := await payments.view(order.key)) is None or view.state is not state:  # noqa: ASYNC110 (a query)
            await asyncio.sleep(0.1)


async def record(*names: str) -> None:
    """Play each story, or those of these files, on a stack of its own and keep their histories."""
    stories = [story for story in STORIES if not names or story.file in names]
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Layout(Path(folder), *free_ports(3)))
        try:
            client = await stack.start()
            async with SimulatorControl(stack.layout.simulator_url) as simulator:
                stage = Stage(PaymentClient(client, asked_by="recording"), simulator)
                await asyncio.gather(*(story.play(stage, story.order(1)) for story in stories))
            for story in stories:
                await _keep(client, story.order(1), HISTORIES / story.file)
        finally:
            await stack.stop()


async def _keep(client: Client, order: Order, file: Path) -> None:
    handle = client.get_workflow_handle(order.key.workflow_id)
    history = _without_this_machine(json.loads((await handle.fetch_history()).to_json()))
    written = json.dumps(history, indent=1, ensure_ascii=False) + "\n"
    await asyncio.to_thread(file.write_text, written, encoding="utf-8")
    print(f"- history `{file.name}` is `{digest(file)}`")  # noqa: T201


if __name__ == "__main__":
    alone = _RECORDINGS.get("".join(sys.argv[1:]))
    asyncio.run(alone() if alone else record(*sys.argv[1:]))
