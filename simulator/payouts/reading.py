"""The body of create payout: to which account or card, how much, and what will come of it."""

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.payments import accounts, cards, days, trigger_tables, triggers
from simulator.payments.context import Context
from simulator.tokens import vault

BANK, CARD, DETAILS = "bankTransferPayoutMethodSpecificInput", "cardPayoutMethodSpecificInput", "payoutDetails"
_IBAN, _BBAN = "bankAccountIban", "bankAccountBban"

# A payout that no issuer has a word on: declined for the customer's city, as the fraud checks of a payment do.
_DECLINED = "430330"


def read(desk: Desk, context: Context, content: Json) -> Json:
    """Read and check the whole body. Raises Refusal that names everything that is wrong."""
    reader = Reader(content)
    details = DETAILS if reader.value(DETAILS) is not None else ""
    found = _details(reader, details)
    given = [name for name in (BANK, CARD, _IBAN, _BBAN) if reader.value(name) is not None]
    if not given:
        reader.missing(BANK)
    elif len(given) > 1:
        reader.wrong(given[1], f"{given[0]} AND {given[1]} MUST NOT BOTH BE GIVEN")
    elif given[0] == CARD:
        found |= _card(desk, reader, context)
    else:
        found |= _bank(reader, BANK if given[0] == BANK else "", context)
    reader.raise_if_wrong()
    city = str(reader.value(_path(details, "customer.address.city")) or "").strip().lower()
    checked = trigger_tables.CITIES.get(city)
    found["declined"] = found["declined"] or (_DECLINED if checked == "denied" else "")
    found["fails"] = found["fails"] or checked == "challenged"
    return found


def reference_path(content: Json) -> str:
    """Where this body has its merchantReference."""
    return _path(DETAILS if DETAILS in content else "", "references.merchantReference")


def _path(block: str, name: str) -> str:
    """The fields of the blocks once stood at the top of the body, and are still taken there (SDK)."""
    return f"{block}.{name}" if block else name


def _details(reader: Reader, block: str) -> Json:
    currency = reader.text(_path(block, "amountOfMoney.currencyCode"), "[A-Z]{3}", required=True)
    amount = reader.amount(_path(block, "amountOfMoney.amount"), currency, required=True)
    reference = reader.text(_path(block, "references.merchantReference"), r"[\x20-\x7e]{1,30}")
    order_id = reader.integer(_path(block, "references.merchantOrderId"), 0, 9_999_999_999)
    reader.text(_path(block, "references.invoiceNumber"), ".{1,20}")
    return {
        "amount": amount,
        "currency": currency,
        "merchant_reference": reference,
        "merchant_order_id": order_id,
        "not_before": 0,
        "declined": "",
        "fails": False,
    }


def _bank(reader: Reader, block: str, context: Context) -> Json:
    """A payout to an IBAN, or in the United Kingdom to a sort code and a number."""
    reader.text(_path(block, "swiftCode"), "[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
    bban = _path(block, _BBAN)
    if reader.value(bban) is None:
        accounts.read_iban(reader, _path(block, _IBAN))
    elif reader.value(_path(block, _IBAN)) is not None:
        reader.wrong(bban, "IBAN AND BBAN MUST NOT BOTH BE GIVEN")
    else:
        reader.text(f"{bban}.countryCode", "GB")
        accounts.read_bban(reader, bban, routing=False)
    return {"not_before": read_day(reader, _path(block, "payoutDate"), context.now)}


def read_day(reader: Reader, path: str, now: int) -> int:
    """When the day begins on which the money is to be sent, 0 for as soon as it can be."""
    day = days.read(reader, path)
    if day is None:
        return 0
    if day < days.today(now):
        reader.wrong(path, f"VALUE OF FIELD {path} IS IN THE PAST")
    return days.begins(day)


def _card(desk: Desk, reader: Reader, context: Context) -> Json:
    """A payout to a card; where a card and a token are given the card counts (SDK, CardPayoutMethodSpecificInput)."""
    reader.integer(f"{CARD}.paymentProductId", 1, 99_999)
    token = reader.text(f"{CARD}.token", ".{1,40}")
    if token is not None and reader.value(f"{CARD}.card") is None:
        card = vault.card_of(desk, context.merchant_id, token)
        if card is None:
            reader.wrong(f"{CARD}.token", "UNKNOWN TOKEN")
    elif reader.value(f"{CARD}.card") is None:
        reader.missing(f"{CARD}.card")
        card = None
    else:
        card = cards.read(reader, f"{CARD}.card", context.now)
    if card is None:
        return {}
    outcome = triggers.of_card(card.known, triggers.Facts(amount=1, currency="EUR"))
    return {"declined": outcome.decline_code, "fails": outcome.capture_fails}
