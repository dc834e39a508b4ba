"""Where events come from: for each kind of object its changes in time, and the object as it was at each of them.

A kind is added by one line in `SOURCES`; who keeps the objects plans their telling (`kernel.announcements`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.disputes import bodies as disputes
from simulator.kernel import announcements, documents, histories
from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.payments import bodies, ids, records, timeline
from simulator.payments.life import Life, Moment
from simulator.payments.records import Payment
from simulator.payouts import bodies as payouts
from simulator.tokens import book


@dataclass(frozen=True, kw_only=True)
class Told:
    """An object's changes (time and the last word of the event's type), and how it is shown at one of them."""

    changes: list[tuple[int, str]]
    shown: Callable[[int], Json]
    reference: str | None


Source = Callable[[Desk, str, str], Told]


def payment(desk: Desk, merchant_id: str, payment_id: str) -> Told:
    """A payment's changes of status."""
    found = _load(desk, merchant_id, payment_id)
    moments = timeline.unfold(found).moments

    def shown(place: int) -> Json:
        at = moments[place].at
        then = _then(found, at)
        return bodies.payment_body(then, at, life=timeline.told_by(then, lambda life: life.moments, place, at))

    return Told(changes=_changes(moments), shown=shown, reference=found.merchant_reference)


def refund(desk: Desk, merchant_id: str, refund_id: str) -> Told:
    """A refund's changes of status; found again by its payment's reference."""
    found = _load(desk, merchant_id, ids.payment_of(refund_id))
    part = ids.refund_place(refund_id)
    moments = timeline.unfold(found).refunds[part].moments

    def shown(place: int) -> Json:
        at = moments[place].at
        then = _then(found, at)
        return bodies.refund_body(then, timeline.told_by(then, own, place, at).refunds[part])

    def own(life: Life) -> list[Moment]:
        return life.refunds[part].moments if part in life.refunds else []

    return Told(changes=_changes(moments), shown=shown, reference=found.merchant_reference)


def token(desk: Desk, merchant_id: str, token_id: str) -> Told:
    """What was done to a token, and the end of its card."""
    found = documents.load(desk.books, book.KIND, merchant_id, token_id)
    assert found is not None
    return Told(changes=book.changes(found), shown=lambda place: book.event_body(found, place), reference=None)


def document(kind: str, event_body: Callable[[Document, int], Json]) -> Source:
    """An object with a history; found again by the reference of its own or of what it is about."""

    def source(desk: Desk, merchant_id: str, document_id: str) -> Told:
        found = documents.load(desk.books, kind, merchant_id, document_id)
        assert found is not None
        reference = found.content["merchant_reference"]
        return Told(
            changes=histories.changes(found),
            shown=lambda place: event_body(found, place),
            reference=reference if isinstance(reference, str) else None,
        )

    return source


SOURCES: dict[str, Source] = {
    announcements.PAYMENT: payment,
    announcements.REFUND: refund,
    announcements.PAYOUT: document(announcements.PAYOUT, payouts.event_body),
    announcements.DISPUTE: document(announcements.DISPUTE, disputes.event_body),
    announcements.TOKEN: token,
}


def _load(desk: Desk, merchant_id: str, payment_id: str) -> Payment:
    found = records.load(desk.books, merchant_id, payment_id)
    assert found is not None
    return found


def _changes(moments: list[Moment]) -> list[tuple[int, str]]:
    return [(moment.at, moment.status.lower()) for moment in moments]


def _then(found: Payment, at: int) -> Payment:
    then = timeline.as_of(found, at)
    assert then is not None
    return then
