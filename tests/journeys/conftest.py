"""Who saw what happened on the shared stack."""

from collections.abc import AsyncIterator

import pytest_asyncio

from ledger.database import open_database
from ledger.queries import Queries
from tests.support.witnesses import Witnesses


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def witnesses(stack, payments, simulator) -> AsyncIterator[Witnesses]:
    """The provider's books, our ledger and the workflow's view."""
    async with open_database(stack.layout.ledger) as database:
        yield Witnesses(payments, simulator, Queries(database))
