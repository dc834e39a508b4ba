"""Direct debits: ACH (730) and SEPA by token (770) or by mandate (771). A promise until the money has come."""

from dataclasses import dataclass

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.mandates import book as mandates
from simulator.mandates import calls as mandate_calls
from simulator.mandates import reading as mandate_reading
from simulator.payments import accounts, days, records, triggers
from simulator.payments.accounts import Account
from simulator.payments.asked import Asked, Money
from simulator.payments.context import Context
from simulator.tokens import book as tokens
from simulator.tokens import vault

DIRECT = "directDebitPaymentMethodSpecificInput"
SEPA = "sepaDirectDebitPaymentMethodSpecificInput"
ACH, SEPA_BY_TOKEN, SEPA_BY_MANDATE = 730, 770, 771
SPECIFIC = f"{SEPA}.paymentProduct771SpecificInput"
SCREENED: Json = {"fraudResults": {"fraudServiceResult": "no-advice"}}


@dataclass(frozen=True, kw_only=True)
class Block:
    """What was read of a debit's block: from which account, and what answers will show of it."""

    name: str
    method: str
    product: int
    account: Account
    output: Json
    typed: bool = False
    mandate: Document | None = None


def read_direct(desk: Desk, reader: Reader, context: Context, money: Money | None) -> Asked | None:
    """ACH: the account itself by routing and account number, or the token that holds it."""
    product = reader.integer(f"{DIRECT}.paymentProductId", 1, 99_999, required=True)
    if product is not None and product != ACH:
        reader.wrong(f"{DIRECT}.paymentProductId", "ONLY PRODUCT 730 IS SET UP FOR THIS ACCOUNT")
        return None
    typed = f"{DIRECT}.paymentProduct730SpecificInput"
    by_token = reader.value(f"{DIRECT}.token") is not None
    if by_token and reader.value(typed) is not None:
        reader.wrong(f"{DIRECT}.token", "TOKEN AND BANK ACCOUNT MUST NOT BOTH BE GIVEN")
        return None
    if by_token:
        account = account_of_token(desk, reader, context, f"{DIRECT}.token", ACH)
    else:
        account = accounts.read_bban(reader, f"{typed}.bankAccountBban")
    if money is None or account is None:
        return None
    return _asked(
        desk,
        reader,
        context,
        money,
        Block(
            name=DIRECT,
            method=records.DIRECT_DEBIT,
            product=ACH,
            account=account,
            output=SCREENED,
            typed=not by_token,
        ),
    )


def read_sepa(desk: Desk, reader: Reader, context: Context, money: Money | None) -> Asked | None:
    """SEPA: 770 needs the token of a signed mandate, 771 a mandate that exists or comes with the payment."""
    product = reader.integer(f"{SEPA}.paymentProductId", 1, 99_999) or SEPA_BY_TOKEN
    if product not in {SEPA_BY_TOKEN, SEPA_BY_MANDATE}:
        reader.wrong(f"{SEPA}.paymentProductId", "ONLY PRODUCTS 770 AND 771 ARE SEPA DIRECT DEBITS")
        return None
    if money is not None and money.currency != "EUR":
        reader.wrong("order.amountOfMoney.currencyCode", "SEPA DIRECT DEBIT IS IN EUR ALONE")
        return None
    block = (_by_mandate if product == SEPA_BY_MANDATE else _by_token)(desk, reader, context)
    return None if money is None or block is None else _asked(desk, reader, context, money, block)


def account_of_token(desk: Desk, reader: Reader, context: Context, path: str, product: int) -> Account | None:
    """The account behind a token of this product; None, with what is wrong noted, when it cannot be debited."""
    token = reader.text(path, ".{1,40}", required=True)
    if token is None:
        return None
    held = vault.account_of(desk, context.merchant_id, token, context.now)
    if held is None or held[1]["paymentProductId"] != product:
        reader.wrong(path, f"UNKNOWN TOKEN, OR NONE OF PRODUCT {product}")
        return None
    if product == SEPA_BY_TOKEN and not tokens.is_approved(held[1]):
        reader.wrong(path, "THE MANDATE OF THIS TOKEN IS NOT APPROVED")
        return None
    return held[0]


def _by_token(desk: Desk, reader: Reader, context: Context) -> Block | None:
    if reader.value(SPECIFIC) is not None:
        reader.wrong(SPECIFIC, "A MANDATE BELONGS TO PRODUCT 771")
    account = account_of_token(desk, reader, context, f"{SEPA}.token", SEPA_BY_TOKEN)
    if account is None:
        return None
    output: Json = {**SCREENED, "token": reader.value(f"{SEPA}.token")}
    return Block(name=SEPA, method=records.SEPA, product=SEPA_BY_TOKEN, account=account, output=output)


def _by_mandate(desk: Desk, reader: Reader, context: Context) -> Block | None:
    if reader.value(f"{SEPA}.token") is not None:
        reader.wrong(f"{SEPA}.token", "A TOKEN BELONGS TO PRODUCT 770")
    mandate = _mandate(desk, reader, context)
    if mandate is None:
        return None
    output: Json = {
        **SCREENED,
        "paymentProduct771SpecificOutput": {"mandateReference": mandates.reference_of(mandate)},
    }
    return Block(
        name=SEPA,
        method=records.SEPA,
        product=SEPA_BY_MANDATE,
        account=mandates.account_of(mandate),
        output=output,
        mandate=mandate,
    )


def _mandate(desk: Desk, reader: Reader, context: Context) -> Document | None:
    """The mandate that exists and is active, or a new one that will be written with the payment."""
    deprecated, current = f"{SPECIFIC}.mandateReference", f"{SPECIFIC}.existingUniqueMandateReference"
    path = deprecated if reader.value(deprecated) is not None else current
    if reader.value(f"{SPECIFIC}.mandate") is not None:
        if reader.value(path) is not None:
            reader.wrong(path, "AN EXISTING AND A NEW MANDATE MUST NOT BOTH BE GIVEN")
        new = mandate_reading.read(reader, f"{SPECIFIC}.mandate.", context)
        if new is not None:
            mandate_calls.refuse_duplicate(desk, new, f"{SPECIFIC}.mandate.")
        return new
    reference = reader.text(path, mandate_reading.REFERENCE, required=True)
    if reference is None:
        return None
    found = mandates.load(desk, context.merchant_id, reference)
    if found is None:
        reader.wrong(path, "UNKNOWN MANDATE")
        return None
    status = mandates.status_at(found, context.now)
    if status != mandates.ACTIVE:
        reader.wrong(path, f"THE MANDATE IS {status}")
        return None
    return found


def _asked(desk: Desk, reader: Reader, context: Context, money: Money, block: Block) -> Asked | None:
    merchant = desk.merchant(context.merchant_id)
    needs_approval = reader.boolean(f"{block.name}.requiresApproval", default=merchant.requires_approval)
    reader.text(f"{block.name}.directDebitText", ".{1,50}")
    reader.text(f"{block.name}.recurringPaymentSequenceIndicator", "first|recurring|last")
    # The SDK calls dateCollect meaningless for mandates of product 771.
    collect_from = read_collection(reader, block.name, context.now) if block.mandate is None else None
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
        outcome=triggers.of_debit(block.account.known, facts),
        output=block.output,
        account=block.account if block.typed else None,
        tokenize=block.typed and _tokenizes(reader, block.name),
        mandate=block.mandate,
        redirect=_redirect(desk, context, block.mandate),
        collect_from=collect_from or 0,
    )


def read_collection(reader: Reader, name: str, now: int) -> int | None:
    """When the day begins on which the merchant wants the money collected; not one that is over."""
    day = days.read(reader, f"{name}.dateCollect")
    if day is not None and day < days.today(now):
        reader.wrong(f"{name}.dateCollect", "THIS DAY IS OVER")
        return None
    return None if day is None else days.begins(day)


def _tokenizes(reader: Reader, name: str) -> bool:
    """The first of recurring debits makes a token of its own."""
    return any(reader.boolean(f"{name}.{field}", default=False) for field in ("tokenize", "isRecurring"))


def _redirect(desk: Desk, context: Context, mandate: Document | None) -> Json | None:
    """A new mandate that is signed by SMS sends the customer to a page before anything is debited."""
    if mandate is None or mandates.status_at(mandate, context.now) != mandates.CREATED:
        return None
    return {
        "kind": "mandate",
        "mandate": mandate.id,
        "return_url": mandate.content["return_url"],
        "returnmac": mandate.content["returnmac"],
        "page": f"{context.base_url}/pages/debit",
        "expires_at": context.now + microseconds(desk.settings.redirect_seconds),
    }
