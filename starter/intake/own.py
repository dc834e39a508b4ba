"""Read an order in our own format: the start's `{order, payment}`, or the order alone."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from payments.methods import PaymentInstruction
from payments.order import Order, check_order
from payments.remedies import refusal_of
from starter.intake.orocommerce import OrderUnreadable

T = TypeVar("T")

_ORDER = TypeAdapter(Order)
_INSTRUCTION = TypeAdapter(PaymentInstruction)


def read_own(document: Mapping[str, Any], *, shop: str) -> tuple[Order, PaymentInstruction | None]:
    """Return the order and, where the document says so, how it is paid. Raises OrderUnreadable."""
    whole = "order" in document
    unknown = [name for name in document if name not in {"order", "payment"}] if whole else []
    if unknown:
        # A misspelt `payment` would otherwise be asked for in vain, or be another one.
        raise OrderUnreadable(refusal_of("extra_forbidden", (name,), "This field is not known") for name in unknown)
    fields = document["order"] if whole else document
    if isinstance(fields, Mapping):
        fields = {"shop": shop, **fields}
    order = _read(_ORDER, fields, "order")
    wrong = check_order(order)
    if wrong:
        raise OrderUnreadable(wrong)
    payment = document.get("payment") if whole else None
    return order, None if payment is None else _read(_INSTRUCTION, payment, "payment")


def _read(adapter: TypeAdapter[T], fields: object, name: str) -> T:
    try:
        return adapter.validate_python(fields)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        raise OrderUnreadable(refusal_of(e["type"], (name, *e["loc"]), e["msg"]) for e in errors) from None
