"""One operation at a time: what must hold before anything is asked of the provider."""

from payments.payment import Payment
from payments.refusals import Refusal


def not_resolved(what: str, why_it_matters: str = "") -> Refusal:
    """Say that the outcome of `what` is open."""
    return Refusal(
        code="operation_unresolved",
        field="request_id",
        message=f"{what} is not resolved yet{why_it_matters}.",
        remedy="Ask again when it is; the payment view tells.",
    )


def must_be_resolved(payment: Payment) -> Refusal | None:
    """Refuse while an operation's outcome is open: a second one beside it could undo it, or both could happen."""
    return None if payment.unresolved is None else not_resolved(payment.unresolved)
