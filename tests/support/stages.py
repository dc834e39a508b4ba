"""Where tests hold us against the simulator's books: on real time, and where months are skipped."""

import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from devstack.stack import TEMPORAL_DYNAMIC_CONFIG
from payments.order import Order
from starter.namespace import SEARCH_ATTRIBUTES
from tests.support.simulated import DAYS, MOMENTS, ShiftedClock, Simulated, simulated
from tests.support.skipping import skipping_server
from tests.support.transitions import DRIVEN, Change, changes, claimed, drawn, name_of, unseen
from tests.support.workbench import SetClock, TellTime

BINARIES = Path(sys.executable).parent


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def real(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulated]:
    """A real Temporal server, a provider that moves in moments, and a gateway that is told of it."""
    env = await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(BINARIES / "temporal"),
        dev_server_extra_args=[
            *(f"--dynamic-config-value={setting}" for setting in TEMPORAL_DYNAMIC_CONFIG),
            *(f"--search-attribute={name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()),
        ],
        dev_server_log_level="never",
        data_converter=pydantic_data_converter,
    )
    async with env, simulated(env.client, tmp_path_factory.mktemp("rows"), ShiftedClock(), MOMENTS) as stage:
        yield stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def months(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulated]:
    """A server where a month passes in a moment, and a provider whose clock is moved along."""
    clock = SetClock()
    stages: list[Simulated] = []

    async def now() -> datetime:
        return await stages[0].catch_up() if stages else datetime.now(UTC)

    folder = tmp_path_factory.mktemp("months")
    async with skipping_server(TellTime(clock, now)) as env, simulated(env.client, folder, clock, DAYS, env) as stage:
        stages.append(stage)
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(request: pytest.FixtureRequest, new_order: Callable[..., Order]) -> AsyncIterator[Callable[..., Order]]:
    """Build orders whose workflows end with the test."""
    orders: list[Order] = []

    def build(*args: object, **changes: object) -> Order:
        orders.append(new_order(*args, **changes))
        return orders[-1]

    yield build
    stages = [request.getfixturevalue(name) for name in ("real", "months") if name in request.fixturenames]
    driven: set[Change] = set()
    for stage in stages:
        for order in orders:
            await stage.give_up(order)
            driven |= changes(order.key, await stage.witnesses.queries.events(order.key))
    request.node.stash[DRIVEN] = driven
    guarded = "without_guard" not in getattr(getattr(request.node, "callspec", None), "params", {})
    # On real time who comes first is chance.
    if not guarded or "months" not in request.fixturenames:
        return
    missed, unknown = claimed(name_of(request.node)) - driven, driven - drawn() - unseen()
    assert not missed, f"docs/transitions.md says that this test drives {sorted(missed)}"
    assert not unknown, f"the search has never seen {sorted(unknown)}: neither page shows it"
