"""What all tests share: one stack of real servers a session, orders that are nobody else's."""

import itertools
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from payments.methods import PaymentInstruction
from payments.order import Order
from starter import PaymentClient
from tests.support.orders import order as build_order
from tests.support.without_guard import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_generate_tests,
    without_guard,
)

__all__ = ["pytest_addoption", "pytest_collection_modifyitems", "pytest_generate_tests", "without_guard"]

pytest_plugins = ["tests.support.longest_first", "tests.support.stages"]

RUN = uuid.uuid4().hex[:6]
NUMBERS = itertools.count(1)
# From a capture to its batch where captures stay queued; half of it is the simulator's cut-off.
QUEUE_SECONDS = 3_600


@pytest.fixture
def new_order() -> Callable[..., Order]:
    """Build orders whose ids no other test and no earlier run uses."""

    def build(total: int = 10_000, currency: str = "USD", **changes: object) -> Order:
        return build_order(f"T{RUN}-{next(NUMBERS)}", total, currency, **changes)

    return build


@pytest.fixture
def card() -> PaymentInstruction:
    """A card that is authorized."""
    return PaymentInstruction(token="token-visa-approved")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The whole stack as processes of their own, on free ports: embedded Temporal, simulator, worker."""
    temporal, ui, simulator = free_ports(3)
    folder: Path = tmp_path_factory.mktemp("stack")
    layout = Layout(
        folder, temporal, ui, simulator, capture_delay_seconds=1, collect_delay_seconds=1, quiet_seconds=0.5
    )
    running = Stack(layout)
    try:
        await running.start()
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def queueing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A whole stack whose captures stay queued until a test moves the provider's clock: a batch comes every hour."""
    temporal, ui, simulator = free_ports(3)
    folder: Path = tmp_path_factory.mktemp("queueing")
    layout = Layout(
        folder,
        temporal,
        ui,
        simulator,
        capture_delay_seconds=QUEUE_SECONDS,
        collect_delay_seconds=1,
        quiet_seconds=0.5,
    )
    running = Stack(layout)
    try:
        await running.start()
        yield running
    finally:
        await running.stop()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def temporal(stack: Stack) -> Client:
    """A connection to the stack's Temporal server."""
    return await stack.temporal_answers()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def payments(temporal: Client) -> PaymentClient:
    """A client as an order service has it."""
    return PaymentClient(temporal, asked_by="tests")


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def simulator(stack: Stack) -> AsyncIterator[SimulatorControl]:
    """The simulator's books and faults."""
    async with SimulatorControl(stack.layout.simulator_url) as control:
        yield control
