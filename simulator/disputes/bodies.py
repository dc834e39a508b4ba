"""A dispute as Connect's JSON, and as an event."""

from dataclasses import dataclass

from simulator.disputes import records as r
from simulator.kernel import histories
from simulator.kernel.calls import Json
from simulator.kernel.clock import stamp
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment

changes = histories.changes


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What stands beside a status. No source tells categories or codes of disputes: no logic may rest on them."""

    category: str
    code: int
    response: str = ""


STATUSES = {
    r.DRAFT: Facts(category="CREATED", code=0),
    r.CREATED: Facts(category="PENDING_CONNECT_OR_3RD_PARTY", code=800),
    r.INVALID_REPRESENTMENT: Facts(category="PENDING_MERCHANT", code=600, response="Evidence is missing."),
    r.SEND_TO_BANK: Facts(category="PENDING_CONNECT_OR_3RD_PARTY", code=900),
    r.SUCCESS: Facts(category="COMPLETED", code=1000, response="The chargeback was reversed."),
    r.EXPIRED: Facts(category="UNSUCCESSFUL", code=1100, response="The dispute has expired."),
    r.CANCELLED: Facts(category="UNSUCCESSFUL", code=99999),
}


def dispute_body(document: Document, now: int) -> Json:
    """A dispute as GET shows it, at the time `now`."""
    return _body(document, histories.state_at(document, now), now)


def event_body(document: Document, place: int) -> Json:
    """The dispute as it was at one of its changes."""
    moment = histories.moments(document)[place]
    return _body(document, moment, moment.at)


def _body(document: Document, state: Moment, now: int) -> Json:
    content, facts = document.content, STATUSES[state.status]
    body: Json = {
        "id": document.id,
        "paymentId": document.reference,
        "status": state.status,
        "statusOutput": {
            "isCancellable": state.status in r.EDITABLE,
            "statusCategory": facts.category,
            "statusCode": facts.code,
            "statusCodeChangeDateTime": stamp(state.at),
        },
        "disputeOutput": _output(document, facts, now),
    }
    if content["capture_id"]:
        body["captureId"] = content["capture_id"]
    return body


def _output(document: Document, facts: Facts, now: int) -> Json:
    content = document.content
    output: Json = {
        "amountOfMoney": {"amount": content["amount"], "currencyCode": content["currency"]},
        "creationDetails": {
            "disputeCreationDate": stamp(document.created_at),
            "disputeOriginator": "MERCHANT",
            "userName": "API",
        },
        "files": _files(document, now),
        "reference": _reference(document),
    }
    said = ("contactPerson", "emailAddress", "replyTo", "requestMessage")
    output |= {name: content[name] for name in said if content[name] is not None}
    if facts.response:
        output["responseMessage"] = facts.response
    return output


def _files(document: Document, now: int) -> list[Json]:
    files = document.content["files"]
    assert isinstance(files, list)
    return [{name: value for name, value in file.items() if name != "at"} for file in files if file["at"] <= now]


def _reference(document: Document) -> Json:
    content = document.content
    reference: Json = {"paymentReference": "0"}
    if content["merchant_reference"] is not None:
        reference["merchantReference"] = content["merchant_reference"]
    if content["merchant_order_id"] is not None:
        reference["merchantOrderId"] = str(content["merchant_order_id"])
    return reference
