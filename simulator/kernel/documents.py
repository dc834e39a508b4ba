"""Everything that is not a payment: tokens, mandates, hosted checkouts, sessions, payouts, disputes, files, accounts.

A document is a JSON object under a kind and an id; what its fields mean is the business of the room that keeps it.
"""

import sqlite3
from dataclasses import dataclass

import orjson

from simulator.kernel.books import Books, Value
from simulator.kernel.calls import Json


@dataclass(frozen=True, kw_only=True)
class Document:
    """One object of one merchant. `reference` is what it may be searched by; `number` counts within its kind."""

    kind: str
    id: str
    merchant_id: str
    content: Json
    created_at: int
    number: int = 0
    reference: str | None = None


def insert(books: Books, document: Document) -> Document:
    """Write a new one, and tell it with its number."""
    number = books.count("SELECT max(number) FROM documents WHERE kind = ?", document.kind) + 1
    books.write(
        "INSERT INTO documents (kind, id, merchant_id, number, reference, created_at, content)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        document.kind,
        document.id,
        document.merchant_id,
        number,
        document.reference,
        document.created_at,
        orjson.dumps(document.content),
    )
    return Document(**{**vars(document), "number": number})


def save(books: Books, document: Document) -> None:
    """Write the content of one that is there already."""
    books.write(
        "UPDATE documents SET content = ?, reference = ? WHERE kind = ? AND id = ?",
        orjson.dumps(document.content),
        document.reference,
        document.kind,
        document.id,
    )


def load(books: Books, kind: str, merchant_id: str, document_id: str) -> Document | None:
    """One object of a merchant; another merchant's is not there."""
    row = books.row(
        "SELECT * FROM documents WHERE kind = ? AND id = ? AND merchant_id = ?", kind, document_id, merchant_id
    )
    return None if row is None else _document(row)


def find(books: Books, kind: str, document_id: str) -> Document | None:
    """One object, whosever it is: for a caller who is known by the object alone."""
    row = books.row("SELECT * FROM documents WHERE kind = ? AND id = ?", kind, document_id)
    return None if row is None else _document(row)


def search(
    books: Books,
    kind: str,
    *,
    merchant_id: str | None = None,
    reference: str | None = None,
    limit: int = -1,
    offset: int = 0,
) -> list[Document]:
    """Those of a kind in the order of their creation; None filters nothing."""
    where, values = _where(kind, merchant_id, reference)
    rows = books.rows(
        f"SELECT * FROM documents WHERE {where} ORDER BY number LIMIT ? OFFSET ?",  # noqa: S608
        *values,
        limit,
        offset,
    )
    return [_document(row) for row in rows]


def count(books: Books, kind: str, *, merchant_id: str | None = None, reference: str | None = None) -> int:
    """How many `search` would tell without a limit."""
    where, values = _where(kind, merchant_id, reference)
    return books.count(f"SELECT count(*) FROM documents WHERE {where}", *values)  # noqa: S608


def _where(kind: str, merchant_id: str | None, reference: str | None) -> tuple[str, list[Value]]:
    parts = [("kind = ?", kind), ("merchant_id = ?", merchant_id), ("reference = ?", reference)]
    used = [(sql, value) for sql, value in parts if value is not None]
    return " AND ".join(sql for sql, _ in used), [value for _, value in used]


def _document(row: sqlite3.Row) -> Document:
    return Document(**{**dict(row), "content": orjson.loads(row["content"])})
