"""Child processes: started under a guard, with their output in a file, stopped by their pid."""

import asyncio
import fcntl
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

# A stopped process of an earlier run may need this long to let go of its port.
PORT_PATIENCE_SECONDS = 15.0
# A run that was told to stop needs a few seconds for its processes.
FOLDER_PATIENCE_SECONDS = 10.0


class StackError(Exception):
    """A process of the stack could not be started; the message says what to do."""


@dataclass
class Child:
    """One process of the stack."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None

    @property
    def lock(self) -> Path:
        """The file that its guard holds locked while it runs."""
        return self.log.with_suffix(".lock")

    async def start(self) -> None:
        """Start it under a guard that stops it when this process ends, however that happens."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "devstack.guard",
                str(self.lock),
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )

    async def stop(self) -> None:
        """Let go of it: the guard stops the command and ends."""
        if self.process is None or self.process.stdin is None:
            return
        self.process.stdin.close()
        await self.process.wait()
        self.process = None

    @property
    def pid(self) -> int:
        """The guard's pid; the command is its child. Raises StackError before it is started."""
        if self.process is None:
            raise StackError(f"{self.name} is not started")
        return self.process.pid

    def lost_a_port(self) -> bool:
        """Whether it ended because a port that it had chosen was taken meanwhile."""
        ended = self.process is not None and self.process.returncode is not None
        return ended and "address already in use" in self.last_words(3)

    def must_run(self) -> None:
        """Raise StackError, with the end of its output, if it has ended."""
        if self.process is not None and self.process.returncode is not None:
            raise StackError(f"{self.name} ended by itself; the end of {self.log}:\n{self.last_words()}")

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its output."""
        if not self.log.exists():
            return "(no output)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class FolderLock:
    """Keeps a folder for one run. It ends with the process that took it, however that happens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: TextIO | None = None

    async def take(self) -> None:
        """Wait a moment for an earlier run. Raises StackError, with the remedy, if it goes on."""
        held = (self._folder / "stack.lock").open("a")
        if not await _lock(held, FOLDER_PATIENCE_SECONDS):
            held.close()
            raise StackError(f"{self._folder} is used by another run: stop it, or choose another --folder")
        self._held = held

    def release(self) -> None:
        """Leave the folder to others."""
        if self._held is not None:
            self._held.close()
            self._held = None


async def wait_until_unlocked(lock: Path) -> None:
    """Wait for the guard that holds `lock`: one whose starter is gone ends by itself. Raises StackError if not."""
    with lock.open("a") as probe:
        if not await _lock(probe, FOLDER_PATIENCE_SECONDS):
            raise StackError(f"{lock} is held: stop the earlier run that uses this folder, or choose another --folder")


async def _lock(file: TextIO, patience_seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + patience_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.1)
        else:
            return True


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


async def wait_for_free(port: int, what: str) -> None:
    """Wait until nobody listens on `port`. Raises StackError, with the remedy, if somebody keeps it."""
    deadline = asyncio.get_running_loop().time() + PORT_PATIENCE_SECONDS
    while _is_taken(port):
        if asyncio.get_running_loop().time() > deadline:
            raise StackError(
                f"port {port}, for {what}, is taken: stop what listens there, or choose other ports with --port-base"
            )
        await asyncio.sleep(0.2)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
