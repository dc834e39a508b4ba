"""What stands behind a token: the card or the account, found by the token or by being the same one again."""

import uuid
from dataclasses import asdict

from simulator.kernel import announcements, documents
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.payments import cards
from simulator.payments.cards import Card

KIND = "token"


def card_of(desk: Desk, merchant_id: str, token: str) -> Card | None:
    """The card behind a token of this merchant; None when there is no such token or it was deleted."""
    document = documents.load(desk.books, KIND, merchant_id, token)
    if document is None:
        return cards.of_token(token)
    card = document.content.get("vault")
    if not isinstance(card, dict) or document.content.get("deleted_at"):
        return None
    return Card(**card)


def keep_card(desk: Desk, merchant_id: str, card: Card, now: int, *, payment_id: str = "") -> tuple[str, bool]:
    """The token of a card and whether it is new: the same card has the same token and leaves it as it is."""
    for found in documents.search(desk.books, KIND, merchant_id=merchant_id, reference=card.digest):
        if not found.content.get("deleted_at"):
            return found.id, False
    content: Json = {"paymentProductId": card.product, "vault": asdict(card), "original_payment_id": payment_id}
    return keep(desk, merchant_id, content, now, reference=card.digest), True


def keep(desk: Desk, merchant_id: str, content: Json, now: int, *, reference: str) -> str:
    """Write a new token and plan the telling of it."""
    document = Document(
        kind=KIND,
        id=str(uuid.uuid4()),
        merchant_id=merchant_id,
        content={**content, "changes": [{"at": now, "type": "created"}]},
        created_at=now,
        reference=reference,
    )
    documents.insert(desk.books, document)
    announcements.plan(desk.books, announcements.TOKEN, merchant_id, document.id, [now])
    return document.id
