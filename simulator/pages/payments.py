"""What the issuer's and the bank's pages share: whose payment it is, what is left to do, and the way back."""

from starlette.responses import Response

from simulator.hosted_checkouts import attempts, checkouts, reading
from simulator.kernel.calls import Json
from simulator.kernel.clock import moment
from simulator.pages import rendering
from simulator.pages.visits import Visit
from simulator.payments import changes, records, timeline
from simulator.payments import statuses as s
from simulator.payments.records import Payment


def waiting(visit: Visit, kind: str) -> Payment | Response:
    """The payment whose customer is expected on a page of this kind; else the page that says why nobody is."""
    payment = records.load(visit.books, None, visit.object_id)
    if payment is None or payment.redirect is None or payment.redirect["kind"] != kind:
        return rendering.not_found()
    if not visit.may_see(_text(payment.redirect, "returnmac")):
        return rendering.not_found()
    status = timeline.state_at(payment, visit.now).status
    if status == s.REDIRECTED:
        return payment
    title, text = _title(payment, status, visit.now), _TEXTS.get(status, _MOVED_ON)
    return rendering.page("message", {"title": title, "text": text, "back": back(visit, payment)})


def facts(payment: Payment) -> dict[str, object]:
    """What both pages tell of a payment."""
    redirect = payment.redirect or {}
    card = payment.output.get("card")
    return {
        "shop": rendering.shop_of(_text(redirect, "return_url")),
        "amount": rendering.money(payment.amount, payment.currency),
        "reference": payment.merchant_reference or payment.payment_id,
        "date": f"{moment(payment.created_at):%-d %B %Y}",
        "card": card["cardNumber"] if isinstance(card, dict) else "",
        "bank": redirect.get("bank", ""),
    }


def finish(visit: Visit, payment: Payment, result: str) -> Response:
    """The customer is through: note it once, and lead on."""
    with visit.books.transaction():
        payment = changes.customer_returned(visit.desk, payment, visit.now, result)
        attempts.settle(visit.desk, payment, visit.now)
    return rendering.see_other(back(visit, payment)["url"])


def back(visit: Visit, payment: Payment) -> dict[str, str]:
    """Where the customer goes from here: into the checkout that this was part of, or to the shop."""
    redirect = payment.redirect
    assert redirect is not None
    shop = rendering.shop_of(_text(redirect, "return_url"))
    if payment.hosted_checkout_id is None:
        url = rendering.with_query(
            _text(redirect, "return_url"), REF=payment.payment_id, RETURNMAC=_text(redirect, "returnmac")
        )
        return {"url": url, "text": f"Back to {shop}"}
    checkout = checkouts.load(visit.books, payment.merchant_id, payment.hosted_checkout_id)
    assert checkout is not None
    rejected = timeline.state_at(payment, visit.now).status == s.REJECTED
    if rejected or checkout.shows_result:
        return {"url": reading.path(checkout), "text": "Back to the payment page"}
    return {"url": to_shop(checkout), "text": f"Back to {shop}"}


def to_shop(checkout: checkouts.Checkout) -> str:
    """The merchant's address with what tells the merchant who comes back."""
    return rendering.with_query(checkout.return_url, RETURNMAC=checkout.returnmac, hostedCheckoutId=checkout.id)


def _title(payment: Payment, status: str, now: int) -> str:
    if status != s.REJECTED:
        return "This payment was cancelled" if status == s.CANCELLED else "You have already confirmed this payment"
    ended = any(step.kind == records.RETURN for step in payment.steps)
    expired = not ended and now >= int(str((payment.redirect or {})["expires_at"]))
    return "The time for this payment is over" if expired else "This payment was not made"


_MOVED_ON = "There is nothing left to do here. The shop knows how the payment stands."
_TEXTS = {
    s.REJECTED: "Nothing was charged. You can go back and try again, or choose another way to pay.",
    s.CANCELLED: "The shop has cancelled it. Nothing was charged.",
}


def _text(content: Json, name: str) -> str:
    found = content[name]
    assert isinstance(found, str)
    return found
