"""Payouts in the books: their ids, their life over time, the telling of it."""

from dataclasses import replace

from simulator.kernel import announcements, documents, histories
from simulator.kernel.calls import Json
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment

KIND = "payout"

PENDING_APPROVAL = "PENDING_APPROVAL"
REJECTED = "REJECTED"
PAYOUT_REQUESTED = "PAYOUT_REQUESTED"
ACCOUNT_CREDITED = "ACCOUNT_CREDITED"
REJECTED_CREDIT = "REJECTED_CREDIT"
CANCELLED = "CANCELLED"

# A payment's order number begins with 1: the simulator would have to make four thousand million of them to meet one.
_FIRST_ORDER = 5_000_000_000


def payout_id(merchant_id: str, number: int) -> str:
    """The same thirty digits as a payment's: merchant, order, effort, attempt."""
    return f"{merchant_id:0>10}{_FIRST_ORDER + number}0000100001"


def place(desk: Desk, merchant_id: str, content: Json, now: int) -> Document:
    """Write a new payout: declined, waiting for approval, or on its way. `content` is what `reading` found."""
    if content["declined"]:
        first = [Moment(at=now, status=REJECTED)]
    elif desk.merchant(merchant_id).payouts_require_approval:
        first = [Moment(at=now, status=PENDING_APPROVAL)]
    else:
        first = on_its_way(desk, content, now)
    number = documents.count(desk.books, KIND) + 1
    reference = content["merchant_reference"]
    document = Document(
        kind=KIND,
        id=payout_id(merchant_id, number),
        merchant_id=merchant_id,
        content=content,
        created_at=now,
        reference=reference if isinstance(reference, str) else None,
    )
    document = documents.insert(desk.books, histories.begun(document, first))
    _announce(desk, document)
    return document


def on_its_way(desk: Desk, content: Json, now: int) -> list[Moment]:
    """Asked now, and sent after the delay, or on the payout date where that is later."""
    not_before = content["not_before"]
    assert isinstance(not_before, int)
    sent_at = max(now + microseconds(desk.settings.payout_delay_seconds), not_before)
    end = REJECTED_CREDIT if content["fails"] else ACCOUNT_CREDITED
    return [Moment(at=now, status=PAYOUT_REQUESTED), Moment(at=sent_at, status=end)]


def went_on(desk: Desk, document: Document, now: int, *ahead: Moment, **changed: object) -> Document:
    """Write what was asked of a payout at `now`, and what it leads to."""
    document = replace(document, content={**document.content, **changed})
    document = histories.went_on(document, now, ahead)
    documents.save(desk.books, document)
    _announce(desk, document)
    return document


def _announce(desk: Desk, document: Document) -> None:
    times = [at for at, _ in histories.changes(document)]
    announcements.plan(desk.books, announcements.PAYOUT, document.merchant_id, document.id, times)
