"""Payments and their steps as values, and how they get into the books and out of them."""

import sqlite3
from dataclasses import asdict, dataclass, fields, replace

from simulator.books import Books, Value

APPROVE = "approve"
CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that was asked of a payment and accepted. Its times are fixed when it is accepted."""

    kind: str
    at: int
    amount: int
    fails: bool = False
    cancellable_until: int = 0
    captured_at: int = 0
    collected_at: int = 0


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment as it was created; everything later is in its steps. No full card number is kept."""

    number: int
    payment_id: str
    merchant_id: str
    merchant_reference: str | None
    merchant_order_id: int | None
    amount: int
    currency: str
    mode: str
    captured_at_once: bool
    product: int
    masked_number: str
    expiry_date: str
    authorisation_code: str
    decline_code: str | None
    decline_message: str
    capture_fails: bool
    created_at: int
    steps: tuple[Step, ...] = ()

    def with_steps(self, steps: tuple[Step, ...]) -> "Payment":
        """The same payment with other steps."""
        return replace(self, steps=steps)


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What find and the control API filter by; None filters nothing."""

    merchant_id: str | None = None
    merchant_reference: str | None = None
    merchant_order_id: int | None = None
    reference_prefix: str | None = None
    created_until: int | None = None

    def where(self) -> tuple[str, list[Value]]:
        """The SQL condition and its values."""
        parts: list[tuple[str, Value]] = [
            ("merchant_id = ?", self.merchant_id),
            ("merchant_reference = ?", self.merchant_reference),
            ("merchant_order_id = ?", self.merchant_order_id),
            ("instr(merchant_reference, ?) = 1", self.reference_prefix),
            ("created_at <= ?", self.created_until),
        ]
        used = [(sql, value) for sql, value in parts if value is not None]
        return " AND ".join(sql for sql, _ in used) or "1", [value for _, value in used]


_COLUMNS = [field.name for field in fields(Payment) if field.name != "steps"]
_STEP_COLUMNS = [field.name for field in fields(Step)]


def next_number(books: Books) -> int:
    """The next order number: payments are never deleted, so the highest plus one was never used."""
    return books.count("SELECT max(number) FROM payments") + 1


def insert(books: Books, payment: Payment) -> None:
    """Write a new payment with the steps it was born with."""
    values = asdict(payment)
    books.write(
        f"INSERT INTO payments ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",  # noqa: S608
        *(values[name] for name in _COLUMNS),
    )
    for place, step in enumerate(payment.steps):
        _insert_step(books, payment.payment_id, place, step)


def add_step(books: Books, payment: Payment, step: Step) -> Payment:
    """Write one more step and tell the payment that has it."""
    _insert_step(books, payment.payment_id, len(payment.steps), step)
    return payment.with_steps((*payment.steps, step))


def _insert_step(books: Books, payment_id: str, place: int, step: Step) -> None:
    values = asdict(step)
    books.write(
        f"INSERT INTO steps (payment_id, place, {', '.join(_STEP_COLUMNS)})"  # noqa: S608
        f" VALUES (?, ?, {', '.join('?' * len(_STEP_COLUMNS))})",
        payment_id,
        place,
        *(values[name] for name in _STEP_COLUMNS),
    )


def load(books: Books, merchant_id: str, payment_id: str) -> Payment | None:
    """One payment of a merchant, by Connect's id."""
    row = books.row("SELECT * FROM payments WHERE merchant_id = ? AND payment_id = ?", merchant_id, payment_id)
    if row is None:
        return None
    return _payment(row, books.rows("SELECT * FROM steps WHERE payment_id = ? ORDER BY place", payment_id))


def search(books: Books, criteria: Criteria, *, limit: int = -1, offset: int = 0) -> list[Payment]:
    """Payments in the order of their creation, all their steps read at once."""
    where, values = criteria.where()
    page = f"FROM payments WHERE {where} ORDER BY number LIMIT ? OFFSET ?"
    steps: dict[str, list[sqlite3.Row]] = {}
    for step in books.rows(
        f"SELECT * FROM steps WHERE payment_id IN (SELECT payment_id {page}) ORDER BY payment_id, place",  # noqa: S608
        *values,
        limit,
        offset,
    ):
        steps.setdefault(step["payment_id"], []).append(step)
    rows = books.rows(f"SELECT * {page}", *values, limit, offset)
    return [_payment(row, steps.get(row["payment_id"], [])) for row in rows]


def count(books: Books, criteria: Criteria) -> int:
    """How many payments match, over all pages."""
    where, values = criteria.where()
    return books.count(f"SELECT count(*) FROM payments WHERE {where}", *values)  # noqa: S608


def _payment(row: sqlite3.Row, steps: list[sqlite3.Row]) -> Payment:
    values = {name: row[name] for name in _COLUMNS}
    values["captured_at_once"] = bool(values["captured_at_once"])
    values["capture_fails"] = bool(values["capture_fails"])
    return Payment(**values, steps=tuple(_step(step) for step in steps))


def _step(row: sqlite3.Row) -> Step:
    values = {name: row[name] for name in _STEP_COLUMNS}
    values["fails"] = bool(values["fails"])
    return Step(**values)
