"""One order's story, open for appending inside one transaction: events, their double entry, and the snapshot.

The snapshot on the claim's row is the fold of the stored events; it is written with them or not at all. One that
another version of the engine wrote, whose payment has other fields, is not read: the events are folded anew.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, RowMapping, and_, bindparam, insert, select, update

from ledger.redirects import forget_addresses
from ledger.tables_books import claims, entries, events
from ledger.tables_outbox import outbox
from payments.callbacks import GIVEN_UP_AFTER
from payments.dating import dated
from payments.events import AnyEvent, Opened, RecordedEvent
from payments.evolve import evolve, fold
from payments.notifications import Notification, message_id, notification_of
from payments.payment import Payment
from payments.postings import postings
from payments.records import UnknownOrder
from payments.references import PaymentKey

_ANY_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)

# Tells whether a snapshot was written by code whose payment has the same fields.
SNAPSHOT_FORM = hashlib.sha256(json.dumps(Payment.model_json_schema(), sort_keys=True).encode()).hexdigest()[:16]

# Built once: what is left for each call is to find the compiled statement and send it.
_OF_ORDER = (claims.c.shop == bindparam("of_shop"), claims.c.order_id == bindparam("of_order"))
# The claim's row is the lock: PostgreSQL takes it here, SQLite took the whole file at BEGIN IMMEDIATE.
_CLAIM = select(claims.c.snapshot, claims.c.snapshot_form, claims.c.digest).where(*_OF_ORDER)
_LOCK_CLAIM = _CLAIM.with_for_update()
_UPDATE_CLAIM = update(claims).where(*_OF_ORDER)
_WAITS = and_(
    outbox.c.shop == events.c.shop,
    outbox.c.order_id == events.c.order_id,
    outbox.c.sequence == events.c.sequence,
    outbox.c.delivered_at.is_(None),
    outbox.c.given_up_at.is_(None),
)
_EVENTS_AFTER = (
    select(events.c.sequence, events.c.occurred_at, events.c.body, outbox.c.sequence.is_not(None).label("callback"))
    .select_from(events.outerjoin(outbox, _WAITS))
    .where(
        events.c.shop == bindparam("of_shop"),
        events.c.order_id == bindparam("of_order"),
        events.c.sequence > bindparam("known"),
    )
    .order_by(events.c.sequence)
)


class Journal:
    """An order's story under its claim's lock. `append` folds, `save` writes; `now` is when the new events occur."""

    def __init__(self, connection: Connection, payment: Payment, digest: str, now: datetime, *, is_new: bool) -> None:
        self._connection = connection
        self._now = now
        self._is_new = is_new
        self._stored = payment.sequence
        self._fresh: list[RecordedEvent] = []
        self._after: list[Payment] = []
        """As each fresh event left the payment."""
        self.payment = payment
        self.digest = digest

    @classmethod
    def take(cls, connection: Connection, key: PaymentKey, now: datetime) -> "Journal | None":
        """Take the lock of an order's claim and open its story; None without a claim."""
        row = connection.execute(_LOCK_CLAIM, _order(key)).one_or_none()
        if row is None:
            return None
        return cls(connection, _folded(connection, key, row), row.digest, now, is_new=False)

    @classmethod
    def take_known(cls, connection: Connection, key: PaymentKey, now: datetime) -> "Journal":
        """Like `take`; raises UnknownOrder without a claim."""
        journal = cls.take(connection, key, now)
        if journal is None:
            raise _unknown(key)
        return journal

    @classmethod
    def begin(cls, connection: Connection, key: PaymentKey, opening: Opened, now: datetime) -> "Journal":
        """Begin the story of an order that nobody has claimed. `save` lays the claim."""
        journal = cls(connection, Payment(key=key), opening.digest, now, is_new=True)
        journal.append((opening,))
        return journal

    def append(self, happened: Iterable[AnyEvent]) -> None:
        """Fold events in; they are written by `save`."""
        for event in (dated(each, self._now) for each in happened):
            self.payment = evolve(self.payment, event)
            self._fresh.append(RecordedEvent(sequence=self.payment.sequence, occurred_at=self._now, event=event))
            self._after.append(self.payment)

    def save(self, *, notify: bool = False) -> None:
        """Write the claim's new state, the events and their entries; nothing if nothing happened.

        With `notify` the callbacks to the order service that these events lead to are written beside them.
        """
        if not self._fresh:
            return
        self._save_claim()
        forget_addresses(self._connection, self.payment)
        self._connection.execute(insert(events), [self._event_row(e) for e in self._fresh])
        currency = _opened(self.payment).owed.currency
        lines = [line for e in self._fresh for line in entry_rows(self.payment.key, currency, e)]
        if lines:
            self._connection.execute(insert(entries), lines)
        if notify:
            self._save_callbacks()

    def _save_callbacks(self) -> None:
        told = {
            recorded.sequence: notification
            for recorded, after in zip(self._fresh, self._after, strict=True)
            if (notification := notification_of(after, recorded)) is not None
        }
        if not told:
            return
        self._connection.execute(insert(outbox), [self._outbox_row(*entry) for entry in told.items()])
        self._fresh = [recorded.model_copy(update={"callback": recorded.sequence in told}) for recorded in self._fresh]

    def since(self, known: int) -> tuple[RecordedEvent, ...]:
        """Return the events after `known`, those just saved included."""
        if known >= self._stored:
            return tuple(e for e in self._fresh if e.sequence > known)
        return events_after(self._connection, self.payment.key, known)

    def _save_claim(self) -> None:
        payment = self.payment
        state = {
            "state": payment.state.value,
            "attention": bool(payment.attention),
            "sequence": payment.sequence,
            "snapshot": payment.model_dump(mode="json"),
            "snapshot_form": SNAPSHOT_FORM,
            "updated_at": self._now,
        }
        if not self._is_new:
            self._connection.execute(_UPDATE_CLAIM, {**_order(payment.key), **state})
            return
        opened = _opened(payment)
        claim = {
            **payment.key.model_dump(),
            "digest": opened.digest,
            "account": opened.account,
            "currency": opened.owed.currency,
            "created_at": self._now,
        }
        self._connection.execute(insert(claims), {**claim, **state})

    def _event_row(self, recorded: RecordedEvent) -> dict[str, Any]:
        event = recorded.event
        return {
            **self.payment.key.model_dump(),
            "sequence": recorded.sequence,
            "kind": event.kind,
            "subject": event.subject,
            "occurrence": event.occurrence,
            "body": event.model_dump(mode="json"),
            "occurred_at": recorded.occurred_at,
            "recorded_at": datetime.now(UTC),
        }

    def _outbox_row(self, sequence: int, notification: Notification) -> dict[str, Any]:
        return {
            **self.payment.key.model_dump(),
            "sequence": sequence,
            "message_id": message_id(self.payment.key, sequence),
            "type": notification.type,
            "body": notification.model_dump_json(),
            "created_at": self._now,
            "attempts": 0,
            "next_attempt_at": self._now,
            "give_up_at": self._now + GIVEN_UP_AFTER,
        }


def entry_rows(key: PaymentKey, currency: str, recorded: RecordedEvent) -> list[dict[str, Any]]:
    """Return the lines that an event books, as they are stored."""
    return [
        {
            **key.model_dump(),
            "sequence": recorded.sequence,
            "line": line,
            "account": entry.account.value,
            "amount_minor": entry.amount_minor,
            "currency": currency,
            "authorization_id": entry.authorization_id,
            "capture_id": entry.capture_id,
        }
        for line, entry in enumerate(postings(recorded.event), start=1)
    ]


def story_after(connection: Connection, key: PaymentKey, known: int) -> tuple[RecordedEvent, ...]:
    """Return an order's events after `known`, without its lock. Raises UnknownOrder without a claim."""
    happened = events_after(connection, key, known)
    if not happened and connection.execute(_CLAIM, _order(key)).one_or_none() is None:
        raise _unknown(key)
    return happened


def events_after(connection: Connection, key: PaymentKey, known: int) -> tuple[RecordedEvent, ...]:
    """Return an order's events with a sequence beyond `known`, in order."""
    rows = connection.execute(_EVENTS_AFTER, {**_order(key), "known": known})
    return tuple(event_of(row) for row in rows.mappings())


def event_of(row: RowMapping) -> RecordedEvent:
    """Return the event that a row holds."""
    event = _ANY_EVENT.validate_python(row["body"])
    return RecordedEvent(
        sequence=row["sequence"], occurred_at=row["occurred_at"], event=event, callback=row["callback"]
    )


def payment_of(connection: Connection, key: PaymentKey) -> Payment | None:
    """Return the payment as the last commit left it, without its lock; None without a claim."""
    row = connection.execute(_CLAIM, _order(key)).one_or_none()
    return None if row is None else _folded(connection, key, row)


def _folded(connection: Connection, key: PaymentKey, row: Row[Any, Any, Any]) -> Payment:
    if row.snapshot_form == SNAPSHOT_FORM:
        return Payment.model_validate(row.snapshot)
    return fold(key, (recorded.event for recorded in events_after(connection, key, 0)))


def _order(key: PaymentKey) -> dict[str, str]:
    return {"of_shop": key.shop, "of_order": key.order_id}


def _opened(payment: Payment) -> Opened:
    if payment.opened is None:
        raise ValueError(f"{payment.key} has no opening: the first event of a story must be `opened`")
    return payment.opened


def _unknown(key: PaymentKey) -> UnknownOrder:
    return UnknownOrder(f"no payment was ever opened for order {key}")
