"""Fold what happened to refunds. Apart from `evolve`, which joins it: refunds move nothing of a hold."""

from typing import Any, assert_never

from payments.events import (
    RefundAsked,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundIntended,
    RefundRequested,
    RefundReversed,
)
from payments.parts import RefundRecord, RequestRecord
from payments.payment import Payment
from payments.states import RefundStage

RefundEvent = RefundAsked | RefundIntended | RefundDeferred | RefundRequested | Refunded | RefundFailed | RefundReversed


def evolve_refund(payment: Payment, event: RefundEvent) -> Payment:
    """Return the payment after something happened to one of its refunds."""
    match event:
        case RefundAsked():
            return _asked(payment, event)
        case RefundIntended():
            sent = payment.model_copy(update={"references": (*payment.references, event.reference)})
            return _change(
                sent,
                event.subject,
                stage=RefundStage.INTENDED,
                attempt=event.occurrence,
                reference=event.reference,
                not_before=None,
            )
        case RefundDeferred():
            return _change(payment, event.subject, stage=RefundStage.ASKED, not_before=event.not_before)
        case RefundRequested():
            return _change(
                payment, event.subject, stage=RefundStage.REQUESTED, provider_refund_id=event.provider_refund_id
            )
        case Refunded():
            return _change(payment, event.subject, stage=RefundStage.REFUNDED)
        case RefundFailed() | RefundReversed():
            return _change(payment, event.subject, stage=RefundStage.FAILED, reason=event.reason)
        case _:
            assert_never(event)


def _asked(payment: Payment, event: RefundAsked) -> Payment:
    refund = RefundRecord(
        refund_id=event.subject,
        authorization_id=event.authorization_id,
        capture_id=event.capture_id,
        request_id=event.request_id,
        amount_minor=event.amount_minor,
        give_up_at=event.give_up_at,
        by_taking_back=event.by_taking_back,
    )
    request = RequestRecord(request_id=event.request_id, request_hash=event.request_hash, operation_id=event.subject)
    return payment.model_copy(update={"refunds": (*payment.refunds, refund), "requests": (*payment.requests, request)})


def _change(payment: Payment, refund_id: str, **changes: Any) -> Payment:  # noqa: ANN401 (fields of the model)
    if payment.refund(refund_id) is None:
        raise ValueError(f"{payment.key} has no refund {refund_id}")
    return payment.model_copy(
        update={
            "refunds": tuple(r.model_copy(update=changes) if r.refund_id == refund_id else r for r in payment.refunds)
        }
    )
