"""Opening a payment and asking for its authorization."""

from datetime import datetime

from payments.accounts import Account
from payments.decide.decision import Perform, Record
from payments.events import Abandoned, AnyEvent, AuthorizationIntended, Opened, ProductHold, Terms
from payments.methods import PaymentInstruction
from payments.operations import Intent, Operation, OperationKind
from payments.order import Order
from payments.parts import Authorization
from payments.payment import Payment
from payments.references import START, operation_id
from payments.states import Purpose


def open_payment(order: Order, instruction: PaymentInstruction, account: Account, digest: str) -> Opened:
    """Freeze the terms: who is charged through which account, how long the hold is counted on.

    The window never outlasts the hold less its margin, so that the void still finds a hold to release.
    """
    retry_window, terms = instruction.retry_window_seconds, terms_of(instruction, account)
    ship_within = instruction.window_seconds or 2 * terms.window_seconds
    return Opened(
        subject=str(order.key),
        owed=order.total,
        digest=digest,
        ship_within_seconds=ship_within if instruction.reauthorize else 0,
        retry_window_seconds=account.retry_window_seconds if retry_window is None else retry_window,
        **terms.model_dump(),
    )


def terms_of(instruction: PaymentInstruction, account: Account) -> Terms:
    """Return how long a hold can be counted on and waits for fulfilment; the one never outlasts the other."""
    hold_seconds = int(account.hold(instruction.action).total_seconds())
    longest = max(1, hold_seconds - account.margin_seconds)
    # What is followed by another is released only as long as all of them together may take.
    window = longest if instruction.reauthorize else min(longest, instruction.window_seconds or longest)
    products = account.holds_by_product(instruction.action)
    return Terms(
        account=account.name,
        action=instruction.action,
        hold_seconds=hold_seconds,
        window_seconds=window,
        margin_seconds=account.margin_seconds,
        warn_before_seconds=account.warn_before_seconds,
        products=tuple(ProductHold(product=name, hold_seconds=seconds) for name, seconds in products.items()),
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
    hold = next((a for a in payment.authorizations if a.authorization_id == subject), None)
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


def intended(intent: Intent, method: str | None = None) -> AuthorizationIntended:
    """The event that goes with the intent of the order's first authorization; the ledger chose the reference."""
    operation = intent.operation
    return AuthorizationIntended(
        subject=operation.operation_id,
        occurrence=operation.attempt,
        attempt=operation.attempt,
        reference=intent.reference,
        amount_minor=operation.amount.amount_minor,
        by_checkout=operation.kind is OperationKind.CHECKOUT,
        method=method,
    )


def ask_for(
    payment: Payment,
    request_id: str,
    content: str,
    *,
    purpose: Purpose,
    amount_minor: int,
    account: str,
    card_of: str | None = None,
    owed_minor: int | None = None,
    by_checkout: bool = False,
) -> Perform:
    """Ask for a further authorization. What the ledger and the accounts know is filled in with the intent."""
    kind = OperationKind.CHECKOUT if by_checkout else OperationKind.AUTHORIZE
    subject = operation_id(payment.key, kind, request_id)
    operation = Operation(
        operation_id=subject,
        kind=kind,
        request_id=request_id,
        request_hash=content,
        authorization_id=subject,
        amount=payment.money(amount_minor),
        account=account,
    )
    event = AuthorizationIntended(
        subject=subject,
        attempt=1,
        reference="",
        amount_minor=amount_minor,
        purpose=purpose,
        request_id=request_id,
        request_hash=content,
        card_of=card_of,
        owed_minor=owed_minor,
        by_checkout=by_checkout,
    )
    return Perform(operation=operation, events=(event,))


def ask_again(payment: Payment, hold: Authorization) -> Perform:
    """Ask once more, under a new key, for a further authorization whose attempt is proven absent."""
    record = payment.request(hold.request_id)
    content = record.request_hash if record else ""
    asked = ask_for(
        payment,
        hold.request_id,
        content,
        purpose=hold.purpose,
        amount_minor=hold.amount_minor,
        account=payment.account_of(hold),
        card_of=hold.card_of,
        owed_minor=hold.owed_minor,
        by_checkout=hold.by_checkout,
    )
    attempt = hold.attempt + 1
    return Perform(operation=asked.operation.model_copy(update={"attempt": attempt}), events=asked.events)


def further_intended(
    intent: Intent, events: tuple[AnyEvent, ...], terms: Terms | None, method: str | None
) -> tuple[AnyEvent, ...]:
    """The events that go with the intent of a further authorization: its reference, its terms, what pays."""
    attempt = intent.operation.attempt
    known = {"reference": intent.reference, "attempt": attempt, "occurrence": attempt, "terms": terms, "method": method}
    return tuple(
        event.model_copy(update=known) if isinstance(event, AuthorizationIntended) else event for event in events
    )


def abandon(payment: Payment, request_id: str, request_hash: str, now: datetime) -> Record | None:
    """Give up an authorization that is proven absent and is not wanted any more."""
    hold = payment.absent
    if hold is None:
        return None
    abandoned = Abandoned(
        subject=operation_id(payment.key, OperationKind.VOID, request_id),
        request_id=request_id,
        request_hash=request_hash,
        authorization_id=None if hold is payment.authorization else hold.authorization_id,
        at=now,
    )
    return Record(events=(abandoned,))
