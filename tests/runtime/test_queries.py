"""A query leaves a history that replays: one that comes along with a task, and one that comes ahead of it."""

import asyncio
import time
import uuid
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import Success, WorkflowActivationCompletion
from temporalio.client import WorkflowHandle
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker, WorkflowInstance, WorkflowRunner
from temporalio.workflow import NondeterminismError

from runtime.queries import ASK_AGAIN, QueriesWait, production_runner

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERS_AFTER_SECONDS = 0.6
RUNS_SECONDS = 0.1
LATE = timedelta(seconds=0.3)


@activity.defn
async def brief() -> None:
    """Take less time than the workflow's query."""
    await asyncio.sleep(RUNS_SECONDS)


@workflow.defn
class DecidesByTheClock:
    """Once told to go it runs a local activity, and goes on by how late it is then."""

    def __init__(self) -> None:
        self._told = False
        self._ends = False

    @workflow.run
    async def run(self) -> None:
        """Decide as a payment whose window ends does."""
        await workflow.wait_condition(lambda: self._told)
        since = workflow.now()
        await workflow.execute_local_activity(brief, start_to_close_timeout=timedelta(seconds=5))
        if workflow.now() - since < LATE:
            await workflow.wait_condition(lambda: self._ends, timeout=timedelta(hours=1))
        else:
            await workflow.execute_activity(brief, start_to_close_timeout=timedelta(seconds=5))

    @workflow.signal
    def go(self) -> None:
        """Begin."""
        self._told = True

    @workflow.signal
    def end(self) -> None:
        """Wait no longer."""
        self._ends = True

    @workflow.query
    def slow(self) -> str:
        """Answer late, as on a machine that is busy."""
        time.sleep(ANSWERS_AFTER_SECONDS)
        return "answered"


async def _asked_along_with_the_task(client, runner: WorkflowRunner) -> tuple[str, WorkflowHandle]:
    """Have a query come along with the task that runs the local activity; return its answer."""
    queue = uuid.uuid4().hex

    def worker() -> Worker:
        return Worker(
            client, task_queue=queue, workflows=[DecidesByTheClock], activities=[brief], workflow_runner=runner
        )

    async with worker():
        handle = await client.start_workflow(DecidesByTheClock.run, id=queue, task_queue=queue)
        await handle.query(DecidesByTheClock.slow)
    await handle.signal(DecidesByTheClock.go)
    asking = asyncio.create_task(handle.query(DecidesByTheClock.slow))
    await asyncio.sleep(0.2)
    async with worker():
        answer = await asking
        await handle.signal(DecidesByTheClock.end)
        await handle.result()
    return answer, handle


async def _replay(handle: WorkflowHandle) -> None:
    replayer = Replayer(workflows=[DecidesByTheClock], workflow_runner=UnsandboxedWorkflowRunner())
    await replayer.replay_workflow(await handle.fetch_history())


async def test_it_waits_and_is_answered(temporal):
    """The server asks it anew by itself, and the history replays."""
    answer, handle = await _asked_along_with_the_task(temporal, production_runner())
    assert answer == "answered"
    await _replay(handle)


async def test_answered_at_once_it_leaves_a_history_that_does_not_replay(temporal):
    """What is worked around is still there: where this fails the SDK has mended it, and `QueriesWait` can go."""
    answer, handle = await _asked_along_with_the_task(temporal, UnsandboxedWorkflowRunner())
    assert answer == "answered"
    with pytest.raises(NondeterminismError):
        await _replay(handle)


class Told(WorkflowInstance):
    """Takes down what a workflow is told."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        self.jobs += [job.WhichOneof("variant") for job in act.jobs]
        return WorkflowActivationCompletion(run_id=act.run_id, successful=Success())

    def get_serialization_context(self, _command_info: object) -> None:
        return None

    get_external_store_context = get_info = get_thread_id = get_serialization_context


class TellsIt(WorkflowRunner):
    """Runs no workflow."""

    def __init__(self, told: Told) -> None:
        self.told = told

    def prepare_workflow(self, _defn: object) -> None:
        """Nothing is needed."""

    def create_instance(self, _det: object) -> WorkflowInstance:
        return self.told


def _activation(second: int, length: int, job: str, *, is_replaying: bool = False) -> WorkflowActivation:
    act = WorkflowActivation(run_id="r", history_length=length, is_replaying=is_replaying)
    act.timestamp.FromSeconds(second)
    getattr(act.jobs.add(), job).SetInParent()
    return act


@pytest.mark.parametrize(
    ("act", "is_told"),
    [
        (_activation(9, 12, "signal_workflow"), True),
        (_activation(5, 12, "signal_workflow"), False),
        (_activation(5, 7, "query_workflow"), True),
        (_activation(5, 12, "signal_workflow", is_replaying=True), True),
    ],
    ids=["another task", "more history and no other task", "a question", "a replay"],
)
async def test_what_comes_ahead_of_its_task_is_refused(act, is_told):
    """The workflow is told nothing of it, and who asks is told to ask again."""
    told = Told()
    instance = QueriesWait(TellsIt(told)).create_instance(None)
    instance.activate(_activation(5, 7, "signal_workflow"))
    completion = instance.activate(act)
    assert (len(told.jobs) == 2) is is_told
    assert completion.failed.failure.message == ("" if is_told else ASK_AGAIN)


async def test_after_a_local_activity_it_is_refused_too():
    """The end of a local activity has a later time than its task began."""
    told = Told()
    instance = QueriesWait(TellsIt(told)).create_instance(None)
    for act in (_activation(5, 7, "signal_workflow"), _activation(6, 7, "resolve_activity")):
        instance.activate(act)
    for second in (5, 6):
        assert instance.activate(_activation(second, 12, "signal_workflow")).failed.failure.message == ASK_AGAIN
    assert told.jobs == ["signal_workflow", "resolve_activity"]
