"""Prove the table of edge cases: `python -m tests.rows.prove [ROW …]` (`make guards`).

The tests of each row run with the row's guard taken out. Each must fail, and by an assertion: a test that cannot run
proves nothing. `--both` plays them with the guards in as well, and they must pass. Rows are played in two processes
at once, since most of the time is waiting.
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.rows.guards import GUARDS
from tests.rows.table import ROOT, marked
from tests.support.without_guard import rows_of

AT_ONCE = 2
SECONDS = 900
# How a test may end. Anything else than an assertion is no proof: it could not be played.
PASSED, FAILED, BROKEN = "passed", "failed", "broken"


class Recorder:
    """Notes how each test ended, by row."""

    def __init__(self, *, guards_in: bool) -> None:
        self.guards_in = guards_in
        self.ends: dict[str, dict[str, list[str]]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]):
        """Note an end that tells something."""
        report = yield
        end = _end_of(report, call)
        if end is not None:
            rows = rows_of(item) if self.guards_in else [item.callspec.params["without_guard"]]
            name = f"{item.path.relative_to(ROOT)}::{item.originalname}"
            for row in rows:
                self.ends.setdefault(row, {}).setdefault(name, []).append(end)
        return report


def _end_of(report: pytest.TestReport, call: pytest.CallInfo[None]) -> str | None:
    if report.when != "call":
        return BROKEN if report.failed or report.skipped else None
    if call.excinfo is None:
        return PASSED
    return FAILED if call.excinfo.errisinstance(AssertionError) else BROKEN


def play(rows: list[str], into: Path, *, guards_in: bool) -> int:
    """Play the tests of these rows in this process, and write down how they ended."""
    recorder = Recorder(guards_in=guards_in)
    chosen = ["-m", "row"] if guards_in else [f"--without-guard={row}" for row in rows]
    # Named file by file: to collect all tests would take longer than to play these.
    files = sorted({test.partition("::")[0] for row, test in marked() if row in rows})
    code = pytest.main([*files, f"--rootdir={ROOT}", "-q", "--tb=short", *chosen], plugins=[recorder])
    into.write_text(json.dumps(recorder.ends), encoding="utf-8")
    return int(code)


def played(rows: list[str], *, guards_in: bool = False) -> dict[str, dict[str, list[str]]]:
    """Play these rows in processes of their own; return by row and test how its cases ended."""
    shares = [rows] if guards_in else [share for place in range(AT_ONCE) if (share := rows[place::AT_ONCE])]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(shares)) as pool:

        def one(place: int) -> dict[str, dict[str, list[str]]]:
            into = Path(folder) / f"{place}.json"
            how = "--play-in" if guards_in else "--play-out"
            command = [sys.executable, "-m", "tests.rows.prove", how, str(into), *shares[place]]
            ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False)
            if ended.returncode not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED} or not into.exists():
                raise RuntimeError(f"the tests could not be played:\n{ended.stdout}\n{ended.stderr}")
            return json.loads(into.read_text(encoding="utf-8"))

        found: dict[str, dict[str, list[str]]] = {}
        for ends in pool.map(one, range(len(shares))):
            found |= ends
    return found


def unproven(row: str, ends: dict[str, dict[str, list[str]]]) -> list[str]:
    """Say what of a row is not proven: each of its tests fails in a case at least, and none is broken."""
    tests = ends.get(row, {})
    if not tests:
        return [f"{row}: no test was played"]
    told = []
    for name, cases in tests.items():
        if BROKEN in cases:
            told.append(f"{row}: {name} could not be played to its assertions")
        elif FAILED not in cases:
            told.append(f"{row}: {name} passes without its guard ({GUARDS[row].what})")
    return told


def main(arguments: list[str]) -> int:
    """Play and print the table; 1 when a row is not proven."""
    if arguments[:1] in (["--play-in"], ["--play-out"]):
        return play(arguments[2:], Path(arguments[1]), guards_in=arguments[0] == "--play-in")
    both = "--both" in arguments
    rows = [argument for argument in arguments if argument != "--both"] or list(GUARDS)
    out = played(rows)
    kept = played(rows, guards_in=True) if both else {}
    missing = 0
    for row in rows:
        told = unproven(row, out)
        if both and any(set(cases) != {PASSED} for cases in kept.get(row, {"": []}).values()):
            told.append(f"{row}: does not pass with its guard")
        missing += bool(told)
        sys.stdout.write(f"{row:4} {'NOT PROVEN' if told else 'proven':10} {GUARDS[row].what}\n")
        sys.stdout.writelines(f"       {sentence}\n" for sentence in told)
    return int(missing > 0)


if __name__ == "__main__":
    # A process that played many servers can crash while it ends: its word is told already.
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
