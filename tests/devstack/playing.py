"""Playing `payments demo` as a process of its own: on a terminal or into a pipe, to its end or until it is killed."""

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import signal
import socket
import struct
import sys
import termios
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from devstack.processes import free_ports
from tests.support.processes import descendants, gone

ROOT = Path(__file__).parents[2]
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Longer than a demo takes on a busy machine, shorter than a test may.
PATIENCE_SECONDS = 120


def free_port_base() -> int:
    """Return a port whose neighbours one to three thousand above are free as well."""
    while True:
        [base] = free_ports(1)
        with contextlib.suppress(OSError, OverflowError):
            if base < 60_000 and all(is_free(base + above) for above in (0, 1000, 2000, 3000)):
                return base


def is_free(port: int) -> bool:
    """Whether nobody listens on a port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@dataclass
class Playing:
    """One run of the demo."""

    process: asyncio.subprocess.Process
    fd: int
    raw: bytes = b""
    all_started: ClassVar[list["Playing"]] = []
    _reading: asyncio.Task[None] | None = None
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @classmethod
    async def start(cls, folder: Path, port_base: int, *options: str, terminal: bool = False) -> "Playing":
        """Start it; `terminal`: on a pseudo-terminal of 80 columns that controls it."""
        ours, theirs = pty.openpty() if terminal else os.pipe()
        if terminal:
            fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
        surroundings = {**os.environ, "TERM": "xterm-256color"}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            surroundings.pop(name, None)
        command = [sys.executable, "-m", "tests.devstack.as_command", "demo"]
        process = await asyncio.create_subprocess_exec(
            *command,
            f"--folder={folder}",
            f"--port-base={port_base}",
            *options,
            stdin=theirs if terminal else asyncio.subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env=surroundings,
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if terminal else None,
        )
        os.close(theirs)
        playing = cls(process, ours)
        cls.all_started.append(playing)
        playing._reading = asyncio.create_task(playing._read())
        return playing

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                news = await loop.run_in_executor(None, os.read, self.fd, 65_536)
            except OSError:
                news = b""
            async with self._news:
                self.raw += news
                self._news.notify_all()
            if not news:
                return

    @property
    def text(self) -> str:
        """What it said so far, without colours: a letter of several bytes may have come in half."""
        return _ESCAPES.sub("", self.raw.decode(errors="ignore"))

    async def says(self, words: str) -> None:
        """Wait until it has said something, or ended."""
        assert self._reading is not None
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: words in self.text or self.process.returncode is not None)
        assert words in self.text, self.text

    async def processes(self) -> list[int]:
        """Return everything that it started."""
        return await asyncio.to_thread(descendants, self.process.pid)

    async def end(self) -> int:
        """Wait for its end and return the exit code."""
        code = await asyncio.wait_for(self.process.wait(), PATIENCE_SECONDS)
        assert self._reading is not None
        # Whoever still holds the other end would keep it open: what it started must be gone too.
        await asyncio.wait_for(self._reading, PATIENCE_SECONDS)
        os.close(self.fd)
        return code

    async def press_ctrl_c(self) -> None:
        """Press it, as a person would."""
        os.write(self.fd, b"\x03")

    async def kill(self) -> None:
        """SIGKILL it, and wait until everything that it had started is gone too."""
        started = await self.processes()
        self.process.send_signal(signal.SIGKILL)
        await self.end()
        await gone(started)
