"""The command line, as its own tests run it, and the books for reading."""

from collections.abc import AsyncIterator

import pytest_asyncio

from devstack.stack import Stack
from ledger.database import open_database
from ledger.queries import Queries
from tests.cli.conftest import payments_command  # noqa: F401 (a fixture)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def books(stack: Stack) -> AsyncIterator[Queries]:
    """The ledger of the session's stack."""
    async with open_database(stack.layout.ledger) as database:
        yield Queries(database)
