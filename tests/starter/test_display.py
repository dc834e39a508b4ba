"""Amounts as people read them."""

import pytest

from payments.money import Money
from starter.display import show


@pytest.mark.parametrize(
    ("amount_minor", "currency", "shown"),
    [
        (12_680, "JPY", "¥12,680"),
        (23_979, "USD", "$239.79"),
        (5, "EUR", "€0.05"),
        (123_456_789, "USD", "$1,234,567.89"),
        (0, "USD", "$0.00"),
        (12_300, "RSD", "RSD\xa0123.00"),
        (12_345, "ISK", "ISK\xa012,345"),
        (9_999_999_999, "USD", "$99,999,999.99"),
    ],
)
def test_decimals_are_those_of_iso_4217(amount_minor, currency, shown):
    """Yen and Icelandic crowns have no decimals, Serbian dinars two, whatever a display library believes."""
    assert show(Money(amount_minor=amount_minor, currency=currency)) == shown
