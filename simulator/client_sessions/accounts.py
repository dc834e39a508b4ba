"""Accounts on file: what a customer's page shows of the tokens that its session was made with."""

import hashlib

from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.payments import cards
from simulator.payments.cards import Card
from simulator.products import elements
from simulator.tokens import vault

READ_ONLY, CAN_WRITE, MUST_WRITE = "READ_ONLY", "CAN_WRITE", "MUST_WRITE"
# Where tokens keep accounts in what they show: ACH, SEPA.
_BANK_ACCOUNTS = (
    ("nonSepaDirectDebit", "mandate", "paymentProduct730SpecificData", "bankAccountBban"),
    ("sepaDirectDebit", "mandate", "bankAccountIban"),
)


def account_id(token: str) -> int:
    """An account's id is a number, which a token is not: made of the token, and exact in JavaScript."""
    return int.from_bytes(hashlib.sha256(token.encode()).digest()[:6])


def of_token(desk: Desk, merchant_id: str, token: str, now: int) -> Json | None:
    """The AccountOnFile behind a token; None when there is no such token or it was deleted."""
    card = vault.card_of(desk, merchant_id, token)
    if card is not None:
        first_six = desk.merchant(merchant_id).mask_first_six
        masked = card.masked(first_six=first_six)
        return _account(token, card.product, masked, _card_attributes(card, masked, now))
    found = vault.account_of(desk, merchant_id, token, now)
    if found is None:
        return None
    account, shown = found
    product = shown["paymentProductId"]
    assert isinstance(product, int)
    return _account(token, product, account.masked, _bank_attributes(shown))


def _account(token: str, product: int, masked: str, attributes: list[Json]) -> Json:
    mask = " ".join(["{{****}}"] * 4) + " {{*******}}"
    return {
        "id": account_id(token),
        "paymentProductId": product,
        "attributes": [_attribute("alias", masked, READ_ONLY), *attributes],
        "displayHints": {
            "labelTemplate": [{"attributeKey": "alias", "mask": mask}],
            "logo": elements.logo(product),
        },
    }


def _card_attributes(card: Card, masked: str, now: int) -> list[Json]:
    """What need not be typed again; the expiry date may be renewed, and must be once it is over."""
    expiry = _attribute("expiryDate", card.expiry_date, CAN_WRITE)
    if not cards.lasts(card.expiry_date, now):
        expiry |= {"status": MUST_WRITE, "mustWriteReason": "IN_THE_PAST"}
    holder = [_attribute("cardholderName", card.holder, READ_ONLY)] if card.holder else []
    return [_attribute("cardNumber", masked, READ_ONLY), expiry, *holder]


def _bank_attributes(shown: Json) -> list[Json]:
    """The account as its token shows it, by the ids of the product's fields."""
    for path in _BANK_ACCOUNTS:
        here: object = shown
        for name in path:
            here = here.get(name) if isinstance(here, dict) else None
        if isinstance(here, dict):
            return [_attribute(key, str(value), READ_ONLY) for key, value in here.items()]
    return []


def _attribute(key: str, value: str, status: str) -> Json:
    return {"key": key, "value": value, "status": status}
