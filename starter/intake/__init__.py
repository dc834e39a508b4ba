"""Reading orders as shops hand them out: OroCommerce's JSON:API or our own format, recognised by itself."""

import json
from collections.abc import Mapping

from payments.card_numbers import card_number_fields
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.refusals import Refusal
from starter.intake.orocommerce import OrderUnreadable, read_orocommerce
from starter.intake.own import read_own

__all__ = ["OrderUnreadable", "read_order"]

# An order of a thousand lines is a third of this; Temporal takes payloads of up to two megabytes.
LARGEST_BYTES = 1_000_000


def read_order(text: str | bytes, *, shop: str = "main") -> tuple[Order, PaymentInstruction | None]:
    """Return the order of a document and, in our own format, how it is paid.

    Raises OrderUnreadable, naming field and remedy, for anything else, and for whatever looks like a card number.
    """
    if len(text) > LARGEST_BYTES:
        raise OrderUnreadable([_unreadable("The document is larger than a megabyte.", "Send the order alone.")])
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OrderUnreadable([_unreadable(f"This is no JSON: {error}.", "Send one JSON object: an order.")]) from error
    if not isinstance(document, Mapping):
        raise OrderUnreadable([_unreadable("This is no JSON object.", "Send one JSON object: an order.")])
    numbers = list(card_number_fields(document))
    if numbers:
        raise OrderUnreadable(_card_number(field) for field in numbers)
    if "data" in document:
        return read_orocommerce(document, shop=shop), None
    return read_own(document, shop=shop)


def _unreadable(message: str, remedy: str) -> Refusal:
    return Refusal(code="order_unreadable", field="(document)", message=message, remedy=remedy)


def _card_number(field: str) -> Refusal:
    return Refusal(
        code="card_number",
        field=field or "(document)",
        message="This looks like a card number, and none may enter here.",
        remedy="Send a token, or let Ingenico's own page take the card.",
    )
