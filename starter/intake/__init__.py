"""Reading orders as shops hand them out: OroCommerce's JSON:API or our own format, recognised by itself."""

from collections.abc import Mapping
from decimal import Decimal

from payments.card_numbers import card_number_fields
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.refusals import Refusal
from payments.remedies import card_number_refusal
from payments.strict_json import NotJson, read_json
from starter.intake.orocommerce import OrderUnreadable, read_orocommerce
from starter.intake.own import read_own

__all__ = ["OrderUnreadable", "read_order"]

# An order of a thousand lines is a third of this; Temporal takes payloads of up to two megabytes.
LARGEST_BYTES = 1_000_000


def read_order(text: str | bytes, *, shop: str = "main") -> tuple[Order, PaymentInstruction | None]:
    """Return the order of a document and, in our own format, how it is paid.

    Raises OrderUnreadable, naming field and remedy, for anything else, and for whatever looks like a card number.
    """
    written = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    try:
        # Decimals stay as they were written: a float would round the last digits of an amount away.
        document = read_json(written, largest_bytes=LARGEST_BYTES, parse_float=Decimal)
    except NotJson as error:
        raise OrderUnreadable([error.refusal]) from None
    if not isinstance(document, Mapping):
        message, remedy = "This is no JSON object.", "Send one JSON object: an order."
        raise OrderUnreadable([Refusal(code="unreadable", field="(message)", message=message, remedy=remedy)])
    if "data" in document:
        return read_orocommerce(document, shop=shop), None
    numbers = list(card_number_fields(document))
    if numbers:
        raise OrderUnreadable(card_number_refusal(field) for field in numbers)
    return read_own(document, shop=shop)
