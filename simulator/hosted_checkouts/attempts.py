"""One try to pay: the checkout's body, completed by what the customer typed, goes the way of any create payment."""

from dataclasses import replace

from simulator.hosted_checkouts import checkouts
from simulator.hosted_checkouts.checkouts import Checkout
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.payments import card_input, changes, create, debit_input, orders, redirect_input, timeline
from simulator.payments import statuses as s
from simulator.payments.cards import Card
from simulator.payments.context import Context
from simulator.payments.records import Payment
from simulator.tokens import vault


def by_card(checkout: Checkout, typed: Json, *, token: str | None, remember: bool) -> Json:
    """The body for a card that was typed, or for a saved one with its security code."""
    kept = _kept(checkout, card_input.INPUT, "paymentProductId", "token")
    secure = kept.get("threeDSecure")
    block: Json = {
        **kept,
        "card": typed,
        "threeDSecure": {
            **(secure if isinstance(secure, dict) else {}),
            "redirectionData": {"returnUrl": checkout.return_url},
        },
    }
    if token is not None:
        block["token"] = token
    elif remember or checkout.recurring:
        block["tokenize"] = True
    return _body(checkout, card_input.INPUT, block)


def by_redirect(checkout: Checkout, product: int, bank: str) -> Json:
    """The body for a product that is confirmed elsewhere."""
    block: Json = {
        **_kept(checkout, redirect_input.INPUT),
        "paymentProductId": product,
        "redirectionData": {"returnUrl": checkout.return_url},
    }
    if bank:
        block[f"paymentProduct{product}SpecificInput"] = {"issuerId": bank}
    return _body(checkout, redirect_input.INPUT, block)


def by_debit(checkout: Checkout, account: Json) -> Json:
    """The body for a direct debit by a mandate that comes with the payment."""
    block: Json = {
        **_kept(checkout, debit_input.SEPA),
        "paymentProductId": debit_input.SEPA_BY_MANDATE,
        "paymentProduct771SpecificInput": {"mandate": _mandate(checkout, account)},
    }
    return _body(checkout, debit_input.SEPA, block)


def pay(desk: Desk, checkout: Checkout, body: Json, context: Context, *, bank: str = "") -> Payment:
    """Place the payment; inside the caller's transaction. Raises Refusal that names what is wrong."""
    asked = replace(orders.parse(desk, context, body), hosted_checkout_id=checkout.id)
    if asked.redirect is not None and bank:
        asked = replace(asked, redirect={**asked.redirect, "bank": bank})
    return create.place(desk, context, asked)


def note(desk: Desk, checkout: Checkout, payment: Payment, *, remember: bool) -> None:
    """Keep what an attempt says of the customer: the wish to be remembered, and the token that came of it."""
    token = payment.creation.get("token")
    tokens = checkout.tokens if token is None or token in checkout.tokens else (*checkout.tokens, str(token))
    checkouts.change(desk.books, checkout, remember_me=remember, tokens=tokens)


def settle(desk: Desk, payment: Payment, now: int) -> None:
    """Back from the issuer with a payment made: now the card of a customer who wished it is kept."""
    if payment.hosted_checkout_id is None or payment.vault is None:
        return
    checkout = checkouts.load(desk.books, payment.merchant_id, payment.hosted_checkout_id)
    assert checkout is not None
    wished = checkout.remember_me or checkout.recurring
    if wished and timeline.state_at(payment, now).status not in {s.REDIRECTED, s.REJECTED}:
        card = Card(**payment.vault)  # type: ignore[arg-type]
        token, _ = vault.keep_card(desk, checkout.merchant_id, card, now, payment_id=payment.payment_id)
        if token not in checkout.tokens:
            checkouts.change(desk.books, checkout, tokens=(*checkout.tokens, token))


def give_up(desk: Desk, payment: Payment, now: int) -> Payment:
    """The customer left the issuer's or bank's page for another way to pay."""
    return changes.customer_returned(desk, payment, now, "cancelled")


def _mandate(checkout: Checkout, account: Json) -> Json:
    """A mandate for this payment alone, in the name of the account's holder at the order's address."""
    customer = checkout.order.get("customer")
    address = customer.get("billingAddress") if isinstance(customer, dict) else None
    return {
        "customer": {"bankAccountIban": account, "mandateAddress": address or {}},
        "customerReference": checkout.reference,
        "recurrenceType": "RECURRING" if checkout.recurring else "UNIQUE",
        "signatureType": "UNSIGNED",
    }


def _kept(checkout: Checkout, name: str, *without: str) -> Json:
    block = checkout.inputs.get(name)
    assert block is None or isinstance(block, dict)
    return {key: value for key, value in (block or {}).items() if key not in without}


def _body(checkout: Checkout, name: str, block: Json) -> Json:
    references = checkout.order.get("references")
    order: Json = {
        **checkout.order,
        "references": {
            **(references if isinstance(references, dict) else {}),
            "merchantReference": checkout.reference,
        },
    }
    fraud = checkout.inputs.get("fraudFields")
    body: Json = {"order": order, name: {**block, "isRecurring": True} if checkout.recurring else block}
    return {**body, "fraudFields": fraud} if fraud is not None else body
