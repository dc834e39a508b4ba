"""What a customer can choose from: cards, SEPA direct debit, and the redirect products, as far as they are allowed."""

from dataclasses import dataclass

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.payments import card_input, cards, debit_input, redirect_input
from simulator.products import table
from simulator.products.asked import Asked
from simulator.products.table import PRODUCTS

# Those that a card's number tells; the page has one form for all of them.
CARDS = {
    product: PRODUCTS[product].label
    for product in (
        cards.VISA, cards.MASTERCARD, cards.MAESTRO, cards.AMERICAN_EXPRESS, cards.JCB, cards.DISCOVER, cards.DINERS,
        table.CARTE_BANCAIRE,
    )
}  # fmt: skip
OTHERS = {
    product: facts.label
    for product, facts in PRODUCTS.items()
    if facts.method == table.REDIRECT and product != table.IDEAL
}
IDEAL, SEPA = table.IDEAL, debit_input.SEPA_BY_MANDATE
ALL = (*CARDS, IDEAL, SEPA, *OTHERS)

FILTERS = "hostedCheckoutSpecificInput.paymentProductFilters"


@dataclass(frozen=True, kw_only=True)
class Method:
    """One line of the choice. `product` is 0 for cards, which are many products behind one form."""

    key: str
    product: int
    title: str
    note: str


def of_products(products: tuple[int, ...]) -> list[Method]:
    """The choice that these products make, cards first."""
    found = []
    schemes = [name for product, name in CARDS.items() if product in products]
    if schemes:
        found.append(Method(key="card", product=0, title="Card", note=_listed(schemes)))
    if IDEAL in products:
        found.append(Method(key="redirect", product=IDEAL, title="iDEAL", note="By the app or website of your bank"))
    if SEPA in products:
        found.append(
            Method(key="debit", product=SEPA, title="SEPA Direct Debit", note="From your bank account, by IBAN")
        )
    return found + [
        Method(key="redirect", product=product, title=name, note=f"You continue at {name}")
        for product, name in OTHERS.items()
        if product in products
    ]


def read_allowed(reader: Reader, inputs: Json, order: Asked) -> tuple[int, ...]:
    """The products that fit the order and that the filters and the blocks leave."""
    named = {
        product
        for block in (card_input.INPUT, debit_input.SEPA, redirect_input.INPUT)
        if (product := _product(reader, inputs, block)) is not None
    }
    restrict, exclude = _filter(reader, "restrictTo"), _filter(reader, "exclude")
    left = tuple(
        product
        for product in ALL
        if order.fits(PRODUCTS[product])
        and (not named or product in named)
        and (restrict is None or product in restrict)
        and (exclude is None or product not in exclude)
    )
    if not left and not reader.errors:
        reader.wrong(FILTERS, "NO PAYMENT PRODUCT IS LEFT FOR THIS ORDER")
    return left


def _product(reader: Reader, inputs: Json, block: str) -> int | None:
    """A block may name the one product that is offered; one that the account does not have cannot be."""
    if block not in inputs:
        return None
    product = reader.integer(f"{block}.paymentProductId", 1, 99_999)
    if product is not None and product not in ALL:
        reader.wrong(f"{block}.paymentProductId", "THIS PRODUCT IS NOT SET UP FOR THIS ACCOUNT")
    return product


def _filter(reader: Reader, name: str) -> set[int] | None:
    """The products of a filter, None for one that says nothing; `cards` is the one group that there is."""
    groups, products = reader.value(f"{FILTERS}.{name}.groups"), reader.value(f"{FILTERS}.{name}.products")
    if not groups and not products:
        return None
    found = {product for product in products if isinstance(product, int)} if isinstance(products, list) else set()
    for group in groups if isinstance(groups, list) else []:
        if group == "cards":
            found |= set(CARDS)
        else:
            reader.wrong(f"{FILTERS}.{name}.groups", "THE ONLY GROUP IS cards")
    return found


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
