"""The double entry and the snapshot: what is stored is the fold of what happened, and sums to zero."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError

from ledger.columns import UtcMicroseconds
from ledger.journal import SNAPSHOT_FORM
from ledger.tables_books import claims, entries
from payments.events import AttentionNeeded, Captured, Collected, HoldReleased, Unexplained
from payments.evolve import fold
from payments.operations import IntentOutcome
from payments.postings import Account, postings


async def shipped(books):
    """Authorized 100.00, captured 40.00 of 50.00 asked, collected, the rest released."""
    authorization = await books.authorized()
    capture = await books.capturing(5_000)
    requested = books.capture_requested(5_000, 4_000, 6_000)
    await books.conclude(capture, IntentOutcome.DONE, requested)
    about = {
        "subject": capture.operation.operation_id,
        "authorization_id": authorization.operation.operation_id,
    }
    moved = (
        Captured(**about, amount_minor=4_000),
        Collected(**about, amount_minor=4_000),
        HoldReleased(**about, amount_minor=6_000, confirmed=False),
        Unexplained(**about, amount_minor=7, used_hold_minor=0),
    )
    await books.records.record(books.key, lambda _: moved, now=books.now, known=0)


async def test_the_snapshot_is_the_fold_of_the_stored_events(books):
    """Whoever trusts the snapshot and whoever reads the story see the same payment."""
    await shipped(books)
    events = await books.queries.events(books.key)
    folded = fold(books.key, [e.event for e in events])
    assert [e.sequence for e in events] == list(range(1, len(events) + 1))
    assert await books.queries.payment(books.key) == folded
    (claim,) = await books.queries.claims()
    assert (claim.state, claim.sequence) == (folded.state, folded.sequence)


async def test_a_snapshot_of_another_version_is_folded_anew(books):
    """Fields that the payment gained or lost since do not matter: the events tell it all."""
    await shipped(books)
    wanted = await books.queries.payment(books.key)
    stale = claims.update().values(snapshot={"of": "another time"}, snapshot_form="old")
    await books.database.write(lambda connection: connection.execute(stale))
    assert await books.queries.payment(books.key) == wanted
    look = AttentionNeeded(subject="x", sentence="Look.")
    await books.records.record(books.key, lambda payment: (look,) if payment == wanted else (), now=books.now, known=0)
    stored = await books.database.read(lambda connection: connection.execute(select(claims)).one())
    assert (stored.snapshot["sequence"], stored.snapshot_form) == (wanted.sequence + 1, SNAPSHOT_FORM)


async def test_entries_are_the_postings_of_their_events(books):
    """The stored lines are the core's own, in its order; each event's sum to zero."""
    await shipped(books)
    wanted = [
        (e.sequence, line, entry.account, entry.amount_minor, "EUR", entry.authorization_id, entry.capture_id)
        for e in await books.queries.events(books.key)
        for line, entry in enumerate(postings(e.event), start=1)
    ]
    columns = [entries.c[n] for n in ("sequence", "line", "account", "amount_minor", "currency")]
    columns += [entries.c.authorization_id, entries.c.capture_id]
    query = select(*columns).order_by(entries.c.sequence, entries.c.line)
    stored = await books.database.read(lambda connection: connection.execute(query).all())
    assert [tuple(row) for row in stored] == wanted
    sums = Counter()
    for row in stored:
        sums[row.sequence] += row.amount_minor
    assert set(sums.values()) == {0}


async def test_balances_tell_where_the_money_is(books):
    """Sold and collected 40.00, nothing held any more, 0.07 to be explained; the kept hold agrees."""
    await shipped(books)
    balances = {b.account: b.amount_minor for b in await books.queries.balances(books.key) if b.amount_minor}
    assert balances == {Account.SALE: -4_000, Account.PROVIDER_COLLECTED: 4_007, Account.SUSPENSE: -7}
    assert sum(b.amount_minor for b in await books.queries.balances()) == 0
    (hold,) = await books.queries.holds()
    assert (hold.open_minor, hold.reserved_minor, hold.lapsing_minor) == (0, 0, 0)


async def test_holds_follow_the_entries(books):
    """While a capture is under way its part is reserved and the rest open."""
    await books.authorized()
    await books.capturing(4_000)
    (hold,) = await books.queries.holds()
    assert (hold.open_minor, hold.reserved_minor, hold.lapsing_minor) == (6_000, 4_000, 0)


async def test_pages_go_from_the_last_changed_to_the_first(books):
    """Each payment is on exactly one page, also when several changed at the same moment."""
    keys = [books.key.model_copy(update={"order_id": f"order-{n}"}) for n in range(7)]
    for key in keys:
        await books.start(key=key)
    seen, before = [], None
    while True:
        page = await books.queries.page(size=3, before=before)
        seen += [line.order_id for line in page.payments]
        before = page.next_before
        if before is None:
            break
    assert seen == [f"order-{n}" for n in reversed(range(7))]


async def test_a_time_without_a_zone_is_refused(books):
    """Nobody could say which moment it means."""
    await books.start()
    naive = datetime(2026, 11, 24, 9, 0)  # noqa: DTZ001
    with pytest.raises(StatementError, match="no time zone"):
        await books.database.write(lambda c: c.execute(claims.update().values(updated_at=naive)))


def test_times_keep_their_microseconds():
    """A moment comes back exactly, also one that a float could not hold."""
    moment = datetime(2026, 11, 24, 9, 0, 0, 123_457, tzinfo=UTC)
    kind = UtcMicroseconds()
    assert kind.process_result_value(kind.process_bind_param(moment, None), None) == moment


async def test_a_refused_commit_leaves_the_connection_usable(books):
    """An unbalanced posting is found at COMMIT; what was written with it is gone, and writing goes on."""
    await books.authorized()
    line = {
        **books.key.model_dump(),
        "sequence": 3,
        "line": 9,
        "account": "sale",
        "amount_minor": 1,
        "currency": "EUR",
        "authorization_id": "x",
    }

    def work(connection):
        connection.execute(entries.insert(), line)
        # Inside the transaction it stands: only the COMMIT is refused.
        assert connection.execute(select(entries.c.line).where(entries.c.line == 9)).scalar_one() == 9

    for _ in range(3):
        with pytest.raises(IntegrityError, match=r"FOREIGN KEY|foreign key"):
            await books.database.write(work)
    assert len(await books.database.read(lambda c: c.execute(select(entries)).all())) == 2
    assert (await books.capturing()).outcome is None


async def test_a_cancelled_caller_leaves_the_writer_usable(books):
    """Whoever stops waiting stops no transaction half way, and the next one has its turn."""
    written = asyncio.create_task(books.start())
    await asyncio.sleep(0)
    written.cancel()
    with pytest.raises(asyncio.CancelledError):
        await written
    begun = await books.start()
    assert [e.sequence for e in begun.events] == [1, 2]
