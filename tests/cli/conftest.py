"""The command line as people run it: real processes, real exit codes, against the session's stack."""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from devstack.stack import Stack, worker_environment

NUMBERS = itertools.count(1)
PATIENCE_SECONDS = 40


@dataclass
class Ran:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        """What `--json` printed, which is one document and nothing else."""
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """All that it said, as one line."""
        return (self.out + self.err).replace("\n", " ")


@dataclass
class Running:
    """A command that has not ended yet."""

    pid: int
    folder: Path
    ended: asyncio.Future

    async def result(self) -> Ran:
        code = await asyncio.wait_for(asyncio.shield(self.ended), PATIENCE_SECONDS)
        return Ran(code, (self.folder / "stdout").read_text(), (self.folder / "stderr").read_text())

    def interrupt(self) -> None:
        os.kill(self.pid, signal.SIGINT)


@dataclass
class Terminal:
    """Starts commands in the stack's environment."""

    folder: Path
    environment: dict[str, str]
    process: asyncio.subprocess.Process
    _started: asyncio.Queue = field(default_factory=asyncio.Queue)
    _ends: dict[int, asyncio.Future] = field(default_factory=dict)

    async def listen(self) -> None:
        while line := await self.process.stdout.readline():
            told = json.loads(line)
            if "code" in told:
                self._ends.pop(told["pid"]).set_result(told["code"])
            else:
                end = asyncio.get_running_loop().create_future()
                self._ends[told["pid"]] = end
                await self._started.put((told["pid"], end))

    async def start(self, *args: str, stdin: bytes = b"", **environment: str) -> Running:
        """Start `payments ARGS`."""
        folder = self.folder / str(next(NUMBERS))
        folder.mkdir()
        for name, content in (("stdin", stdin), ("stdout", b""), ("stderr", b"")):
            (folder / name).write_bytes(content)
        asked = {
            "args": [str(arg) for arg in args],
            "env": {**self.environment, **environment},
            "folder": str(folder),
            "cwd": str(Path.cwd()),
        }
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        await self.process.stdin.drain()
        pid, end = await asyncio.wait_for(self._started.get(), PATIENCE_SECONDS)
        return Running(pid, folder, end)

    async def __call__(self, *args: str, stdin: bytes = b"", **environment: str) -> Ran:
        """Run `payments ARGS` to its end. Whatever it is given, it ends in words."""
        ran = await (await self.start(*args, stdin=stdin, **environment)).result()
        assert "Traceback" not in ran.out + ran.err, ran.err
        return ran


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def payments_command(stack: Stack, tmp_path_factory) -> AsyncIterator[Terminal]:
    """What runs a command, called with its arguments: "show", "41"."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cli.zygote", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    environment = {**worker_environment(stack.layout), "NO_COLOR": "1"}
    terminal = Terminal(tmp_path_factory.mktemp("cli"), environment, process)
    listening = asyncio.create_task(terminal.listen())
    yield terminal
    process.stdin.close()
    await process.wait()
    await listening
