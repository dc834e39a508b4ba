"""The outbox: what the order service is to be told, written with the event that it tells of, kept until it is told."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, String, Text, text
from sqlmodel import Field

from ledger.columns import Row, UtcMicroseconds

_WAITING = text("delivered_at IS NULL AND given_up_at IS NULL")


class OutboxRow(Row, table=True):
    """One callback. Its body is what was true after its event, and never changes."""

    __tablename__ = "outbox"
    __table_args__ = (
        ForeignKeyConstraint(["shop", "order_id", "sequence"], ["events.shop", "events.order_id", "events.sequence"]),
        CheckConstraint("attempts >= 0", name="outbox_attempts"),
        Index("outbox_waiting", "next_attempt_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("outbox_one_message", "message_id", unique=True),
    )

    shop: str = Field(primary_key=True, sa_type=String(12))
    order_id: str = Field(primary_key=True, sa_type=String(64))
    sequence: int = Field(primary_key=True, sa_type=BigInteger)
    """Of its event: of one payment they are posted in this order."""
    message_id: str = Field(sa_type=String(64))
    type: str = Field(sa_type=String(64))
    body: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcMicroseconds)
    attempts: int = Field(sa_type=BigInteger)
    next_attempt_at: datetime = Field(sa_type=UtcMicroseconds)
    """Nobody tries before: somebody is at it, or the last try failed."""
    give_up_at: datetime = Field(sa_type=UtcMicroseconds)
    """A try that fails after this was the last."""
    delivered_at: datetime | None = Field(sa_type=UtcMicroseconds)
    given_up_at: datetime | None = Field(sa_type=UtcMicroseconds)
    last_error: str | None


outbox = Row.metadata.tables["outbox"]
