"""The ledger's database: transactions as functions, and what each engine needs to keep its word.

A transaction is a function of a connection. On SQLite it runs in a thread: one thread and one connection write, since
SQLite has one writer anyway, and a few read beside it. That is four times faster than an asynchronous driver, which
crosses threads for every statement. On PostgreSQL it runs on a connection of one asynchronous pool.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import QueuePool

# What a transaction raises when the database is away, busy, locked or not as it must be.
UNAVAILABLE = (SQLAlchemyError, OSError)

T = TypeVar("T")
Work = Callable[[Connection], T]
"""What happens in one transaction. It may run on another thread, so it touches nothing but its connection."""

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg"}
# A transaction takes milliseconds; five seconds of waiting, for a lock, an answer or a connection, mean that something
# hangs. The caller is told and comes again, on a connection that works.
_HANGS_SECONDS = 5
_BUSY_MILLISECONDS = _HANGS_SECONDS * 1000
_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}",
    # An intent lost to a power cut is a double charge.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # Without it INSERT OR REPLACE deletes a row past the guard on DELETE.
    "PRAGMA recursive_triggers=ON",
)
_POSTGRESQL_POOL = 10
_SQLITE_READERS = 4


def database_url(url: str) -> URL:
    """Return `url` with the driver used here. Raises ValueError for another database, or SQLite in memory."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise ValueError(f"the ledger runs on sqlite or postgresql, not {backend}: sqlite:///folder/ledger.sqlite")
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("the ledger needs a file that its processes share: sqlite:///folder/ledger.sqlite")
    return parsed.set(drivername=_DRIVERS[backend])


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite URL; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


class Database:
    """The ledger's database at `url` (`sqlite:///folder/ledger.sqlite` or `postgresql://user@host/name`).

    Nothing is opened before the first transaction. The tables must be there: see `ledger.migrate`. On PostgreSQL
    nothing is waited for beyond a few seconds unless it is `patient`.
    """

    def __init__(self, url: str, *, patient: bool = False) -> None:
        self.url = database_url(url)
        is_sqlite = sqlite_path(self.url) is not None
        self._engine: _Engine = _Sqlite(self.url) if is_sqlite else _Postgresql(self.url, patient=patient)

    async def write(self, work: Work[T]) -> T:
        """Run `work` in one transaction and return its result once that is committed.

        It is rolled back when `work` raises or the database refuses the COMMIT, and the connection stays usable.
        A caller who is cancelled cannot know whether it committed. On SQLite writers take turns.
        """
        return await self._engine.run(work, writes=True)

    async def read(self, work: Work[T]) -> T:
        """Run `work` in one transaction that writes nothing. It sees one moment and waits for no writer."""
        return await self._engine.run(work, writes=False)

    async def close(self) -> None:
        """Let running transactions end and close all connections."""
        await self._engine.close()


@asynccontextmanager
async def open_database(url: str, *, patient: bool = False) -> AsyncIterator[Database]:
    """Open the ledger's database for the time of a block."""
    database = Database(url, patient=patient)
    try:
        yield database
    finally:
        await database.close()


class _Engine(Protocol):
    async def run(self, work: Work[T], *, writes: bool) -> T: ...

    async def close(self) -> None: ...


class _Postgresql:
    def __init__(self, url: URL, *, patient: bool) -> None:
        limits = {} if patient else {"pool_timeout": _HANGS_SECONDS, "connect_args": _postgresql_limits()}
        # Writers take the claim's row first, so what they read after it is what the last one left.
        self._writer = create_async_engine(
            url,
            pool_size=_POSTGRESQL_POOL,
            max_overflow=0,
            isolation_level="READ COMMITTED",
            hide_parameters=True,
            **limits,
        )
        event.listen(self._writer.sync_engine, "checkout", _still_open)
        self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def run(self, work: Work[T], *, writes: bool) -> T:
        async with (self._writer if writes else self._reader).begin() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        await self._writer.dispose()


def _postgresql_limits() -> dict[str, Any]:
    return {
        "timeout": _HANGS_SECONDS,
        # A server that is frozen or behind a cut cable never answers: without this a payment would wait with it.
        "command_timeout": _HANGS_SECONDS,
        "server_settings": {
            # Also on a server that is tuned for speed: an intent lost to a power cut is a double charge.
            "synchronous_commit": "on",
            "lock_timeout": str(_HANGS_SECONDS * 1000),
            # A worker that hangs in a transaction keeps an order's claim no longer than this.
            "idle_in_transaction_session_timeout": str(_HANGS_SECONDS * 1000),
        },
    }


def _still_open(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401 (the driver's adapter)
    """Have the pool replace what a restarted server has closed. Unlike a ping it costs no round trip."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class _Sqlite:
    def __init__(self, url: URL) -> None:
        # IMMEDIATE: a writer that locks after reading could decide on what another one has changed since.
        self._writer = _Threads(url, "BEGIN IMMEDIATE", count=1)
        self._readers = _Threads(url, "BEGIN", count=_SQLITE_READERS)

    async def run(self, work: Work[T], *, writes: bool) -> T:
        return await (self._writer if writes else self._readers).run(work)

    async def close(self) -> None:
        await asyncio.to_thread(self._readers.close)
        await asyncio.to_thread(self._writer.close)


class _Threads:
    """As many threads as connections, so that none ever waits for a connection inside a thread."""

    def __init__(self, url: URL, begin: str, *, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="ledger")
        self._engine = create_engine(url, poolclass=QueuePool, pool_size=count, max_overflow=0, hide_parameters=True)
        event.listen(self._engine, "connect", _configure)

        # The driver's own habit of beginning late is switched off; SQLAlchemy says when.
        @event.listens_for(self._engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    async def run(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._transaction, work)

    def _transaction(self, work: Work[T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()


def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own connection)
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(pragma).close()
    _keep_a_log(connection)


def _keep_a_log(connection: Any) -> None:  # noqa: ANN401 (the driver's own connection)
    """Switch to write-ahead logging. On a new file two processes may try at once, and SQLite does not wait here."""
    deadline = time.monotonic() + _BUSY_MILLISECONDS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
