"""Bringing a database to this version's schema."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from ledger import migrate
from ledger.database import Database, database_url


def test_upgrade_creates_the_folder_and_runs_twice(tmp_path):
    """A fresh machine needs no preparation, and a second start changes nothing."""
    url = f"sqlite:///{tmp_path}/new/folder/ledger.sqlite"
    assert migrate.current(url) is None
    assert not migrate.is_current(url)
    assert not (tmp_path / "new").exists()
    migrate.upgrade(url)
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.head()
    assert migrate.is_current(url)


def test_two_upgrades_at_once_do_it_once(tmp_path):
    """Two workers that start together both find the schema in place."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(migrate.upgrade, [url, url]))
    assert migrate.is_current(url)


async def test_upgrade_runs_beside_a_loop(tmp_path):
    """Asynchronous code upgrades through a thread."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    await asyncio.to_thread(migrate.upgrade, url)
    assert await asyncio.to_thread(migrate.is_current, url)


async def test_models_and_migrations_agree(database):
    """Autogenerate finds nothing that a migration has forgotten."""
    await database.write(lambda connection: command.check(migrate.configuration(connection)))


def test_other_databases_are_refused():
    """Neither a database without our guards nor one that its processes cannot share."""
    with pytest.raises(ValueError, match="not mysql"):
        database_url("mysql://localhost/ledger")
    with pytest.raises(ValueError, match="a file"):
        Database("sqlite://")
