"""An intent and its row: the one place where they are turned into each other."""

from typing import Any

from sqlalchemy import RowMapping

from payments.money import Money
from payments.operations import Intent, IntentOutcome, Operation, OperationKind
from payments.references import PaymentKey


def row_of(key: PaymentKey, intent: Intent) -> dict[str, Any]:
    """Return the row of a new intent."""
    operation = intent.operation
    return {
        "shop": key.shop,
        "order_id": key.order_id,
        "amount_minor": operation.amount.amount_minor,
        "currency": operation.amount.currency,
        "kind": operation.kind.value,
        **{name: getattr(operation, name) for name in _OF_OPERATION},
        **{name: getattr(intent, name) for name in _OF_INTENT},
    }


def intent_of(row: RowMapping) -> Intent:
    """Return the intent that a row holds."""
    operation = Operation(
        kind=OperationKind(row["kind"]),
        amount=Money(amount_minor=row["amount_minor"], currency=row["currency"]),
        **{name: row[name] for name in _OF_OPERATION},
    )
    outcome = None if row["outcome"] is None else IntentOutcome(row["outcome"])
    return Intent(operation=operation, outcome=outcome, **{name: row[name] for name in _OF_INTENT})


# The fields that are spelt alike in the table and in the core.
_OF_OPERATION = (
    "operation_id",
    "attempt",
    "request_id",
    "request_hash",
    "authorization_id",
    "account",
    "provider_id",
)
_OF_INTENT = (
    "idempotence_key",
    "reference",
    "amount_as_sent",
    "created_at",
    "first_sent_at",
    "last_sent_at",
    "key_dead_at",
    "first_absent_at",
    "lease_owner",
    "lease_until",
)
