"""The proof table is true: each row has its tests, each test its row, and without its guard each test fails."""

import pytest

from tests.rows.guards import GUARDS
from tests.rows.prove import played, unproven
from tests.rows.table import listed, marked


def test_each_row_is_listed_once_in_order():
    """The table has one line for each guard, in the order of their numbers, and says what happens."""
    rows = [row for row, _, _ in listed()]
    assert rows == sorted(GUARDS, key=lambda row: int(row[1:]))
    assert all(happens for _, happens, _ in listed())


def test_the_table_names_the_marked_tests_and_no_others():
    """A row names every test that is marked with it; nothing is marked that is not listed."""
    assert sorted((row, test) for row, _, tests in listed() for test in tests) == sorted(marked())


@pytest.mark.timeout(900)
def test_without_its_guard_each_row_fails():
    """Each marked test, played with its row's guard taken out, fails by an assertion."""
    rows = list(GUARDS)
    ends = played(rows)
    assert [told for row in rows for told in unproven(row, ends)] == []
    assert {(row, test) for row in rows for test in ends[row]} == set(marked())
