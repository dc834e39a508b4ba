"""The products that every account of the simulator has: the one table behind the Server API and the Client API."""

from dataclasses import dataclass

from simulator.kernel.calls import Json
from simulator.payments.cards import AMERICAN_EXPRESS, DINERS, DISCOVER, JCB, MAESTRO, MASTERCARD, VISA
from simulator.payments.debit_input import ACH, SEPA_BY_MANDATE, SEPA_BY_TOKEN
from simulator.products import elements

CARDS = "cards"
"""The only group."""
CARD, DIRECT_DEBIT, REDIRECT = "card", "directDebit", "redirect"
VISA_DEBIT, MASTERCARD_DEBIT, CARTE_BANCAIRE = 114, 119, 130
IDEAL, SOFORT, PAYPAL, SKRILL = 809, 836, 840, 843
APPLE_PAY, GOOGLE_PAY = 302, 320

SEPA_COUNTRIES = frozenset(
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
FRENCH = frozenset({"FR", "MC", "GP", "MQ", "GF", "RE"})
SOFORT_COUNTRIES = frozenset({"AT", "BE", "CH", "DE", "ES", "IT", "NL", "PL"})
EURO = frozenset({"EUR"})

# What the wallets' own scripts are told; the wallets themselves are not set up.
NETWORKS = {
    APPLE_PAY: ("AmEx", "Discover", "MasterCard", "Visa"),
    GOOGLE_PAY: ("AMEX", "DISCOVER", "MASTERCARD", "VISA"),
}


@dataclass(frozen=True, kw_only=True)
class Product:
    """One product. No countries or currencies: all of them. Amounts in Connect's unit of two decimals."""

    id: int
    label: str
    method: str
    fields: tuple[Json, ...] = ()
    countries: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    recurring: bool = True
    installments: bool = False
    tokens: bool = True
    several_captures: bool = False
    lowest: int | None = None
    highest: int | None = None

    @property
    def group(self) -> str:
        """The group that it belongs to, if any."""
        return CARDS if self.method == CARD else ""


def _card(
    product: int,
    label: str,
    fields: tuple[Json, ...],
    *,
    countries: frozenset[str] = frozenset(),
    currencies: frozenset[str] = frozenset(),
    recurring: bool = True,
) -> Product:
    return Product(
        id=product,
        label=label,
        method=CARD,
        fields=fields,
        countries=countries,
        currencies=currencies,
        recurring=recurring,
        installments=product in {VISA, AMERICAN_EXPRESS, MASTERCARD, JCB},
        several_captures=True,
    )


# In the order in which they are shown.
PRODUCTS = {
    product.id: product
    for product in (
        _card(VISA, "Visa", elements.card(13, 19)),
        _card(
            AMERICAN_EXPRESS,
            "American Express",
            elements.card(15, 15, code=(4, 4), mask="{{9999}} {{999999}} {{99999}}"),
        ),
        _card(MASTERCARD, "Mastercard", elements.card(16, 16)),
        _card(VISA_DEBIT, "Visa Debit", elements.card(13, 19)),
        _card(MASTERCARD_DEBIT, "Mastercard Debit", elements.card(16, 16)),
        _card(MAESTRO, "Maestro", elements.card(12, 19, coded=False), recurring=False),
        _card(JCB, "JCB", elements.card(16, 19)),
        _card(DISCOVER, "Discover", elements.card(16, 19)),
        _card(CARTE_BANCAIRE, "Carte Bancaire", elements.card(16, 19), countries=FRENCH, currencies=EURO),
        _card(DINERS, "Diners Club", elements.card(14, 19)),
        Product(
            id=ACH,
            label="ACH",
            method=DIRECT_DEBIT,
            fields=elements.ach(),
            countries=frozenset({"US"}),
            currencies=frozenset({"USD"}),
            lowest=1,
        ),
        Product(
            id=SEPA_BY_TOKEN,
            label="SEPA Direct Debit",
            method=DIRECT_DEBIT,
            fields=elements.sepa(),
            countries=SEPA_COUNTRIES,
            currencies=EURO,
            lowest=1,
        ),
        Product(
            id=SEPA_BY_MANDATE,
            label="SEPA Direct Debit",
            method=DIRECT_DEBIT,
            fields=elements.sepa(),
            countries=SEPA_COUNTRIES,
            currencies=EURO,
            tokens=False,
            lowest=1,
        ),
        Product(
            id=IDEAL,
            label="iDEAL",
            method=REDIRECT,
            fields=elements.ideal(),
            countries=frozenset({"NL"}),
            currencies=EURO,
            recurring=False,
            tokens=False,
            lowest=1,
            highest=5_000_000,
        ),
        Product(
            id=SOFORT,
            label="Sofort",
            method=REDIRECT,
            countries=SOFORT_COUNTRIES,
            currencies=frozenset({"CHF", "EUR", "PLN"}),
            recurring=False,
            tokens=False,
            lowest=10,
            highest=500_000,
        ),
        Product(id=PAYPAL, label="PayPal", method=REDIRECT, recurring=False, tokens=False, lowest=1),
        Product(id=SKRILL, label="Skrill", method=REDIRECT, recurring=False, tokens=False, lowest=1),
    )
}
ORDER = {product: place for place, product in enumerate(PRODUCTS)}
GROUP_FIELDS = elements.card(12, 19, code=(3, 4))
"""Before the brand is known: any card."""
