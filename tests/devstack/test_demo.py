"""`payments demo` as a stranger meets it: on a terminal, in a pipe, killed, started again, and cheated.

Each way to play is played once, on a stack of its own, when the first test looks at it. One after the other: stacks
that start at once, beside the tests of other processes, make each other late.
"""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from devstack.stories import STORIES
from tests.devstack.playing import Playing, free_port_base, is_free
from tests.support.processes import children, first_child, gone

pytestmark = pytest.mark.asyncio(loop_scope="session")

VERDICT = f"agree to the cent on {len(STORIES)} orders"
TOLD = f"the last status is the payment's for all {len(STORIES)} orders"
# Those for which a second authorization is asked by design.
ASKED_TWICE = ("31-edited-up.json", "32-reauthorized.json", "33-second-card.json")


@dataclass
class Run:
    """What came of a run."""

    code: int
    text: str
    raw: bytes
    started: list[int] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What it said, however it was wrapped."""
        return " ".join(self.text.split())


async def _to_its_end(playing: Playing) -> Run:
    await playing.says("playing")
    started = await playing.processes()
    return Run(await playing.end(), playing.text, playing.raw, started)


async def _on_a_terminal(folder, port) -> list[Run]:
    """On a terminal until Ctrl-C, in a folder whose Temporal server was killed in its first moments."""
    folder.mkdir()
    (folder / "temporal.sqlite").write_bytes(b"half made")
    playing = await Playing.start(folder, port, terminal=True)
    await playing.says("press Ctrl-C to stop")
    started = await playing.processes()
    await playing.press_ctrl_c()
    return [Run(await playing.end(), playing.text, playing.raw, started)]


async def _killed(folder, port, *moments) -> list[Run]:
    """Killed each time it has said certain words, and started again; the last run is left alone."""
    runs = []
    for words in moments:
        playing = await Playing.start(folder, port, "--no-stay")
        await playing.says(words)
        await playing.kill()
        runs.append(Run(-9, playing.text, playing.raw))
    return [*runs, await _to_its_end(await Playing.start(folder, port, "--no-stay"))]


async def _killed_early(folder, port) -> list[Run]:
    """Killed in its start-up, and once the first order is authorized."""
    return await _killed(folder, port, "simulator of", "authorized")


async def _killed_late(folder, port) -> list[Run]:
    """Killed as it begins to play, and once the first money is collected."""
    return await _killed(folder, port, "playing", "collected")


async def _without_worker(folder, port) -> list[Run]:
    """Its worker is killed while it plays."""
    playing = await Playing.start(folder, port, "--no-stay")
    await playing.says("playing")
    guards = await asyncio.to_thread(children, playing.process.pid)
    # The worker was started last.
    os.kill(await first_child(max(guards)), signal.SIGKILL)
    return [await _to_its_end(playing)]


@dataclass
class Played:
    """A way to play, and what came of it."""

    folder: Path
    port: int
    runs: list[Run]


async def _played(play: Callable[[Path, int], Awaitable[list[Run]]], tmp_path_factory) -> Played:
    folder, port = tmp_path_factory.mktemp("demo") / "data", free_port_base()
    try:
        return Played(folder, port, await play(folder, port))
    finally:
        for playing in Playing.all_started:
            if playing.process.returncode is None:
                playing.process.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def on_a_terminal(tmp_path_factory) -> Played:
    """Play it on a terminal."""
    return await _played(_on_a_terminal, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def once_more(on_a_terminal) -> Played:
    """Play it in the same folder again."""
    folder, port = on_a_terminal.folder, on_a_terminal.port
    return Played(folder, port, [await _to_its_end(await Playing.start(folder, port, "--no-stay"))])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def killed_early(tmp_path_factory) -> Played:
    """Kill it early, twice."""
    return await _played(_killed_early, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def killed_late(tmp_path_factory) -> Played:
    """Kill it late, twice."""
    return await _played(_killed_late, tmp_path_factory)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def without_worker(tmp_path_factory) -> Played:
    """Kill its worker."""
    return await _played(_without_worker, tmp_path_factory)


def _expected(*batches: int) -> list[str]:
    """Name the authorizations that these batches of orders ask for, each once."""
    orders = [(story, story.order(batch).order_id) for story in STORIES for batch in batches]
    twice = [f"main-{order_id}-a02" for story, order_id in orders if story.file in ASKED_TWICE]
    return sorted([*(f"main-{order_id}-a01" for _, order_id in orders), *twice])


def _references(folder) -> list[str]:
    with closing(sqlite3.connect(folder / "simulator.sqlite")) as books:
        return sorted(row[0] for row in books.execute("SELECT merchant_reference FROM payments"))


async def test_on_a_terminal_it_stays_until_ctrl_c_and_ends_by_its_verdict(on_a_terminal):
    """The verdict stands, the stack stays up to be looked at, and Ctrl-C is a good end."""
    [first] = on_a_terminal.runs
    assert VERDICT in first.text
    assert first.code == 0
    assert TOLD in first.words
    assert first.raw.count(b"\x1b[?25h") == first.raw.count(b"\x1b[?25l"), "the cursor is given back"


async def test_on_a_terminal_of_80_columns_nothing_is_cut_or_wrapped(on_a_terminal):
    """Every line fits, with whole amounts, states and codes."""
    text = on_a_terminal.runs[0].text
    lines = text.replace("\r", "\n").split("\n")
    assert max(map(len, lines)) <= 80
    last = text[text.rindex("transaction") :]
    for whole in ("FR2611005-1", "collected", "OK1131", "¥12,680", "$432.25", "captured"):
        assert whole in last


async def test_finished_and_started_again_it_plays_new_orders(once_more):
    """A second run pays for other orders than the first."""
    [second] = once_more.runs
    assert (second.code, VERDICT in second.text) == (0, True)
    assert "(batch 2)" in second.text
    assert _references(once_more.folder) == _expected(1, 2)


async def test_killed_early_and_started_again_it_goes_on_with_the_same_orders(killed_early):
    """Killed in its start-up and at the first order, it has each order's one payment in the end, and says so."""
    _goes_on_with_the_same_orders(killed_early)


async def test_killed_late_and_started_again_it_goes_on_with_the_same_orders(killed_late):
    """Killed as it begins to play and at the first collected money: the same."""
    _goes_on_with_the_same_orders(killed_late)


def _goes_on_with_the_same_orders(played: Played) -> None:
    *killed, last = played.runs
    assert not any(VERDICT in run.text for run in killed)
    assert (last.code, VERDICT in last.text, "(batch 1)" in last.text) == (0, True, True), last.text
    assert TOLD in last.words
    assert _references(played.folder) == _expected(1)


async def test_without_its_worker_it_says_so_and_ends(without_worker):
    """A process that ends is told at once, by name and with its log; waiting for it would take for ever."""
    [run] = without_worker.runs
    assert run.code == 1
    assert "the worker ended by itself" in run.text
    assert "worker.log" in run.text.replace("\n", "")


async def test_nothing_of_it_survives_its_end(on_a_terminal, once_more, killed_early, killed_late, without_worker):
    """No process is left, and every port is free again."""
    plays = (on_a_terminal, once_more, killed_early, killed_late, without_worker)
    for played in plays:
        for run in played.runs:
            await gone(run.started)
    assert all(is_free(played.port + above) for played in plays for above in (0, 1000, 2000, 3000))
