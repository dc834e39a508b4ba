"""The body of create payment, read into a value: what is asked, of which card."""

from dataclasses import dataclass

from simulator import bodies, cards, lifecycle
from simulator.clock import moment
from simulator.validation import Reader, parse_object

INPUT = "cardPaymentMethodSpecificInput"
MODES = (lifecycle.PRE_AUTHORIZATION, lifecycle.FINAL_AUTHORIZATION, lifecycle.SALE)


@dataclass(frozen=True, kw_only=True)
class Order:
    """A valid request for a card payment."""

    amount: int
    currency: str
    merchant_reference: str | None
    merchant_order_id: int | None
    mode: str
    captured_at_once: bool
    product: int
    card: cards.Card


def parse(body: bytes, now: int) -> Order:
    """Read and check the whole body, so that one answer names everything that is wrong."""
    reader = Reader(parse_object(body))
    currency = reader.text("order.amountOfMoney.currencyCode", "[A-Z]{3}", required=True)
    amount = reader.amount("order.amountOfMoney.amount", currency, required=True)
    reader.text("order.customer.billingAddress.countryCode", "[A-Z]{2}", required=True)
    reference = reader.text("order.references.merchantReference", r"[\x20-\x7e]{1,30}")
    order_id = reader.integer("order.references.merchantOrderId", 0, 9_999_999_999)
    mode = _mode(reader)
    needs_approval = reader.boolean(f"{INPUT}.requiresApproval", default=True)
    product = reader.integer(f"{INPUT}.paymentProductId", 1, 99_999)
    card = _card(reader, now)
    reader.raise_if_wrong()
    assert currency is not None
    assert amount is not None
    assert card is not None
    return Order(
        amount=amount,
        currency=currency,
        merchant_reference=reference,
        merchant_order_id=order_id,
        mode=mode,
        captured_at_once=mode == lifecycle.SALE or not needs_approval,
        product=product or card.product,
        card=card,
    )


def _mode(reader: Reader) -> str:
    found = reader.text(f"{INPUT}.authorizationMode", "|".join(MODES))
    return found or lifecycle.UNSPECIFIED


def _card(reader: Reader, now: int) -> cards.Card | None:
    if reader.value(INPUT, required=True) is None:
        return None
    token = reader.text(f"{INPUT}.token", ".{1,40}")
    typed = reader.value(f"{INPUT}.card")
    if token is not None and typed is not None:
        reader.wrong(f"{INPUT}.token", "TOKEN AND CARD MUST NOT BOTH BE GIVEN")
        return None
    if token is not None:
        held = cards.TOKENS.get(token)
        if held is None:
            reader.wrong(f"{INPUT}.token", "UNKNOWN TOKEN")
        return held
    if typed is None:
        if reader.value(f"{INPUT}.token") is None:
            reader.missing(f"{INPUT}.card")
        return None
    return _typed_card(reader, now)


def _typed_card(reader: Reader, now: int) -> cards.Card | None:
    number = reader.text(f"{INPUT}.card.cardNumber", "[0-9]{12,19}", required=True)
    if number is not None and not cards.passes_luhn(number):
        stars = "*" * len(number)
        message = f"VALUE {stars} OF FIELD CREDITCARDNUMBER DID NOT PASS THE LUHNCHECK"
        reader.errors.append(bodies.api_error("21000020", message, 400, category=bodies.PAYMENT))
    expiry = reader.value(f"{INPUT}.card.expiryDate", required=True)
    if expiry is not None and not _lasts(expiry, now):
        path = f"{INPUT}.card.expiryDate"
        message = f"{path} ({expiry}) IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT"
        reader.errors.append(bodies.api_error("21000120", message, 400, property_name=path, category=bodies.PAYMENT))
    reader.text(f"{INPUT}.card.cvv", "[0-9]{3,4}")
    reader.text(f"{INPUT}.card.cardholderName", ".{2,51}")
    if number is None or not isinstance(expiry, str):
        return None
    return cards.by_number(number, expiry)


def _lasts(expiry: object, now: int) -> bool:
    """MMYY, and the month is not over."""
    if not isinstance(expiry, str) or not (len(expiry) == 4 and expiry.isascii() and expiry.isdigit()):
        return False
    month, year = int(expiry[:2]), 2000 + int(expiry[2:])
    today = moment(now)
    return 1 <= month <= 12 and (year, month) >= (today.year, today.month)
