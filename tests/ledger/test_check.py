"""The books against themselves: whole after everything that happens, and what is tampered with is named."""

import re
import sqlite3

import pytest

from ledger.check import faults, faults_of
from ledger.database import Database
from payments.events import Captured, Collected
from payments.operations import IntentOutcome
from payments.references import PaymentKey

AUTHORIZATION = "main/FR1012401/authorize/@start"
# Each changes one thing that is kept, past every guard; the events or the rest of the books tell.
TAMPERED = {
    "event_lost": ("DELETE FROM events WHERE sequence = 3", "numbered [1, 2, 4, 5"),
    "events_out_of_order": (
        "UPDATE events SET body = (SELECT body FROM events WHERE sequence = 5) WHERE sequence = 2",
        "cannot be folded",
    ),
    "event_of_another_time": (
        "UPDATE events SET body = (SELECT body FROM events WHERE sequence = 6) WHERE sequence = 7",
        "event 7 is kept under kind collected",
    ),
    "event_unreadable": ("UPDATE events SET body = '{{}}' WHERE sequence = 3", "cannot be folded"),
    "event_renamed": ("UPDATE events SET subject = 'x' WHERE sequence = 3", "event 3 is kept under subject x"),
    "event_changed": (
        "UPDATE events SET body = '{event}' WHERE sequence = 3",
        "the claim's snapshot is not what the events make",
    ),
    "snapshot_changed": ("UPDATE claims SET snapshot = '{{}}'", "the claim's snapshot"),
    "state_changed": ("UPDATE claims SET state = 'voided'", "the claim's state"),
    "attention_hidden": ("UPDATE claims SET attention = (1 = 1)", "the claim's attention"),
    "currency_changed": ("UPDATE claims SET currency = 'USD'", "the claim's currency"),
    "entry_changed": ("UPDATE entries SET amount_minor = 1 WHERE sequence = 3 AND line = 1", "the entries of event 3"),
    "entries_moved_together": (
        "UPDATE entries SET amount_minor = amount_minor / 2 WHERE sequence = 6",
        "the entries of event 6",
    ),
    "entry_lost": ("DELETE FROM entries WHERE sequence = 3 AND line = 2", "event 3 sums to"),
    "entries_lost": ("DELETE FROM entries WHERE sequence = 3", "the entries of event 3"),
    "sum_lost": ("DELETE FROM posting_sum WHERE sequence = 4", "event 4 sums to 0 EUR, kept as None"),
    "hold_changed": ("UPDATE holds SET open_minor = 5", "as kept"),
    "hold_lost": ("DELETE FROM holds", "as kept"),
    "outcome_cleared": ("UPDATE operations SET outcome = NULL WHERE kind = 'capture'", "intents without an outcome"),
}


async def shipped(books):
    """Authorized 100.00, 40.00 captured and collected, the rest lapsing: events 1 to 7."""
    await books.authorized()
    capture = await books.capturing(4_000)
    await books.conclude(capture, IntentOutcome.DONE, books.capture_requested(4_000, 4_000, 6_000))
    about = {"subject": capture.operation.operation_id, "authorization_id": AUTHORIZATION, "amount_minor": 4_000}
    moved = (Captured(**about), Collected(**about))
    await books.records.record(books.key, lambda _: moved, now=books.now, known=0)


async def test_books_are_whole_after_each_step(books):
    """Nothing that the engine writes leaves the books at odds with themselves."""
    await books.start()
    assert await faults_of(books.database, books.key) == ()
    books.key = PaymentKey(order_id="another")
    await books.authorized()
    assert [fault async for fault in faults(books.database)] == []
    capture = await books.capturing(4_000)
    assert await faults_of(books.database, books.key) == ()
    await books.conclude(capture, IntentOutcome.DONE, books.capture_requested(4_000, 4_000, 6_000))
    assert [fault async for fault in faults(books.database)] == []


@pytest.mark.parametrize(("statement", "named"), TAMPERED.values(), ids=list(TAMPERED))
async def test_tampering_is_found(books, tamper, statement, named):
    """Whoever takes the guards down to change one thing is found out by the rest, and only in that order."""
    await shipped(books)
    key = books.key
    books.key = PaymentKey(order_id="zzz-untouched")
    await books.start()
    assert [fault async for fault in faults(books.database)] == []
    event = books.authorized_event(9_999).model_copy(update={"subject": AUTHORIZATION})
    of_order = "shop = 'main' AND order_id = 'FR1012401'"
    said = statement.format(event=event.model_dump_json())
    if "holds" not in said:
        said += f"{' AND' if ' WHERE ' in said else ' WHERE'} {of_order}"
    tamper(re.sub(r"= (\d)\)", rf"= \1 AND {of_order})", said))
    found = [fault async for fault in faults(books.database)]
    assert named in " / ".join(map(str, found))
    assert {fault.key for fault in found} == {key}


@pytest.fixture
def tamper(engine, url, request):
    """Run a statement with the guards down."""

    def on_sqlite(statement):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement)
        connection.commit()
        connection.close()

    def on_postgresql(statement):
        name = Database(url).url.database
        request.getfixturevalue("postgres").execute(f"SET session_replication_role = replica; {statement}", name)

    return {"sqlite": on_sqlite, "postgresql": on_postgresql}[engine]
