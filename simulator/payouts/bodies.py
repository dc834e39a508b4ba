"""A payout as Connect's JSON, as an event, and as a line of the books."""

from dataclasses import dataclass

from simulator.kernel import documents, errors, histories
from simulator.kernel.calls import Json
from simulator.kernel.clock import iso, stamp
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment
from simulator.payments import trigger_tables
from simulator.payouts import records as r

changes = histories.changes


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands beside a status. Categories: SDK, OrderStatusOutput. No logic may rest on a code."""

    category: str
    code: int
    cancellable: bool = False


STATUSES = {
    r.PENDING_APPROVAL: Facts(category="PENDING_MERCHANT", code=600, cancellable=True),
    r.REJECTED: Facts(category="UNSUCCESSFUL", code=100),
    r.PAYOUT_REQUESTED: Facts(category="PENDING_CONNECT_OR_3RD_PARTY", code=800, cancellable=True),
    r.ACCOUNT_CREDITED: Facts(category="COMPLETED", code=2000),
    r.REJECTED_CREDIT: Facts(category="UNSUCCESSFUL", code=2100),
    r.CANCELLED: Facts(category="UNSUCCESSFUL", code=99999),
}


def payout_body(document: Document, now: int) -> Json:
    """A payout as GET shows it, at the time `now`."""
    return _body(document, histories.state_at(document, now))


def event_body(document: Document, place: int) -> Json:
    """The payout as it was at one of its changes."""
    return _body(document, histories.moments(document)[place])


def _body(document: Document, state: Moment) -> Json:
    content, facts = document.content, STATUSES[state.status]
    status: Json = {
        "isCancellable": facts.cancellable,
        "isRetriable": False,
        "statusCategory": facts.category,
        "statusCode": facts.code,
        "statusCodeChangeDateTime": stamp(state.at),
    }
    if state.status in {r.REJECTED, r.REJECTED_CREDIT}:
        status["errors"] = [refusal_error(document)]
    references: Json = {"paymentReference": document.id}
    names = {"merchantReference": "merchant_reference", "merchantOrderId": "merchant_order_id"}
    references |= {name: content[field] for name, field in names.items() if content[field] is not None}
    return {
        "id": document.id,
        "payoutOutput": {
            "amountOfMoney": {"amount": content["amount"], "currencyCode": content["currency"]},
            "references": references,
        },
        "status": state.status,
        "statusOutput": status,
    }


def refusal_error(document: Document) -> Json:
    """Why a payout is declined at once, or refused by the customer's bank."""
    code = str(document.content["declined"]) or "430330"
    message, _ = trigger_tables.DECLINES[code]
    return errors.api_error(code, message, 402, category=errors.PAYMENT)


def lines(desk: Desk, now: int, *, reference_prefix: str) -> list[Json]:
    """All payouts whose merchantReference begins like this, also those without one where nothing is asked for."""
    found = documents.search(desk.books, r.KIND)
    return [_line(document, now) for document in found if (document.reference or "").startswith(reference_prefix)]


def _line(document: Document, now: int) -> Json:
    """One payout in the books: amounts are cumulative, as a payment's are."""
    content, state = document.content, histories.state_at(document, now)
    past = {moment.status for moment in histories.moments(document) if moment.at <= now}
    return {
        "payout_id": document.id,
        "merchant_id": document.merchant_id,
        "merchant_reference": content["merchant_reference"],
        "merchant_order_id": content["merchant_order_id"],
        "currency": content["currency"],
        "status": state.status,
        "requested": content["amount"] if r.PAYOUT_REQUESTED in past else 0,
        "credited": content["amount"] if r.ACCOUNT_CREDITED in past else 0,
        "created_at": iso(document.created_at),
    }
