"""What is paid for.

Sources: `order.py`, `order_references.py`, `shipping.py`, `fraud_fields.py`.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ingenico.wire.base import MerchantReference, Sent
from ingenico.wire.customer import AddressPersonal, Customer
from ingenico.wire.money import AmountOfMoney

MerchantOrderId = Annotated[int, Field(ge=0, le=9_999_999_999, strict=True)]
Descriptor = Annotated[str, StringConstraints(min_length=1, max_length=22)]
"""What the customer reads on the statement: "we advise you to use 22 characters as the max length"."""


class OrderReferences(Sent):
    """By what the payment is found again."""

    merchant_reference: MerchantReference
    """Your unique reference of the transaction that is also returned in our report files."""
    merchant_order_id: MerchantOrderId | None = None
    """Your order identifier. This does not need to have a unique value for each transaction."""
    descriptor: Descriptor | None = None


class Shipping(Sent):
    """Where the order goes."""

    address: AddressPersonal
    address_indicator: (
        Literal[
            "same-as-billing",
            "another-verified-address-on-file-with-merchant",
            "different-than-billing",
            "ship-to-store",
            "digital-goods",
            "travel-and-event-tickets-not-shipped",
            "other",
        ]
        | None
    ) = None


class Order(Sent):
    """What is paid for. "Please note that this object is required to be able to submit the amount"."""

    amount_of_money: AmountOfMoney
    customer: Customer
    references: OrderReferences
    shipping: Shipping | None = None


class FraudFields(Sent):
    """What the fraud service weighs besides the order."""

    customer_ip_address: str
    """The IP Address of the customer that is making the payment."""
