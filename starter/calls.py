"""How messages reach a payment's workflow: each goes with start, and is asked again where only the run was wrong."""

import asyncio
import contextlib
from typing import Any, TypeVar

from pydantic import BaseModel
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import TypedSearchAttributes, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from payments.references import PaymentKey
from runtime.temporal import TASK_TIMEOUT
from starter import errors
from starter.errors import NoAnswer
from workflows import contract

A = TypeVar("A", bound=BaseModel)

# Refused because the run had been started by another message, or closed while the question came in: asked again, it
# starts or joins the right one.
_ASK_AGAIN = {contract.NOT_STARTED, "AcceptedUpdateCompletedWorkflow"}
_TIMES_TO_ASK_AGAIN = 5
# The payment's first task failed, or a busy worker lost it: the server gives the update up, the payment goes on.
_SERVER_GAVE_UP = {
    RPCStatusCode.ABORTED,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.RESOURCE_EXHAUSTED,
    RPCStatusCode.UNAVAILABLE,
}


class Calls:
    """Messages to the payments of one Temporal namespace."""

    def __init__(self, temporal: Client, silence_seconds: float) -> None:
        self._temporal = temporal
        self._silence_seconds = silence_seconds

    async def take_up(self, key: PaymentKey, **signal: Any) -> None:  # noqa: ANN401 (the SDK's own arguments)
        """Join the payment's run, or begin one that resumes from the ledger; a signal goes with it."""
        await self._temporal.start_workflow(
            contract.WORKFLOW,
            None,
            id=key.workflow_id,
            task_queue=contract.QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=TASK_TIMEOUT,
            **signal,
        )

    async def update_with_start(
        self,
        key: PaymentKey,
        name: str,
        ask: contract.AuthorizationAsk | contract.ReturnAsk | contract.AnyAsk,
        answer: type[A],
        *,
        update_id: str | None = None,
        start: Any = None,  # noqa: ANN401 (JSON)
        search_attributes: TypedSearchAttributes | None = None,
        summary: str | None = None,
    ) -> A:
        """Ask by update and read the answer. Raises NoAnswer when nobody answers in time, PaymentError if refused."""
        asked = 0
        while True:
            asked += 1
            operation: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
                contract.WORKFLOW,
                start,
                id=key.workflow_id,
                task_queue=contract.QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                task_timeout=TASK_TIMEOUT,
                search_attributes=search_attributes,
                static_summary=summary,
            )
            try:
                # The SDK repeats a call past its own time limits, so they are no patience.
                async with asyncio.timeout(ask.patience_seconds + self._silence_seconds):
                    told = await self._temporal.execute_update_with_start_workflow(
                        name,
                        ask.model_dump(mode="json", exclude_none=True),
                        start_workflow_operation=operation,
                        id=update_id if asked == 1 else None,
                        result_type=dict,
                    )
            except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as silence:
                await _forget(operation)
                waited = f"{ask.patience_seconds + self._silence_seconds:g}"
                raise NoAnswer(f"No worker answered within {waited} s. What was asked stands; ask again.") from silence
            except WorkflowUpdateFailedError as failed:
                cause = failed.cause
                if isinstance(cause, ApplicationError):
                    if cause.type in _ASK_AGAIN and asked < _TIMES_TO_ASK_AGAIN:
                        await asyncio.sleep(0.05 * asked)
                        continue
                    raise errors.refused(cause) from failed
                raise
            except RPCError as busy:
                await _forget(operation)
                if busy.status in _SERVER_GAVE_UP and asked < _TIMES_TO_ASK_AGAIN:
                    await asyncio.sleep(0.2 * asked)
                    continue
                raise
            return read_answer(answer, told)


def read_answer(model: type[A], told: object) -> A:
    """Read an answer. A newer worker may tell more than this client knows: within version 1 fields are only added."""
    return model.model_validate(told, extra="ignore")


async def _forget(operation: WithStartWorkflowOperation[Any, Any]) -> None:
    """Take the end of a call that failed, which the SDK keeps for whoever asks; a caller's cancelling passes."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
    with contextlib.suppress(asyncio.CancelledError, RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
        await operation.workflow_handle()
