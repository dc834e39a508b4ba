"""What the sequences are played on."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.model.stage import Stage, open_stage


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Servers and workers of these tests' own: each jump in time is everybody's."""
    async with open_stage(tmp_path_factory.mktemp("model")) as running:
        yield running
