"""The running payment does on random sequences what the model says it must."""

import pytest

from tests.model.drawn import play_many

pytestmark = pytest.mark.asyncio(loop_scope="session")

IN_THE_SUITE = 60
# A busy machine plays fewer of them, always the first ones.
SECONDS = 60
AT_LEAST = 5


async def test_the_running_payment_agrees_with_the_model(stage):
    """Answers, amounts, books, ledger, effects and histories are what the model says, whatever comes in what order."""
    assert await play_many(stage, IN_THE_SUITE, seconds=SECONDS) >= AT_LEAST
