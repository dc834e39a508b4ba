"""What comes back from asking for a refund, of a payment or of a capture."""

from ingenico.errors import Answer, DeclinedRefund, declined_refund, success
from ingenico.outcomes import DECLINED_REFUNDS
from ingenico.wire.refunds import Refund


def refund_or_decline(answer: Answer) -> Refund | DeclinedRefund:
    """Return the refund, or the decline; a rejected refund was recorded with a success's HTTP status too."""
    declined = declined_refund(answer)
    if declined is not None:
        return declined
    refund = success(answer, Refund, with_key=True)
    if refund.status in DECLINED_REFUNDS:
        errors = (refund.status_output.errors if refund.status_output else None) or ()
        return DeclinedRefund(refund=refund, errors=errors)
    return refund
