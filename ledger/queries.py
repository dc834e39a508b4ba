"""Reading the books: lists for people, and the sums by which a checker compares them with the provider's.

Each takes a reading transaction of its own. Amounts are minor units, times UTC.
"""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Connection, Select, cast, func, select, tuple_

from ledger.database import Database
from ledger.intents import intent_of
from ledger.journal import events_after, payment_of
from ledger.tables_books import claims, entries, holds, operations
from payments.base import Value
from payments.events import RecordedEvent
from payments.operations import Intent
from payments.payment import Payment
from payments.postings import Account
from payments.references import PaymentKey
from payments.states import PaymentState


class ClaimLine(Value):
    """One claimed order, as a list shows it."""

    shop: str
    order_id: str
    state: PaymentState
    attention: bool
    account: str
    currency: str
    sequence: int
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> PaymentKey:
        """Which payment it is."""
        return PaymentKey(shop=self.shop, order_id=self.order_id)


class Position(Value):
    """A place in the list: behind this payment as it was changed then."""

    updated_at: datetime
    shop: str
    order_id: str


class Page(Value):
    """Some payments, the last changed first, and where the next page begins: none after the last."""

    payments: tuple[ClaimLine, ...]
    next_before: Position | None = None


class Balance(Value):
    """What one order's entries on one account sum to."""

    shop: str
    order_id: str
    account: Account
    currency: str
    amount_minor: int


class HoldLine(Value):
    """What one authorization holds on a card now."""

    authorization_id: str
    open_minor: int
    reserved_minor: int
    lapsing_minor: int


class UnresolvedIntent(Value):
    """An attempt whose outcome is not known yet, and whose it is."""

    shop: str
    order_id: str
    intent: Intent


_LINE = tuple(claims.c[name] for name in ClaimLine.model_fields)
_LINES = TypeAdapter(tuple[ClaimLine, ...])
_BALANCES = TypeAdapter(tuple[Balance, ...])
_HOLDS = TypeAdapter(tuple[HoldLine, ...])


class Queries:
    """The books for reading: `Queries(Database(url))`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claims(self) -> tuple[ClaimLine, ...]:
        """Return every claimed order with its state, by shop and order. For a checker: there may be many."""
        rows = await self._rows(select(*_LINE).order_by(claims.c.shop, claims.c.order_id))
        return _LINES.validate_python(rows)

    async def page(self, *, size: int = 50, before: Position | None = None, attention: bool = False) -> Page:
        """Return at most `size` payments, the last changed first; with `attention` only those that need a person."""
        place = (claims.c.updated_at, claims.c.shop, claims.c.order_id)
        wanted = select(*_LINE).order_by(*(column.desc() for column in place)).limit(size + 1)
        if before is not None:
            values = (before.updated_at, before.shop, before.order_id)
            wanted = wanted.where(tuple_(*place) < tuple_(*values, types=[column.type for column in place]))
        if attention:
            wanted = wanted.where(claims.c.attention.is_(True))
        lines = _LINES.validate_python(await self._rows(wanted))
        if len(lines) <= size:
            return Page(payments=lines)
        last = lines[size - 1]
        following = Position(updated_at=last.updated_at, shop=last.shop, order_id=last.order_id)
        return Page(payments=lines[:size], next_before=following)

    async def payment(self, key: PaymentKey) -> Payment | None:
        """Return the payment as the last commit left it; None for an order that was never claimed."""
        return await self._database.read(lambda connection: payment_of(connection, key))

    async def balances(self, key: PaymentKey | None = None) -> tuple[Balance, ...]:
        """Return the sum of entries per order, account and currency; of one order, or of all."""
        by = (entries.c.shop, entries.c.order_id, entries.c.account, entries.c.currency)
        # PostgreSQL sums big integers to a decimal.
        total = cast(func.sum(entries.c.amount_minor), BigInteger).label("amount_minor")
        wanted = select(*by, total).group_by(*by).order_by(*by)
        if key is not None:
            wanted = wanted.where(entries.c.shop == key.shop, entries.c.order_id == key.order_id)
        return _BALANCES.validate_python(await self._rows(wanted))

    async def holds(self) -> tuple[HoldLine, ...]:
        """Return what each authorization holds, as the triggers keep it: equal to the balances of `hold.*`."""
        return _HOLDS.validate_python(await self._rows(select(holds).order_by(holds.c.authorization_id)))

    async def events(self, key: PaymentKey) -> tuple[RecordedEvent, ...]:
        """Return an order's whole story, in order; empty for an order that was never claimed."""
        return await self._database.read(lambda connection: events_after(connection, key, 0))

    async def intents(self, key: PaymentKey) -> tuple[Intent, ...]:
        """Return every attempt at every operation of an order, the oldest first."""
        wanted = select(operations).where(operations.c.shop == key.shop, operations.c.order_id == key.order_id)
        ordered = wanted.order_by(operations.c.created_at, operations.c.operation_id, operations.c.attempt)
        return await self._database.read(
            lambda connection: tuple(map(intent_of, connection.execute(ordered).mappings()))
        )

    async def unresolved(self) -> tuple[UnresolvedIntent, ...]:
        """Return every attempt without an outcome, the oldest first."""
        wanted = select(operations).where(operations.c.outcome.is_(None)).order_by(operations.c.created_at)

        def work(connection: Connection) -> tuple[UnresolvedIntent, ...]:
            return tuple(
                UnresolvedIntent(shop=row["shop"], order_id=row["order_id"], intent=intent_of(row))
                for row in connection.execute(wanted).mappings()
            )

        return await self._database.read(work)

    async def _rows(self, wanted: Select[Any]) -> list[dict[str, Any]]:
        return await self._database.read(
            lambda connection: [dict(row) for row in connection.execute(wanted).mappings()]
        )
