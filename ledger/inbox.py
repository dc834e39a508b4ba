"""The provider's events on their way to the payments they are about: taken in once, then delivered however often tried.

    taken in ──> delivered                      its payment was woken
        └──────> quarantined ──> delivered      no payment matched, and one appeared later

Which payment an event is about is told by names alone, compared whole: the merchant reference that an authorization or
a refund was sent with, else the provider's name for the payment. Each call is one transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Insert, RowMapping, Select, and_, case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ledger.database import Database
from ledger.tables_books import operations
from ledger.tables_inbox import inbox
from payments.base import Value
from payments.operations import OperationKind
from payments.references import PaymentKey

# A delivery takes milliseconds; a relay that was killed in one is followed by another after this.
LEASE = timedelta(seconds=5)
# An event that no payment matches is looked at again after a while as long as it has waited, within these.
SOONEST_SECOND_LOOK = timedelta(seconds=30)
LATEST_SECOND_LOOK = timedelta(hours=1)

_HAS_REFERENCE = (OperationKind.AUTHORIZE.value, OperationKind.CHECKOUT.value, OperationKind.REFUND.value)


class Arrival(Value):
    """An event as it came: by what it is known and what it is about, and nothing of the thing itself."""

    account: str
    event_id: str
    type: str
    kind: str | None = None
    object_id: str | None = None
    payment_id: str | None = None
    merchant_reference: str | None = None
    created: str | None = None
    """The provider's own stamp, for people."""


class Waiting(Arrival):
    """An event that is to be delivered, and to which payment: none if no payment matches."""

    key: PaymentKey | None = None
    attempts: int
    """How often it was tried, this time included."""
    received_at: datetime


class InboxLine(Arrival):
    """An event as a list shows it."""

    received_at: datetime
    delivered_at: datetime | None = None
    quarantined: str | None = None
    attempts: int
    shop: str | None = None
    order_id: str | None = None


class InboxCounts(Value):
    """How many events wait for what."""

    undelivered: int
    """To be delivered, quarantined ones left out."""
    quarantined: int
    oldest_undelivered: datetime | None = None


class Inbox:
    """The inbox: `Inbox(Database(url))`. Any number of processes may take in and deliver at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_in(self, arrival: Arrival, *, now: datetime) -> bool:
        """Keep an event; committed when this returns. False: it stood there already."""
        row = arrival.model_dump(exclude={"created"}) | {
            "body": {name: value for name, value in arrival.model_dump().items() if value is not None},
            "received_at": now,
            "next_try_at": now,
            "attempts": 0,
        }

        def work(connection: Connection) -> bool:
            return connection.execute(_insert(connection).values(row).on_conflict_do_nothing()).rowcount > 0

        return await self._database.write(work)

    async def undelivered(self, *, now: datetime, limit: int = 200) -> tuple[Waiting, ...]:
        """Return events that are due, the oldest first, each with its payment; for `LEASE` nobody else gets them."""
        due = select(inbox).where(inbox.c.delivered_at.is_(None), inbox.c.next_try_at <= now)
        if not await self._database.read(lambda connection: connection.execute(due.limit(1)).first()):
            return ()
        taken = due.order_by(inbox.c.received_at).limit(limit).with_for_update(skip_locked=True)

        def work(connection: Connection) -> tuple[Waiting, ...]:
            rows = connection.execute(taken).mappings().all()
            names = [(row["account"], row["event_id"]) for row in rows]
            changes = {"next_try_at": now + LEASE, "attempts": inbox.c.attempts + 1}
            _change(connection, names, changes)
            return tuple(_waiting(row, _payment_of(connection, row)) for row in rows)

        return await self._database.write(work)

    async def delivered(self, events: Sequence[Arrival], key: PaymentKey | None, *, now: datetime) -> None:
        """Note that these have woken their payment, or that nobody was to be woken."""
        names = [(event.account, event.event_id) for event in events]
        order = {"shop": key.shop, "order_id": key.order_id} if key is not None else {}
        await self._database.write(
            lambda connection: _change(connection, names, {"delivered_at": now, "quarantined": None, **order})
        )

    async def postpone(self, events: Sequence[Arrival], until: datetime) -> None:
        """Let these be tried again from `until` on: the try failed."""
        names = [(event.account, event.event_id) for event in events]
        await self._database.write(lambda connection: _change(connection, names, {"next_try_at": until}))

    async def quarantine(self, reasons: Sequence[tuple[Waiting, str]], *, now: datetime) -> None:
        """Note why no payment was woken by these. They are looked at again: a payment may appear."""

        def work(connection: Connection) -> None:
            for event, reason in reasons:
                again = now + min(LATEST_SECOND_LOOK, max(SOONEST_SECOND_LOOK, now - event.received_at))
                changes = {"quarantined": reason, "next_try_at": again}
                _change(connection, [(event.account, event.event_id)], changes)

        await self._database.write(work)

    async def listing(self, *, everything: bool = False, limit: int = 50) -> tuple[InboxLine, ...]:
        """Return events, the newest first: those without a delivery, or `everything`."""
        wanted = select(inbox).order_by(inbox.c.received_at.desc(), inbox.c.account, inbox.c.event_id).limit(limit)
        if not everything:
            wanted = wanted.where(inbox.c.delivered_at.is_(None))
        rows = await self._rows(wanted)
        return tuple(InboxLine(**_named(row, InboxLine), created=row["body"].get("created")) for row in rows)

    async def counts(self) -> InboxCounts:
        """Return how many events wait."""
        is_quarantined = inbox.c.quarantined.is_not(None)
        wanted = select(
            func.count(case((~is_quarantined, 1))).label("undelivered"),
            func.count(case((is_quarantined, 1))).label("quarantined"),
            func.min(case((~is_quarantined, inbox.c.received_at)), type_=inbox.c.received_at.type).label("oldest"),
        ).where(inbox.c.delivered_at.is_(None))
        [row] = await self._rows(wanted)
        return InboxCounts(
            undelivered=row["undelivered"], quarantined=row["quarantined"], oldest_undelivered=row["oldest"]
        )

    async def _rows(self, wanted: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        return await self._database.read(lambda connection: connection.execute(wanted).mappings().all())


def told_of(connection: Connection, account: str, reference: str) -> bool:
    """Whether the provider has ever told of this reference: what it told of is not absent there."""
    wanted = select(inbox.c.event_id).where(inbox.c.account == account, inbox.c.merchant_reference == reference)
    return connection.execute(wanted.limit(1)).first() is not None


def _insert(connection: Connection) -> Any:  # noqa: ANN401 (each engine's own statement, alike where it is used)
    make: Any = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement: Insert = make(inbox)
    return statement


def _change(connection: Connection, names: Sequence[tuple[str, str]], changes: dict[str, Any]) -> None:
    """Change what is not delivered yet: what another relay has delivered meanwhile stays as it is."""
    if not names:
        return
    these = or_(*(and_(inbox.c.account == account, inbox.c.event_id == event_id) for account, event_id in names))
    connection.execute(update(inbox).where(these, inbox.c.delivered_at.is_(None)).values(changes))


def _payment_of(connection: Connection, row: RowMapping) -> PaymentKey | None:
    """Find the order that an event is about, by names that are compared whole."""
    own = [
        _order_where(
            operations.c.kind.in_(_HAS_REFERENCE),
            operations.c.account == row["account"],
            operations.c.reference == row["merchant_reference"],
        )
        if row["merchant_reference"] is not None
        else None,
        _order_where(
            operations.c.kind == OperationKind.AUTHORIZE.value,
            operations.c.account == row["account"],
            operations.c.provider_id == row["payment_id"],
        )
        if row["payment_id"] is not None
        else None,
    ]
    for wanted in own:
        found = connection.execute(wanted).first() if wanted is not None else None
        if found is not None:
            return PaymentKey(shop=found.shop, order_id=found.order_id)
    return None


def _order_where(*conditions: Any) -> Select[Any]:  # noqa: ANN401 (SQL expressions)
    return select(operations.c.shop, operations.c.order_id).where(*conditions).limit(1)


def _waiting(row: RowMapping, key: PaymentKey | None) -> Waiting:
    named = _named(row, Waiting) | {"attempts": row["attempts"] + 1}
    return Waiting(**named, key=key, created=row["body"].get("created"))


def _named(row: RowMapping, model: type[Arrival]) -> dict[str, Any]:
    return {name: row[name] for name in model.model_fields if name in row and name != "created"}
