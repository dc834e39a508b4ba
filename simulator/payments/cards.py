"""Cards as an authorization and a token see them. A full number is kept of known test cards alone."""

import hashlib
from dataclasses import dataclass, replace

from simulator.front.reader import Reader
from simulator.kernel import errors
from simulator.kernel.calls import Json
from simulator.kernel.clock import moment
from simulator.payments import triggers
from simulator.payments.trigger_tables import PRODUCTS

VISA, AMERICAN_EXPRESS, MASTERCARD = 1, 2, 3
MAESTRO, DINERS, JCB, DISCOVER = 117, 132, 125, 128

# First digits to product, longest first (ISO 7812 ranges; products from the vendor's list).
_PREFIXES = (
    ("6011", DISCOVER), ("34", AMERICAN_EXPRESS), ("37", AMERICAN_EXPRESS), ("35", JCB), ("36", DINERS), ("30", DINERS),
    ("50", MAESTRO), ("56", MAESTRO), ("57", MAESTRO), ("58", MAESTRO), ("6", DISCOVER), ("4", VISA), ("5", MASTERCARD),
    ("2", MASTERCARD),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card without its number: `known` is that of a test card that means something, `digest` tells others apart."""

    known: str
    digest: str
    first_six: str
    last_four: str
    length: int
    expiry_date: str
    product: int
    holder: str = ""

    def masked(self, *, first_six: bool) -> str:
        """Stars and the last four digits, as most recordings mask; some accounts show the first six as well."""
        stars = self.length - 10 if first_six else 12
        return (self.first_six if first_six else "") + "*" * stars + self.last_four

    def shown(self, *, first_six: bool) -> Json:
        """The card as answers show it."""
        body: Json = {"cardNumber": self.masked(first_six=first_six), "expiryDate": self.expiry_date}
        return {**body, "cardholderName": self.holder} if self.holder else body


def of_number(number: str, expiry_date: str, holder: str = "") -> Card:
    """The card that has this number."""
    return Card(
        known=number if number in triggers.CARDS else "",
        digest=hashlib.sha256(number.encode()).hexdigest(),
        first_six=number[:6],
        last_four=number[-4:],
        length=len(number),
        expiry_date=expiry_date,
        product=product_of(number),
        holder=holder,
    )


def of_token(token: str) -> Card | None:
    """The card of a token that every account has from the start."""
    number = triggers.TOKENS.get(token)
    return None if number is None else of_number(number, "1249")


def product_of(number: str) -> int:
    """The payment product by the number's first digits."""
    if number in PRODUCTS:
        return PRODUCTS[number]
    return next((product for prefix, product in _PREFIXES if number.startswith(prefix)), VISA)


def read(reader: Reader, path: str, now: int, *, verification: bool = True) -> Card | None:
    """Read a typed card below `path`; None, with what is wrong noted, when it is none."""
    number = reader.text(f"{path}.cardNumber", "[0-9]{12,19}", required=True)
    if number is not None and not passes_luhn(number):
        stars = "*" * len(number)
        message = f"VALUE {stars} OF FIELD CREDITCARDNUMBER DID NOT PASS THE LUHNCHECK"
        reader.errors.append(errors.api_error("21000020", message, 400, category=errors.PAYMENT))
    expiry = _expiry(reader, path, now, required=True)
    if verification:
        reader.text(f"{path}.cvv", "[0-9]{3,4}")
    holder = reader.text(f"{path}.cardholderName", r"[^\x00-\x1f]{2,51}")
    if number is None or expiry is None:
        return None
    return of_number(number, expiry, holder or "")


def renewed(reader: Reader, path: str, held: Card, now: int) -> Card:
    """The card of a token, with what the customer typed anew below `path`: a code, and the date of a newer card."""
    reader.text(f"{path}.cvv", "[0-9]{3,4}")
    expiry = _expiry(reader, path, now, required=False)
    return replace(held, expiry_date=expiry or held.expiry_date)


def _expiry(reader: Reader, path: str, now: int, *, required: bool) -> str | None:
    expiry = reader.value(f"{path}.expiryDate", required=required)
    if expiry is None or lasts(expiry, now):
        return None if expiry is None else str(expiry)
    message = f"{path}.expiryDate ({expiry}) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT"
    reader.errors.append(
        errors.api_error("21000120", message, 400, property_name=f"{path}.expiryDate", category=errors.PAYMENT)
    )
    return None


def lasts(expiry: object, now: int) -> bool:
    """MMYY, and the month is not over."""
    if not isinstance(expiry, str) or not (len(expiry) == 4 and expiry.isascii() and expiry.isdigit()):
        return False
    month, year = int(expiry[:2]), 2000 + int(expiry[2:])
    today = moment(now)
    return 1 <= month <= 12 and (year, month) >= (today.year, today.month)


def passes_luhn(number: str) -> bool:
    """The check digit fits."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
