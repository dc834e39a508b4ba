"""What the tables share: their metadata, times as integers, JSON for both engines."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import JSON, BigInteger, Dialect, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# JSONB on PostgreSQL: it can be asked into, and a reader never sees two spellings of one value.
Json = JSON().with_variant(JSONB(), "postgresql")


class UtcMicroseconds(TypeDecorator[datetime]):
    """A moment as microseconds since 1970 in UTC: exact, ordered, and the same on every engine.

    A naive datetime is refused with ValueError, since nobody could say which moment it means.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn a moment into its number."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone: pass a time in UTC")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn a number back into its moment, in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Row(SQLModel):
    """The base of every table here: a metadata of its own, so that a migration sees the ledger's tables alone."""

    metadata = MetaData()
