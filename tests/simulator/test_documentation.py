"""docs/simulator.md says what the simulator does: its tables are the code's, its options and addresses exist."""

import re
import subprocess
import sys

import pytest

from simulator.app import build
from simulator.front.faults import Fault
from simulator.settings import Settings
from simulator.webhooks.deliveries import PAUSES
from simulator.webhooks.faults import EventFault
from tests.simulator import documentation

TEXT = documentation.PAGE.read_text()


@pytest.mark.parametrize("name", documentation.BLOCKS)
def test_tables_are_the_codes(name):
    """Written anew by `python -m tests.simulator.documentation`."""
    assert documentation.block(TEXT, name) == documentation.BLOCKS[name]()


def test_options_are_all_told():
    """Those of the command line are those of the table."""
    helped = subprocess.run(
        [sys.executable, "-m", "simulator", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=documentation.ROOT,
    )
    offered = set(re.findall(r"^  (--[a-z-]+)", helped.stdout, re.MULTILINE))
    assert set(re.findall(r"^\| `(--[a-z-]+)", TEXT, re.MULTILINE)) == offered


def test_addresses_are_all_told():
    """Every path of the control API stands in its table, and the other way round."""
    told = re.findall(r"^\| `(?:GET|PUT|POST|DELETE)[^/]*(/simulator/[^`? ]*)", TEXT, re.MULTILINE)
    there = [route.path for route in _routes(build(Settings()).routes) if route.path.startswith("/simulator/")]
    assert {_nameless(path) for path in told} == {_nameless(path) for path in there}


def _routes(routes):
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)
        elif hasattr(route, "path"):
            yield route


def _nameless(path):
    return re.sub(r"\{[^}]+\}", "{}", path)


def test_faults_are_all_told():
    """Each kind of fault has its row."""
    for sort in (Fault, EventFault):
        for kind in sort.model_fields["fault"].annotation.__args__:
            assert f"| `{kind}` |" in TEXT


def test_the_schedule_is_told():
    """In the words of the page."""
    assert PAUSES == (0.5, 1, 2, 5, 10, 30, 120, 600, 1800, 7200, 21_600, 54_000)
    words = " ".join(TEXT.split())
    assert "0.5, 1, 2, 5, 10 and 30 seconds, 2, 10 and 30 minutes, 2, 6 and 15 hours" in words
