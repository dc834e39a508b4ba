"""Write docs/transitions.md anew: `python -m tests.transitions [RUNS]`.

The tests play RUNS (2) times, and a change is ascribed to a test that drove it each time.
"""

import sys
from collections.abc import Iterator

import pytest

from tests.support.transitions import DRIVEN, PAGE, ROOT, UNSEEN, Change, drawn, name_of

# Those of this folder were written to drive a change; they are named first.
FOLDERS = ("tests/transitions", "tests/rows")
HEAD = """\
# Which test drives which change

Every arrow of the diagram in [lifecycle.md](lifecycle.md), and the test that drives it through the real workflow
against the simulator, where time is skipped. Each of these tests fails when it does not drive what stands here, or
drives what is not on this page. Where no test stands, the exhaustive search alone has seen the change.
`python -m tests.transitions` writes this page.

| from | event | to | test |
|---|---|---|---|
"""
TAIL = f"""
{UNSEEN}

What tests drive and the search has not seen, since it looks at what they combine apart from each other.

| from | event | to | test |
|---|---|---|---|
"""


class Noted:
    """Notes what each test drove."""

    def __init__(self) -> None:
        self.by_test: dict[str, set[Change]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Function):
        """Note it once the orders of the test have ended."""
        try:
            return (yield)
        finally:
            # On real time who comes first is chance.
            if "months" in item.fixturenames:
                self.by_test[name_of(item)] = item.stash.get(DRIVEN, set())


def play() -> dict[str, set[Change]]:
    """Play the tests, and return what each drove."""
    noted = Noted()
    pytest.main(["-q", "-p", "no:cacheprovider", *FOLDERS, "--deselect=tests/rows/test_table.py"], plugins=[noted])
    return noted.by_test


def page(drove: dict[str, set[Change]]) -> str:
    """Return the page that tells of it."""
    beside = set().union(*drove.values()) - drawn()
    return HEAD + "".join(lines(drove, drawn())) + TAIL + "".join(lines(drove, beside))


def lines(drove: dict[str, set[Change]], changes: set[Change]) -> Iterator[str]:
    """Yield a line for each change, with the first test that drives it; those of this folder come first."""
    for change in sorted(changes):
        tests = [test for test in drove if change in drove[test]]
        tests.sort(key=lambda test: not test.startswith(FOLDERS[0]))
        before, event, after = change
        yield f"| `{before}` | `{event}` | `{after}` | {f'`{tests[0]}`' if tests else ''} |\n"


def main(runs: int) -> None:
    """Play, write, and say what nothing drives."""
    drove = play()
    for _ in range(runs - 1):
        again = play()
        drove = {test: changes & again.get(test, set()) for test, changes in drove.items()}
    PAGE.write_text(page(drove), encoding="utf-8")
    known = drawn()
    driven = set().union(*drove.values())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(known & driven)} of {len(known)} changes are driven\n")
    sys.stdout.writelines(f"not driven: {' '.join(change)}\n" for change in sorted(known - driven))
    sys.stdout.writelines(f"not in the diagram: {' '.join(change)}\n" for change in sorted(driven - known))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
