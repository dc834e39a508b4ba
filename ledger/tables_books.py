"""The books: claims, operations, events, entries, and the two balances that triggers keep beside them.

Words that the core may add to (kinds, accounts, outcomes) are plain text: an enumeration in the table would need
the table rebuilt, with its guards taken off, for each new word.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlmodel import Field

from ledger.columns import Json, Row, UtcMicroseconds
from ledger.guards import HAS_CAPTURE_REFERENCE, HAS_REFERENCE

# SQLite keeps 12.5 in an integer column; this refuses it there and costs nothing elsewhere.
_WHOLE = "{0} = CAST({0} AS BIGINT)"


def _order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["shop", "order_id"], ["claims.shop", "claims.order_id"])


def _only(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


class Claim(Row, table=True):
    """An order claimed for its one payment. Its row is the lock of everything that is the order's."""

    __tablename__ = "claims"
    __table_args__ = (
        CheckConstraint("length(currency) = 3", name="claims_currency"),
        Index("claims_by_update", "updated_at", "shop", "order_id"),
    )

    shop: str = Field(primary_key=True, sa_type=String(12))
    order_id: str = Field(primary_key=True, sa_type=String(64))
    digest: str = Field(sa_type=String(64))
    account: str
    currency: str = Field(sa_type=String(3))
    state: str
    attention: bool
    """Whether a person has to look at it."""
    sequence: int = Field(sa_type=BigInteger)
    """How many events are folded into the snapshot."""
    snapshot: dict[str, Any] = Field(sa_type=Json)
    snapshot_form: str = Field(sa_type=String(16))
    """Which fields the payment had that was written; under others it is folded anew."""
    created_at: datetime = Field(sa_type=UtcMicroseconds)
    updated_at: datetime = Field(sa_type=UtcMicroseconds)


class OperationRow(Row, table=True):
    """An intent: one attempt at an operation, written before the provider is asked. Amounts are minor units."""

    __tablename__ = "operations"
    __table_args__ = (
        _order(),
        CheckConstraint("attempt >= 1", name="operations_attempt"),
        CheckConstraint("length(reference) <= 30", name="operations_reference"),
        CheckConstraint("length(idempotence_key) = 40", name="operations_key"),
        CheckConstraint("amount_minor >= 0", name="operations_amount_sign"),
        CheckConstraint("kind <> 'authorize' OR authorization_id = operation_id", name="operations_authorization"),
        CheckConstraint(_WHOLE.format("amount_minor"), name="operations_amount"),
        CheckConstraint(_WHOLE.format("amount_as_sent"), name="operations_amount_as_sent"),
        Index("operations_one_key", "account", "idempotence_key", unique=True),
        _only("operations_one_reference", "account", "reference", where="kind IN ('authorize', 'refund')"),
        _only("operations_one_own_reference", "account", "reference", where=HAS_REFERENCE),
        _only("operations_one_capture_reference", "account", "reference", where=HAS_CAPTURE_REFERENCE),
        _only("operations_one_provider_id", "account", "provider_id", where="kind = 'authorize'"),
        _only("operations_one_request", "shop", "order_id", "request_id", where="attempt = 1"),
        _only("operations_one_unresolved", "authorization_id", where="outcome IS NULL"),
        Index("operations_by_order", "shop", "order_id"),
    )

    operation_id: str = Field(primary_key=True)
    attempt: int = Field(primary_key=True, sa_type=BigInteger)
    shop: str = Field(sa_type=String(12))
    order_id: str = Field(sa_type=String(64))
    kind: str
    request_id: str
    request_hash: str
    authorization_id: str
    """Never NULL, which a unique index would not compare: an authorization's own is its operation id."""
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=String(3))
    account: str
    provider_id: str | None
    idempotence_key: str = Field(sa_type=String(40))
    reference: str = Field(sa_type=String(30))
    amount_as_sent: int = Field(sa_type=BigInteger)
    """In the provider's unit."""
    created_at: datetime = Field(sa_type=UtcMicroseconds)
    first_sent_at: datetime | None = Field(sa_type=UtcMicroseconds)
    last_sent_at: datetime | None = Field(sa_type=UtcMicroseconds)
    key_dead_at: datetime | None = Field(sa_type=UtcMicroseconds)
    first_absent_at: datetime | None = Field(sa_type=UtcMicroseconds)
    lease_owner: str | None
    lease_until: datetime | None = Field(sa_type=UtcMicroseconds)
    outcome: str | None
    outcome_at: datetime | None = Field(sa_type=UtcMicroseconds)
    evidence: str | None
    """What proves the outcome, in words."""


class EventRow(Row, table=True):
    """What happened, in its place in the order's story. Never changed, never removed."""

    __tablename__ = "events"
    __table_args__ = (
        _order(),
        CheckConstraint("sequence >= 1", name="events_sequence"),
        Index("events_once", "shop", "order_id", "kind", "subject", "occurrence", unique=True),
    )

    shop: str = Field(primary_key=True, sa_type=String(12))
    order_id: str = Field(primary_key=True, sa_type=String(64))
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    kind: str
    subject: str
    occurrence: int = Field(sa_type=BigInteger)
    body: dict[str, Any] = Field(sa_type=Json)
    occurred_at: datetime = Field(sa_type=UtcMicroseconds)
    """By the engine's clock, which a test may turn."""
    recorded_at: datetime = Field(sa_type=UtcMicroseconds)
    """By the clock of the machine that wrote it."""


class EntryRow(Row, table=True):
    """One line of an event's posting: a signed amount of minor units on an account."""

    __tablename__ = "entries"
    __table_args__ = (
        ForeignKeyConstraint(["shop", "order_id", "sequence"], ["events.shop", "events.order_id", "events.sequence"]),
        CheckConstraint(_WHOLE.format("amount_minor"), name="entries_amount"),
        Index("entries_by_authorization", "authorization_id"),
    )

    shop: str = Field(primary_key=True, sa_type=String(12))
    order_id: str = Field(primary_key=True, sa_type=String(64))
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    line: int = Field(primary_key=True, sa_type=BigInteger)
    account: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=String(3))
    authorization_id: str
    capture_id: str | None


class Zero(Row, table=True):
    """The number 0, which every posting's sum must refer to when its transaction commits."""

    __tablename__ = "zero"
    __table_args__ = (CheckConstraint("z = 0", name="zero_is_zero"),)

    z: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


class PostingSum(Row, table=True):
    """What an event's entries sum to in one currency, kept by triggers: at commit it must be zero."""

    __tablename__ = "posting_sum"

    shop: str = Field(primary_key=True, sa_type=String(12))
    order_id: str = Field(primary_key=True, sa_type=String(64))
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    currency: str = Field(primary_key=True, sa_type=String(3))
    total: int = Field(
        sa_type=BigInteger,
        sa_column_args=(ForeignKey("zero.z", deferrable=True, initially="DEFERRED"),),
    )


class Hold(Row, table=True):
    """What an authorization holds on a card now, in minor units, kept from the entries by triggers."""

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("open_minor >= 0", name="holds_open"),
        CheckConstraint("reserved_minor >= 0", name="holds_reserved"),
        CheckConstraint("lapsing_minor >= 0", name="holds_lapsing"),
    )

    authorization_id: str = Field(primary_key=True)
    open_minor: int = Field(sa_type=BigInteger)
    reserved_minor: int = Field(sa_type=BigInteger)
    lapsing_minor: int = Field(sa_type=BigInteger)


claims = Row.metadata.tables["claims"]
operations = Row.metadata.tables["operations"]
events = Row.metadata.tables["events"]
entries = Row.metadata.tables["entries"]
holds = Row.metadata.tables["holds"]
posting_sum = Row.metadata.tables["posting_sum"]
