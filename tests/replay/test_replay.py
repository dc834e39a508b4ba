"""Payments that run today go on under tomorrow's code: recorded histories replay."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.replay.record import HISTORIES, WOKEN, digest
from tests.support.sandbox import sandbox
from workflows.payment import PaymentWorkflow

FILES = sorted(HISTORIES.glob("*.json"))
CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def test_each_story_of_the_demo_has_a_recorded_history():
    """A story without a history would be a change that nobody notices."""
    from devstack.stories import STORIES

    assert {file.name for file in FILES} == {story.file for story in STORIES} | {WOKEN}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file):
    """The workflow makes the same commands of the same history."""
    written = file.read_text(encoding="utf-8")
    started = WorkflowHistory.from_json("unknown", written).events[0].workflow_execution_started_event_attributes
    history = WorkflowHistory.from_json(started.workflow_id, written)
    replayer = Replayer(workflows=[PaymentWorkflow], data_converter=pydantic_data_converter, workflow_runner=sandbox())
    await replayer.replay_workflow(history)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_changed_history_has_a_line_in_the_changelog(file):
    """Whoever records a history anew says so: open payments of the old code may not replay under the new."""
    assert f"`{file.name}` is `{digest(file)}`" in CHANGELOG.read_text(encoding="utf-8")
