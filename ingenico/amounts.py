"""Connect's unit of money: two implied decimals for every currency, so 12,680 yen are sent as 1268000.

Source: `AmountOfMoney` of the official SDKs ("amount in cents and always having 2 decimals").
"""

from payments.money import MAX_AMOUNT_MINOR, Money, exponent

CONNECT_DECIMALS = 2


class InexpressibleAmountError(ValueError):
    """An amount of the provider's that the currency's own minor units cannot express. Nothing is rounded."""


def amount_as_sent(amount: Money) -> int:
    """Return the amount in Connect's hundredths; exact, since a currency we take has at most two decimals."""
    return amount.amount_minor * int(10 ** (CONNECT_DECIMALS - exponent(amount.currency)))


def minor_units(amount: int, currency: str) -> int:
    """Return Connect's hundredths in minor units: 1268000 of JPY are 12680.

    Raises InexpressibleAmountError for a part of a minor unit, a currency we do not carry or an impossible sum.
    """
    try:
        factor = int(10 ** (CONNECT_DECIMALS - exponent(currency)))
    except ValueError as error:
        raise InexpressibleAmountError(str(error)) from None
    whole, rest = divmod(amount, factor)
    if rest:
        raise InexpressibleAmountError(f"{amount} hundredths of {currency} are no whole minor units")
    if not 0 <= whole <= MAX_AMOUNT_MINOR:
        raise InexpressibleAmountError(f"{amount} hundredths of {currency} are outside what can be carried")
    return whole
