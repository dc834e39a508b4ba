"""Payments that need something more from the merchant or from a third party: complete, and how far the third is."""

from simulator.front.reader import Reader
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.payments import bodies, cards, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.changes import capture_if_due, existing, take
from simulator.payments.records import Step

CARD = "cardPaymentMethodSpecificInput.card"
CHALLENGE = "challenge"
"""The kind of document that tells of a code that a customer has tried."""


def complete(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/complete: the merchant hands in what was missing; the payment goes on."""
    payment = existing(desk, call)
    if timeline.state_at(payment, call.at).status != s.PENDING_COMPLETION:
        raise errors.not_pending()
    reader = Reader(call.fields)
    if reader.value(CARD) is not None:
        cards.read(reader, CARD, call.at, verification=False)
    reader.raise_if_wrong()
    payment = capture_if_due(desk, take(desk, payment, Step(kind=r.COMPLETE, at=call.at)), call.at)
    return answer(200, bodies.created_body(payment, call.at))


def third_party_status(desk: Desk, call: Call) -> Answer:
    """GET /payments/{id}/thirdpartystatus: what the customer still does elsewhere; the rest is COMPLETED."""
    payment = existing(desk, call)
    status = timeline.state_at(payment, call.as_of).status
    if status == s.REDIRECTED:
        tried = documents.load(desk.books, CHALLENGE, payment.merchant_id, payment.payment_id)
        begun = tried is not None and tried.created_at <= call.as_of
        return answer(200, {"thirdPartyStatus": "INITIALIZED" if begun else "WAITING"})
    under_way = status in {s.PENDING_FRAUD_APPROVAL, s.PENDING_COMPLETION}
    return answer(200, {"thirdPartyStatus": "AUTHORIZED" if under_way else "COMPLETED"})
