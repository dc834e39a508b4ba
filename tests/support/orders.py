"""Orders for tests."""

from payments.money import Money
from payments.order import Address, Customer, Order


def order(order_id: str, total: int = 10_000, currency: str = "USD", **changes: object) -> Order:
    """Return an order of `total` minor units."""
    fields: dict[str, object] = {
        "order_id": order_id,
        "total": Money(amount_minor=total, currency=currency),
        "customer": Customer(customer_id="77", email="ruth.alder@example.org"),
        "billing_address": Address(country_code="US", city="Rochester", street="23400 Caldwell Road"),
        **changes,
    }
    return Order(**fields)
