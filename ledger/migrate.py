"""Bringing a database to this version's schema. Each function is synchronous: call it in a thread from async code.

Each opens its own connection in an event loop of its own, so none may be called where a loop is running.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ledger.database import database_url, open_database, sqlite_path

T = TypeVar("T")

# Any number that nobody else locks; two processes that start at once then upgrade one after the other.
_UPGRADE_LOCK = 7_150_221


def upgrade(url: str) -> None:
    """Create or upgrade the ledger at `url`; for SQLite its folder too. What is current is left alone."""
    path = sqlite_path(database_url(url))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    _run(url, _upgrade)


def current(url: str) -> str | None:
    """Return the revision that the database is at; None for one without tables or not there at all."""
    path = sqlite_path(database_url(url))
    if path is not None and not path.exists():
        return None
    return _run(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def head() -> str:
    """Return the revision that this version of the code needs."""
    found = ScriptDirectory.from_config(configuration()).get_current_head()
    if found is None:
        raise ValueError("the ledger has no migrations: its package is incomplete, install it again")
    return found


def is_current(url: str) -> bool:
    """Whether the database is at the revision that this code needs."""
    return current(url) == head()


def configuration(connection: Connection | None = None) -> Config:
    """Return alembic's configuration for a command on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
    command.upgrade(configuration(connection), "head")


def _run(url: str, work: Callable[[Connection], T]) -> T:
    async def run() -> T:
        # A step of a large upgrade may take minutes, and whoever starts beside it waits.
        async with open_database(url, patient=True) as database:
            return await database.write(work)

    return asyncio.run(run())
