"""Payments and the steps of their life as values, and how they get into the books and out of them."""

import sqlite3
from dataclasses import dataclass, field, replace

import orjson

from simulator.kernel.books import Books, Value
from simulator.kernel.calls import Json

# What a step is: something that was asked and accepted, by the merchant, the customer or, over the control API, a bank.
RETURN = "return"  # the customer came back from where the payment had sent them
ACCEPT = "accept"  # a challenged payment was let through
COMPLETE = "complete"
CAPTURE = "capture"
FINALIZE = "finalize"
UNDO_CAPTURE = "undo capture"
CANCEL = "cancel"
REFUND = "refund"
APPROVE_REFUND = "approve refund"
UNDO_REFUND_APPROVAL = "undo refund approval"
CANCEL_REFUND = "cancel refund"
CHARGEBACK_NOTICE = "chargeback notice"
CHARGEBACK = "chargeback"
CHARGEBACK_WON = "chargeback won"
DEBIT_RETURN = "debit return"

# How a payment is captured: with its creation, by one approve, by one or more captures.
AT_ONCE, ONE_CAPTURE, CAPTURES = "at once", "one", "several"

CARD, DIRECT_DEBIT, SEPA, REDIRECT = "card", "direct debit", "sepa", "redirect"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What issuer, bank, fraud service and customer will make of a payment; fixed when it is created (`triggers`)."""

    decline_code: str = ""
    decline_message: str = ""
    decline_status: int = 100  # 160 when the fraud service denies
    retriable: bool = False
    authorisation_code: str = "OK1131"
    avs: str = "0"
    cvv: str = "0"
    fraud: str = "no-advice"
    authentication: str = ""  # "", frictionless, challenge, failed
    completes: bool = False  # waits for the merchant to complete it once the customer is back
    capture_fails: bool = False
    refund_declined: bool = False
    refund_fails: bool = False
    returned_after_days: int | None = None
    chargeback_after_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step. All its times are fixed when it is accepted, so other delays at a restart do not change the past."""

    kind: str
    at: int
    amount: int = 0
    place: int = 0  # which capture or refund of the payment, from 1
    result: str = ""  # of a customer's return: done, failed, cancelled
    final: bool = False
    fails: bool = False
    waits: bool = False  # a refund that needs approval
    capture: int = 0  # which capture a refund is of; 0 for one of the whole payment
    cancellable_until: int = 0
    captured_at: int = 0
    collected_at: int = 0
    returned_at: int = 0
    chargeback_at: int = 0
    details: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment as it was created; everything later is in its steps. No full card number or account is kept."""

    number: int
    payment_id: str
    merchant_id: str
    merchant_reference: str | None
    merchant_order_id: int | None
    amount: int
    currency: str
    method: str
    product: int
    mode: str
    captures: str
    outcome: Outcome
    created_at: int
    output: Json  # what the method's specific output shows of a payment that is not rejected
    creation: Json = field(default_factory=dict)  # what creationOutput says beyond the references
    hosted_checkout_id: str | None = None
    redirect: Json | None = None  # returnUrl, RETURNMAC and what else the customer's page needs
    vault: Json | None = None  # the card, as a token keeps it
    account: Json | None = None  # the bank account that was typed, likewise
    collect_from: int = 0  # a direct debit is not collected before
    steps: tuple[Step, ...] = ()

    def with_steps(self, *steps: Step) -> "Payment":
        """The same payment with exactly these steps."""
        return replace(self, steps=steps)


@dataclass(frozen=True, kw_only=True)
class Criteria:
    """What find and the control API filter by; None filters nothing."""

    merchant_id: str | None = None
    merchant_reference: str | None = None
    merchant_order_id: int | None = None
    hosted_checkout_id: str | None = None
    reference_prefix: str | None = None
    created_until: int | None = None

    def where(self) -> tuple[str, list[Value]]:
        """The SQL condition and its values."""
        parts: list[tuple[str, Value]] = [
            ("merchant_id = ?", self.merchant_id),
            ("merchant_reference = ?", self.merchant_reference),
            ("merchant_order_id = ?", self.merchant_order_id),
            ("hosted_checkout_id = ?", self.hosted_checkout_id),
            ("instr(merchant_reference, ?) = 1", self.reference_prefix),
            ("created_at <= ?", self.created_until),
        ]
        used = [(sql, value) for sql, value in parts if value is not None]
        return " AND ".join(sql for sql, _ in used) or "1", [value for _, value in used]


def next_number(books: Books) -> int:
    """The next order number: payments are never deleted, so the highest plus one was never used."""
    return books.count("SELECT max(number) FROM payments") + 1


def insert(books: Books, payment: Payment) -> None:
    """Write a new payment with the steps it was born with."""
    books.write(
        "INSERT INTO payments (number, payment_id, merchant_id, merchant_reference, merchant_order_id,"
        " hosted_checkout_id, created_at, facts) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        payment.number,
        payment.payment_id,
        payment.merchant_id,
        payment.merchant_reference,
        payment.merchant_order_id,
        payment.hosted_checkout_id,
        payment.created_at,
        orjson.dumps(payment.with_steps()),
    )
    for place, step in enumerate(payment.steps):
        _insert_step(books, payment.payment_id, place, step)


def add_step(books: Books, payment: Payment, step: Step) -> Payment:
    """Write one more step and tell the payment that has it."""
    _insert_step(books, payment.payment_id, len(payment.steps), step)
    return payment.with_steps(*payment.steps, step)


def _insert_step(books: Books, payment_id: str, place: int, step: Step) -> None:
    books.write(
        "INSERT INTO steps (payment_id, place, at, facts) VALUES (?, ?, ?, ?)",
        payment_id,
        place,
        step.at,
        orjson.dumps(step),
    )


def load(books: Books, merchant_id: str | None, payment_id: str) -> Payment | None:
    """One payment by Connect's id; a merchant's own, or anybody's for None."""
    row = books.row(
        "SELECT facts FROM payments WHERE payment_id = ?1 AND (?2 IS NULL OR merchant_id = ?2)", payment_id, merchant_id
    )
    if row is None:
        return None
    return _payment(row, books.rows("SELECT facts FROM steps WHERE payment_id = ? ORDER BY place", payment_id))


def search(books: Books, criteria: Criteria, *, limit: int = -1, offset: int = 0) -> list[Payment]:
    """Payments in the order of their creation, all their steps read at once."""
    where, values = criteria.where()
    page = f"FROM payments WHERE {where} ORDER BY number LIMIT ? OFFSET ?"
    steps: dict[str, list[sqlite3.Row]] = {}
    for step in books.rows(
        f"SELECT payment_id, facts FROM steps WHERE payment_id IN (SELECT payment_id {page})"  # noqa: S608
        " ORDER BY payment_id, place",
        *values,
        limit,
        offset,
    ):
        steps.setdefault(step["payment_id"], []).append(step)
    rows = books.rows(f"SELECT payment_id, facts {page}", *values, limit, offset)
    return [_payment(row, steps.get(row["payment_id"], [])) for row in rows]


def count(books: Books, criteria: Criteria) -> int:
    """How many payments match, over all pages."""
    where, values = criteria.where()
    return books.count(f"SELECT count(*) FROM payments WHERE {where}", *values)  # noqa: S608


def _payment(row: sqlite3.Row, steps: list[sqlite3.Row]) -> Payment:
    facts = orjson.loads(row["facts"])
    facts["outcome"] = Outcome(**facts["outcome"])
    facts["steps"] = tuple(Step(**orjson.loads(step["facts"])) for step in steps)
    return Payment(**facts)
