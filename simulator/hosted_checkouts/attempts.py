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


def by_debit(checkout: Checkout, typed: Json) -> Json:
    """The body for a direct debit: by the mandate that the merchant has named, or by a new one."""
    block: Json = {
        **_kept(checkout, debit_input.SEPA),
        "paymentProductId": debit_input.SEPA_BY_MANDATE,
        "paymentProduct771SpecificInput": _agreed(checkout) or {"mandate": _mandate(checkout, typed)},
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
    if checkout.keeps_card and timeline.state_at(payment, now).status not in {s.REDIRECTED, s.REJECTED}:
        card = Card(**payment.vault)  # type: ignore[arg-type]
        token, _ = vault.keep_card(desk, checkout.merchant_id, card, now, payment_id=payment.payment_id)
        if token not in checkout.tokens:
            checkouts.change(desk.books, checkout, tokens=(*checkout.tokens, token))


def give_up(desk: Desk, payment: Payment, now: int) -> Payment:
    """The customer left the issuer's or bank's page for another way to pay."""
    return changes.customer_returned(desk, payment, now, "cancelled")


def has_mandate(checkout: Checkout) -> bool:
    """Whether the merchant has named a mandate that exists: its customer types no account."""
    return bool(_agreed(checkout))


def _agreed(checkout: Checkout) -> Json:
    specific = _specific(checkout)
    return {name: value for name, value in specific.items() if name != "mandate"}


def _mandate(checkout: Checkout, typed: Json) -> Json:
    """A mandate as the merchant began it, for this payment alone unless told, in the customer's name and address."""
    begun = _specific(checkout).get("mandate")
    given = begun if isinstance(begun, dict) else {}
    customer, order = given.get("customer"), checkout.order["customer"]
    assert isinstance(order, dict)
    address = {name: value for name, value in order["billingAddress"].items() if name in _ADDRESS}
    return {
        "customerReference": checkout.reference,
        "recurrenceType": "RECURRING" if checkout.recurring else "UNIQUE",
        "signatureType": "UNSIGNED",
        **given,
        "customer": {"mandateAddress": address, **(customer if isinstance(customer, dict) else {}), **typed},
        "returnUrl": checkout.return_url,
    }


_ADDRESS = {"city", "countryCode", "houseNumber", "street", "zip"}


def _specific(checkout: Checkout) -> Json:
    found = _kept(checkout, debit_input.SEPA).get("paymentProduct771SpecificInput")
    return found if isinstance(found, dict) else {}


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
