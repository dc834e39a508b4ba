"""The outbox against the books: whole as it is written, and what is spoilt in it is named."""

from datetime import timedelta

import pytest

from ledger.check import faults, faults_of
from ledger.operations import SqlRecords
from payments.attention import told_once
from payments.references import PaymentKey
from tests.ledger.test_check import tamper

__all__ = ["tamper"]

OTHER = PaymentKey(order_id="zzz-untouched")
# Each spoils one thing in the outbox of an order whose events 3, 4 and 5 are told.
SPOILT = {
    "the first is lost": ("DELETE FROM outbox WHERE sequence = 3", "event 3 (authorized) has no callback"),
    "one between is lost": ("DELETE FROM outbox WHERE sequence = 4", "event 4 (attention_needed) has no callback"),
    "the last is lost": ("DELETE FROM outbox WHERE sequence = 5", "event 5 (attention_needed) has no callback"),
    "all are lost": ("DELETE FROM outbox WHERE sequence > 0", "event 3 (authorized) has no callback"),
    "of a silent event": ("UPDATE outbox SET sequence = 2 WHERE sequence = 3", "event 2 (authorization_intended) has"),
    "of another type": ("UPDATE outbox SET type = 'payment.captured' WHERE sequence = 3", "is a payment.captured, by"),
    "of another name": ("UPDATE outbox SET message_id = 'msg_1' WHERE sequence = 4", "event 4 is sent as msg_1"),
    "of no event": ("UPDATE outbox SET sequence = 9 WHERE sequence = 5", "callback 9 is of no event"),
}


@pytest.fixture
async def told(books):
    """Two orders of a shop that is told: another one first, then one with three callbacks, in one moment each."""
    books.records = SqlRecords(books.database, notifies=lambda _key: True)
    mine, books.key = books.key, OTHER
    await books.start()
    await books.records.record(OTHER, lambda p: told_once(p, "a", "Look."), now=books.now, known=0)
    books.now += timedelta(seconds=1)
    books.key = mine
    await books.authorized()
    for subject in ("a", "b"):
        await books.records.record(mine, lambda p, s=subject: told_once(p, s, "Look."), now=books.now, known=0)
    return books


async def found(books, *, notifies=lambda _key: True):
    return [fault async for fault in faults(books.database, notifies=notifies)]


@pytest.mark.parametrize(("statement", "named"), SPOILT.values(), ids=list(SPOILT))
async def test_what_is_spoilt_is_named(told, tamper, statement, named):
    """A callback that is missing, or another than its event's, is found, and only in that order."""
    assert await found(told) == []
    tamper(f"{statement} AND shop = 'main' AND order_id = '{told.key.order_id}'")
    spoilt = await found(told)
    assert named in " / ".join(map(str, spoilt))
    assert {fault.key for fault in spoilt} == {told.key}


async def test_a_gap_is_found_whoever_is_told(told, tamper):
    """Between two callbacks of an order none may be missing, also where nobody is told any more."""
    tamper("DELETE FROM outbox WHERE sequence = 4")
    [fault] = await found(told, notifies=lambda _key: False)
    assert (fault.key, "event 4" in fault.what) == (told.key, True)


async def test_what_happened_before_anybody_was_told_is_no_fault(books):
    """Callbacks that were switched on later are owed from the shop's first one on, and not for what came before."""
    await books.authorized()
    books.now += timedelta(seconds=1)
    assert await faults_of(books.database, books.key, is_told=True) == ()
    books.records = SqlRecords(books.database, notifies=lambda _key: True)
    await books.records.record(books.key, lambda p: told_once(p, "a", "Look."), now=books.now, known=0)
    assert await faults_of(books.database, books.key, is_told=True) == ()
    books.records = SqlRecords(books.database)
    await books.records.record(books.key, lambda p: told_once(p, "b", "Look."), now=books.now, known=0)
    [what] = await faults_of(books.database, books.key, is_told=True)
    assert "event 5 (attention_needed) has no callback" in what
    assert await faults_of(books.database, books.key) == ()
