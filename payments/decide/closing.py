"""Closing a page of the provider's: nothing is held yet, and its customer is given up, or the order was cancelled."""

from payments.decide.decision import Perform
from payments.events import VoidIntended
from payments.operations import Operation, OperationKind
from payments.parts import Authorization
from payments.payment import Payment
from payments.references import operation_id


def close_checkout(payment: Payment, hold: Authorization, request_id: str, content: str, *, asked: bool) -> Perform:
    """Close the page of an authorization; `asked`: the order was cancelled, or else its customer is given up."""
    subject = operation_id(payment.key, OperationKind.CLOSE, request_id)
    return Perform(
        operation=Operation(
            operation_id=subject,
            kind=OperationKind.CLOSE,
            request_id=request_id,
            request_hash=content,
            authorization_id=hold.authorization_id,
            amount=payment.money(hold.amount_minor),
            account=payment.account_of(hold),
            provider_id=hold.checkout_id,
        ),
        events=(
            VoidIntended(
                subject=subject,
                authorization_id=hold.authorization_id,
                request_id=request_id,
                request_hash=content,
                cause="request" if asked else "customer",
                closes=True,
            ),
        ),
    )
