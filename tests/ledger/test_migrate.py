"""Bringing a database to this version's schema."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command

from ledger import migrate
from ledger.database import Database, database_url


def test_upgrade_runs_twice(empty_url):
    """A fresh database needs no preparation, and a second start changes nothing."""
    assert migrate.current(empty_url) is None
    assert not migrate.is_current(empty_url)
    migrate.upgrade(empty_url)
    migrate.upgrade(empty_url)
    assert migrate.current(empty_url) == migrate.head()
    assert migrate.is_current(empty_url)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_upgrade_creates_the_folder(empty_url, tmp_path):
    """Only an upgrade makes a file: asking for the revision leaves none behind."""
    assert not migrate.is_current(empty_url)
    assert not (tmp_path / "new").exists()
    migrate.upgrade(empty_url)
    assert (tmp_path / "new" / "folder" / "ledger.sqlite").exists()


def test_two_upgrades_at_once_do_it_once(empty_url):
    """Two workers that start together both find the schema in place."""
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(migrate.upgrade, [empty_url, empty_url]))
    assert migrate.is_current(empty_url)


async def test_upgrade_runs_beside_a_loop(empty_url):
    """Asynchronous code upgrades through a thread."""
    await asyncio.to_thread(migrate.upgrade, empty_url)
    assert await asyncio.to_thread(migrate.is_current, empty_url)


async def test_models_and_migrations_agree(database):
    """Autogenerate finds nothing that a migration has forgotten."""
    await database.write(lambda connection: command.check(migrate.configuration(connection)))


def test_other_databases_are_refused():
    """Neither a database without our guards nor one that its processes cannot share."""
    with pytest.raises(ValueError, match="not mysql"):
        database_url("mysql://localhost/ledger")
    with pytest.raises(ValueError, match="a file"):
        Database("sqlite://")
