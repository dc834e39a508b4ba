"""The demo's table on a narrow and on a wide terminal."""

import io

import pytest
from rich.console import Console

from devstack.table import Row, Table
from payments.states import PaymentState


def _row(**changes):
    fields = {
        "order_id": "FR2611001-99",
        "title": "never shipped",
        "state": PaymentState.CAPTURE_REQUESTED,
        "transaction_id": "000000123410000000060000100001",
        "code": "OK1131",
        "owed": "$247.59",
        "held": "$247.59",
        "captured": "$247.59",
    }
    return Row(**{**fields, **changes})


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_longest_of_everything_fits(width):
    """No amount, state or code is ever cut, whatever the terminal."""
    said = io.StringIO()
    with Table(Console(file=said, width=width)) as table:
        table.show([_row()], last=True)
    last = said.getvalue().splitlines()[-1]
    assert len(last) <= width
    for whole in ("FR2611001-99", "capture requested", "OK1131", "$247.59"):
        assert whole in last
    assert ("000000123410000000060000100001" in last) == (width >= 120)
    assert "00000006" in last


def test_in_a_pipe_each_change_is_a_line():
    """What did not change is not said again."""
    said = io.StringIO()
    with Table(Console(file=said, width=80)) as table:
        table.show([_row(state=None)])
        for state in (PaymentState.AUTHORIZED, PaymentState.AUTHORIZED, PaymentState.CAPTURED):
            table.show([_row(state=state)])
    assert [line.split()[1] for line in said.getvalue().splitlines()] == ["authorized", "captured"]


def test_a_terminal_gets_its_cursor_back_when_something_fails():
    """A table that is left by an error ends as well."""
    said = io.StringIO()

    def fail():
        with Table(Console(file=said, width=80, force_terminal=True)) as table:
            table.show([_row()])
            raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"):
        fail()
    assert said.getvalue().count("\x1b[?25l") == said.getvalue().count("\x1b[?25h") == 1
