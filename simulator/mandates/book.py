"""Mandates in the books: their status as a function of time, and what payments and customers do to it.

created ── SMS ────> CREATED ── signed ──> ACTIVE <── unblock ── block ──> BLOCKED
   └─ unsigned ───────────────────────────────^
ACTIVE ── a payment of a UNIQUE one ──> USED     ACTIVE, BLOCKED ── 36 months unused ──> EXPIRED
CREATED, ACTIVE, BLOCKED ── revoke ──> REVOKED
"""

from dataclasses import dataclass, replace

from simulator.kernel import documents
from simulator.kernel.calls import Json
from simulator.kernel.clock import PLATFORM_ZONE, moment
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.payments import days
from simulator.payments.accounts import Account

KIND = "mandate"
CREATED, ACTIVE, BLOCKED, REVOKED, USED, EXPIRED = "CREATED", "ACTIVE", "BLOCKED", "REVOKED", "USED", "EXPIRED"
UNIQUE, RECURRING = "UNIQUE", "RECURRING"
UNUSED_MONTHS = 36  # the SEPA rulebooks: a mandate that was not used for 36 months is void


@dataclass(frozen=True, kw_only=True)
class Transition:
    """Where a call leads, and from where it may start."""

    to: str
    origins: frozenset[str]


BLOCK = Transition(to=BLOCKED, origins=frozenset({ACTIVE}))
UNBLOCK = Transition(to=ACTIVE, origins=frozenset({BLOCKED}))
REVOKE = Transition(to=REVOKED, origins=frozenset({CREATED, ACTIVE, BLOCKED}))


def load(desk: Desk, merchant_id: str, reference: str) -> Document | None:
    """A merchant's mandate by its reference."""
    return documents.load(desk.books, KIND, merchant_id, f"{merchant_id}-{reference}")


def by_id(desk: Desk, document_id: str) -> Document | None:
    """Any merchant's mandate: its id in the books begins with the merchant's."""
    return documents.load(desk.books, KIND, document_id.partition("-")[0], document_id)


def status_at(document: Document, now: int) -> str | None:
    """The status at a time, None before the mandate existed."""
    status, since = None, 0
    for at, changed in _changes(document):
        if at <= now:
            status, since = changed, at
    if status in {ACTIVE, BLOCKED} and now >= _expires_at(document, now, since):
        return EXPIRED
    return status


def account_of(document: Document) -> Account:
    """The account that is collected from."""
    account = document.content["account"]
    assert isinstance(account, dict)
    return Account(**account)


def body(document: Document, now: int) -> Json:
    """A mandate as every answer shows it, the account masked."""
    return {**_shown(document), "status": status_at(document, now)}


def reference_of(document: Document) -> str:
    """The mandate's reference."""
    return str(_shown(document)["uniqueMandateReference"])


def is_signed_by_sms(document: Document) -> bool:
    """Whether the customer is sent to a page to sign it."""
    return document.content["signature_type"] == "SMS"


def page_url(document: Document) -> str:
    """The page on which the customer signs."""
    return f"{document.content['page']}/{document.id}?mac={document.content['returnmac']}"


def move(desk: Desk, document: Document, status: str, now: int) -> Document:
    """Give it a status from now on."""
    changed = [*_changes(document), (now, status)]
    return _save(desk, replace(document, content={**document.content, "changes": changed}))


def sign(desk: Desk, document: Document, now: int) -> Document:
    """The customer has signed it; what is signed or revoked already stays as it is."""
    return move(desk, document, ACTIVE, now) if status_at(document, now) == CREATED else document


def use(desk: Desk, document: Document, now: int) -> Document:
    """A payment collects by it: a UNIQUE one is used up."""
    uses = document.content["uses"]
    assert isinstance(uses, list)
    used = _save(desk, replace(document, content={**document.content, "uses": [*uses, now]}))
    return move(desk, used, USED, now) if _shown(used)["recurrenceType"] == UNIQUE else used


def _save(desk: Desk, document: Document) -> Document:
    documents.save(desk.books, document)
    return document


def _expires_at(document: Document, now: int, since: int) -> int:
    """Blocking and unblocking is no use, but signing begins the time."""
    uses = document.content["uses"]
    assert isinstance(uses, list)
    signed = [at for at, status in _changes(document) if status == ACTIVE and at <= now]
    last: int = max([signed[0] if signed else since, *(at for at in uses if at <= now)])
    begun = moment(last).astimezone(PLATFORM_ZONE)
    return days.month_begins(begun.year, begun.month, UNUSED_MONTHS) + last - days.month_begins(begun.year, begun.month)


def _shown(document: Document) -> Json:
    shown = document.content["shown"]
    assert isinstance(shown, dict)
    return shown


def _changes(document: Document) -> list[tuple[int, str]]:
    changes = document.content["changes"]
    assert isinstance(changes, list)
    return [(at, status) for at, status in changes]
