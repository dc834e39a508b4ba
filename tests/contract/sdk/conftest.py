"""One simulator for all plans."""

import pytest

from tests.contract.sdk.world import opened


@pytest.fixture(scope="session")
def worlds():
    with opened() as all_of_them:
        yield all_of_them
