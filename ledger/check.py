"""The books against themselves: the events told again must make everything else that is kept.

Guards refuse what is wrong as it is written; this finds what got past them: a restored half of a backup, a hand that
took the guards down, a rule that changed its mind about old events. It only reads, one order at a time.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from ledger.check_outbox import outbox_faults
from ledger.database import Database
from ledger.journal import SNAPSHOT_FORM, entry_rows, events_after
from ledger.queries import Queries
from ledger.tables_books import claims, entries, events, holds, operations, posting_sum
from payments.base import Value
from payments.events import RecordedEvent
from payments.evolve import fold
from payments.payment import Payment
from payments.postings import Account
from payments.references import PaymentKey

_COLUMNS_OF_HOLD = {
    "open_minor": Account.HOLD_OPEN,
    "reserved_minor": Account.HOLD_RESERVED,
    "lapsing_minor": Account.HOLD_LAPSING,
}
_HOLD_ACCOUNTS = {account.value: column for column, account in _COLUMNS_OF_HOLD.items()}


class Fault(Value):
    """Something kept that differs from what the order's events make."""

    key: PaymentKey
    what: str

    def __str__(self) -> str:
        return f"{self.key}: {self.what}"


def nobody(_key: PaymentKey) -> bool:
    """No order service is told of anything."""
    return False


async def faults(database: Database, *, notifies: Callable[[PaymentKey], bool] = nobody) -> AsyncIterator[Fault]:
    """Yield what is wrong with any order, in the order of their keys; nothing when the books are whole.

    `notifies` says whose order service is told, as with `SqlRecords`: then a missing last callback is found too.
    """
    for line in await Queries(database).claims():
        for what in await faults_of(database, line.key, is_told=notifies(line.key)):
            yield Fault(key=line.key, what=what)


async def faults_of(database: Database, key: PaymentKey, *, is_told: bool = False) -> tuple[str, ...]:
    """Return, in words, where what is kept of an order, or waits in the outbox, differs from its events."""
    return await database.read(lambda connection: tuple(_faults(connection, key, is_told=is_told)))


def _faults(connection: Connection, key: PaymentKey, *, is_told: bool) -> Iterator[str]:
    try:
        recorded = events_after(connection, key, 0)
        payment = fold(key, (event.event for event in recorded))
    except ValueError as error:
        yield f"the events cannot be folded: {error}"
        return
    if [event.sequence for event in recorded] != list(range(1, len(recorded) + 1)):
        yield f"the events are numbered {[event.sequence for event in recorded]}"
        return
    if payment.opened is None:
        yield "no event opened it"
        return
    yield from _of_claim(connection, payment)
    yield from _of_events(connection, payment.key, recorded)
    expected = [row for event in recorded for row in entry_rows(key, payment.opened.owed.currency, event)]
    stored = _rows(connection, _of(entries, key).order_by(entries.c.sequence, entries.c.line))
    yield from _differing("the entries of event", "sequence", expected, stored)
    yield from _of_sums(connection, key, stored)
    yield from _of_holds(connection, payment, stored)
    yield from _of_intents(connection, payment)
    yield from outbox_faults(connection, key, recorded, is_told=is_told)


def _of_claim(connection: Connection, payment: Payment) -> Iterator[str]:
    stored = connection.execute(_of(claims, payment.key)).mappings().one()
    opened = payment.opened
    expected: dict[str, Any] = {
        "digest": opened.digest if opened else None,
        "account": opened.account if opened else None,
        "currency": opened.owed.currency if opened else None,
        "state": payment.state.value,
        "attention": bool(payment.attention),
        "sequence": payment.sequence,
    }
    # Another version's snapshot is never read: it is folded anew from the events.
    if stored["snapshot_form"] == SNAPSHOT_FORM:
        expected["snapshot"] = payment.model_dump(mode="json")
    for name, value in expected.items():
        if stored[name] != value:
            yield f"the claim's {name} is not what the events make: {_short(stored[name])}, not {_short(value)}"


def _of_events(connection: Connection, key: PaymentKey, recorded: tuple[RecordedEvent, ...]) -> Iterator[str]:
    stored = _rows(connection, _of(events, key).order_by(events.c.sequence))
    for row, told in zip(stored, recorded, strict=True):
        for name in ("kind", "subject", "occurrence"):
            if row[name] != getattr(told.event, name):
                yield f"event {told.sequence} is kept under {name} {row[name]}, it tells {getattr(told.event, name)}"


def _of_sums(connection: Connection, key: PaymentKey, stored: list[dict[str, Any]]) -> Iterator[str]:
    sums: Counter[tuple[int, str]] = Counter()
    for row in stored:
        sums[row["sequence"], row["currency"]] += row["amount_minor"]
    kept = {
        (row["sequence"], row["currency"]): row["total"] for row in connection.execute(_of(posting_sum, key)).mappings()
    }
    for posting in sorted({*sums, *kept}):
        if sums[posting] or kept.get(posting) != 0:
            yield f"event {posting[0]} sums to {sums[posting]} {posting[1]}, kept as {kept.get(posting)}"


def _of_holds(connection: Connection, payment: Payment, stored: list[dict[str, Any]]) -> Iterator[str]:
    for hold in payment.authorizations:
        about = hold.authorization_id
        booked = dict.fromkeys(_COLUMNS_OF_HOLD, 0)
        for row in stored:
            if row["authorization_id"] == about and row["account"] in _HOLD_ACCOUNTS:
                booked[_HOLD_ACCOUNTS[row["account"]]] += row["amount_minor"]
        columns = [holds.c[name] for name in _COLUMNS_OF_HOLD]
        # An authorization that never held anything has no row.
        found = _rows(connection, select(*columns).where(holds.c.authorization_id == about))
        kept = found[0] if found else dict.fromkeys(_COLUMNS_OF_HOLD, 0)
        folded = {name: getattr(hold, name) for name in _COLUMNS_OF_HOLD}
        if not booked == kept == folded:
            yield f"{about} holds {folded} by its events, {booked} by its entries, {kept} as kept"


def _of_intents(connection: Connection, payment: Payment) -> Iterator[str]:
    unresolved = _of(operations, payment.key).where(operations.c.outcome.is_(None))
    stored = {row["operation_id"] for row in connection.execute(unresolved).mappings()}
    expected = {payment.unresolved} - {None}
    if stored != expected:
        yield f"intents without an outcome are {sorted(stored)}, by the events {sorted(filter(None, expected))}"


def _differing(what: str, by: str, expected: list[dict[str, Any]], stored: list[dict[str, Any]]) -> Iterator[str]:
    for number in sorted({row[by] for row in (*expected, *stored)}):
        ours = [row for row in stored if row[by] == number]
        theirs = [row for row in expected if row[by] == number]
        if ours != theirs:
            amounts = [[(row["account"], row["amount_minor"]) for row in rows] for rows in (ours, theirs)]
            yield f"{what} {number} are {amounts[0]}, by the event {amounts[1]}"


def _of(table: Any, key: PaymentKey) -> Select[Any]:  # noqa: ANN401 (any of the tables of an order)
    return select(table).where(table.c.shop == key.shop, table.c.order_id == key.order_id)


def _rows(connection: Connection, wanted: Select[Any]) -> list[dict[str, Any]]:
    rows: list[RowMapping] = list(connection.execute(wanted).mappings())
    return [dict(row) for row in rows]


def _short(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 80 else said[:77] + "..."
