"""The table of deliveries: each event with its bytes, how often it was tried, and when it is tried again."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.kernel.books import Books
from simulator.kernel.calls import Json
from simulator.kernel.clock import iso, microseconds

# Seconds of the simulator's clock from each failed try to the next: a receiver that restarts misses little, one that is
# down for a night is caught up. Thirteen tries over about a day, then the event is given up.
PAUSES = (0.5, 1, 2, 5, 10, 30, 120, 600, 1800, 7200, 21_600, 54_000)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event, written once: the same bytes at each try."""

    event_id: str
    type: str
    object_id: str
    merchant_id: str
    merchant_reference: str | None
    body: bytes
    created_at: int


def insert(
    books: Books, event: Event, next_try_at: int | None, *, alone: bool = False, fault: str | None = None
) -> int:
    """Write a delivery and tell its number; without a time it is never sent.

    It is held behind an open one of the same object, unless it stands `alone`: then neither waits for the other.
    """
    return books.write(
        "INSERT INTO deliveries (event_id, type, object_id, merchant_id, merchant_reference, body, created_at, alone,"
        " fault, next_try_at, held) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?8 = 0 AND EXISTS (SELECT 1"
        " FROM deliveries WHERE object_id = ?3 AND next_try_at IS NOT NULL AND alone = 0))",
        event.event_id,
        event.type,
        event.object_id,
        event.merchant_id,
        event.merchant_reference,
        event.body,
        event.created_at,
        alone,
        fault,
        next_try_at,
    )


def due(books: Books, merchant_id: str, now: int, limit: int) -> list[sqlite3.Row]:
    """What may be sent now: of each object the earliest that is open, and what stands alone."""
    return books.rows(
        "SELECT number, object_id, merchant_id, body, attempts FROM deliveries"
        " WHERE merchant_id = ? AND next_try_at <= ? AND held = 0 ORDER BY next_try_at, number LIMIT ?",
        merchant_id,
        now,
        limit,
    )


def delivered(books: Books, row: sqlite3.Row, result: str, now: int) -> None:
    """Note a success; what was held back of the same object until now follows."""
    books.write(
        "UPDATE deliveries SET attempts = attempts + 1, last_result = ?, delivered_at = ?, next_try_at = NULL"
        " WHERE number = ?",
        result,
        now,
        row["number"],
    )
    books.write(
        "UPDATE deliveries SET next_try_at = ? WHERE merchant_id = ? AND next_try_at > ? AND object_id = ?"
        " AND fault = 'reorder' AND attempts = 0",
        now,
        row["merchant_id"],
        now,
        row["object_id"],
    )
    _let_go(books, row["object_id"])


def failed(books: Books, row: sqlite3.Row, result: str, now: int) -> None:
    """Note a failure: tried again later, or given up."""
    tries = row["attempts"]
    again = now + microseconds(PAUSES[tries]) if tries < len(PAUSES) else None
    books.write(
        "UPDATE deliveries SET attempts = attempts + 1, last_result = ?, next_try_at = ?, given_up_at = ?"
        " WHERE number = ?",
        result,
        again,
        now if again is None else None,
        row["number"],
    )
    if again is None:
        _let_go(books, row["object_id"])


def _let_go(books: Books, object_id: str) -> None:
    """The next one of an object may go, once none before it is open."""
    books.write(
        "UPDATE deliveries SET held = 0 WHERE number = (SELECT min(number) FROM deliveries"
        " WHERE object_id = ? AND next_try_at IS NOT NULL AND alone = 0)",
        object_id,
    )


def send_again(books: Books, event_id: str, now: int) -> int | None:
    """One more delivery of an event, whatever became of the earlier ones; None for an unknown event."""
    row = newest(books, event_id)
    if row is None:
        return None
    event = Event(**{name: row[name] for name in Event.__dataclass_fields__})
    return insert(books, event, now, alone=True)


def newest(books: Books, event_id: str) -> sqlite3.Row | None:
    """The last delivery of an event."""
    return books.row("SELECT * FROM deliveries WHERE event_id = ? ORDER BY number DESC LIMIT 1", event_id)


def listing(
    books: Books, *, after: int = 0, event_type: str | None = None, prefix: str | None = None, latest: int = -1
) -> list[Json]:
    """Deliveries after a number in the order of their writing; the `latest` alone where so many are wanted."""
    rows = books.rows(
        "SELECT * FROM deliveries WHERE number > ?1 AND (?2 IS NULL OR type = ?2)"
        " AND (?3 IS NULL OR instr(merchant_reference, ?3) = 1) ORDER BY number DESC LIMIT ?4",
        after,
        event_type,
        prefix,
        latest,
    )
    return [line(row) for row in reversed(rows)]


def counts(books: Books) -> Json:
    """How many deliveries there are of each state."""
    found = books.rows(
        "SELECT sum(delivered_at IS NOT NULL) AS delivered, sum(given_up_at IS NOT NULL) AS given_up,"
        " sum(next_try_at IS NOT NULL AND attempts > 0) AS retrying,"
        " sum(next_try_at IS NOT NULL AND attempts = 0) AS waiting FROM deliveries"
    )[0]
    return {name: found[name] or 0 for name in found.keys()}  # noqa: SIM118  (a row iterates over its values)


def line(row: sqlite3.Row) -> Json:
    """One delivery without its bytes."""
    times: Sequence[str] = ("created_at", "next_try_at", "delivered_at", "given_up_at")
    names = ("number", "event_id", "type", "object_id", "merchant_id", "merchant_reference")
    return {
        **{name: row[name] for name in names},
        "state": _state(row),
        "attempts": row["attempts"],
        "last_result": row["last_result"],
        "fault": row["fault"],
        **{name: None if row[name] is None else iso(row[name]) for name in times},
    }


def _state(row: sqlite3.Row) -> str:
    if row["delivered_at"] is not None:
        return "delivered"
    if row["given_up_at"] is not None:
        return "given_up"
    if row["next_try_at"] is None:
        return "dropped"
    return "retrying" if row["attempts"] else "waiting"
