"""What stands behind a token: the card or the account, found by the token or by being the same one again."""

from dataclasses import asdict

from simulator.kernel import documents
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.payments import cards
from simulator.payments.accounts import Account
from simulator.payments.cards import Card
from simulator.payments.records import Payment
from simulator.tokens import book

ACH = 730


def card_of(desk: Desk, merchant_id: str, token: str) -> Card | None:
    """The card behind a token of this merchant; None when there is no such token or it was deleted."""
    document = documents.load(desk.books, book.KIND, merchant_id, token)
    if document is None:
        return cards.of_token(token)
    card = document.content.get("vault")
    return Card(**card) if isinstance(card, dict) else None


def account_of(desk: Desk, merchant_id: str, token: str, now: int) -> tuple[Account, Json] | None:
    """The account behind a token, and what the token shows; None as for cards."""
    document = documents.load(desk.books, book.KIND, merchant_id, token)
    account = None if document is None else document.content.get("account")
    shown = None if document is None else book.shown_at(document, now)
    if not isinstance(account, dict) or shown is None:
        return None
    return Account(**account), shown


def same(desk: Desk, merchant_id: str, reference: str, now: int) -> Document | None:
    """The token that holds this already: a card's number, an account under a product."""
    found = documents.search(desk.books, book.KIND, merchant_id=merchant_id, reference=reference)
    return next((document for document in found if not book.is_deleted(document, now)), None)


def keep_card(
    desk: Desk, merchant_id: str, card: Card, now: int, *, payment_id: str = "", alias: str = ""
) -> tuple[str, bool]:
    """The token of a card and whether it is new: the same card has the same token and leaves it as it is."""
    known = same(desk, merchant_id, card.digest, now)
    if known is not None:
        return known.id, False
    shown = {**shown_card(card, alias, first_six=desk.merchant(merchant_id).mask_first_six), **_origin(payment_id)}
    return book.add(desk, merchant_id, shown, {"vault": asdict(card)}, now, reference=card.digest), True


def shown_card(card: Card, alias: str = "", *, first_six: bool) -> Json:
    """A token as GET shows it of a card of which nothing more is known."""
    block: Json = {
        "alias": alias or card.masked(first_six=first_six),
        "data": {"cardWithoutCvv": card.shown(first_six=first_six)},
    }
    return {"paymentProductId": card.product, "card": block}


def keep_of(desk: Desk, payment: Payment, now: int, alias: str = "") -> tuple[str, bool]:
    """The token of what a payment was made with, and whether it is new."""
    if payment.vault is not None:
        card = Card(**payment.vault)  # type: ignore[arg-type]
        return keep_card(desk, payment.merchant_id, card, now, payment_id=payment.payment_id, alias=alias)
    assert payment.account is not None
    account = Account(**payment.account)  # type: ignore[arg-type]
    return keep_account(desk, payment.merchant_id, account, now, payment_id=payment.payment_id, alias=alias)


def keep_account(
    desk: Desk, merchant_id: str, account: Account, now: int, *, payment_id: str = "", alias: str = ""
) -> tuple[str, bool]:
    """The token of an American account that a payment was made from, as `keep_card` for cards."""
    reference = account_reference(ACH, account)
    known = same(desk, merchant_id, reference, now)
    if known is not None:
        return known.id, False
    bban = {"accountHolderName": account.holder, "accountNumber": account.masked, "bankCode": account.code}
    block: Json = {
        "alias": alias or account.masked,
        "mandate": {"paymentProduct730SpecificData": {"bankAccountBban": bban}},
    }
    shown: Json = {"paymentProductId": ACH, **_origin(payment_id), "nonSepaDirectDebit": block}
    return book.add(desk, merchant_id, shown, {"account": asdict(account)}, now, reference=reference), True


def account_reference(product: int, account: Account) -> str:
    """What an account's tokens are found by."""
    return f"{product} {account.digest}"


def _origin(payment_id: str) -> Json:
    return {"originalPaymentId": payment_id} if payment_id else {}
