"""The file that everything is kept in: an answer is given only after its effect is committed here."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS payments (
    number INTEGER PRIMARY KEY,
    payment_id TEXT NOT NULL UNIQUE,
    merchant_id TEXT NOT NULL,
    merchant_reference TEXT,
    merchant_order_id INTEGER,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    mode TEXT NOT NULL,
    captured_at_once INTEGER NOT NULL,
    product INTEGER NOT NULL,
    masked_number TEXT NOT NULL,
    expiry_date TEXT NOT NULL,
    authorisation_code TEXT NOT NULL,
    decline_code TEXT,
    decline_message TEXT NOT NULL,
    capture_fails INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    announced INTEGER NOT NULL DEFAULT 0,
    next_event_at INTEGER,
    UNIQUE (merchant_id, merchant_reference)
) STRICT;
CREATE INDEX IF NOT EXISTS payments_by_order ON payments (merchant_id, merchant_order_id);
CREATE INDEX IF NOT EXISTS payments_to_announce ON payments (next_event_at) WHERE next_event_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS steps (
    payment_id TEXT NOT NULL REFERENCES payments (payment_id),
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    fails INTEGER NOT NULL,
    cancellable_until INTEGER NOT NULL,
    captured_at INTEGER NOT NULL,
    collected_at INTEGER NOT NULL,
    PRIMARY KEY (payment_id, place)
) STRICT;
CREATE TABLE IF NOT EXISTS idempotence (
    merchant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    status INTEGER NOT NULL,
    body BLOB NOT NULL,
    location TEXT,
    PRIMARY KEY (merchant_id, key)
) STRICT;
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT, spec TEXT NOT NULL, remaining INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    operation TEXT NOT NULL,
    merchant_reference TEXT,
    idempotence_key TEXT,
    status INTEGER,
    processed INTEGER NOT NULL,
    replayed INTEGER NOT NULL,
    fault TEXT
) STRICT;
"""

Value = str | int | bytes | None


class Books:
    """One connection, used by one thread at a time; a transaction is never held across an await."""

    def __init__(self, path: str = "") -> None:
        """Open the file, or keep everything in memory when there is none."""
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        # FULL: what was answered survives a power cut, not only the end of this process.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all of a request's effects, or none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def rows(self, sql: str, *values: Value) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Value) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        found = self._connection.execute(sql, values).fetchone()
        return found if isinstance(found, sqlite3.Row) else None

    def count(self, sql: str, *values: Value) -> int:
        """The single number that a query answers, 0 for NULL."""
        return int(self._connection.execute(sql, values).fetchone()[0] or 0)

    def write(self, sql: str, *values: Value) -> int:
        """Change something; tells the row id of an insert."""
        return self._connection.execute(sql, values).lastrowid or 0

    def note(self, name: str) -> int:
        """A remembered number, 0 when never written."""
        return self.count("SELECT max(value) FROM notes WHERE name = ?", name)

    def write_note(self, name: str, value: int) -> None:
        """Remember a number."""
        self.write("INSERT OR REPLACE INTO notes (name, value) VALUES (?, ?)", name, value)

    def latest(self) -> int:
        """The last time that anything was written: the clock must not start before it."""
        return self.count(
            "SELECT max(at) FROM (SELECT max(at) AS at FROM requests UNION ALL SELECT max(at) FROM steps"
            " UNION ALL SELECT max(created_at) FROM payments)"
        )
