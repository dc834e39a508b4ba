"""Record the demo's stories as histories to replay: `python -m tests.replay.record`.

Run it when a change to the workflow is meant to change histories, and add the digests it prints to CHANGELOG.md.
"""

import asyncio
import hashlib
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from devstack.stories import STORIES, Stage
from starter import PaymentClient

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


async def record() -> None:
    """Play each story on a stack of its own and keep its history."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Layout(Path(folder), *free_ports(3)))
        try:
            client = await stack.start()
            async with SimulatorControl(stack.layout.simulator_url) as simulator:
                stage = Stage(PaymentClient(client, asked_by="recording"), simulator)
                await asyncio.gather(*(story.play(stage, story.order(1)) for story in STORIES))
            for story in STORIES:
                handle = client.get_workflow_handle(story.order(1).key.workflow_id)
                file = HISTORIES / story.file
                history = _without_this_machine(json.loads((await handle.fetch_history()).to_json()))
                file.write_text(json.dumps(history, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
                print(f"- history `{file.name}` is `{digest(file)}`")  # noqa: T201
        finally:
            await stack.stop()


if __name__ == "__main__":
    asyncio.run(record())
