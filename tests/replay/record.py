"""Record the demo's stories as histories to replay: `python -m tests.replay.record [FILE ...]`.

With `woken` it records the one payment that is no story of the demo: woken by the provider's events alone. Run it when
a change to the workflow is meant to change histories, and add the digests it prints to CHANGELOG.md.
"""

import asyncio
import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from temporalio.client import Client

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
    asyncio.run(record_woken() if sys.argv[1:] == ["woken"] else record(*sys.argv[1:]))
