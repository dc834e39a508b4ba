"""From Connect's words for a refund to ours: one total table of statuses, and the amount back in minor units.

Statuses: `refund_result.py` of the official Python SDK 6.3.0; CAPTURED is known from older webhooks alone.
"""

from ingenico.amounts import InexpressibleAmountError, minor_units
from ingenico.errors import DeclinedRefund
from ingenico.wire.refunds import Refund, RefundOutput
from ingenico.wire.status_output import ApiError
from payments.events import Decline
from payments.money import Money
from payments.provider import ProviderRefund
from payments.states import RefundStatus

STATUSES = {
    "CREATED": RefundStatus.REQUESTED,
    "PENDING_APPROVAL": RefundStatus.REQUESTED,
    "REFUND_REQUESTED": RefundStatus.REQUESTED,
    "CAPTURED": RefundStatus.REFUNDED,
    "REFUNDED": RefundStatus.REFUNDED,
    "REJECTED": RefundStatus.FAILED,
    "REJECTED_CAPTURE": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.FAILED,
}
_AWAITS_APPROVAL = "PENDING_APPROVAL"


def provider_refund(answer: Refund | DeclinedRefund) -> ProviderRefund:
    """Translate a refund; a word that we do not know becomes UNRECOGNISED."""
    refund, beside = (answer.refund, answer.errors) if isinstance(answer, DeclinedRefund) else (answer, ())
    output = refund.refund_output or RefundOutput()
    status = STATUSES.get(refund.status, RefundStatus.UNRECOGNISED)
    errors = (refund.status_output.errors if refund.status_output else None) or beside
    return ProviderRefund(
        refund_id=refund.id,
        status=status,
        raw_status=refund.status,
        reference=output.references.merchant_reference if output.references else None,
        amount=_amount(output),
        awaits_approval=refund.status == _AWAITS_APPROVAL,
        decline=_decline(errors) if status is RefundStatus.FAILED else None,
    )


def _amount(output: RefundOutput) -> Money | None:
    money = output.amount_of_money
    if money is None:
        return None
    try:
        return Money(amount_minor=minor_units(money.amount, money.currency_code), currency=money.currency_code)
    except InexpressibleAmountError:
        return None


def _decline(errors: tuple[ApiError, ...]) -> Decline | None:
    return Decline(code=errors[0].code, message=errors[0].message) if errors else None
