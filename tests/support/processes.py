"""Killing a process of the stack for good: the command itself, not the guard that watches over it."""

import asyncio
import os
import signal
import subprocess

from devstack.processes import Child


def children(pid: int) -> list[int]:
    """Return the processes that `pid` started and that still run."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(row[0]) for row in rows if int(row[1]) == pid and not row[2].startswith("Z")]


def descendants(pid: int) -> list[int]:
    """Return everything that `pid` started, directly or not."""
    found = children(pid)
    return found + [each for child in found for each in descendants(child)]


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip()) and not listed.stdout.strip().startswith("Z")


async def first_child(pid: int) -> int:
    """Wait until `pid` has started a process, and return that."""
    deadline = asyncio.get_running_loop().time() + 10
    while True:
        found = await asyncio.to_thread(children, pid)
        if found:
            return found[0]
        assert asyncio.get_running_loop().time() < deadline, f"{pid} has started nothing"
        await asyncio.sleep(0.02)


async def command_pid(child: Child) -> int:
    """Return the pid of the command under its guard."""
    assert child.process is not None
    return await first_child(child.process.pid)


async def gone(pids: list[int]) -> None:
    """Wait until none of these runs."""
    deadline = asyncio.get_running_loop().time() + 30
    while True:
        left = [pid for pid in pids if await asyncio.to_thread(is_alive, pid)]
        if not left:
            return
        assert asyncio.get_running_loop().time() < deadline, f"still running: {left}"
        await asyncio.sleep(0.05)


async def kill(child: Child) -> None:
    """SIGKILL a process of the stack and wait until it is gone; `child.start()` starts another."""
    pid = await command_pid(child)
    os.kill(pid, signal.SIGKILL)
    assert child.process is not None
    await child.process.wait()
