"""Transactions: what is waited for, what is not, and a pool whose server went away."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ledger import database as module
from ledger.database import Database

on_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


async def elsewhere(postgres, url):
    return await asyncpg.connect(user="postgres", host=str(postgres.folder), database=Database(url).url.database)


@pytest.fixture
def hurried(monkeypatch):
    """Databases that wait for half a second instead of five."""
    monkeypatch.setattr(module, "_HANGS_SECONDS", 0.5)


async def test_reading_sees_one_moment(books, url):
    """What another process commits meanwhile is not half seen."""
    await books.start()
    other = type(books)(Database(url))

    def twice(connection):
        first = connection.exec_driver_sql("SELECT sequence FROM claims").scalar_one()
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, write()).result()
        return first, connection.exec_driver_sql("SELECT sequence FROM claims").scalar_one()

    async def write():
        await other.authorized()
        await other.database.close()

    assert await books.database.read(twice) == (2, 2)
    assert (await books.queries.payment(books.key)).sequence == 3


@on_postgresql
async def test_reading_cannot_write(books):
    """A query that would change something is refused."""
    with pytest.raises(DBAPIError, match="read-only transaction"):
        await books.database.read(lambda c: c.exec_driver_sql("UPDATE claims SET attention = (1 = 0)"))


@on_postgresql
async def test_a_commit_is_on_disk_on_any_server(books):
    """A server may be tuned to lose the last moment in a power cut; the ledger's transactions are not."""
    assert await books.database.write(lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar_one()) == "on"


@on_postgresql
async def test_a_claim_that_somebody_holds_is_not_waited_for_for_ever(books, url, postgres, hurried):
    """A process that hangs with an order's claim locked delays that order alone, and only until it is told so."""
    await books.authorized()
    impatient = type(books)(Database(url))
    other = await elsewhere(postgres, url)
    await other.execute("BEGIN; SELECT * FROM claims FOR UPDATE")
    began = time.monotonic()
    with pytest.raises((DBAPIError, TimeoutError)):
        await impatient.capturing()
    assert time.monotonic() - began < 3
    await other.execute("ROLLBACK")
    await other.close()
    assert (await impatient.capturing()).outcome is None
    await impatient.database.close()


@on_postgresql
async def test_a_server_that_hangs_is_not_waited_for_for_ever(books, url, postgres, hurried):
    """A frozen server answers nothing: the caller is told in time, and goes on when it is back."""
    impatient = type(books)(Database(url))
    await impatient.authorized()
    postgres.freeze()
    try:
        began = time.monotonic()
        told = await asyncio.gather(*(impatient.capturing() for _ in range(12)), return_exceptions=True)
        assert time.monotonic() - began < 5
    finally:
        postgres.thaw()
    assert all(isinstance(t, SQLAlchemyError | OSError) for t in told)
    assert (await impatient.capturing()).outcome is None
    await impatient.database.close()


@on_postgresql
async def test_connections_that_the_server_closed_are_replaced_unnoticed(books, url, postgres):
    """After a restart the first caller is served like any other."""
    await asyncio.gather(*(books.start() for _ in range(10)))
    other = await elsewhere(postgres, url)
    await other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    await other.close()
    # The loop hears of it when it next looks.
    await asyncio.sleep(0.05)
    assert not any(begun.created for begun in await asyncio.gather(*(books.start() for _ in range(10))))
