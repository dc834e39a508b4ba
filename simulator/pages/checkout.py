"""The hosted checkout's pages: choose, type, pay; after a decline once more; at the end the result, and back."""

from collections.abc import Callable
from functools import wraps

from starlette.responses import Response

from simulator.hosted_checkouts import attempts, checkouts, reading
from simulator.hosted_checkouts.checkouts import Checkout, Phase
from simulator.kernel.calls import Refusal
from simulator.pages import choices, forms, rendering
from simulator.pages.choices import Choice
from simulator.pages.forms import Typed
from simulator.pages.payments import to_shop
from simulator.pages.visits import Visit
from simulator.payments import bodies, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.context import Context
from simulator.payments.records import Payment

Act = Callable[[Visit, Checkout, Payment | None], Response]


def _on_checkout(act: Act) -> Callable[[Visit], Response]:
    """Find the checkout of the address, and its last attempt; without the right mac there is none."""

    @wraps(act)
    def page(visit: Visit) -> Response:
        checkout = checkouts.load(visit.books, visit.object_id.partition("-")[0], visit.object_id)
        if checkout is None or not visit.may_see(checkout.returnmac):
            return rendering.not_found()
        return act(visit, checkout, checkouts.last_attempt(visit.books, checkout, visit.now))

    return page


@_on_checkout
def show(visit: Visit, checkout: Checkout, attempt: Payment | None) -> Response:
    """Where the checkout stands: the choice, or what became of the payment."""
    shop = {"url": to_shop(checkout), "text": f"Back to {rendering.shop_of(checkout.return_url)}"}
    match checkouts.phase(checkout, attempt, visit.now):
        case Phase.OPEN:
            offered = choices.of(visit, checkout)
            if len(offered) == 1:
                return _form(visit, checkout, attempt, next(iter(offered.values())), Typed())
            return rendering.page("choose", {**_summary(checkout), **_notice(visit, attempt), "choices": offered})
        case Phase.WAITING:
            assert attempt is not None
            return rendering.page("waiting", {**_summary(checkout), "link": bodies.redirect_url(attempt)})
        case Phase.DONE:
            assert attempt is not None
            return rendering.page("result", {**_summary(checkout), **_result(visit, attempt), "back": shop})
        case Phase.CANCELLED:
            title, text = "You have cancelled this payment", "Nothing was charged."
            return rendering.page("message", {"title": title, "text": text, "back": shop})
        case Phase.OVER:
            text = "Its time is over, or the shop has closed it. Nothing was charged. Start again from the shop."
            title = "This payment page is closed"
            return rendering.page("message", {"title": title, "text": text, "back": shop}, status=410)


@_on_checkout
def show_form(visit: Visit, checkout: Checkout, attempt: Payment | None) -> Response:
    """The form of the chosen way to pay."""
    choice = _chosen(visit, checkout, attempt)
    if choice is None:
        return rendering.see_other(reading.path(checkout))
    return _form(visit, checkout, attempt, choice, Typed())


@_on_checkout
def pay(visit: Visit, checkout: Checkout, attempt: Payment | None) -> Response:
    """The customer has sent the form."""
    choice = _chosen(visit, checkout, attempt)
    if choice is None:
        return rendering.see_other(reading.path(checkout))
    typed = choices.read(visit, checkout, choice)
    if typed.errors:
        return _form(visit, checkout, attempt, choice, typed)
    remember = "remember" in visit.form
    with visit.books.transaction():
        try:
            body = choices.body(checkout, choice, typed, remember=remember)
            context = Context(merchant_id=checkout.merchant_id, now=visit.now, base_url=visit.base_url)
            payment = attempts.pay(visit.desk, checkout, body, context, bank=choices.bank(typed))
        except Refusal as refusal:
            wrong = Typed(shown=typed.shown, errors=forms.refused(refusal))
            return _form(visit, checkout, attempt, choice, wrong)
        attempts.note(visit.desk, checkout, payment, remember=remember)
    return _after(visit, checkout, payment)


@_on_checkout
def try_again(visit: Visit, checkout: Checkout, attempt: Payment | None) -> Response:
    """The customer has come back from a bank's page without an end, and wants another way to pay."""
    if attempt is not None:
        with visit.books.transaction():
            attempts.give_up(visit.desk, attempt, visit.now)
    return rendering.see_other(reading.path(checkout))


@_on_checkout
def cancel(visit: Visit, checkout: Checkout, attempt: Payment | None) -> Response:
    """Back to the shop without a payment; the merchant sees it as the merchant chose."""
    phase = checkouts.phase(checkout, attempt, visit.now)
    with visit.books.transaction():
        if attempt is not None:
            attempts.give_up(visit.desk, attempt, visit.now)
        if checkout.tells_cancel and phase in {Phase.OPEN, Phase.WAITING}:
            checkouts.change(visit.books, checkout, cancelled_at=visit.now)
    return rendering.see_other(to_shop(checkout))


def _chosen(visit: Visit, checkout: Checkout, attempt: Payment | None) -> Choice | None:
    """The way to pay that the address names, while something can be paid."""
    if checkouts.phase(checkout, attempt, visit.now) != Phase.OPEN:
        return None
    return choices.of(visit, checkout).get(visit.query.get("how", ""))


def _form(visit: Visit, checkout: Checkout, attempt: Payment | None, choice: Choice, typed: Typed) -> Response:
    values = {
        "choice": choice,
        "shown": typed.shown,
        "errors": typed.errors,
        "banks": forms.BANKS,
        "accepted": choices.accepted(checkout),
        "several": len(choices.of(visit, checkout)) > 1,
        **_summary(checkout),
        **({"notice": None} if typed.errors else _notice(visit, attempt)),
    }
    return rendering.page(choice.kind, values, status=400 if typed.errors else 200)


def _after(visit: Visit, checkout: Checkout, payment: Payment) -> Response:
    """On to the issuer or bank, to the result, back to the choice after a decline, or straight to the shop."""
    status = timeline.state_at(payment, visit.now).status
    if status == s.REDIRECTED:
        return rendering.see_other(bodies.redirect_url(payment))
    if status == s.REJECTED or checkout.shows_result:
        return rendering.see_other(reading.path(checkout))
    return rendering.see_other(to_shop(checkout))


def _summary(checkout: Checkout) -> dict[str, object]:
    """What stands beside every page of a checkout."""
    money = checkout.order["amountOfMoney"]
    assert isinstance(money, dict)
    return {
        "shop": rendering.shop_of(checkout.return_url),
        "amount": rendering.money(money["amount"], money["currencyCode"]),
        "reference": checkout.reference,
        "merchant": checkout.merchant_id,
        "here": lambda page="": reading.path(checkout, page),
    }


def _notice(visit: Visit, attempt: Payment | None) -> dict[str, object]:
    """What became of the attempt before this one."""
    if attempt is None or timeline.state_at(attempt, visit.now).status != s.REJECTED:
        return {"notice": None}
    if attempt.outcome.decline_code:
        reason = attempt.outcome.decline_message
        return {"notice": f"This payment was declined: {reason}. You can try again or pay another way."}
    results = {step.result for step in attempt.steps if step.kind == r.RETURN}
    if "failed" in results:
        return {"notice": "Your bank could not confirm that it was you. You can try again or pay another way."}
    return {"notice": "You did not finish that payment. Nothing was charged; you can try again or pay another way."}


def _result(visit: Visit, attempt: Payment) -> dict[str, object]:
    match timeline.state_at(attempt, visit.now).status:
        case s.PENDING_FRAUD_APPROVAL:
            title, text, good = "Your payment is being checked", "The shop will let you know when it is through.", True
        case s.CANCELLED | s.REJECTED_CAPTURE:
            title, text, good = "Your payment was called off", "Ask the shop about your order.", False
        case _:
            title, text, good = "Thank you, your payment was accepted", "The shop has been told.", True
    return {"title": title, "text": text, "good": good, "payment_id": attempt.payment_id}
