"""The inbox: what the provider told us of, kept before it is acknowledged, until the payment it is about was woken.

Of an event's body only names and times are kept: what is true is read at the provider, and nothing personal is stored.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, String, text
from sqlmodel import Field

from ledger.columns import Json, Row, UtcMicroseconds

_UNDELIVERED = text("delivered_at IS NULL")


class InboxRow(Row, table=True):
    """One event of one account: however often it was posted, it stands here once."""

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint("attempts >= 0", name="inbox_attempts"),
        Index("inbox_undelivered", "next_try_at", sqlite_where=_UNDELIVERED, postgresql_where=_UNDELIVERED),
        Index("inbox_by_reference", "account", "merchant_reference"),
        Index("inbox_by_arrival", "received_at"),
    )

    account: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True, sa_type=String(128))
    type: str = Field(sa_type=String(128))
    kind: str | None
    """What it is about: a payment, a refund …; none for what this version does not know."""
    object_id: str | None
    """The provider's name for that."""
    payment_id: str | None
    """The provider's name for its payment, where the event tells it."""
    merchant_reference: str | None
    body: dict[str, Any] = Field(sa_type=Json)
    """Ids, type and times of the event, never the thing itself."""
    received_at: datetime = Field(sa_type=UtcMicroseconds)
    next_try_at: datetime = Field(sa_type=UtcMicroseconds)
    """Nobody tries before: a relay has it, or the last try failed, or no payment matched."""
    attempts: int = Field(sa_type=BigInteger)
    delivered_at: datetime | None = Field(sa_type=UtcMicroseconds)
    quarantined: str | None
    """Why no payment was woken, in words."""
    shop: str | None = Field(sa_type=String(12))
    order_id: str | None = Field(sa_type=String(64))


inbox = Row.metadata.tables["inbox"]
