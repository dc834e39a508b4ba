"""A stack of its own, whose processes may be killed, with a proxy between worker and provider."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from ledger.database import open_database
from ledger.queries import Queries
from starter import PaymentClient
from tests.support.proxy import Proxy
from tests.support.witnesses import Witnesses


@dataclass(frozen=True)
class Fragile:
    """What a crash test works on."""

    stack: Stack
    proxy: Proxy
    payments: PaymentClient
    simulator: SimulatorControl
    witnesses: Witnesses


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fragile(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fragile]:
    """Start it once; a test that kills a process starts it again."""
    temporal, ui, simulator, between = free_ports(4)
    layout = Layout(
        tmp_path_factory.mktemp("fragile"),
        temporal,
        ui,
        simulator,
        capture_delay_seconds=0.5,
        collect_delay_seconds=0.5,
        quiet_seconds=0.5,
    )
    stack, proxy = Stack(layout), Proxy(simulator, between)
    stack.worker.environment = {**stack.worker.environment, "PAYMENTS_INGENICO_ENDPOINT": proxy.url}
    await proxy.listen()
    try:
        payments = PaymentClient(await stack.start(), asked_by="tests")
        async with SimulatorControl(layout.simulator_url) as control, open_database(layout.ledger) as database:
            yield Fragile(stack, proxy, payments, control, Witnesses(payments, control, Queries(database)))
    finally:
        await stack.stop()
        await proxy.close()
