"""Nothing that was started outlives its starter, and no two stacks share a folder or a port."""

import asyncio
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from devstack import processes
from devstack.processes import Child, FolderLock, StackError, free_ports
from devstack.stack import Layout, Stack
from tests.support.processes import command_pid, first_child, gone

ROOT = Path(__file__).parents[2]

STARTER = """
import asyncio, sys
from pathlib import Path
from devstack.processes import Child

async def main():
    child = Child("sleeper", ["sleep", "600"], Path(sys.argv[1]))
    await child.start()
    print(child.process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"
)


async def test_a_command_stops_when_its_starter_is_killed(tmp_path):
    """SIGKILL leaves the starter no time for goodbyes, and its commands end all the same."""
    starter = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTER, str(tmp_path / "child.log"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert starter.stdout is not None
    guard = int(await starter.stdout.readline())
    command = await first_child(guard)
    starter.kill()
    await starter.wait()
    await gone([guard, command])


async def test_a_guard_that_is_told_to_stop_stops_its_command_at_once(tmp_path):
    """SIGTERM is passed on, and the end of the command is the end of its guard."""
    child = Child("sleeper", ["sleep", "600"], tmp_path / "child.log")
    await child.start()
    command = await command_pid(child)
    before = time.monotonic()
    os.kill(child.process.pid, signal.SIGTERM)
    await child.process.wait()
    assert time.monotonic() - before < 3
    await gone([command])


async def test_a_command_that_does_not_want_to_stop_is_killed(tmp_path):
    """Grace ends."""
    guard = "import sys; from devstack import guard; guard.GRACE_SECONDS = 0.2; sys.exit(guard.main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", guard, str(tmp_path / "child.lock"), sys.executable, "-c", STUBBORN),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert await process.stdout.readline() == b"ready\n"
    command = await first_child(process.pid)
    process.stdin.close()
    await process.wait()
    await gone([command])


async def test_a_command_that_ends_by_itself_is_told_with_its_last_words(tmp_path):
    """Whoever starts something that ends learns what it said."""
    child = Child(
        "the speaker", [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"], tmp_path / "log"
    )
    await child.start()
    assert await child.process.wait() == 3
    with pytest.raises(StackError, match=r"the speaker ended by itself.*\n.*no such table"):
        child.must_run()
    await child.stop()


async def test_a_second_guard_on_one_lock_gives_up_and_names_the_remedy(tmp_path):
    """Two servers on one database file would break it."""
    child = Child("sleeper", ["sleep", "600"], tmp_path / "child.log")
    await child.start()
    await command_pid(child)
    try:
        second = "import sys; from devstack import guard; guard.LOCK_SECONDS = 0.2; sys.exit(guard.main())"
        ended = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", second, str(child.lock), "sleep", "600"],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        assert ended.returncode == 1
        assert "stop it or choose another --folder" in ended.stdout
    finally:
        await child.stop()


async def test_a_second_stack_on_one_folder_is_refused_with_the_remedy(tmp_path, monkeypatch):
    """One folder is one run's, whatever ports the second one would take."""
    monkeypatch.setattr(processes, "FOLDER_PATIENCE_SECONDS", 0.1)
    first = FolderLock(tmp_path)
    await first.take()
    second = Stack(Layout(tmp_path, *free_ports(3)))
    with pytest.raises(StackError, match="used by another run: stop it, or choose another --folder"):
        await second.start()
    await second.stop()
    first.release()
    third = FolderLock(tmp_path)
    await third.take()
    third.release()


@pytest.mark.parametrize("which", ["temporal_port", "ui_port", "simulator_port", "gateway_port"])
async def test_a_taken_port_is_told_with_the_remedy(tmp_path, monkeypatch, which):
    """Whose port it is and what to do is said before anything is started."""
    monkeypatch.setattr(processes, "PORT_PATIENCE_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        layout = dataclasses.replace(Layout(tmp_path, *free_ports(3)), **{which: port})
        stack = Stack(layout)
        try:
            with pytest.raises(StackError, match=rf"port {port}, for .*, is taken: .* with --port-base"):
                await stack.start()
        finally:
            await stack.stop()


async def test_a_temporal_file_from_which_nobody_was_answered_is_made_anew(tmp_path):
    """A server killed while it makes its tables would never answer; one that has answered keeps its file."""
    stack = Stack(Layout(tmp_path, *free_ports(3)))
    files = [tmp_path / f"temporal.sqlite{suffix}" for suffix in ("", "-journal")]
    for file in files:
        file.write_bytes(b"half made")
    (tmp_path / "temporal.answered").touch()
    await stack._forget_a_server_that_never_answered()
    assert all(file.exists() for file in files)
    (tmp_path / "temporal.answered").unlink()
    await stack._forget_a_server_that_never_answered()
    assert not any(file.exists() for file in files)
