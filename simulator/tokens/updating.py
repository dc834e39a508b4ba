"""The body of update token: what is given replaces what is shown, the rest stays.

A number cannot be changed: it is what the token stands for. It may be repeated, whole or masked.
"""

from dataclasses import replace

from simulator.front.reader import Reader
from simulator.kernel.calls import Json
from simulator.payments import accounts, cards
from simulator.payments.accounts import Account
from simulator.payments.cards import Card
from simulator.tokens import reading
from simulator.tokens.reading import CARD, CARD_DATA, EWALLET, MANDATE, NON_SEPA


def update(content: Json, shown: Json, behind: Json, now: int) -> tuple[Json, Json]:
    """What the token shows from now on, and what stands behind it. Raises Refusal that names what is wrong."""
    reader = Reader(content)
    given, name = reading.block_given(reader), reading.block_of(shown)
    product = reader.integer("paymentProductId", 1, 99_999)
    if given is not None and given != name:
        reader.wrong(given, f"THIS TOKEN HOLDS {name}")
    if product is not None and product != shown["paymentProductId"]:
        reader.wrong("paymentProductId", f"THIS TOKEN IS OF PRODUCT {shown['paymentProductId']}")
    if given == name:
        reading.check_alias(reader, name)
        behind = _card(reader, behind, now) if name == CARD else _account(reader, name, shown, behind, now)
    reader.raise_if_wrong()
    merged = _merged(shown, {name: _without_numbers(content[name])})
    assert isinstance(merged, dict)
    return merged, behind


def _card(reader: Reader, behind: Json, now: int) -> Json:
    """A card is renewed: another last month, another name on it."""
    held = behind["vault"]
    assert isinstance(held, dict)
    card = Card(**held)
    number = reader.text(f"{CARD_DATA}.cardNumber", "[0-9*]{12,19}")
    masks = {card.masked(first_six=True), card.masked(first_six=False)}
    if number is not None and number not in masks and cards.of_number(number, "").digest != card.digest:
        reader.wrong(f"{CARD_DATA}.cardNumber", "A TOKEN'S CARD NUMBER CANNOT BE CHANGED")
    expiry = reader.text(f"{CARD_DATA}.expiryDate", "[0-9]{4}")
    if expiry is not None and not cards.lasts(expiry, now):
        reader.wrong(f"{CARD_DATA}.expiryDate", "VALUE IS IN THE PAST OR NOT IN CORRECT MMYY FORMAT")
    holder = reader.text(f"{CARD_DATA}.cardholderName", r"[^\x00-\x1f]{2,51}")
    reading.check_card(reader)
    renewed = replace(card, expiry_date=expiry or card.expiry_date, holder=holder or card.holder)
    return {"vault": vars(renewed)}


def _account(reader: Reader, name: str, shown: Json, behind: Json, now: int) -> Json:
    """An account stays; what may change is the name on it and what stands beside it."""
    if name == EWALLET:
        path = f"{EWALLET}.data.billingAgreementId"
        if reader.value(path) not in {None, Reader(shown).value(path)}:
            reader.wrong(path, "A TOKEN'S BILLING AGREEMENT CANNOT BE CHANGED")
        return {}
    held = behind["account"]
    assert isinstance(held, dict)
    account = Account(**held)
    if name == NON_SEPA:
        path = f"{NON_SEPA}.mandate.paymentProduct{shown['paymentProductId']}SpecificData.bankAccountBban"
        number = reader.text(f"{path}.accountNumber", "[0-9*]{4,17}")
        code = reader.text(f"{path}.bankCode", "[0-9]{6,9}") or account.code
        same = number in {None, account.masked} or accounts.of_bban(code, number or "").digest == account.digest
        field = f"{path}.accountNumber"
        same = same and code == account.code
    else:
        reading.check_sepa(reader, now)
        path = f"{MANDATE}.bankAccountIban"
        number = reader.text(f"{path}.iban", "[A-Za-z0-9* ]{5,50}")
        same = number in {None, account.masked}
        same = same or accounts.of_iban(accounts.plain_iban(number or "")).digest == account.digest
        field = f"{path}.iban"
    if not same:
        reader.wrong(field, "A TOKEN'S ACCOUNT CANNOT BE CHANGED")
    holder = reader.text(f"{path}.accountHolderName", ".{1,60}")
    return {"account": vars(replace(account, holder=holder or account.holder))}


def _without_numbers(block: object) -> object:
    """A repeated number is not shown: the masked one is there already."""
    if not isinstance(block, dict):
        return block
    numbers = {"cardNumber", "iban", "accountNumber", "bankCode"}
    return {name: _without_numbers(value) for name, value in block.items() if name not in numbers}


def _merged(old: object, new: object) -> object:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}
