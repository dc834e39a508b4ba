"""The whole stack with its books on a PostgreSQL of its own, which may be frozen and killed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from ledger.database import Database, open_database
from ledger.queries import Queries
from starter import PaymentClient
from tests.support.postgres import Postgres, running_postgres
from tests.support.receiver import SECRET, OrderService
from tests.support.witnesses import Witnesses


@dataclass(frozen=True)
class OnPostgres:
    """What a test here works on."""

    postgres: Postgres
    stack: Stack
    payments: PaymentClient
    witnesses: Witnesses
    database: Database
    shop: OrderService


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that nobody else uses: it goes down here."""
    with running_postgres() as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def on_postgres(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OnPostgres]:
    """The stack with PAYMENTS_LEDGER_URL pointing to the server; nothing else differs from SQLite's."""
    temporal, ui, simulator = free_ports(3)
    layout = Layout(
        tmp_path_factory.mktemp("on-postgres"),
        temporal,
        ui,
        simulator,
        capture_delay_seconds=0.5,
        collect_delay_seconds=0.5,
        quiet_seconds=0.5,
        ledger_url=postgres.url(postgres.create()),
    )
    async with OrderService().running() as shop, _running(layout, postgres, shop) as on:
        yield on


@asynccontextmanager
async def _running(layout: Layout, postgres: Postgres, shop: OrderService) -> AsyncIterator[OnPostgres]:
    stack = Stack(replace(layout, callback_url=shop.url))
    stack.worker.environment = {**stack.worker.environment, "PAYMENTS_CALLBACK_SECRETS": SECRET}
    try:
        payments = PaymentClient(await stack.start(), asked_by="tests")
        async with SimulatorControl(layout.simulator_url) as control, open_database(layout.ledger) as database:
            witnesses = Witnesses(payments, control, Queries(database))
            yield OnPostgres(postgres, stack, payments, witnesses, database, shop)
    finally:
        await stack.stop()
