"""Every request to the Server API in the order of its arrival, for tests that ask what was really sent."""

from dataclasses import dataclass

from simulator.kernel.books import Books
from simulator.kernel.calls import Call
from simulator.kernel.clock import iso


@dataclass(kw_only=True)
class Entry:
    """One request. `status` is what the caller was sent: None while it runs and when nothing was sent."""

    at: int
    method: str
    path: str
    operation: str
    merchant_reference: str | None
    idempotence_key: str | None
    number: int = 0
    status: int | None = None
    processed: bool = False
    replayed: bool = False
    fault: str | None = None

    @classmethod
    def of(cls, call: Call, merchant_reference: str | None) -> "Entry":
        """The entry of a request that just came in."""
        return cls(
            at=call.at,
            method=call.method,
            path=call.target,
            operation=call.operation,
            merchant_reference=merchant_reference,
            idempotence_key=call.idempotence_key,
        )


def write(books: Books, entry: Entry) -> None:
    """Insert the entry, or bring it up to date when it has a number already."""
    if entry.number:
        books.write(
            "UPDATE requests SET status = ?, processed = ?, replayed = ? WHERE number = ?",
            entry.status,
            entry.processed,
            entry.replayed,
            entry.number,
        )
        return
    entry.number = books.write(
        "INSERT INTO requests (at, method, path, operation, merchant_reference, idempotence_key, status,"
        " processed, replayed, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.at,
        entry.method,
        entry.path,
        entry.operation,
        entry.merchant_reference,
        entry.idempotence_key,
        entry.status,
        entry.processed,
        entry.replayed,
        entry.fault,
    )


def listing(
    books: Books, *, operation: str | None = None, reference_prefix: str | None, after: int = 0, latest: int = -1
) -> list[dict[str, object]]:
    """Entries after a number, oldest first; the `latest` alone where so many are wanted."""
    rows = books.rows(
        "SELECT * FROM requests WHERE number > ?1 AND (?2 IS NULL OR operation = ?2)"
        " AND (?3 IS NULL OR instr(merchant_reference, ?3) = 1) ORDER BY number DESC LIMIT ?4",
        after,
        operation,
        reference_prefix,
        latest,
    )
    return [
        {
            **dict(row),
            "at": iso(row["at"]),
            "processed": bool(row["processed"]),
            "replayed": bool(row["replayed"]),
        }
        for row in reversed(rows)
    ]
