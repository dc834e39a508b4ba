"""Tokens in the books: what they show, each change of it, and what is to be told of them.

A token's content holds its versions (the answer to GET from a time on), its changes, and the card or account behind it.
"""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from simulator.kernel import announcements, documents
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.payments import days

KIND = "token"
CREATED, UPDATED, DELETED, EXPIRING_SOON, EXPIRED = "created", "updated", "deleted", "expiring_soon", "expired"


def add(desk: Desk, merchant_id: str, shown: Json, behind: Mapping[str, object], now: int, *, reference: str) -> str:
    """Write a new token; `behind` is the card under `vault` or the bank account under `account`."""
    content: Json = {
        **behind,
        "versions": [{"at": now, "shown": shown}],
        "changes": [{"at": now, "type": CREATED}, *_planned(shown, now)],
    }
    document = Document(
        kind=KIND,
        id=str(uuid.uuid4()),
        merchant_id=merchant_id,
        content=content,
        created_at=now,
        reference=reference,
    )
    documents.insert(desk.books, document)
    _announce(desk, document)
    return document.id


def change(desk: Desk, document: Document, shown: Json, behind: Mapping[str, object], now: int) -> None:
    """From now on it shows something else."""
    content: Json = {
        **document.content,
        **behind,
        "versions": [*_list(document, "versions"), {"at": now, "shown": shown}],
        "changes": [*_past(document, now), {"at": now, "type": UPDATED}, *_planned(shown, now)],
    }
    _save(desk, replace(document, content=content))


def remove(desk: Desk, document: Document, now: int) -> None:
    """Forget the card or account behind it; what it showed stays for the events that are still to be told."""
    content = {name: value for name, value in document.content.items() if name not in {"vault", "account"}}
    changed = [*_past(document, now), {"at": now, "type": DELETED}]
    _save(desk, replace(document, content={**content, "changes": changed, "deleted_at": now}))


def is_deleted(document: Document, now: int) -> bool:
    """Whether it was deleted by then."""
    deleted_at = document.content.get("deleted_at")
    return isinstance(deleted_at, int) and deleted_at <= now


def shown_at(document: Document, now: int) -> Json | None:
    """What GET shows at a time, None before the token existed."""
    found: Json | None = None
    for version in _list(document, "versions"):
        at, shown = version["at"], version["shown"]
        assert isinstance(at, int)
        assert isinstance(shown, dict)
        if at <= now:
            found = {"id": document.id, **shown}
    return found


def changes(document: Document) -> list[tuple[int, str]]:
    """All events of a token by time, those of its card's expiry included: when, and the last word of their type."""
    return [(_at(change), str(change["type"])) for change in _list(document, "changes")]


def event_body(document: Document, place: int) -> Json:
    """The `token` of an event: as it was then; of a deleted one its id alone."""
    at, kind = changes(document)[place]
    shown = shown_at(document, at)
    return {"id": document.id} if kind == DELETED or shown is None else shown


def is_approved(shown: Json) -> bool:
    """Whether a SEPA token's mandate is signed."""
    block = shown.get("sepaDirectDebit")
    mandate = block.get("mandate") if isinstance(block, dict) else None
    approval = mandate.get("mandateApproval") if isinstance(mandate, dict) else None
    return isinstance(approval, dict) and approval.get("mandateSigned") is True


def _planned(shown: Json, now: int) -> list[Json]:
    """A card is told of when the month before its last one begins, and when the last one is over."""
    block = shown.get("card")
    data = block.get("data") if isinstance(block, dict) else None
    card = data.get("cardWithoutCvv") if isinstance(data, dict) else None
    if not isinstance(card, dict):
        return []
    month, year = int(card["expiryDate"][:2]), 2000 + int(card["expiryDate"][2:])
    soon, over = days.month_begins(year, month, -1), days.month_begins(year, month, 1)
    return [{"at": at, "type": kind} for at, kind in ((soon, EXPIRING_SOON), (over, EXPIRED)) if at > now]


def _past(document: Document, now: int) -> list[Json]:
    return [change for change in _list(document, "changes") if _at(change) <= now]


def _at(change: Json) -> int:
    at = change["at"]
    assert isinstance(at, int)
    return at


def _list(document: Document, name: str) -> list[Json]:
    found = document.content[name]
    assert isinstance(found, list)
    return found


def _save(desk: Desk, document: Document) -> None:
    documents.save(desk.books, document)
    _announce(desk, document)


def _announce(desk: Desk, document: Document) -> None:
    times = [at for at, _ in changes(document)]
    announcements.plan(desk.books, announcements.TOKEN, document.merchant_id, document.id, times)
