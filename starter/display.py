"""Amounts as people read them: ¥12,680 and $239.79. For machines there is `Money` itself."""

from decimal import Decimal

from babel.numbers import format_currency, get_currency_symbol

from payments.money import Money, exponent


def show(money: Money) -> str:
    """Return an amount with its sign; the decimals are ISO 4217's, since babel's differ for a dozen currencies."""
    digits = exponent(money.currency)
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    amount = Decimal(money.amount_minor).scaleb(-digits)
    if get_currency_symbol(money.currency, locale="en_US")[-1].isalpha():
        # As CLDR spaces a sign of letters; babel does not.
        pattern = pattern.replace("¤", "¤\u00a0")
    return format_currency(amount, money.currency, pattern, locale="en_US", currency_digits=False)
