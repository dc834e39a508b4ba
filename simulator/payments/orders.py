"""The body of create payment, read into a value: what is asked, by which method."""

from collections.abc import Callable

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.payments import card_input, debit_input, redirect_input
from simulator.payments.asked import Asked, Money
from simulator.payments.context import Context

# One of these blocks says by which method is paid.
METHODS: dict[str, Callable[[Desk, Reader, Context, Money | None], Asked | None]] = {
    card_input.INPUT: card_input.read,
    debit_input.DIRECT: debit_input.read_direct,
    debit_input.SEPA: debit_input.read_sepa,
    redirect_input.INPUT: redirect_input.read,
}


def parse(desk: Desk, context: Context, content: Json) -> Asked:
    """Read and check the whole body, so that one answer names everything that is wrong."""
    reader = Reader(content)
    money = read_money(reader)
    given = [name for name in METHODS if reader.value(name) is not None]
    if len(given) > 1:
        reader.wrong(given[1], f"{given[0]} AND {given[1]} MUST NOT BOTH BE GIVEN")
    if not given:
        reader.missing(card_input.INPUT)
    asked = METHODS[given[0]](desk, reader, context, money) if given else None
    reader.raise_if_wrong()
    assert asked is not None
    return asked


def read_money(reader: Reader) -> Money | None:
    """The order's part of the body; None, with what is wrong noted, when it cannot be carried out."""
    currency = reader.text("order.amountOfMoney.currencyCode", "[A-Z]{3}", required=True)
    amount = reader.amount("order.amountOfMoney.amount", currency, low=0, required=True)
    country = reader.text("order.customer.billingAddress.countryCode", "[A-Z]{2}", required=True)
    reference = reader.text("order.references.merchantReference", r"[\x20-\x7e]{1,30}")
    order_id = reader.integer("order.references.merchantOrderId", 0, 9_999_999_999)
    city = reader.value("order.customer.billingAddress.city")
    name = reader.value("order.customer.personalInformation.name.surname")
    if currency is None or amount is None or country is None:
        return None
    return Money(
        amount=amount,
        currency=currency,
        merchant_reference=reference,
        merchant_order_id=order_id,
        country=country,
        city=city if isinstance(city, str) else "",
        name=name if isinstance(name, str) else "",
    )
