"""A Temporal server whose time is skipped, and ways of passing its time that a busy machine does not upset."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import temporalio.client
from google.protobuf.empty_pb2 import Empty
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.testservice.v1 import SleepRequest
from temporalio.client import WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from starter.namespace import SEARCH_ATTRIBUTES

_TYPES = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "KeywordList": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "Bool": IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
}
# Skipped in one call; a payment that asks every minute has many a question in it.
_AT_A_TIME = timedelta(days=1)
# The SDK's own half minute is too short: an activity that the server takes to be running holds its time for as long.
_LONGEST_CALL = timedelta(minutes=4)
_MOST_FAILURES = 3
# Of skipped time; no follower looks at the end of it.
_A_WHILE = timedelta(minutes=10)
_LET_END_SECONDS = 5


@asynccontextmanager
async def skipping_server(*interceptors: temporalio.client.Interceptor) -> AsyncIterator[WorkflowEnvironment]:
    """Run a server where a month passes in a moment, and which knows our search attributes."""
    env = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(Path(sys.executable).parent / "temporal-test-server"),
        data_converter=pydantic_data_converter,
        interceptors=interceptors,
    )
    async with env:
        await env.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=env.client.namespace,
                search_attributes={name: _TYPES[kind] for name, kind in SEARCH_ATTRIBUTES.items()},
            )
        )
        yield env


async def time_of(env: WorkflowEnvironment) -> datetime:
    """Return the server's time; a connection that breaks is opened again."""
    answer = await env.client.test_service.get_current_time(Empty(), retry=True)
    return answer.time.ToDatetime().replace(tzinfo=UTC)


async def skip(env: WorkflowEnvironment, span: timedelta) -> None:
    """Let time pass on the server; what is due in it happens.

    A call that fails is made again for what is left of the time: the server may have slept on without us.
    """
    until, failures = await time_of(env) + span, 0
    while (left := until - await time_of(env)) > timedelta(0):
        sleep = SleepRequest()
        sleep.duration.FromTimedelta(min(left, _AT_A_TIME))
        try:
            await env.client.test_service.unlock_time_skipping_with_sleep(sleep, timeout=_LONGEST_CALL)
        except RPCError:
            failures += 1
            if failures > _MOST_FAILURES:
                raise


async def end_run(env: WorkflowEnvironment, handle: WorkflowHandle) -> None:
    """End a workflow by force, once none of its activities runs.

    The server skips no time while an activity runs, and takes one of an ended workflow to run until its timeout: what
    runs is let end, since none is begun in the middle of its next wait.
    """
    sleeping = None
    with suppress(RPCError):
        if (await handle.describe()).close_time is None:
            sleeping = asyncio.create_task(skip(env, _A_WHILE))
            await asyncio.wait([sleeping], timeout=_LET_END_SECONDS)
    with suppress(RPCError):
        await handle.terminate("the test is over")
    if sleeping is not None:
        # Never cancelled: the server loses count of who holds its time, and skips none any more.
        await sleeping
