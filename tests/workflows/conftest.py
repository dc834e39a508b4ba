"""What the tests of the workflow share: workbenches on a server whose time is skipped and on a real one."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from devstack.stack import TEMPORAL_DYNAMIC_CONFIG, Stack
from ledger.database import open_database
from ledger.queries import Queries
from starter.namespace import SEARCH_ATTRIBUTES
from tests.support.receiver import FakeReceiver
from tests.support.skipping import skipping_server, time_of
from tests.support.workbench import SetClock, TellTime, Workbench, workbench

SUGGESTED_AFTER = 100


@asynccontextmanager
async def skipping_bench(folder: Path, receiver: FakeReceiver | None = None) -> AsyncIterator[Workbench]:
    """Run a workbench on a server where a month passes in a moment."""
    clock, found = SetClock(), []

    async def time_of_server() -> datetime:
        return await time_of(found[0])

    async with skipping_server(TellTime(clock, time_of_server)) as env:
        found.append(env)
        async with workbench(env.client, folder, clock, env, receiver) as bench:
            yield bench


@pytest_asyncio.fixture(loop_scope="session")
async def skipping(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """A workbench on a server where a month passes in a moment.

    One for each test: whatever another one left open would have its own months to live through with every jump.
    """
    async with skipping_bench(tmp_path_factory.mktemp("skipping")) as bench:
        yield bench


@pytest_asyncio.fixture(loop_scope="session")
async def telling(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """The same with an order service that is told."""
    async with skipping_bench(tmp_path_factory.mktemp("telling"), FakeReceiver()) as bench:
        yield bench


@asynccontextmanager
async def real_bench(folder: Path, receiver: FakeReceiver | None = None) -> AsyncIterator[Workbench]:
    """Run a workbench on a real server, which suggests to continue as new after a hundred events."""
    clock = SetClock()

    async def now():
        return datetime.now(UTC)

    settings = (
        *TEMPORAL_DYNAMIC_CONFIG,
        f"limit.historyCount.suggestContinueAsNew={SUGGESTED_AFTER}",
        # A deletion waits until these have passed the workflow's end: half a minute by default.
        'history.transferProcessorUpdateAckInterval="200ms"',
        'history.visibilityProcessorUpdateAckInterval="200ms"',
    )
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_extra_args=[
            *(f"--dynamic-config-value={setting}" for setting in settings),
            *(f"--search-attribute={name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()),
        ],
        dev_server_log_level="never",
        data_converter=pydantic_data_converter,
        interceptors=[TellTime(clock, now)],
    )
    async with env, workbench(env.client, folder, clock, receiver=receiver) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """A workbench on a real server, where nobody is told."""
    async with real_bench(tmp_path_factory.mktemp("bench")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def telling_bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workbench]:
    """A workbench on a real server, with an order service that is told."""
    async with real_bench(tmp_path_factory.mktemp("telling-bench"), FakeReceiver()) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def books(stack: Stack) -> AsyncIterator[Queries]:
    """The ledger of the stack, for reading."""
    async with open_database(stack.layout.ledger) as database:
        yield Queries(database)
