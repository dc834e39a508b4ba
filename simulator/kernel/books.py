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
    hosted_checkout_id TEXT,
    created_at INTEGER NOT NULL,
    facts BLOB NOT NULL
) STRICT;
-- Not unique: the attempts of one hosted checkout share its reference; for all others `create` refuses a second.
CREATE INDEX IF NOT EXISTS payments_by_reference ON payments (merchant_id, merchant_reference);
CREATE INDEX IF NOT EXISTS payments_by_order ON payments (merchant_id, merchant_order_id);
CREATE INDEX IF NOT EXISTS payments_by_checkout ON payments (hosted_checkout_id) WHERE hosted_checkout_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS steps (
    payment_id TEXT NOT NULL REFERENCES payments (payment_id),
    place INTEGER NOT NULL,
    at INTEGER NOT NULL,
    facts BLOB NOT NULL,
    PRIMARY KEY (payment_id, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refunds (
    number INTEGER PRIMARY KEY,
    refund_id TEXT NOT NULL UNIQUE,
    payment_id TEXT NOT NULL REFERENCES payments (payment_id),
    merchant_id TEXT NOT NULL,
    merchant_reference TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refunds_by_reference ON refunds (merchant_id, merchant_reference);
CREATE TABLE IF NOT EXISTS documents (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    reference TEXT,
    created_at INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_by_number ON documents (kind, number);
CREATE INDEX IF NOT EXISTS documents_by_reference ON documents (kind, merchant_id, reference);
CREATE TABLE IF NOT EXISTS announcements (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    told INTEGER NOT NULL,
    next_at INTEGER,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS announcements_due ON announcements (merchant_id, next_at) WHERE next_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    merchant_id TEXT NOT NULL,
    merchant_reference TEXT,
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    alone INTEGER NOT NULL,
    held INTEGER NOT NULL,
    fault TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_result TEXT,
    next_try_at INTEGER,
    delivered_at INTEGER,
    given_up_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (merchant_id, next_try_at)
    WHERE next_try_at IS NOT NULL AND held = 0;
CREATE INDEX IF NOT EXISTS deliveries_open ON deliveries (object_id, number)
    WHERE next_try_at IS NOT NULL AND alone = 0;
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS event_faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    spec TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    met INTEGER NOT NULL DEFAULT 0
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
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    spec TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    met INTEGER NOT NULL DEFAULT 0
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
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
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
            " UNION ALL SELECT max(created_at) FROM payments UNION ALL SELECT max(created_at) FROM documents"
            " UNION ALL SELECT max(max(created_at, coalesce(delivered_at, 0))) FROM deliveries)"
        )
