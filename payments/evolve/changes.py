"""How a payment is changed: each returns another value."""

from typing import Any

from payments.parts import Authorization, RequestRecord
from payments.payment import Payment
from payments.states import CaptureStage


def changed(payment: Payment, **changes: Any) -> Payment:  # noqa: ANN401 (fields of the model, checked by tests)
    """Return the payment with these fields changed."""
    return payment.model_copy(update=changes)


def hold_changed(payment: Payment, hold: Authorization | None, **changes: Any) -> Payment:  # noqa: ANN401
    """Return the payment with fields of one authorization changed; of none named, the one that counts."""
    target = hold or payment.authorization
    if target is None:
        raise ValueError(f"{payment.key} has no authorization")
    after = target.model_copy(update=changes)
    return changed(payment, authorizations=tuple(after if a is target else a for a in payment.authorizations))


def capture_changed(payment: Payment, capture_id: str, stage: CaptureStage, **changes: Any) -> Payment:  # noqa: ANN401
    """Return the payment with one capture at another stage, and other fields of it changed."""
    return changed(
        payment,
        captures=tuple(
            c.model_copy(update={"stage": stage, **changes}) if c.capture_id == capture_id else c
            for c in payment.captures
        ),
    )


def remembered(payment: Payment, request_id: str, request_hash: str, operation_id: str) -> Payment:
    """Return the payment with a request accepted: the same id again gets its answer."""
    record = RequestRecord(request_id=request_id, request_hash=request_hash, operation_id=operation_id)
    return changed(payment, requests=(*payment.requests, record))
