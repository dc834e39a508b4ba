"""Amounts as Connect writes them.

`amount_of_money.py`: "Amount in cents and always having 2 decimals". Our own minor units become cents in
`ingenico.amounts`, nowhere else.
"""

from ingenico.wire.base import Cents, CurrencyCode, Received, Sent


class AmountOfMoney(Sent):
    """An amount that is sent."""

    amount: Cents
    currency_code: CurrencyCode


class ReceivedAmount(Received):
    """An amount as answered."""

    amount: int
    currency_code: str
