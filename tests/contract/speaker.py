"""A client as any language would write one: names, JSON and the digest's recipe. Nothing of ours is imported."""

import hashlib
import json
from pathlib import Path
from typing import Any

import rfc8785
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

MESSAGES = Path(__file__).parent / "messages"
# What differs from run to run stands in the examples as one value that it once had.
CHANGING = ("transaction_id", "expires_at", "waits_until", "redirect_url", "may_retry_until")


def example(name: str) -> Any:
    """Return one message as the documentation shows it."""
    return json.loads((MESSAGES / f"{name}.json").read_text(encoding="utf-8"))


def digest_of(start: dict[str, Any]) -> str:
    """Compute the digest by hand: SHA-256 of the canonical JSON, without the encrypted card input."""
    payment = {name: value for name, value in start["payment"].items() if name != "encrypted_input"}
    return hashlib.sha256(rfc8785.dumps({"order": start["order"], "payment": payment})).hexdigest()


def as_example(answer: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the example's values where a value is another one each time."""
    return {name: shown.get(name) if name in CHANGING and value else value for name, value in answer.items()}


class Speaker:
    """Talks to one order's payment by name."""

    def __init__(self, client: Client, workflow_id: str) -> None:
        self._client = client
        self._id = workflow_id

    async def signal(self, name: str, message: Any) -> None:
        """Signal with start."""
        await self._client.start_workflow(
            "PaymentWorkflow",
            None,
            id=self._id,
            task_queue="payments",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal=name,
            start_signal_args=[message],
        )

    async def update(self, name: str, message: Any, *, start: Any = None, update_id: str | None = None) -> Any:
        """Update with start; the answer is plain JSON."""
        operation = WithStartWorkflowOperation(
            "PaymentWorkflow",
            start,
            id=self._id,
            task_queue="payments",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )
        return await self._client.execute_update_with_start_workflow(
            name, message, start_workflow_operation=operation, id=update_id
        )

    async def authorize(self, start: Any, ask: dict[str, Any]) -> Any:
        """Start or join."""
        return await self.update("authorization", ask, start=start, update_id=f"authorize-{ask['digest']}-1")

    async def refused(self, name: str, message: Any, *, start: Any = None) -> tuple[str, Any]:
        """Return type and details of the error by which an update is refused."""
        try:
            answer = await self.update(name, message, start=start)
        except WorkflowUpdateFailedError as failed:
            return failed.cause.type, (list(failed.cause.details) or [None])[0]
        raise AssertionError(f"it was not refused: {answer}")

    async def view(self) -> Any:
        """Query."""
        return await self._client.get_workflow_handle(self._id).query("payment")
