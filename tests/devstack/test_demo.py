"""`payments demo` as a stranger meets it: on a terminal, in a pipe, killed, started again, and cheated.

The runs are played at once, each on a stack of its own, since each is mostly waiting; every test looks at one.
"""

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from devstack.stories import STORIES
from tests.devstack.playing import Playing, free_port_base, is_free
from tests.support.processes import children, first_child, gone

pytestmark = pytest.mark.asyncio(loop_scope="session")

VERDICT = "agree to the cent on 12 orders"
ONE_EACH = [*("FR261100" + str(n) for n in range(1, 9)), *("FR26110" + str(n) for n in range(21, 25))]


@dataclass
class Run:
    """What came of a run."""

    code: int
    text: str
    raw: bytes
    started: list[int] = field(default_factory=list)


async def _to_its_end(playing: Playing) -> Run:
    await playing.says("playing")
    started = await playing.processes()
    return Run(await playing.end(), playing.text, playing.raw, started)


async def _on_a_terminal(folder, port) -> list[Run]:
    """On a terminal until Ctrl-C, in a folder whose Temporal server was killed in its first moments; then again."""
    folder.mkdir()
    (folder / "temporal.sqlite").write_bytes(b"half made")
    playing = await Playing.start(folder, port, terminal=True)
    await playing.says("press Ctrl-C to stop")
    started = await playing.processes()
    await playing.press_ctrl_c()
    first = Run(await playing.end(), playing.text, playing.raw, started)
    return [first, await _to_its_end(await Playing.start(folder, port, "--no-stay"))]


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runs(tmp_path_factory):
    """Play them all."""
    plays = {
        "terminal": _on_a_terminal,
        "killed early": _killed_early,
        "killed late": _killed_late,
        "without worker": _without_worker,
    }
    folders = {name: tmp_path_factory.mktemp("demo") / "data" for name in plays}
    ports = {name: free_port_base() for name in plays}
    try:
        ended = await asyncio.gather(*(play(folders[name], ports[name]) for name, play in plays.items()))
    finally:
        for playing in Playing.all_started:
            if playing.process.returncode is None:
                playing.process.kill()
    return dict(zip(plays, ended, strict=True)), folders, ports


def _references(folder) -> list[str]:
    with closing(sqlite3.connect(folder / "simulator.sqlite")) as books:
        return sorted(row[0] for row in books.execute("SELECT merchant_reference FROM payments"))


async def test_on_a_terminal_it_stays_until_ctrl_c_and_ends_by_its_verdict(runs):
    """The verdict stands, the stack stays up to be looked at, and Ctrl-C is a good end."""
    first, _ = runs[0]["terminal"]
    assert VERDICT in first.text
    assert first.code == 0
    assert first.raw.count(b"\x1b[?25h") == first.raw.count(b"\x1b[?25l"), "the cursor is given back"


async def test_on_a_terminal_of_80_columns_nothing_is_cut_or_wrapped(runs):
    """Every line fits, with whole amounts, states and codes."""
    text = runs[0]["terminal"][0].text
    lines = text.replace("\r", "\n").split("\n")
    assert max(map(len, lines)) <= 80
    last = text[text.rindex("transaction") :]
    for whole in ("FR2611005-1", "collected", "OK1131", "¥12,680", "$432.25", "captured"):
        assert whole in last


async def test_finished_and_started_again_it_plays_new_orders(runs):
    """A second run pays for other orders than the first."""
    _, second = runs[0]["terminal"]
    assert (second.code, VERDICT in second.text) == (0, True)
    assert "(batch 2)" in second.text
    expected = sorted(f"main-{number}-{batch}-a01" for batch in (1, 2) for number in ONE_EACH)
    assert _references(runs[1]["terminal"]) == expected


@pytest.mark.parametrize("when", ["killed early", "killed late"])
async def test_killed_and_started_again_it_goes_on_with_the_same_orders(runs, when):
    """However often it is killed, each order has its one payment in the end, and the verdict says so."""
    *killed, last = runs[0][when]
    assert not any(VERDICT in run.text for run in killed)
    assert (last.code, VERDICT in last.text, "(batch 1)" in last.text) == (0, True, True), last.text
    assert _references(runs[1][when]) == [f"main-{number}-1-a01" for number in ONE_EACH]


async def test_without_its_worker_it_says_so_and_ends(runs):
    """A process that ends is told at once, by name and with its log; waiting for it would take for ever."""
    [run] = runs[0]["without worker"]
    assert run.code == 1
    assert "the worker ended by itself" in run.text
    assert "worker.log" in run.text.replace("\n", "")


async def test_nothing_of_it_survives_its_end(runs):
    """No process is left, and every port is free again."""
    ended, _, ports = runs
    for each in ended.values():
        for run in each:
            await gone(run.started)
    assert all(is_free(port + above) for port in ports.values() for above in (0, 1000, 2000, 3000))


async def test_the_stories_are_twelve():
    """The verdict speaks of twelve orders; every test here counts on that."""
    assert len(STORIES) == len(ONE_EACH)
