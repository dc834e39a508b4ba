"""The inbox of the provider's events."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "inbox",
        _required("account", sa.String()),
        _required("event_id", sa.String(128)),
        _required("type", sa.String(128)),
        sa.Column("kind", sa.String()),
        sa.Column("object_id", sa.String()),
        sa.Column("payment_id", sa.String()),
        sa.Column("merchant_reference", sa.String()),
        _required("body", _JSON),
        _required("received_at", sa.BigInteger()),
        _required("next_try_at", sa.BigInteger()),
        _required("attempts", sa.BigInteger()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("quarantined", sa.String()),
        sa.Column("shop", sa.String(12)),
        sa.Column("order_id", sa.String(64)),
        sa.PrimaryKeyConstraint("account", "event_id"),
        sa.CheckConstraint("attempts >= 0", name="inbox_attempts"),
    )
    undelivered = sa.text("delivered_at IS NULL")
    op.create_index(
        "inbox_undelivered", "inbox", ["next_try_at"], sqlite_where=undelivered, postgresql_where=undelivered
    )
    op.create_index("inbox_by_reference", "inbox", ["account", "merchant_reference"])
    op.create_index("inbox_by_arrival", "inbox", ["received_at"])


def downgrade() -> None:
    raise NotImplementedError("books are never taken down: restore a backup instead")


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
