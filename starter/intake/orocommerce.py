"""Read an order as OroCommerce's JSON:API hands it out: `GET /api/orders/{id}?include=lineItems,...`.

Money is a decimal string with four decimals there; it is read exactly or refused.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from payments.money import InexactAmountError, Money, parse_amount
from payments.order import Address, Customer, Order, OrderLine, check_order
from payments.refusals import Refusal

Resource = Mapping[str, Any]


class OrderUnreadable(ValueError):
    """An order that cannot be read; `refusals` name the fields and the remedies."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("; ".join(str(refusal) for refusal in self.refusals))


def read_orocommerce(document: Resource, *, shop: str = "main") -> Order:
    """Return the order of a JSON:API document.

    The order id is its `identifier`, its numeric id goes to Ingenico as merchantOrderId. Raises OrderUnreadable.
    """
    data = document.get("data")
    if not isinstance(data, Mapping) or data.get("type") != "orders":
        raise OrderUnreadable([_refusal("data.type", "This is no JSON:API document of an order.")])
    included = {(r["type"], r["id"]): r for r in document.get("included", ()) if isinstance(r, Mapping)}
    reading = _Reading(data, included)
    try:
        order = reading.order(shop)
    except ValidationError as invalid:
        raise OrderUnreadable(
            _refusal(".".join(str(part) for part in error["loc"]), f"{error['msg']}.")
            for error in invalid.errors(include_url=False)
        ) from invalid
    wrong = check_order(order)
    if wrong:
        raise OrderUnreadable(wrong)
    return order


class _Reading:
    def __init__(self, data: Resource, included: Mapping[tuple[str, str], Resource]) -> None:
        self._data = data
        self._attributes: Resource = data.get("attributes", {})
        self._included = included

    def order(self, shop: str) -> Order:
        attributes = self._attributes
        billing = self._related("billingAddress")
        if billing is None:
            raise OrderUnreadable([_refusal("relationships.billingAddress", "The billing address is missing.")])
        discounts = [self._money(f"discounts[{i}].amount", d["amount"]) for i, d in enumerate(self._discounts())]
        shipping = self._related("shippingAddress")
        return Order(
            shop=shop,
            order_id=str(attributes.get("identifier", "")),
            provider_order_id=int(self._data["id"]),
            total=self._money("totalValue", attributes.get("totalValue")),
            lines=tuple(self._line(line) for line in self._related_list("lineItems")),
            shipping=self._money("shippingCostAmount", attributes.get("shippingCostAmount") or "0"),
            tax=self._money("totalTaxAmount", attributes.get("totalTaxAmount") or "0"),
            discount=_sum(discounts),
            customer=self._customer(),
            billing_address=_address(billing),
            shipping_address=_address(shipping) if shipping else None,
            placed_at=attributes.get("createdAt"),
        )

    def _discounts(self) -> list[Resource]:
        return list(self._attributes.get("discounts") or ())

    def _line(self, line: Resource) -> OrderLine:
        fields = line["attributes"]
        quantity = Decimal(str(fields["quantity"]))
        price = Decimal(str(fields["price"]))
        name = f"lineItems[{line['id']}].price"
        return OrderLine(
            sku=fields.get("productSku") or "",
            name=fields.get("productName") or fields.get("freeFormProduct") or "",
            quantity=f"{quantity.normalize():f}",
            amount=self._money(name, f"{quantity * price:f}", fields.get("currency")),
        )

    def _customer(self) -> Customer:
        user, company = self._related("customerUser"), self._related("customer")
        person = user["attributes"] if user else {}
        return Customer(
            customer_id=str((user or company or {"id": "guest"})["id"]),
            email=person.get("email"),
            first_name=person.get("firstName"),
            last_name=person.get("lastName"),
            company=company["attributes"].get("name") if company else None,
        )

    def _money(self, field: str, written: object, currency: str | None = None) -> Money:
        try:
            return parse_amount(str(written), currency or str(self._attributes.get("currency")))
        except InexactAmountError as inexact:
            raise OrderUnreadable([_refusal(f"attributes.{field}", f"{inexact}.")]) from inexact
        except ValueError as unknown:
            raise OrderUnreadable([_refusal("attributes.currency", f"{unknown}.")]) from unknown

    def _related(self, name: str) -> Resource | None:
        found = self._related_list(name)
        return found[0] if found else None

    def _related_list(self, name: str) -> list[Resource]:
        links = self._data.get("relationships", {}).get(name, {}).get("data")
        each = links if isinstance(links, list) else [links]
        return [self._included[(link["type"], link["id"])] for link in each if link]


def _address(resource: Resource) -> Address:
    fields, links = resource["attributes"], resource.get("relationships", {})

    def code(name: str, tidy: Callable[[str], str] = str) -> str | None:
        link = (links.get(name) or {}).get("data")
        return tidy(link["id"]) if link else None

    return Address(
        first_name=fields.get("firstName"),
        last_name=fields.get("lastName"),
        organization=fields.get("organization"),
        street=fields.get("street"),
        street2=fields.get("street2"),
        city=fields.get("city"),
        postal_code=fields.get("postalCode"),
        region_code=code("region", lambda region: region.partition("-")[2]),
        country_code=code("country") or "",
        phone=fields.get("phone"),
    )


def _sum(amounts: list[Money]) -> Money | None:
    return amounts[0].with_amount(sum(a.amount_minor for a in amounts)) if amounts else None


def _refusal(field: str, message: str) -> Refusal:
    remedy = "Hand out the order as OroCommerce's JSON:API does, with its line items, addresses and customer included."
    return Refusal(code="order_unreadable", field=field, message=message, remedy=remedy)
