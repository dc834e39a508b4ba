"""The option `--without-guard F1`: the tests of a row of the proof table run with that row's guard taken out.

Only the marked tests run then, each once for every row that it proves, and each is expected to fail.
"""

import pytest

from tests.rows.guards import GUARDS

ALL = "all"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--without-guard",
        action="append",
        default=[],
        metavar="ROW",
        help="run the tests of this row of docs/lifecycle.md's proof table with its guard taken out (all: every row)",
    )


def rows_of(item: pytest.Item | pytest.Function) -> list[str]:
    """Return the rows that a test is marked with."""
    return [mark.args[0] for mark in item.iter_markers("row")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play a marked test once for each of its rows that is asked for."""
    asked = set(metafunc.config.getoption("--without-guard"))
    rows = [row for row in rows_of(metafunc.definition) if asked & {row, ALL}]
    if rows:
        metafunc.parametrize("without_guard", rows, indirect=True, ids=[f"without {row}" for row in rows])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not played without a guard."""
    if config.getoption("--without-guard"):
        kept = [item for item in items if "without_guard" in getattr(getattr(item, "callspec", None), "params", {})]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


@pytest.fixture(autouse=True)
def without_guard(request: pytest.FixtureRequest) -> None:
    """Take the guard of a row out for one test, where that is asked for."""
    row = getattr(request, "param", None)
    if row is not None:
        GUARDS[row].take_out(request.getfixturevalue("monkeypatch"))
