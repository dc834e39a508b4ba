"""The order that is paid, and the checks an order must pass before anything is reserved on a card."""

from datetime import datetime
from itertools import islice
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from payments.base import Value
from payments.card_numbers import not_a_card_number
from payments.countries import CODES
from payments.money import Money
from payments.references import OrderId, PaymentKey, ShopName
from payments.refusals import MOST_REFUSALS, Refusal

# Refused here and not only where messages are read: what cannot be built is sent nowhere.
NotACardNumber = AfterValidator(not_a_card_number)
Text = Annotated[str, StringConstraints(max_length=512), NotACardNumber]
# A workflow task reads an order at one go, and the SDK gives up one that takes two seconds.
MOST_LINES = 1_000


def _known_country(code: str) -> str:
    if code not in CODES:
        raise PydanticCustomError("unknown_country", "This is no country's code in ISO 3166")
    return code


CountryCode = Annotated[str, AfterValidator(_known_country)]


class Address(Value):
    """Where somebody lives or a parcel goes. Lengths are cut to the provider's limits in `ingenico/`."""

    first_name: Text | None = None
    last_name: Text | None = None
    organization: Text | None = None
    street: Text | None = None
    street2: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    region_code: Text | None = None
    country_code: CountryCode
    phone: Text | None = None


class Customer(Value):
    """Who pays. `customer_id` is the shop's; it is shown in Ingenico's console and as a pseudonym in Temporal."""

    customer_id: Annotated[str, StringConstraints(min_length=1, max_length=64), NotACardNumber]
    email: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}_[A-Z]{2}$")] = "en_US"


class OrderLine(Value):
    """One line of an order; `amount` is quantity times price."""

    sku: Text
    name: Text
    quantity: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")]
    amount: Money


class Order(Value):
    """What was bought: the amount owed and whom to ask for it."""

    shop: ShopName = "main"
    order_id: Annotated[OrderId, NotACardNumber]
    provider_order_id: Annotated[int, Field(ge=0, le=9_999_999_999, strict=True)] | None = None
    """A number for Ingenico's merchantOrderId, at most ten digits; several payments may share it."""
    total: Money
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=MOST_LINES)] = ()
    shipping: Money | None = None
    tax: Money | None = None
    discount: Money | None = None
    customer: Customer
    billing_address: Address
    shipping_address: Address | None = None
    may_ship_in_parts: Annotated[bool, Field(strict=True)] = False
    """Whether less than all of it may be captured: then a final authorization is refused at the start."""
    placed_at: datetime | None = None

    @property
    def key(self) -> PaymentKey:
        """Which payment this order has."""
        return PaymentKey(shop=self.shop, order_id=self.order_id)


def check_order(order: Order) -> tuple[Refusal, ...]:
    """Return what is wrong with an order whose fields are each well formed: currencies, totals."""
    return (*_check_total(order), *_check_currencies(order), *_check_sum(order))


def _check_total(order: Order) -> tuple[Refusal, ...]:
    if order.total.amount_minor > 0:
        return ()
    return (
        Refusal(
            code="amount_not_positive",
            field="order.total.amount_minor",
            message="An order of nothing has no payment.",
            remedy="Send the amount owed in minor units, at least 1.",
        ),
    )


def _parts(order: Order) -> list[tuple[str, Money, int]]:
    parts = [(f"order.lines[{i}].amount", line.amount, 1) for i, line in enumerate(order.lines)]
    extras = (("shipping", order.shipping, 1), ("tax", order.tax, 1), ("discount", order.discount, -1))
    return parts + [(f"order.{name}", money, sign) for name, money, sign in extras if money is not None]


def _check_currencies(order: Order) -> tuple[Refusal, ...]:
    """Refuse the first that differ: an order of thousands of wrong lines is refused as fast as one of a few."""
    differing = ((field, money) for field, money, _ in _parts(order) if money.currency != order.total.currency)
    return tuple(
        Refusal(
            code="currency_differs",
            field=f"{field}.currency",
            message=f"{money.currency} differs from the order's {order.total.currency}.",
            remedy="Send every amount of an order in one currency.",
        )
        for field, money in islice(differing, MOST_REFUSALS)
    )


def _check_sum(order: Order) -> tuple[Refusal, ...]:
    if not order.lines or any(m.currency != order.total.currency for _, m, _ in _parts(order)):
        return ()
    added = sum(sign * money.amount_minor for _, money, sign in _parts(order))
    if added == order.total.amount_minor:
        return ()
    return (
        Refusal(
            code="total_differs",
            field="order.total.amount_minor",
            message=f"Lines, shipping and tax less discount make {added}, the total says "
            f"{order.total.amount_minor} (minor units of {order.total.currency}).",
            remedy="Correct the total or the lines, or send no lines at all.",
        ),
    )
