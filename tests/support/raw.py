"""Speaking to a payment as any Temporal SDK can: names and JSON, and whatever else a stranger sends."""

import asyncio
import json
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import RawValue, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError

JOIN: dict[str, Any] = {
    "task_queue": "payments",
    "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
    "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
}


def raw(data: bytes, encoding: bytes = b"json/plain") -> RawValue:
    """Return a payload of exactly these bytes."""
    return RawValue(Payload(metadata={"encoding": encoding}, data=data))


def as_json(document: object) -> RawValue:
    """Return a payload of a JSON document."""
    return raw(json.dumps(document).encode())


async def signal(client: Client, workflow_id: str, name: str, *args: Any) -> None:
    """Signal with start, whatever the arguments."""
    await client.start_workflow(
        "PaymentWorkflow", None, id=workflow_id, start_signal=name, start_signal_args=list(args), **JOIN
    )


async def update(client: Client, workflow_id: str, name: str, *args: Any, start: Any = None, **more: Any) -> Any:
    """Update with start, and return the answer as plain JSON."""
    operation = WithStartWorkflowOperation("PaymentWorkflow", start, id=workflow_id, **JOIN)
    asked = client.execute_update_with_start_workflow(
        name, args=list(args), start_workflow_operation=operation, result_type=dict, **more
    )
    return await asyncio.wait_for(asked, 20)


async def refusal(client: Client, workflow_id: str, name: str, *args: Any, start: Any = None) -> ApplicationError:
    """Return the error by which an update is refused."""
    try:
        answer = await update(client, workflow_id, name, *args, start=start)
    except WorkflowUpdateFailedError as failed:
        cause = failed.cause
        assert isinstance(cause, ApplicationError), cause
        return cause
    raise AssertionError(f"it was not refused: {answer}")
