"""Who saw what happened on the shared stack."""

from collections.abc import AsyncIterator

import pytest_asyncio

from devstack.simulator_control import SimulatorControl
from devstack.stack import Stack
from ledger.database import open_database
from ledger.queries import Queries
from starter import PaymentClient
from tests.support.witnesses import Witnesses


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def witnesses(stack, payments, simulator) -> AsyncIterator[Witnesses]:
    """The provider's books, our ledger and the workflow's view."""
    async with open_database(stack.layout.ledger) as database:
        yield Witnesses(payments, simulator, Queries(database))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seen(queueing: Stack) -> AsyncIterator[Witnesses]:
    """The same of the stack whose captures stay queued."""
    payments = PaymentClient(await queueing.temporal_answers(), asked_by="tests")
    async with (
        SimulatorControl(queueing.layout.simulator_url) as simulator,
        open_database(queueing.layout.ledger) as database,
    ):
        yield Witnesses(payments, simulator, Queries(database))
