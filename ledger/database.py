"""The connection to the ledger's database: how transactions begin, and what each engine needs to keep its word.

SQLite has one writing connection, since it has one writer anyway, and an engine of its own for reading beside it.
PostgreSQL has one pool.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

T = TypeVar("T")

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
# Another process's transaction takes milliseconds; five seconds of waiting means that something hangs.
_BUSY_MILLISECONDS = 5000
_SQLITE_PRAGMAS = (
    # First, so that it covers the others.
    f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}",
    "PRAGMA journal_mode=WAL",
    # An intent lost to a power cut is a double charge.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # Without it INSERT OR REPLACE deletes a row past the guard on DELETE.
    "PRAGMA recursive_triggers=ON",
)
_POOL_SIZE = 10
_READERS = 4


def database_url(url: str) -> URL:
    """Return `url` with the driver used here. Raises ValueError for another database, or SQLite in memory."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend not in _DRIVERS:
        raise ValueError(f"the ledger runs on sqlite or postgresql, not {backend}: sqlite:///folder/ledger.sqlite")
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise ValueError("the ledger needs a file that its processes share: sqlite:///folder/ledger.sqlite")
    return parsed.set(drivername=_DRIVERS[backend])


class Database:
    """The ledger's database at `url` (`sqlite:///folder/ledger.sqlite` or `postgresql://user@host/name`).

    Nothing is opened before the first transaction. The tables must be there: see `ledger.migrate`.
    """

    def __init__(self, url: str) -> None:
        self.url = database_url(url)
        if self.url.get_backend_name() == "sqlite":
            self._writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", connections=1)
            self._reader = _sqlite_engine(self.url, "BEGIN", connections=_READERS)
        else:
            self._writer = create_async_engine(self.url, pool_size=_POOL_SIZE, max_overflow=0, pool_pre_ping=True)
            self._reader = self._writer

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that commits at the end of the block and rolls back when it raises.

        A COMMIT that the database refuses is rolled back too, so that the connection stays usable. On SQLite at
        most one such block runs at a time in this process, the others wait.
        """
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one moment of the books and never waits for a writer on SQLite."""
        async with self._reader.begin() as connection:
            yield connection

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one writing transaction and return its result once that is committed."""
        async with self.writing() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one reading transaction."""
        async with self.reading() as connection:
            return await connection.run_sync(work)

    async def close(self) -> None:
        """Close all connections."""
        await self._reader.dispose()
        await self._writer.dispose()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Open the ledger's database for the time of a block."""
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()


def sqlite_path(url: URL) -> Path:
    """Return the file of an SQLite URL."""
    return Path(url.database or "")


def _sqlite_engine(url: URL, begin: str, *, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        url, poolclass=AsyncAdaptedQueuePool, pool_size=connections, max_overflow=0, pool_timeout=60
    )

    # The driver's own habit of beginning late would read before it locks: two could then decide on one state.
    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own connection)
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
