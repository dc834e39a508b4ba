"""The outbox of callbacks to the order service."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "outbox",
        _required("shop", sa.String(12)),
        _required("order_id", sa.String(64)),
        _required("sequence", sa.BigInteger()),
        _required("message_id", sa.String(64)),
        _required("type", sa.String(64)),
        _required("body", sa.Text()),
        _required("created_at", sa.BigInteger()),
        _required("attempts", sa.BigInteger()),
        _required("next_attempt_at", sa.BigInteger()),
        _required("give_up_at", sa.BigInteger()),
        sa.Column("delivered_at", sa.BigInteger()),
        sa.Column("given_up_at", sa.BigInteger()),
        sa.Column("last_error", sa.String()),
        sa.PrimaryKeyConstraint("shop", "order_id", "sequence"),
        sa.ForeignKeyConstraint(
            ["shop", "order_id", "sequence"], ["events.shop", "events.order_id", "events.sequence"]
        ),
        sa.CheckConstraint("attempts >= 0", name="outbox_attempts"),
    )
    waiting = sa.text("delivered_at IS NULL AND given_up_at IS NULL")
    op.create_index("outbox_waiting", "outbox", ["next_attempt_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("outbox_one_message", "outbox", ["message_id"], unique=True)


def downgrade() -> None:
    raise NotImplementedError("books are never taken down: restore a backup instead")


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)
