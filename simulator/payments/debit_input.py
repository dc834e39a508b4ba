"""Direct debits: ACH (730) and SEPA by token (770) or by mandate (771). A promise until the money has come."""

import re
from dataclasses import dataclass

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.payments import records, triggers
from simulator.payments.asked import Asked, Money
from simulator.payments.context import Context

DIRECT = "directDebitPaymentMethodSpecificInput"
SEPA = "sepaDirectDebitPaymentMethodSpecificInput"
ACH, SEPA_BY_TOKEN, SEPA_BY_MANDATE = 730, 770, 771


@dataclass(frozen=True, kw_only=True)
class Block:
    """What was read of a debit's block: from which account, and what answers will show of it."""

    name: str
    method: str
    product: int
    account: str
    output: Json


def read_direct(desk: Desk, reader: Reader, context: Context, money: Money | None) -> Asked | None:
    """ACH: the account itself, by routing and account number."""
    product = reader.integer(f"{DIRECT}.paymentProductId", 1, 99_999, required=True)
    if product is not None and product != ACH:
        reader.wrong(f"{DIRECT}.paymentProductId", "ONLY PRODUCT 730 IS SET UP FOR THIS ACCOUNT")
        return None
    account = f"{DIRECT}.paymentProduct730SpecificInput.bankAccountBban"
    number = reader.text(f"{account}.accountNumber", "[0-9]{4,17}", required=True)
    routing = reader.text(f"{account}.bankCode", "[0-9]{9}", required=True)
    reader.text(f"{account}.accountHolderName", ".{1,60}", required=True)
    if routing is not None and not passes_routing_check(routing):
        reader.wrong(f"{account}.bankCode", "ROUTING NUMBER DID NOT PASS ITS CHECK")
        return None
    if money is None or number is None or routing is None:
        return None
    output: Json = {"fraudResults": {"fraudServiceResult": "no-advice"}}
    block = Block(name=DIRECT, method=records.DIRECT_DEBIT, product=ACH, account=number, output=output)
    return _asked(desk, reader, context, money, block)


def read_sepa(desk: Desk, reader: Reader, context: Context, money: Money | None) -> Asked | None:
    """SEPA: 770 needs the token of a signed mandate, 771 a mandate that exists or comes with the payment."""
    product = reader.integer(f"{SEPA}.paymentProductId", 1, 99_999)
    if money is not None and money.currency != "EUR":
        reader.wrong("order.amountOfMoney.currencyCode", "SEPA DIRECT DEBIT IS IN EUR ALONE")
        return None
    source = _by_mandate if product == SEPA_BY_MANDATE else _by_token
    found = source(desk, reader, context)
    if money is None or found is None:
        return None
    account, output = found
    used = product or SEPA_BY_TOKEN
    block = Block(name=SEPA, method=records.SEPA, product=used, account=account, output=output)
    return _asked(desk, reader, context, money, block)


def _by_token(desk: Desk, reader: Reader, context: Context) -> tuple[str, Json] | None:
    raise NotImplementedError


def _by_mandate(desk: Desk, reader: Reader, context: Context) -> tuple[str, Json] | None:
    raise NotImplementedError


def _asked(desk: Desk, reader: Reader, context: Context, money: Money, block: Block) -> Asked | None:
    merchant = desk.merchant(context.merchant_id)
    needs_approval = reader.boolean(f"{block.name}.requiresApproval", default=merchant.requires_approval)
    if money.amount == 0:
        reader.wrong("order.amountOfMoney.amount", "A DIRECT DEBIT OF NOTHING IS NOT POSSIBLE")
        return None
    facts = triggers.Facts(
        amount=money.amount, currency=money.currency, country=money.country, city=money.city, name=money.name
    )
    return Asked(
        money=money,
        method=block.method,
        product=block.product,
        captures=records.ONE_CAPTURE if needs_approval else records.AT_ONCE,
        outcome=triggers.of_debit(block.account, facts),
        output=block.output,
    )


def passes_routing_check(routing: str) -> bool:
    """The ABA check digit: weights 3, 7, 1 over nine digits."""
    return sum(int(digit) * weight for digit, weight in zip(routing, (3, 7, 1) * 3, strict=True)) % 10 == 0


def passes_iban_check(iban: str) -> bool:
    """ISO 13616: moved and lettered, the remainder by 97 is 1."""
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", iban):
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
