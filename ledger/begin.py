"""Beginning an operation: what the books hold of it already, or the intent that is to be written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from ledger.intents import intent_of, row_of
from ledger.journal import Journal
from ledger.tables_books import operations
from payments.events import Opened
from payments.operations import OPENING, Intent, IntentOutcome, OperationKind
from payments.records import AnotherUnresolved, Begun, Draft, IntentRule, RecordsError, Sender, UnknownOrder
from payments.references import PaymentKey, idempotence_key, merchant_reference

_INTENTS_OF_ORDER = (
    select(operations)
    .where(operations.c.shop == bindparam("of_shop"), operations.c.order_id == bindparam("of_order"))
    .order_by(operations.c.attempt, operations.c.created_at)
)


@dataclass(frozen=True)
class Beginning:
    """One call of `Records.begin`, to be run in a writing transaction, and again if it lost a race."""

    key: PaymentKey
    draft: Draft
    sender: Sender
    rule: IntentRule
    opening: Opened | None
    now: datetime
    known: int
    notify: bool
    """Whether the order service is told of what happens."""

    def run(self, connection: Connection) -> Begun:
        """Find the intent, or write it with its events and, for an unclaimed order, the claim."""
        journal = Journal.take(connection, self.key, self.now)
        if journal is None:
            return self._first(connection)
        there = self._intents(connection)
        found = self._found(there) or self._instead(journal, there)
        if found is not None:
            return Begun(intent=found, created=False, events=journal.since(self.known))
        return self._write(connection, journal, there)

    def _first(self, connection: Connection) -> Begun:
        if self.opening is None:
            raise UnknownOrder(f"no payment was ever opened for order {self.key}")
        if self.draft.operation.kind not in OPENING:
            raise RecordsError(f"{self.draft.operation.operation_id} cannot open an order: an authorization does")
        return self._write(connection, Journal.begin(connection, self.key, self.opening, self.now), ())

    def _intents(self, connection: Connection) -> tuple[Intent, ...]:
        order = {"of_shop": self.key.shop, "of_order": self.key.order_id}
        return tuple(intent_of(row) for row in connection.execute(_INTENTS_OF_ORDER, order).mappings())

    def _found(self, there: tuple[Intent, ...]) -> Intent | None:
        wanted = self.draft.operation
        name = (wanted.operation_id, wanted.attempt)
        return next((i for i in there if (i.operation.operation_id, i.operation.attempt) == name), None)

    def _instead(self, journal: Journal, there: tuple[Intent, ...]) -> Intent | None:
        """Return the attempt that a start gets in place of a new one; None when its own may be written."""
        self._one_at_a_time(there)
        if self.opening is None:
            return None
        wanted = self.draft.operation
        earlier = [i for i in there if i.operation.operation_id == wanted.operation_id]
        # An order that was opened by another start's authorization gets that one.
        last = (earlier or _authorizations(there))[-1]
        follows = (last.operation.operation_id, last.operation.attempt + 1) == (wanted.operation_id, wanted.attempt)
        absent = journal.payment.absent
        is_wanted = absent is not None and absent.authorization_id == wanted.operation_id
        if follows and is_wanted and last.outcome is IntentOutcome.ABSENT and self.opening.digest == journal.digest:
            return None
        return last

    def _one_at_a_time(self, there: tuple[Intent, ...]) -> None:
        wanted = self.draft.operation
        for intent in there:
            other = intent.operation
            if intent.outcome is None and other.authorization_id == wanted.authorization_id:
                raise AnotherUnresolved(
                    f"{wanted.operation_id} must wait: {other.operation_id} on the same authorization is unresolved"
                )
            if other.request_id == wanted.request_id and other.operation_id != wanted.operation_id:
                raise RecordsError(
                    f"{wanted.operation_id} cannot begin: its request id was accepted before, for {other.operation_id}"
                )

    def _write(self, connection: Connection, journal: Journal, there: tuple[Intent, ...]) -> Begun:
        operation = self.draft.operation
        intent = Intent(
            operation=operation,
            idempotence_key=idempotence_key(operation.account, operation.operation_id, operation.attempt),
            reference=self._reference(journal, there),
            amount_as_sent=self.draft.amount_as_sent,
            created_at=self.now,
            first_sent_at=self.now,
            last_sent_at=self.now,
            lease_owner=self.sender.owner,
            lease_until=self.sender.lease_until,
        )
        journal.append(self.rule(journal.payment, intent))
        # The claim comes first: the intent's row refers to it.
        journal.save(notify=self.notify)
        connection.execute(insert(operations), row_of(self.key, intent))
        return Begun(intent=intent, created=True, events=journal.since(self.known))

    def _reference(self, journal: Journal, there: tuple[Intent, ...]) -> str:
        operation = self.draft.operation
        if operation.kind in OPENING:
            return merchant_reference(self.key, "a", len(_authorizations(there)) + 1)
        if operation.kind is OperationKind.REFUND:
            earlier = [i for i in there if i.operation.kind is OperationKind.REFUND]
            return merchant_reference(self.key, "r", len(earlier) + 1)
        if operation.kind is OperationKind.CAPTURE and operation.one_of_several:
            return merchant_reference(self.key, "c", sum(i.operation.kind is OperationKind.CAPTURE for i in there) + 1)
        if self.draft.reference is not None:
            return self.draft.reference
        its_own = (a for a in journal.payment.authorizations if a.authorization_id == operation.authorization_id)
        hold = next(its_own, None)
        if hold is None:
            raise RecordsError(
                f"{operation.operation_id}: the ledger has no authorization {operation.authorization_id}"
            )
        return hold.reference


def _authorizations(intents: tuple[Intent, ...]) -> list[Intent]:
    return [i for i in intents if i.operation.kind in OPENING]
