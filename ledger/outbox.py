"""The outbox behind the port `payments.callbacks.Outbox`: callbacks on their way to the order service.

    waits ──> delivered                   the receiver has it
      ├─────> waits                       a try failed: not before its next one is due
      └─────> given up ──> waits          a person sent it again

Of one payment only the first that waits is ever taken, and whoever has it keeps all others of it off until its lease
ends: so they are posted in order, by the payment's workflow or by a relay, whoever comes. Each call is one transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, exists, func, or_, select, update

from ledger.database import Database
from ledger.tables_outbox import outbox
from payments.base import Value
from payments.callbacks import GIVEN_UP_AFTER, LEASE, Callback, Rest
from payments.references import PaymentKey

# Somebody took it between two statements: it is looked at again after a moment.
_A_MOMENT = timedelta(seconds=1)
_WAITS = and_(outbox.c.delivered_at.is_(None), outbox.c.given_up_at.is_(None))


class OutboxLine(Value):
    """A callback as a list shows it."""

    shop: str
    order_id: str
    sequence: int
    message_id: str
    type: str
    created_at: datetime
    attempts: int
    next_attempt_at: datetime
    delivered_at: datetime | None
    given_up_at: datetime | None
    last_error: str | None


_LINE = tuple(outbox.c[name] for name in OutboxLine.model_fields)


class SqlOutbox:
    """The outbox: `SqlOutbox(Database(url))`. Any number of processes may deliver at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, key: PaymentKey, *, now: datetime) -> Callback | Rest:
        """Take the first callback of a payment that waits, if it is due; see `Outbox.take`."""

        def work(connection: Connection) -> Callback | Rest:
            first = select(outbox).where(_of(key), _WAITS).order_by(outbox.c.sequence).limit(1)
            row = connection.execute(first).mappings().one_or_none()
            if row is None:
                last = select(func.max(outbox.c.sequence)).where(_of(key))
                return Rest(reached=connection.execute(last).scalar() or 0)
            if row["next_attempt_at"] > now:
                return Rest(reached=0, again_at=row["next_attempt_at"])
            taken = callback_of(row)
            changes = {"attempts": taken.attempts, "next_attempt_at": now + LEASE}
            # The number of tries tells whether somebody took it since it was read: nothing else locks it.
            if _change(connection, taken, changes, outbox.c.attempts == taken.attempts - 1):
                return taken
            return Rest(reached=0, again_at=now + _A_MOMENT)

        return await self._database.write(work)

    async def delivered(self, callback: Callback, *, now: datetime) -> None:
        """Note that the receiver has it, whatever others that tried it meanwhile were told."""
        this = update(outbox).where(
            _of(callback.key), outbox.c.sequence == callback.sequence, outbox.c.delivered_at.is_(None)
        )
        changes = {"delivered_at": now, "given_up_at": None, "last_error": None}
        await self._database.write(lambda connection: connection.execute(this.values(changes)).rowcount)

    async def postpone(self, callback: Callback, until: datetime, why: str) -> None:
        """Let it be tried again from `until` on; see `Outbox.postpone`."""
        changes = {"next_attempt_at": until, "last_error": why}
        mine = outbox.c.attempts == callback.attempts
        await self._database.write(lambda connection: _change(connection, callback, changes, mine))

    async def give_up(self, callback: Callback, why: str, *, now: datetime) -> None:
        """Leave it to a person; see `Outbox.give_up`."""
        changes = {"given_up_at": now, "last_error": why}
        mine = outbox.c.attempts == callback.attempts
        await self._database.write(lambda connection: _change(connection, callback, changes, mine))

    async def overdue(
        self, before: datetime, *, without: frozenset[str] = frozenset(), limit: int
    ) -> tuple[PaymentKey, ...]:
        """Return payments whose next callback was due before then; see `Outbox.overdue`."""
        earlier = outbox.alias()
        behind = exists().where(
            earlier.c.shop == outbox.c.shop,
            earlier.c.order_id == outbox.c.order_id,
            earlier.c.sequence < outbox.c.sequence,
            earlier.c.delivered_at.is_(None),
            earlier.c.given_up_at.is_(None),
        )
        due = select(outbox.c.shop, outbox.c.order_id).where(_WAITS, outbox.c.next_attempt_at <= before, ~behind)
        if without:
            due = due.where(outbox.c.shop.not_in(without))
        rows = await self._rows(due.order_by(outbox.c.next_attempt_at).limit(limit))
        return tuple(PaymentKey(shop=row["shop"], order_id=row["order_id"]) for row in rows)

    async def listing(
        self, key: PaymentKey | None = None, *, everything: bool = False, limit: int = 50
    ) -> tuple[OutboxLine, ...]:
        """Return callbacks that are not delivered, or `everything`; of one payment or of all, the newest first."""
        wanted = select(*_LINE).order_by(outbox.c.created_at.desc(), outbox.c.sequence.desc()).limit(limit)
        if key is not None:
            wanted = wanted.where(_of(key))
        if not everything:
            wanted = wanted.where(outbox.c.delivered_at.is_(None))
        return tuple(OutboxLine.model_validate(dict(row)) for row in await self._rows(wanted))

    async def send_again(self, key: PaymentKey, *, now: datetime) -> int:
        """Let all of a payment's undelivered callbacks be tried at once, given up or not; return how many there are.

        One that is being tried, or is due within a moment, is left as it is: two at it would not keep the order.
        """
        changes = {
            "given_up_at": None,
            # As if due for long: a relay, which leaves new ones to their workflow, takes them at its next look.
            "next_attempt_at": outbox.c.created_at,
            "give_up_at": now + GIVEN_UP_AFTER,
        }
        undelivered = and_(_of(key), outbox.c.delivered_at.is_(None))
        asleep = or_(outbox.c.given_up_at.is_not(None), outbox.c.next_attempt_at > now + LEASE)

        def work(connection: Connection) -> int:
            connection.execute(update(outbox).where(undelivered, asleep).values(changes))
            return connection.execute(select(func.count()).select_from(outbox).where(undelivered)).scalar() or 0

        return await self._database.write(work)

    async def _rows(self, wanted: Select[*tuple[Any, ...]]) -> Sequence[RowMapping]:
        return await self._database.read(lambda connection: connection.execute(wanted).mappings().all())


def callback_of(row: RowMapping) -> Callback:
    """Return the callback that a row holds, as taken for one more try."""
    return Callback(
        key=PaymentKey(shop=row["shop"], order_id=row["order_id"]),
        sequence=row["sequence"],
        message_id=row["message_id"],
        body=row["body"],
        attempts=row["attempts"] + 1,
        give_up_at=row["give_up_at"],
    )


def _of(key: PaymentKey) -> ColumnElement[bool]:
    return and_(outbox.c.shop == key.shop, outbox.c.order_id == key.order_id)


def _change(connection: Connection, callback: Callback, changes: dict[str, Any], *only: ColumnElement[bool]) -> bool:
    """Change one that waits; what was delivered or given up meanwhile stays as it is."""
    this = update(outbox).where(_of(callback.key), outbox.c.sequence == callback.sequence, _WAITS, *only)
    return connection.execute(this.values(changes)).rowcount > 0
