"""Queries disturb nothing: two ways in which the SDK lets one leave a history that does not replay are closed here.

Along with a task: a query may come along with a workflow task, and is asked while the task's local activity still runs.
If that one ends before the query's answer is back, the SDK completes the task with the answer, and tells the workflow
of its local activity in another task: later by the clock and together with what came since. A replay tells it at once.
Source: `prepare_complete_resp` in the SDK's core (managed_run.rs), which forces a new task exactly there. To give such
a query no answer loses nothing: once the task is completed the server asks it anew, by itself.

Ahead of a task: a query that waited at the sticky queue of a busy worker comes alone, with the whole history. What
stands there behind the last task (signals, results) is told to the workflow at once, before the task that it belongs
to, and what comes after is told apart from it. A replay tells all of it together. Source: an incomplete sequence of
events at the end is applied like a task's (`take_next_wft_sequence` in history_update.rs). Such a query is refused,
with `ASK_AGAIN`, and the worker lets go of the run: its next task has the history from the start.

What the workflow then decides by the clock or by its messages would differ, and its payment would stand still.
"""

from collections.abc import Sequence
from typing import Any

from temporalio.api.failure.v1 import Failure as FailureMessage
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import Failure, Success, WorkflowActivationCompletion
from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import Info

# The id of a query that comes alone, in a task of its own: it disturbs nothing and has no other chance.
ALONE = "legacy_query"
# What a query fails with that came ahead of its task: nothing is wrong, and the next one is answered.
ASK_AGAIN = "This question came ahead of the payment's next task: ask it again."


class QueriesWait(WorkflowRunner):
    """Runs workflows as another runner does, and keeps their queries from disturbing them."""

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
        self._time = 0
        """The latest time that the workflow was told, in nanoseconds."""
        self._length = 0
        """How much of the history the workflow was told of."""

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        if self._running and _asks_only(act):
            return WorkflowActivationCompletion(run_id=act.run_id, successful=Success())
        if self._is_ahead(act):
            refused = Failure(failure=FailureMessage(message=ASK_AGAIN))
            return WorkflowActivationCompletion(run_id=act.run_id, failed=refused)
        self._length = act.history_length
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

    def _is_ahead(self, act: WorkflowActivation) -> bool:
        """Whether there is more history, but no later task that began: the workflow's time stands still then."""
        is_longer, time = act.history_length > self._length, act.timestamp.ToNanoseconds()
        is_later, self._time = time > self._time, max(time, self._time)
        return is_longer and not is_later and not act.is_replaying

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
