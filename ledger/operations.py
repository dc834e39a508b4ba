"""The books behind the port `payments.records.Records`: each call is one transaction, committed when it returns.

What the database refuses arrives as a RecordsError with the database's own error as its cause. That it is busy,
locked for too long or out of reach arrives as another SQLAlchemyError (mostly OperationalError) or as OSError, which a
TimeoutError is: nothing was decided, and the caller comes again. A connection lost at COMMIT is the same: coming again
finds out.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from ledger.begin import Beginning
from ledger.database import Database
from ledger.inbox import told_of
from ledger.intents import intent_of
from ledger.journal import Journal, story_after
from ledger.redirects import address_of, keep_address
from ledger.sends import after_amendment, after_send
from ledger.tables_books import operations
from payments.events import Opened
from payments.operations import Intent, IntentOutcome, OperationKind
from payments.records import (
    Amendment,
    AnotherUnresolved,
    Begun,
    Draft,
    IntentRule,
    LeaseHeld,
    Progress,
    ProviderIdTaken,
    RecordsError,
    Rule,
    Sender,
    SentMeanwhile,
    ToldOf,
)
from payments.references import PaymentKey

T = TypeVar("T")

# What the same transaction, tried again, would meet again; all else may be gone the next time.
_REFUSALS = (IntegrityError, DataError)
_THIS = (
    operations.c.operation_id == bindparam("of_operation"),
    operations.c.attempt == bindparam("of_attempt"),
)
_LOCK_INTENT = select(operations).where(*_THIS).with_for_update()
_UPDATE_INTENT = update(operations).where(*_THIS)
# What the provider calls it is learned once, and only an authorization learns it here.
_SHOWN_ID = bindparam("shown_id", type_=operations.c.provider_id.type)
_CONCLUDE = (
    update(operations)
    .where(*_THIS, operations.c.outcome.is_(None))
    .values(provider_id=func.coalesce(_SHOWN_ID, operations.c.provider_id))
)
# That it did not happen was seen before a later send: it may have happened since.
_DID_NOT_HAPPEN = frozenset({IntentOutcome.REFUSED, IntentOutcome.ABSENT})
_CONCLUDE_UNSENT_SINCE = _CONCLUDE.where(
    operations.c.last_sent_at.is_not_distinct_from(bindparam("of_last_sent", type_=operations.c.last_sent_at.type))
)
_HOLDER = select(operations.c.operation_id).where(
    operations.c.kind == OperationKind.AUTHORIZE.value,
    operations.c.account == bindparam("of_account"),
    operations.c.provider_id == bindparam("of_provider_id"),
)


class SqlRecords:
    """The ledger as the engine asks it: `SqlRecords(Database(url))`. One may serve any number of tasks at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self,
        key: PaymentKey,
        draft: Draft,
        sender: Sender,
        rule: IntentRule,
        *,
        opening: Opened | None,
        now: datetime,
        known: int,
    ) -> Begun:
        """Write the intent and what goes with it, or return what is there; see `Records.begin`.

        A start for an order that is claimed never writes another authorization: it gets the one there is. Only the
        attempt after one proven absent is written, and only for the same content.
        """
        beginning = Beginning(key=key, draft=draft, sender=sender, rule=rule, opening=opening, now=now, known=known)
        try:
            return await self._database.write(beginning.run)
        except _REFUSALS as refused:
            # Two first starts on PostgreSQL: the one that waited for the other's claim now finds it.
            return await self._begin_again(beginning, refused)

    async def _begin_again(self, beginning: Beginning, refused: DBAPIError) -> Begun:
        try:
            return await self._write(beginning.run)
        except AnotherUnresolved as unresolved:
            raise unresolved from refused

    async def send_again(self, intent: Intent, sender: Sender, *, now: datetime) -> Intent:
        """Take the lease and stamp a repetition; see `Records.send_again`.

        All that it decides on stands in the intent's row, and no other call changes that row without locking it: the
        claim's lock would add nothing but waiting. A lease names a process, in which two tasks may be sending: so even
        its own owner does not get it twice.
        Raises RecordsError for an intent whose outcome is stored: nothing may be sent for it any more.
        """

        def work(connection: Connection) -> Intent:
            stored = _locked(connection, intent)
            if stored.outcome is not None:
                raise RecordsError(f"{_name(intent)} is {stored.outcome.value}: nothing may be sent for it")
            if stored.lease_until is not None and now < stored.lease_until:
                raise LeaseHeld(stored.lease_until)
            if stored.last_sent_at != intent.last_sent_at:
                raise SentMeanwhile(now)
            changes = after_send(stored, sender, now)
            connection.execute(_UPDATE_INTENT, {**_this(intent), **changes})
            return stored.model_copy(update=changes)

        return await self._write(work)

    async def amend(
        self, key: PaymentKey, intent: Intent, amendment: Amendment, rule: Rule, *, now: datetime, known: int
    ) -> Progress:
        """Write what was learned of an unresolved intent and give the lease back; see `Records.amend`."""

        def work(connection: Connection) -> Progress:
            journal = Journal.take_known(connection, key, now)
            stored = _locked(connection, intent)
            if stored.outcome is None:
                changes = after_amendment(stored, intent, amendment, now)
                if changes:
                    connection.execute(_UPDATE_INTENT, {**_this(intent), **changes})
                journal.append(rule(journal.payment))
                journal.save()
            return Progress(events=journal.since(known))

        return await self._write(work)

    async def conclude(
        self,
        key: PaymentKey,
        intent: Intent,
        outcome: IntentOutcome,
        rule: Rule,
        *,
        provider_id: str | None,
        evidence: str,
        now: datetime,
        known: int,
        redirect_url: str | None = None,
    ) -> Progress:
        """Write the outcome, once, with its events and entries; see `Records.conclude`."""
        values = {
            "shown_id": provider_id,
            "outcome": outcome.value,
            "outcome_at": now,
            "evidence": evidence,
            "lease_owner": None,
            "lease_until": None,
        }
        statement = _CONCLUDE
        if outcome in _DID_NOT_HAPPEN:
            statement, values = _CONCLUDE_UNSENT_SINCE, values | {"of_last_sent": intent.last_sent_at}

        def work(connection: Connection) -> Progress:
            journal = Journal.take_known(connection, key, now)
            if outcome is IntentOutcome.ABSENT and told_of(connection, intent.operation.account, intent.reference):
                raise ToldOf(intent.reference)
            if connection.execute(statement, {**_this(intent), **values}).rowcount:
                if redirect_url is not None:
                    keep_address(connection, key, intent.operation.authorization_id, redirect_url)
                journal.append(rule(journal.payment))
                journal.save()
            elif _locked(connection, intent).outcome is None:
                raise SentMeanwhile(now)
            return Progress(events=journal.since(known))

        try:
            return await self._write(work)
        except RecordsError as refused:
            # A UNIQUE failure names columns on one engine and an index on the other: what it was about is read.
            await self._must_be_free(intent, provider_id, refused)
            raise

    async def _must_be_free(self, intent: Intent, provider_id: str | None, refused: RecordsError) -> None:
        if provider_id is None or not isinstance(refused.__cause__, IntegrityError):
            return
        of = {"of_account": intent.operation.account, "of_provider_id": provider_id}
        holder = await self._database.read(lambda connection: connection.execute(_HOLDER, of).scalar_one_or_none())
        if holder is not None:
            raise ProviderIdTaken(provider_id, holder) from refused

    async def record(self, key: PaymentKey, rule: Rule, *, now: datetime, known: int) -> Progress:
        """Write events that belong to no intent; see `Records.record`."""

        def work(connection: Connection) -> Progress:
            journal = Journal.take_known(connection, key, now)
            journal.append(rule(journal.payment))
            journal.save()
            return Progress(events=journal.since(known))

        return await self._write(work)

    async def redirect_url(self, authorization_id: str) -> str | None:
        """Return where an authorization's customer is awaited; see `Records.redirect_url`."""
        return await self._database.read(lambda connection: address_of(connection, authorization_id))

    async def progress(self, key: PaymentKey, *, known: int) -> Progress:
        """Return what happened after `known`; see `Records.progress`."""
        return Progress(events=await self._database.read(lambda connection: story_after(connection, key, known)))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._database.write(work)
        except _REFUSALS as refused:
            raise RecordsError(f"the ledger refused: {refused.orig}") from refused


def _locked(connection: Connection, intent: Intent) -> Intent:
    """Return the intent as it is stored, its row locked. Raises RecordsError when there is none."""
    row = connection.execute(_LOCK_INTENT, _this(intent)).mappings().one_or_none()
    if row is None:
        raise RecordsError(f"{_name(intent)} is not in the ledger: begin it first")
    return intent_of(row)


def _this(intent: Intent) -> dict[str, str | int]:
    return {"of_operation": intent.operation.operation_id, "of_attempt": intent.operation.attempt}


def _name(intent: Intent) -> str:
    return f"attempt {intent.operation.attempt} at {intent.operation.operation_id}"
