"""The ways to pay that a checkout offers, each with its form and the payment that the form makes."""

from dataclasses import dataclass

from simulator.hosted_checkouts import attempts, methods
from simulator.hosted_checkouts.checkouts import Checkout
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.pages import forms
from simulator.pages.forms import Typed
from simulator.pages.visits import Visit
from simulator.payments import cards
from simulator.tokens import vault


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to pay. `kind` names its template; `token` is that of a saved card."""

    key: str
    kind: str
    title: str
    note: str
    product: int = 0
    token: str | None = None


def of(visit: Visit, checkout: Checkout) -> dict[str, Choice]:
    """All ways by key, saved cards first: the key stands in the address, so it holds no token."""
    found = [
        *_saved(visit.desk, checkout),
        *(_method(checkout, method) for method in methods.of_products(checkout.products)),
    ]
    return {choice.key: choice for choice in found}


def _saved(desk: Desk, checkout: Checkout) -> list[Choice]:
    choices = []
    for place, token in enumerate(checkout.tokens):
        card = vault.card_of(desk, checkout.merchant_id, token)
        if card is not None:
            title = f"{methods.CARDS.get(card.product, 'Card')} ending in {card.last_four}"
            note = f"Saved card, expires {card.expiry_date[:2]}/{card.expiry_date[2:]}"
            choices.append(Choice(key=f"saved-{place}", kind="saved", title=title, note=note, token=token))
    return choices


def _method(checkout: Checkout, method: methods.Method) -> Choice:
    key = f"{method.key}-{method.product}" if method.key == "redirect" else method.key
    kind = "ideal" if method.product == methods.IDEAL else method.key
    if kind == "debit" and attempts.has_mandate(checkout):
        kind = "agreed"
    return Choice(key=key, kind=kind, title=method.title, note=method.note, product=method.product)


def accepted(checkout: Checkout) -> list[str]:
    """The names of the card schemes that may be typed."""
    return [name for product, name in methods.CARDS.items() if product in checkout.products]


def read(visit: Visit, checkout: Checkout, choice: Choice) -> Typed:
    """What was typed into the choice's form."""
    match choice.kind:
        case "card":
            return _of_accepted_scheme(checkout, forms.card(visit))
        case "saved":
            return forms.saved_card(visit)
        case "ideal":
            return forms.bank(visit)
        case "debit":
            return forms.account(visit)
        case "agreed":
            return forms.consent(visit)
        case _:
            return Typed()


def _of_accepted_scheme(checkout: Checkout, typed: Typed) -> Typed:
    product = cards.product_of(str(typed.content["cardNumber"]))
    if typed.errors or product in checkout.products:
        return typed
    message = f"{methods.CARDS.get(product, 'This card')} is not accepted here. Use {' or '.join(accepted(checkout))}."
    return Typed(shown=typed.shown, errors={"number": message})


def body(checkout: Checkout, choice: Choice, typed: Typed, *, remember: bool) -> Json:
    """The body of the create payment that this makes."""
    match choice.kind:
        case "card" | "saved":
            return attempts.by_card(checkout, typed.content, token=choice.token, remember=remember)
        case "debit" | "agreed":
            return attempts.by_debit(checkout, typed.content)
        case _:
            return attempts.by_redirect(checkout, choice.product, str(typed.content.get("bank", "")))


def bank(typed: Typed) -> str:
    """The name of the chosen bank, for its page to show."""
    return forms.BANKS.get(str(typed.content.get("bank", "")), "")
