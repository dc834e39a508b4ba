"""One operation at a time: what must hold before anything is asked of the provider."""

from payments.payment import Payment
from payments.refusals import Refusal


def must_be_resolved(payment: Payment) -> Refusal | None:
    """Refuse while an operation's outcome is open: a second one beside it could undo it, or both could happen."""
    if payment.unresolved is None:
        return None
    return Refusal(
        code="operation_unresolved",
        field="request_id",
        message=f"{payment.unresolved} is not resolved yet.",
        remedy="Ask again when it is; the payment view tells.",
    )
