"""Which files start first where tests run in several processes: a long one that starts last keeps all others waiting.

Each process takes whole files, so that servers of a file start once. Seconds are of one idle core, roughly; a file
that is not listed is short.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = (
    "tests/payments/test_explore.py",
    "tests/rows/test_table.py",
    "tests/contract/test_fuzz.py",
    "tests/payments/test_explore_captures.py",
    "tests/devstack/test_demo.py",
    "tests/bad_input/test_bad_input.py",
    "tests/journeys/test_callbacks.py",
    "tests/contract/test_differential.py",
    "tests/ledger/test_crash.py",
    "tests/crash/test_worker.py",
    "tests/browser/test_pages.py",
    "tests/model/test_model.py",
    "tests/model/test_model_notices.py",
    "tests/integration/test_postgresql.py",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest files first in a process that shares the tests with others."""
    if not hasattr(config, "workerinput"):
        return
    place = {ROOT / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))
