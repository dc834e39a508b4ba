"""Read an order as OroCommerce's JSON:API hands it out: `GET /api/orders/{id}?include=lineItems,...`.

Money is a decimal string with four decimals there; it is read exactly or refused.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from payments.base import Value
from payments.card_numbers import card_number_fields, shown
from payments.money import InexactAmountError, Money, parse_amount
from payments.order import Address, Customer, Order, OrderLine, check_order
from payments.refusals import MOST_REFUSALS, Refusal
from payments.remedies import card_number_refusal, refusal_of, remedy_of

V = TypeVar("V", bound=Value)
Resource = Mapping[str, Any]

WHOLE = "Hand out the order as OroCommerce's JSON:API does, with its line items, addresses and customer included."
AS_TEXT = 'Send the amount as OroCommerce writes it: a text such as "239.7900".'

_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,10})?")
_QUANTITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
# A price has at most 25 digits and a quantity 15, so no product of theirs is ever rounded.
_EXACT = Context(prec=50)

# Where our order's fields stand in the document.
_PLACES = {
    "order.order_id": "attributes.identifier",
    "order.provider_order_id": "data.id",
    "order.placed_at": "attributes.createdAt",
}


class OrderUnreadable(ValueError):
    """An order that cannot be read; `refusals` name the fields and the remedies."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(refusals)[:MOST_REFUSALS]
        super().__init__("; ".join(str(refusal) for refusal in self.refusals))


def read_orocommerce(document: Resource, *, shop: str = "main") -> Order:
    """Return the order of a JSON:API document.

    The order id is its `identifier`, its numeric id goes to Ingenico as merchantOrderId. Raises OrderUnreadable.
    """
    numbers = list(card_number_fields(document))
    if numbers:
        raise OrderUnreadable(card_number_refusal(field) for field in numbers)
    data = document.get("data")
    if not isinstance(data, Mapping) or data.get("type") != "orders":
        raise _unreadable("data.type", "This is no JSON:API document of one order.")
    order = _Reading(data, _included(document)).order(shop)
    wrong = check_order(order)
    if wrong:
        raise OrderUnreadable(wrong)
    return order


def _included(document: Resource) -> dict[tuple[str, str], Resource]:
    included = document.get("included", [])
    if not isinstance(included, list):
        raise _unreadable("included", "This is no list.")
    return {_identity(each, f"included[{i}]"): each for i, each in enumerate(included)}


class _Reading:
    def __init__(self, data: Resource, included: Mapping[tuple[str, str], Resource]) -> None:
        self._data = data
        self._attributes = _mapping(data.get("attributes"), "data.attributes")
        self._links = _mapping(data.get("relationships"), "data.relationships")
        self._included = included

    def order(self, shop: str) -> Order:
        attributes = self._attributes
        billing = self._related("billingAddress")
        if billing is None:
            raise _unreadable("relationships.billingAddress", "The billing address is missing.")
        shipping = self._related("shippingAddress")
        discounts = [
            self._money(f"attributes.discounts[{i}].amount", discount.get("amount"))
            for i, discount in enumerate(_mappings(attributes.get("discounts"), "attributes.discounts"))
        ]
        return _built(
            "order",
            Order,
            shop=shop,
            order_id=_name(attributes.get("identifier"), "attributes.identifier"),
            provider_order_id=_number(self._data.get("id"), "data.id"),
            total=self._money("attributes.totalValue", attributes.get("totalValue")),
            lines=tuple(self._line(line) for line in self._related_list("lineItems")),
            shipping=self._extra("shippingCostAmount"),
            tax=self._extra("totalTaxAmount"),
            discount=_sum(discounts),
            customer=self._customer(),
            billing_address=_address(billing, "billingAddress"),
            shipping_address=_address(shipping, "shippingAddress") if shipping is not None else None,
            placed_at=attributes.get("createdAt"),
        )

    def _extra(self, name: str) -> Money:
        written = self._attributes.get(name)
        return self._money(f"attributes.{name}", "0" if written is None else written)

    def _line(self, line: Resource) -> OrderLine:
        place = f"lineItems[{shown(str(line['id']))}]"
        fields = _mapping(line.get("attributes"), f"{place}.attributes")
        quantity = _decimal(fields.get("quantity"), _QUANTITY, f"{place}.quantity", remedy_of("quantity", ""))
        price = _decimal(fields.get("price"), _DECIMAL, f"{place}.price", AS_TEXT)
        amount = f"{_EXACT.multiply(quantity, price).normalize(_EXACT):f}"
        return _built(
            place,
            OrderLine,
            sku=fields.get("productSku") or "",
            name=fields.get("productName") or fields.get("freeFormProduct") or "",
            quantity=f"{quantity.normalize(_EXACT):f}",
            amount=self._money(f"{place}.price", amount, fields.get("currency"), f"{place}.currency"),
        )

    def _customer(self) -> Customer:
        user, company = self._related("customerUser"), self._related("customer")
        person = _mapping(user.get("attributes"), "customerUser.attributes") if user is not None else {}
        firm = _mapping(company.get("attributes"), "customer.attributes") if company is not None else {}
        known = user if user is not None else company
        return _built(
            "customer",
            Customer,
            customer_id="guest" if known is None else known["id"],
            email=person.get("email"),
            first_name=person.get("firstName"),
            last_name=person.get("lastName"),
            company=firm.get("name"),
        )

    def _money(
        self, field: str, written: object, currency: object = None, currency_field: str = "attributes.currency"
    ) -> Money:
        if currency is None:
            currency, currency_field = self._attributes.get("currency"), "attributes.currency"
        if not isinstance(currency, str):
            raise _unreadable(currency_field, "The currency is missing, or no text.", remedy_of("currency", ""))
        if not isinstance(written, str | int | Decimal) or isinstance(written, bool):
            raise _unreadable(field, "The amount is missing, or no decimal text.", AS_TEXT)
        try:
            return parse_amount(str(written), currency)
        except InexactAmountError as inexact:
            raise _unreadable(field, f"{inexact}.", AS_TEXT) from None
        except ValueError as unknown:
            raise OrderUnreadable([refusal_of("currency", (currency_field,), str(unknown))]) from None

    def _related(self, name: str) -> Resource | None:
        found = self._related_list(name)
        return found[0] if found else None

    def _related_list(self, name: str) -> list[Resource]:
        place = f"relationships.{name}"
        links = _mapping(self._links.get(name) or {}, place).get("data")
        each = links if isinstance(links, list) else [] if links is None else [links]
        return [self._one(_identity(link, place), place) for link in each]

    def _one(self, identity: tuple[str, str], place: str) -> Resource:
        found = self._included.get(identity)
        if found is None:
            kind, number = map(shown, identity)
            raise _unreadable(place, f"{kind} {number} is named and not included.")
        return found


def _address(resource: Resource, name: str) -> Address:
    fields = _mapping(resource.get("attributes"), f"{name}.attributes")
    links = _mapping(resource.get("relationships") or {}, f"{name}.relationships")

    def code(of: str, tidy: Callable[[str], str] = str) -> str | None:
        link = _mapping(links.get(of) or {}, f"{name}.{of}").get("data")
        return None if link is None else tidy(_identity(link, f"{name}.{of}")[1])

    country = code("country")
    if country is None:
        raise _unreadable(f"{name}.country", "The country is missing.", remedy_of("country_code", ""))
    return _built(
        name,
        Address,
        first_name=fields.get("firstName"),
        last_name=fields.get("lastName"),
        organization=fields.get("organization"),
        street=fields.get("street"),
        street2=fields.get("street2"),
        city=fields.get("city"),
        postal_code=fields.get("postalCode"),
        region_code=code("region", lambda region: region.partition("-")[2]),
        country_code=country,
        phone=fields.get("phone"),
    )


def _built(place: str, model: type[V], **fields: object) -> V:
    try:
        return model.model_validate(fields)
    except ValidationError as invalid:
        told = [refusal_of(e["type"], (place, *e["loc"]), e["msg"]) for e in invalid.errors(include_input=False)]
        moved = (each.model_copy(update={"field": _PLACES.get(each.field, each.field)}) for each in told)
        raise OrderUnreadable(moved) from None


def _mapping(value: object, field: str) -> Resource:
    if not isinstance(value, Mapping):
        raise _unreadable(field, "This is missing, or no object.")
    return value


def _mappings(value: object, field: str) -> list[Resource]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _unreadable(field, "This is no list.")
    return [_mapping(each, f"{field}[{i}]") for i, each in enumerate(value)]


def _identity(value: object, field: str) -> tuple[str, str]:
    resource = _mapping(value, field)
    kind, number = resource.get("type"), resource.get("id")
    if not isinstance(kind, str) or not isinstance(number, str):
        raise _unreadable(field, "This has no type or no id; both are texts in JSON:API.")
    return kind, number


def _name(value: object, field: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _unreadable(field, "The order has no number.", remedy_of("order_id", ""))
    return str(value)


def _number(value: object, field: str) -> int:
    if not isinstance(value, str | int) or not re.fullmatch(r"[0-9]{1,10}", str(value)):
        raise _unreadable(field, "This is no number of at most ten digits.", "Send OroCommerce's own id of the order.")
    return int(value)


def _decimal(value: object, form: re.Pattern[str], field: str, remedy: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal) or not form.fullmatch(str(value)):
        raise _unreadable(field, "This is missing, or no decimal number.", remedy)
    return Decimal(str(value))


def _sum(amounts: list[Money]) -> Money | None:
    if not amounts:
        return None
    try:
        return amounts[0].with_amount(sum(a.amount_minor for a in amounts))
    except ValidationError:
        raise _unreadable("attributes.discounts", "Together this is more than can be charged.", AS_TEXT) from None


def _unreadable(field: str, message: str, remedy: str = WHOLE) -> OrderUnreadable:
    refusal = Refusal(code="order_unreadable", field=field, message=message, remedy=remedy)
    return OrderUnreadable([refusal])
