"""What the first digits of a card number tell: product, country, further brands, and whether they may pay here."""

from dataclasses import dataclass

from simulator.front.reader import Reader
from simulator.kernel import errors
from simulator.kernel.calls import Json, Refusal
from simulator.payments.cards import AMERICAN_EXPRESS, DINERS, DISCOVER, JCB, MAESTRO, MASTERCARD, VISA

CARTE_BANCAIRE, BANCONTACT = 130, 3012
CONSUMER, COMMERCIAL = "CONSUMER", "COMMERCIAL"


@dataclass(frozen=True, kw_only=True)
class Iin:
    """A range of cards. A country of 99 is unknown; of several brands the first is the one to choose."""

    brands: tuple[int, ...]
    country: str = "99"
    issuer: str = ""
    kind: str = CONSUMER


# Ranges that tell more than the scheme: the simulator's test cards, and two national schemes with a second brand.
_KNOWN = {
    "456735": Iin(brands=(VISA,), country="NL", issuer="Simulated Bank of the Netherlands"),
    "401200": Iin(brands=(VISA,), country="US", issuer="Simulated Bank of America"),
    "420000": Iin(brands=(VISA,), country="GB", issuer="Simulated Bank of Britain", kind=COMMERCIAL),
    "542418": Iin(brands=(MASTERCARD,), country="US", issuer="Simulated Bank of America"),
    "501767": Iin(brands=(CARTE_BANCAIRE, MAESTRO), country="FR", issuer="Banque simulée"),
    "497010": Iin(brands=(CARTE_BANCAIRE, VISA), country="FR", issuer="Banque simulée"),
    "670300": Iin(brands=(BANCONTACT, MAESTRO), country="BE", issuer="Gesimuleerde Bank"),
}
# The schemes' own ranges (ISO 7812), as first and last of their leading digits.
_SCHEMES = (
    ("4", "4", VISA), ("51", "55", MASTERCARD), ("2221", "2720", MASTERCARD), ("34", "34", AMERICAN_EXPRESS),
    ("37", "37", AMERICAN_EXPRESS), ("3528", "3589", JCB), ("300", "305", DINERS), ("36", "36", DINERS),
    ("38", "39", DINERS), ("6011", "6011", DISCOVER), ("644", "649", DISCOVER), ("65", "65", DISCOVER),
    ("50", "50", MAESTRO), ("56", "58", MAESTRO), ("67", "67", MAESTRO),
)  # fmt: skip

# Where a brand cannot be used. A product that is not listed has no such limit.
_COUNTRIES = {CARTE_BANCAIRE: {"FR", "MC", "GP", "MQ", "GF", "RE"}, BANCONTACT: {"BE"}}
_CURRENCIES = {CARTE_BANCAIRE: {"EUR"}, BANCONTACT: {"EUR"}}
_NOT_RECURRING = {MAESTRO, BANCONTACT}
_WITH_INSTALLMENTS = {VISA, MASTERCARD, AMERICAN_EXPRESS, JCB}


def iin_details(bin_digits: str, context: Json | None = None) -> Json | None:
    """The answer of getIINdetails, None for digits that no scheme has. `context` is the request's paymentContext."""
    found = _find(bin_digits)
    if found is None:
        return None
    allowed = [brand for brand in found.brands if context is None or allowed_in(brand, context)]
    body: Json = {
        "paymentProductId": (allowed or found.brands)[0],
        "countryCode": found.country,
        "binProductType": found.kind,
    }
    if found.issuer:
        body["issuerName"] = found.issuer
    if context is not None:
        body["isAllowedInContext"] = bool(allowed)
    if len(found.brands) > 1:
        body["coBrands"] = [_brand(brand, context) for brand in found.brands]
    return body


def _find(bin_digits: str) -> Iin | None:
    known = _KNOWN.get(bin_digits[:6])
    if known is not None:
        return known
    schemes = (scheme for first, last, scheme in _SCHEMES if first <= bin_digits[: len(first)] <= last)
    return next((Iin(brands=(scheme,)) for scheme in schemes), None)


def _brand(product: int, context: Json | None) -> Json:
    allowed = {} if context is None else {"isAllowedInContext": allowed_in(product, context)}
    return {"paymentProductId": product, **allowed}


def allowed_in(product: int, context: Json) -> bool:
    """Whether a product may pay what the context describes; what it leaves open limits nothing."""
    money = context.get("amountOfMoney")
    currency = money.get("currencyCode") if isinstance(money, dict) else None
    country = context.get("countryCode")
    return (
        (country is None or country in _COUNTRIES.get(product, {country}))
        and (currency is None or currency in _CURRENCIES.get(product, {currency}))
        and not (context.get("isRecurring") is True and product in _NOT_RECURRING)
        and not (context.get("isInstallments") is True and product not in _WITH_INSTALLMENTS)
    )


def answer_of(content: Json) -> Json:
    """The answer to a GetIINDetailsRequest. Raises Refusal: 400 for a wrong value, 404 for digits of no scheme."""
    reader = Reader(content)
    digits = read_bin(reader, required=True)
    reader.integer("paymentContext.amountOfMoney.amount", 0, 10**12)
    reader.text("paymentContext.amountOfMoney.currencyCode", "[A-Z]{3}")
    reader.text("paymentContext.countryCode", "[A-Z]{2}")
    reader.raise_if_wrong()
    assert digits is not None
    context = reader.value("paymentContext")
    details = iin_details(digits, context if isinstance(context, dict) else None)
    if details is None:
        raise unknown_bin()
    return details


def read_bin(reader: Reader, *, required: bool = False) -> str | None:
    """At least six digits, at most a whole card number."""
    return reader.text("bin", "[0-9]{6,19}", required=required)


def unknown_bin() -> Refusal:
    """404: the vendor's client SDKs take it for a card of unknown type."""
    return errors.refuse(404, errors.api_error("1002", "UNKNOWN_BIN", 404, property_name="bin", short_id="UNKNOWN_BIN"))
