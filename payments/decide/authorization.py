"""Opening a payment and asking for its authorization."""

from payments.accounts import Account
from payments.decide.decision import Perform, Record
from payments.events import Abandoned, AuthorizationIntended, Opened, ProductHold
from payments.methods import PaymentInstruction
from payments.operations import Intent, Operation, OperationKind
from payments.order import Order
from payments.parts import AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id

# The start is itself the request: one order opens one payment. Names of the engine's own requests begin with a sign
# that nobody else's can have (`references.REQUEST_ID`), so that no shipment is taken for one.
START = "@start"


def open_payment(order: Order, instruction: PaymentInstruction, account: Account, digest: str) -> Opened:
    """Freeze the terms: who is charged through which account, how long the hold is counted on.

    The window never outlasts the hold less its margin, so that the void still finds a hold to release.
    """
    hold_seconds = int(account.hold(instruction.action).total_seconds())
    longest = max(1, hold_seconds - account.margin_seconds)
    window = min(longest, instruction.window_seconds or longest)
    return Opened(
        subject=str(order.key),
        owed=order.total,
        digest=digest,
        account=account.name,
        action=instruction.action,
        hold_seconds=hold_seconds,
        margin_seconds=account.margin_seconds,
        warn_before_seconds=account.warn_before_seconds,
        products=tuple(
            ProductHold(product=product, hold_seconds=seconds)
            for product, seconds in account.holds_by_product(instruction.action).items()
        ),
        window_seconds=window,
        redirect_window_seconds=min(longest, instruction.redirect_window_seconds or account.redirect_window_seconds),
        review_seconds=min(window, instruction.review_deadline_seconds or account.review_seconds or window),
        late_success=instruction.late_success,
    )


def decide_authorization(opened: Opened, payment: Payment, *, by_checkout: bool = False) -> Perform:
    """Ask for the authorization of what is owed; after an absent attempt, ask once more under a new key.

    `by_checkout`: what is asked for is a page, on which the customer authorizes it.
    """
    kind = OperationKind.CHECKOUT if by_checkout else OperationKind.AUTHORIZE
    subject = operation_id(payment.key, kind, START)
    hold = payment.authorization
    return Perform(
        operation=Operation(
            operation_id=subject,
            kind=kind,
            request_id=START,
            request_hash=opened.digest,
            authorization_id=subject,
            attempt=1 if hold is None else hold.attempt + 1,
            amount=opened.owed,
            account=opened.account,
        )
    )


def intended(intent: Intent) -> AuthorizationIntended:
    """The event that goes with an authorization's intent; the ledger chose the reference."""
    operation = intent.operation
    return AuthorizationIntended(
        subject=operation.operation_id,
        occurrence=operation.attempt,
        attempt=operation.attempt,
        reference=intent.reference,
        amount_minor=operation.amount.amount_minor,
        by_checkout=operation.kind is OperationKind.CHECKOUT,
    )


def abandon(payment: Payment, request_id: str, request_hash: str) -> Record | None:
    """End a payment whose authorization is proven absent and is not wanted any more."""
    hold = payment.authorization
    if hold is None or hold.stage is not AuthorizationStage.ABSENT:
        return None
    subject = operation_id(payment.key, OperationKind.VOID, request_id)
    return Record(events=(Abandoned(subject=subject, request_id=request_id, request_hash=request_hash),))
