"""The query that products are asked for with, read and checked."""

from dataclasses import dataclass

from simulator.front.reader import Reader
from simulator.kernel.calls import Call
from simulator.products.table import Product

FIELDS, ACCOUNTS, TRANSLATIONS = "fields", "accountsOnFile", "translations"
WITHOUT_FIELDS, WITH_REDIRECTS = "productsWithoutFields", "productsWithRedirects"
# The last two hide what no product here has.
HIDDEN = (
    FIELDS, ACCOUNTS, TRANSLATIONS, WITHOUT_FIELDS, WITH_REDIRECTS,
    "productsWithoutInstructions", "clickToPayConfigurationFields",
)  # fmt: skip
# The official SDK for Python writes booleans with a capital letter.
BOOLEAN = "(?i:true|false)"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """For what is to be paid, and what the answer may leave out. None limits nothing."""

    country: str
    currency: str
    amount: int | None
    recurring: bool
    installments: bool
    hidden: frozenset[str]

    def fits(self, product: Product) -> bool:
        """Whether the product can pay this."""
        return (
            (not product.countries or self.country in product.countries)
            and (not product.currencies or self.currency in product.currencies)
            and (self.amount is None or product.lowest is None or self.amount >= product.lowest)
            and (self.amount is None or product.highest is None or self.amount <= product.highest)
            and (product.recurring or not self.recurring)
            and (product.installments or not self.installments)
        )

    def lists(self, product: Product) -> bool:
        """Whether a list shows the product: it fits, and its kind is not hidden."""
        if WITHOUT_FIELDS in self.hidden and not product.fields:
            return False
        return self.fits(product) and not (WITH_REDIRECTS in self.hidden and product.method == "redirect")


def read(call: Call) -> Asked:
    """Read the query. Raises Refusal that names each parameter that is missing or wrong."""
    reader = Reader(dict(call.queries))
    country = reader.text("countryCode", "[A-Z]{2}", required=True)
    currency = reader.text("currencyCode", "[A-Z]{3}", required=True)
    amount = reader.text("amount", "[0-9]{1,12}")
    reader.text("locale", "[a-z]{2}(_[A-Z]{2})?")
    recurring = reader.text("isRecurring", BOOLEAN)
    installments = reader.text("isInstallments", BOOLEAN)
    reader.text("forceBasicFlow", BOOLEAN)
    hidden = frozenset(value for name, value in call.queries if name == "hide")
    if hidden - set(HIDDEN):
        reader.wrong("hide", f"VALUE OF FIELD hide IS NOT ONE OF {', '.join(HIDDEN)}")
    reader.raise_if_wrong()
    assert country is not None
    assert currency is not None
    return Asked(
        country=country,
        currency=currency,
        amount=None if amount is None else int(amount),
        recurring=(recurring or "").lower() == "true",
        installments=(installments or "").lower() == "true",
        hidden=hidden,
    )
