"""Disputes in the books: their life over time, what of a chargeback may be disputed, the telling of it.

A dispute is a draft until it is submitted. With evidence it is sent to the bank a day later, and ten days after that
the bank has given the money back or has let the dispute expire; without evidence it comes back to the merchant.
"""

from dataclasses import replace

from simulator.kernel import announcements, documents, histories
from simulator.kernel.calls import Json
from simulator.kernel.clock import DAY
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment
from simulator.payments import changes, ids, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.life import Part
from simulator.payments.records import Payment, Step

KIND = "dispute"

DRAFT = "DRAFT"
CREATED = "CREATED"
INVALID_REPRESENTMENT = "INVALID_REPRESENTMENT"
SEND_TO_BANK = "SEND_TO_BANK"
SUCCESS = "SUCCESS"
EXPIRED = "EXPIRED"
CANCELLED = "CANCELLED"

OPEN = frozenset({DRAFT, CREATED, INVALID_REPRESENTMENT, SEND_TO_BANK})
EDITABLE = frozenset({DRAFT, INVALID_REPRESENTMENT})

CHECKED_AFTER = DAY  # from the submission until somebody has looked at the evidence
DECIDED_AFTER = 10 * DAY  # from there until the bank has decided
SUBMITTED_WITHIN = 30 * DAY  # of its creation, or it expires

# A request message with this word in it meets a bank that does not answer.
UNANSWERED = "unanswered"

_FIRST_DISPUTE = 7_000_000_000


def place(desk: Desk, payment: Payment, content: Json, now: int) -> Document:
    """Write a new draft. `content` is what the request says; it is found again by its payment."""
    number = documents.count(desk.books, KIND) + 1
    document = Document(
        kind=KIND,
        id=f"{payment.merchant_id:0>10}{_FIRST_DISPUTE + number}",
        merchant_id=payment.merchant_id,
        content={**content, "merchant_reference": payment.merchant_reference, "files": []},
        created_at=now,
        reference=payment.payment_id,
    )
    first = [Moment(at=now, status=DRAFT), Moment(at=now + SUBMITTED_WITHIN, status=EXPIRED)]
    document = documents.insert(desk.books, histories.begun(document, first))
    _announce(desk, document)
    return document


def submitted(desk: Desk, document: Document, payment: Payment, now: int) -> Document:
    """Fix what will become of it; a chargeback that will be won is already a step of the payment."""
    checked_at = now + CHECKED_AFTER
    ahead = [Moment(at=now, status=CREATED)]
    if not document.content["files"]:
        expires_at = max(checked_at, document.created_at + SUBMITTED_WITHIN)
        ahead += [Moment(at=checked_at, status=INVALID_REPRESENTMENT), Moment(at=expires_at, status=EXPIRED)]
        return went_on(desk, document, now, *ahead)
    wins = UNANSWERED not in str(document.content["requestMessage"])
    decided_at = checked_at + DECIDED_AFTER
    ahead += [
        Moment(at=checked_at, status=SEND_TO_BANK),
        Moment(at=decided_at, status=SUCCESS if wins else EXPIRED),
    ]
    if wins:
        amount = document.content["amount"]
        assert isinstance(amount, int)
        changes.take(desk, payment, Step(kind=r.CHARGEBACK_WON, at=now, amount=amount, collected_at=decided_at))
    return went_on(desk, document, now, *ahead)


def went_on(desk: Desk, document: Document, now: int, *ahead: Moment) -> Document:
    """Write what was asked of a dispute at `now`, and what it leads to."""
    document = histories.went_on(document, now, ahead)
    documents.save(desk.books, document)
    _announce(desk, document)
    return document


def with_file(desk: Desk, document: Document, file: Json) -> Document:
    """Write that a file belongs to it."""
    files = document.content["files"]
    assert isinstance(files, list)
    document = replace(document, content={**document.content, "files": [*files, file]})
    documents.save(desk.books, document)
    return document


def of_payment(desk: Desk, payment: Payment) -> list[Document]:
    """All disputes of a payment and of its captures, oldest first."""
    return documents.search(desk.books, KIND, merchant_id=payment.merchant_id, reference=payment.payment_id)


def disputable(desk: Desk, payment: Payment, capture: Part | None, now: int) -> int:
    """What of the money that was taken back, or is about to be, is not in dispute yet."""
    life = timeline.unfold(payment, now)
    if life.status == s.CHARGEBACKED:
        amount = life.totals.charged_back - life.totals.won_back
    elif life.status == s.CHARGEBACK_NOTIFICATION:
        amount = life.chargeable_amount
    else:
        return 0
    waiting = [each for each in of_payment(desk, payment) if histories.state_at(each, now).status in OPEN]
    rest = amount - sum(_amount(each) for each in waiting)
    if capture is None:
        return rest
    capture_id = ids.capture_id(payment.payment_id, capture.place)
    own = sum(_amount(each) for each in waiting if each.content["capture_id"] == capture_id)
    return min(rest, capture.amount - own)


def _amount(document: Document) -> int:
    amount = document.content["amount"]
    assert isinstance(amount, int)
    return amount


def _announce(desk: Desk, document: Document) -> None:
    times = [at for at, _ in histories.changes(document)]
    announcements.plan(desk.books, announcements.DISPUTE, document.merchant_id, document.id, times)
