"""Hosted checkouts have merchant references of their own, beside authorizations and refunds."""

import sqlalchemy as sa
from alembic import op

from ledger.guards import HAS_REFERENCE, not_replaced

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    where = sa.text(HAS_REFERENCE)
    op.create_index(
        "operations_one_own_reference",
        "operations",
        ["account", "reference"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER operation_kept_on_replace")
        op.execute(not_replaced("operations", "operation_kept"))


def downgrade() -> None:
    raise NotImplementedError("books are never taken down: restore a backup instead")
