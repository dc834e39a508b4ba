"""Queries wait while a local activity runs: answered meanwhile, they could leave a history that does not replay.

A query may come along with a workflow task, and is asked while the task's local activity still runs. If that one ends
before the query's answer is back, the SDK completes the task with the answer, and tells the workflow of its local
activity in another task: later by the clock and together with what came since. A replay tells it at once. What the
workflow then decides by the clock or by its messages differs, and its payment stands still.
Source: `prepare_complete_resp` in the SDK's core (managed_run.rs), which forces a new task exactly there.

To give such a query no answer loses nothing: once the task is completed the server asks it anew, by itself.
"""

from collections.abc import Sequence
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import Success, WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import Info

# The id of a query that comes alone, in a task of its own: it disturbs nothing and has no other chance.
ALONE = "legacy_query"


class QueriesWait(WorkflowRunner):
    """Runs workflows as another runner does, and has their queries wait."""

    def __init__(self, runner: WorkflowRunner) -> None:
        self._runner = runner

    def prepare_workflow(self, defn: Any) -> None:  # noqa: ANN401 (the SDK's type is private)
        """Prepare what the other runner needs."""
        self._runner.prepare_workflow(defn)

    def set_worker_level_failure_exception_types(self, types: Sequence[type[BaseException]]) -> None:
        """Pass them on."""
        self._runner.set_worker_level_failure_exception_types(types)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Create the other runner's instance, behind one that lets queries wait."""
        return _Waiting(self._runner.create_instance(det))


class _Waiting(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance
        self._running: set[int] = set()
        """The local activities whose end the workflow was not told of."""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        if self._running and _asks_only(act):
            return WorkflowActivationCompletion(run_id=act.run_id, successful=Success())
        self._running -= {
            job.resolve_activity.seq
            for job in act.jobs
            if job.HasField("resolve_activity") and job.resolve_activity.is_local
        }
        completion = self._instance.activate(act)
        self._running |= {
            command.schedule_local_activity.seq
            for command in completion.successful.commands
            if command.HasField("schedule_local_activity")
        }
        return completion

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:  # noqa: ANN401 (as above)
        return self._instance.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ANN401 (as above)
        return self._instance.get_external_store_context(command_info)

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()


def _asks_only(act: WorkflowActivation) -> bool:
    return bool(act.jobs) and all(
        job.HasField("query_workflow") and job.query_workflow.query_id != ALONE for job in act.jobs
    )


def production_runner() -> WorkflowRunner:
    """Return what runs workflows on a real server: queries wait for local activities, and nothing is sandboxed.

    The sandbox costs a third of a worker's time; import rules, tests and replays guard what it would.
    """
    return QueriesWait(UnsandboxedWorkflowRunner())
