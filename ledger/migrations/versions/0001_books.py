"""The books: claims, operations, events, entries, the balances that triggers keep, and the guards."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from ledger.guards import HAS_CAPTURE_REFERENCE, guards

revision = "0001"
down_revision = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    _claims()
    _operations()
    _events()
    _balances()
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("books are never taken down: restore a backup instead")


def _required(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _order() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["shop", "order_id"], ["claims.shop", "claims.order_id"])


def _claims() -> None:
    op.create_table(
        "claims",
        _required("shop", sa.String(12)),
        _required("order_id", sa.String(64)),
        _required("digest", sa.String(64)),
        _required("account", sa.String()),
        _required("currency", sa.String(3)),
        _required("state", sa.String()),
        _required("attention", sa.Boolean()),
        _required("sequence", sa.BigInteger()),
        _required("snapshot", _JSON),
        _required("snapshot_form", sa.String(16)),
        _required("created_at", sa.BigInteger()),
        _required("updated_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("shop", "order_id"),
        sa.CheckConstraint("length(currency) = 3", name="claims_currency"),
    )
    op.create_index("claims_by_update", "claims", ["updated_at", "shop", "order_id"])


def _operations() -> None:
    op.create_table(
        "operations",
        _required("operation_id", sa.String()),
        _required("attempt", sa.BigInteger()),
        _required("shop", sa.String(12)),
        _required("order_id", sa.String(64)),
        _required("kind", sa.String()),
        _required("request_id", sa.String()),
        _required("request_hash", sa.String()),
        _required("authorization_id", sa.String()),
        _required("amount_minor", sa.BigInteger()),
        _required("currency", sa.String(3)),
        _required("account", sa.String()),
        sa.Column("provider_id", sa.String()),
        _required("idempotence_key", sa.String(40)),
        _required("reference", sa.String(30)),
        _required("amount_as_sent", sa.BigInteger()),
        _required("created_at", sa.BigInteger()),
        sa.Column("first_sent_at", sa.BigInteger()),
        sa.Column("last_sent_at", sa.BigInteger()),
        sa.Column("key_dead_at", sa.BigInteger()),
        sa.Column("first_absent_at", sa.BigInteger()),
        sa.Column("lease_owner", sa.String()),
        sa.Column("lease_until", sa.BigInteger()),
        sa.Column("outcome", sa.String()),
        sa.Column("outcome_at", sa.BigInteger()),
        sa.Column("evidence", sa.String()),
        sa.PrimaryKeyConstraint("operation_id", "attempt"),
        _order(),
        sa.CheckConstraint("attempt >= 1", name="operations_attempt"),
        sa.CheckConstraint("length(reference) <= 30", name="operations_reference"),
        sa.CheckConstraint("length(idempotence_key) = 40", name="operations_key"),
        sa.CheckConstraint("amount_minor >= 0", name="operations_amount_sign"),
        sa.CheckConstraint("kind <> 'authorize' OR authorization_id = operation_id", name="operations_authorization"),
        sa.CheckConstraint("amount_minor = CAST(amount_minor AS BIGINT)", name="operations_amount"),
        sa.CheckConstraint("amount_as_sent = CAST(amount_as_sent AS BIGINT)", name="operations_amount_as_sent"),
    )
    op.create_index("operations_by_order", "operations", ["shop", "order_id"])
    op.create_index("operations_one_key", "operations", ["account", "idempotence_key"], unique=True)
    _only("operations_one_reference", ["account", "reference"], "kind IN ('authorize', 'refund')")
    _only("operations_one_capture_reference", ["account", "reference"], HAS_CAPTURE_REFERENCE)
    _only("operations_one_provider_id", ["account", "provider_id"], "kind = 'authorize'")
    _only("operations_one_request", ["shop", "order_id", "request_id"], "attempt = 1")
    _only("operations_one_unresolved", ["authorization_id"], "outcome IS NULL")


def _only(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "operations", columns, unique=True, sqlite_where=condition, postgresql_where=condition)


def _events() -> None:
    op.create_table(
        "events",
        _required("shop", sa.String(12)),
        _required("order_id", sa.String(64)),
        _required("sequence", sa.BigInteger()),
        _required("kind", sa.String()),
        _required("subject", sa.String()),
        _required("occurrence", sa.BigInteger()),
        _required("body", _JSON),
        _required("occurred_at", sa.BigInteger()),
        _required("recorded_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("shop", "order_id", "sequence"),
        _order(),
        sa.CheckConstraint("sequence >= 1", name="events_sequence"),
    )
    op.create_index("events_once", "events", ["shop", "order_id", "kind", "subject", "occurrence"], unique=True)
    op.create_table(
        "entries",
        _required("shop", sa.String(12)),
        _required("order_id", sa.String(64)),
        _required("sequence", sa.BigInteger()),
        _required("line", sa.BigInteger()),
        _required("account", sa.String()),
        _required("amount_minor", sa.BigInteger()),
        _required("currency", sa.String(3)),
        _required("authorization_id", sa.String()),
        sa.Column("capture_id", sa.String()),
        sa.PrimaryKeyConstraint("shop", "order_id", "sequence", "line"),
        sa.ForeignKeyConstraint(
            ["shop", "order_id", "sequence"], ["events.shop", "events.order_id", "events.sequence"]
        ),
        sa.CheckConstraint("amount_minor = CAST(amount_minor AS BIGINT)", name="entries_amount"),
    )
    op.create_index("entries_by_authorization", "entries", ["authorization_id"])


def _balances() -> None:
    op.create_table(
        "zero",
        sa.Column("z", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("z"),
        sa.CheckConstraint("z = 0", name="zero_is_zero"),
    )
    op.create_table(
        "posting_sum",
        _required("shop", sa.String(12)),
        _required("order_id", sa.String(64)),
        _required("sequence", sa.BigInteger()),
        _required("currency", sa.String(3)),
        _required("total", sa.BigInteger()),
        sa.PrimaryKeyConstraint("shop", "order_id", "sequence", "currency"),
        sa.ForeignKeyConstraint(["total"], ["zero.z"], deferrable=True, initially="DEFERRED"),
    )
    op.create_table(
        "holds",
        _required("authorization_id", sa.String()),
        _required("open_minor", sa.BigInteger()),
        _required("reserved_minor", sa.BigInteger()),
        _required("lapsing_minor", sa.BigInteger()),
        sa.PrimaryKeyConstraint("authorization_id"),
        sa.CheckConstraint("open_minor >= 0", name="holds_open"),
        sa.CheckConstraint("reserved_minor >= 0", name="holds_reserved"),
        sa.CheckConstraint("lapsing_minor >= 0", name="holds_lapsing"),
    )
