"""Who saw what happened on the stack whose captures stay queued."""

from collections.abc import AsyncIterator

import pytest_asyncio

from devstack.simulator_control import SimulatorControl
from devstack.stack import Stack
from ledger.database import open_database
from ledger.queries import Queries
from starter import PaymentClient
from tests.support.witnesses import Witnesses


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seen(queueing: Stack) -> AsyncIterator[Witnesses]:
    """The provider's books and log, our ledger and the workflow's view of that stack."""
    payments = PaymentClient(await queueing.temporal_answers(), asked_by="tests")
    async with (
        SimulatorControl(queueing.layout.simulator_url) as simulator,
        open_database(queueing.layout.ledger) as database,
    ):
        yield Witnesses(payments, simulator, Queries(database))
