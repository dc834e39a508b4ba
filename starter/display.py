"""Amounts as people read them: ¥12,680 and $239.79. For machines there is `Money` itself."""

from decimal import Decimal

from babel.numbers import format_currency

from payments.money import Money, exponent


def show(money: Money) -> str:
    """Return an amount with its sign; the decimals are ISO 4217's, since babel's differ for a dozen currencies."""
    digits = exponent(money.currency)
    pattern = "¤#,##0" + ("." + "0" * digits if digits else "")
    amount = Decimal(money.amount_minor).scaleb(-digits)
    return format_currency(amount, money.currency, pattern, locale="en_US", currency_digits=False)
