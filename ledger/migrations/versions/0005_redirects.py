"""Where customers are sent, until they are back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "redirects",
        sa.Column("authorization_id", sa.String(), nullable=False),
        sa.Column("shop", sa.String(12), nullable=False),
        sa.Column("order_id", sa.String(64), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("authorization_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("books are never taken down: restore a backup instead")
