"""Amounts of money: an integer of ISO minor units and a currency, never a float.

The number of decimals of a currency comes from ISO 4217's own table (yen 0, dollar 2). Connect's convention of
two decimals for every currency lives in `ingenico/`, not here.
"""

import re
from decimal import Decimal
from functools import cache
from typing import Annotated

import iso4217
from pydantic import AfterValidator, Field

from payments.base import Value
from payments.card_numbers import shown

# Connect counts every currency in hundredths and takes at most 12 digits: yen gain two, so ten remain for us.
MAX_AMOUNT_MINOR = 9_999_999_999
# What Connect's two decimals can carry; dinars (3) and units of account (4) cannot be told exactly.
LARGEST_EXPONENT = 2

# No more digits than any amount needs: Decimal rounds what is longer than its context, and nothing may be rounded.
LONGEST_WRITTEN = 28
_WRITTEN = re.compile(r"(?P<amount>-?[0-9]+(?:\.[0-9]+)?)")

_WITH_CURRENCY = re.compile(r"(?P<amount>[0-9]+(?:\.[0-9]+)?) +(?P<currency>[A-Z]{3})")


class InexactAmountError(ValueError):
    """An amount that the currency cannot express exactly, or that is no amount at all."""


@cache
def exponent(currency: str) -> int:
    """Return the number of decimals of `currency` by ISO 4217.

    Raises ValueError, in words for the sender, for an unknown currency or one that Connect cannot carry.
    """
    try:
        digits = iso4217.Currency(currency).exponent
    except ValueError:
        told = shown(currency)[:12]
        raise ValueError(f"currency {told!r} is not in ISO 4217: use three capital letters such as EUR") from None
    if digits is None:
        raise ValueError(f"currency {currency} has no minor unit and cannot be charged: use another currency")
    if digits > LARGEST_EXPONENT:
        raise ValueError(
            f"currency {currency} has {digits} decimals and Connect carries two: charge in another currency"
        )
    return int(digits)


def _known_currency(currency: str) -> str:
    exponent(currency)
    return currency


CurrencyCode = Annotated[str, AfterValidator(_known_currency)]


class Money(Value):
    """An amount in minor units: `Money(amount_minor=23979, currency="USD")` is 239.79 dollars."""

    amount_minor: Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, strict=True)]
    currency: CurrencyCode

    def __str__(self) -> str:
        digits = exponent(self.currency)
        return f"{Decimal(self.amount_minor).scaleb(-digits):.{digits}f} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(amount_minor=self.amount_minor + other.amount_minor, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(amount_minor=self.amount_minor - other.amount_minor, currency=self.currency)

    def with_amount(self, amount_minor: int) -> "Money":
        """Return another amount of the same currency."""
        return Money(amount_minor=amount_minor, currency=self.currency)

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self} and {other} are of different currencies")


def parse_amount(written: str, currency: str) -> Money:
    """Read a decimal as people and shops write it: `parse_amount("239.7900", "USD")`.

    Raises InexactAmountError when the currency cannot express it exactly; nothing is ever rounded.
    """
    told = shown(written)
    if not _WRITTEN.fullmatch(written):
        raise InexactAmountError(f"{told!r} is not a decimal number such as 239.79")
    if len(written) > LONGEST_WRITTEN:
        raise InexactAmountError(f"{told!r} has too many digits for an amount of money")
    scaled = Decimal(written).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise InexactAmountError(f"{told} has more decimals than {currency} has ({exponent(currency)})")
    amount_minor = int(scaled)
    if not 0 <= amount_minor <= MAX_AMOUNT_MINOR:
        raise InexactAmountError(
            f"{told} {currency} is outside what can be charged: 0 to {MAX_AMOUNT_MINOR} minor units"
        )
    return Money(amount_minor=amount_minor, currency=currency)


def parse_money(written: str) -> Money:
    """Read an amount with its currency, as people write it: `239.79 USD`. Raises ValueError with the remedy."""
    found = _WITH_CURRENCY.fullmatch(written.strip())
    if not found:
        raise InexactAmountError(f"{shown(written)!r} is no amount with its currency, such as 239.79 USD or 12680 JPY")
    return parse_amount(found["amount"], found["currency"])
