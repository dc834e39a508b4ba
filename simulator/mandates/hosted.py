"""Hosted mandate management: the customer gives the account, and the mandate, on a page of the platform."""

import uuid
from dataclasses import replace

from simulator.front import addresses
from simulator.front.reader import Reader
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, Json, answer
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.mandates import book, calls, reading
from simulator.payments import aliases
from simulator.payments.context import Context

KIND = "hosted mandate"
INFO, SPECIFIC = "createMandateInfo", "hostedMandateManagementSpecificInput"
IN_PROGRESS, MANDATE_CREATED, FAILED, CANCELLED = "IN_PROGRESS", "MANDATE_CREATED", "FAILED", "CANCELLED_BY_CONSUMER"


def create(desk: Desk, call: Call) -> Answer:
    """POST /hostedmandatemanagements: 201 with the address of the page, without its protocol as for checkouts."""
    reader = Reader(call.fields)
    reading.read_terms(reader, f"{INFO}.")
    aliases.read(reader, f"{INFO}.alias")
    return_url = reader.return_url(f"{SPECIFIC}.returnUrl", required=True)
    reader.text(f"{SPECIFIC}.locale", "[a-z]{2}_[A-Z]{2}")
    reader.raise_if_wrong()
    info = call.fields[INFO]
    assert isinstance(info, dict)
    document = documents.insert(
        desk.books,
        Document(
            kind=KIND,
            id=f"{call.merchant_id}-{uuid.uuid4().hex}",
            merchant_id=call.merchant_id,
            content={
                # The customer types name and account on the page: those in the request would be kept for nothing.
                "info": {name: value for name, value in info.items() if name != "customer"},
                "return_url": return_url,
                "returnmac": str(uuid.uuid4()),
                "expires_at": call.at + microseconds(desk.settings.session_seconds),
            },
            created_at=call.at,
        ),
    )
    mac = document.content["returnmac"]
    body: Json = {
        "hostedMandateManagementId": document.id,
        "RETURNMAC": mac,
        "partialRedirectUrl": addresses.partial(call.base_url, f"/pages/mandatemanagement/{document.id}?mac={mac}"),
    }
    return answer(201, body)


def get(desk: Desk, call: Call) -> Answer:
    """GET /hostedmandatemanagements/{id}: how far the customer is, and the mandate once there is one."""
    document = documents.load(desk.books, KIND, call.merchant_id, call.params["hostedMandateManagementId"])
    if document is None or document.created_at > call.as_of:
        raise errors.unknown("HOSTED_MANDATE_MANAGEMENT", "hostedMandateManagementId")
    mandate = mandate_of(desk, document)
    status = status_at(document, call.as_of)
    if status == MANDATE_CREATED and mandate is not None:
        return answer(200, {"status": status, "mandate": book.body(mandate, call.as_of)})
    return answer(200, {"status": status})


def status_at(document: Document, now: int) -> str:
    """How far it is; a session that nobody used in its time has failed."""
    ended_at, status = document.content.get("ended_at"), document.content.get("status")
    if isinstance(ended_at, int) and ended_at <= now:
        return str(status)
    expires_at = document.content["expires_at"]
    assert isinstance(expires_at, int)
    return FAILED if now >= expires_at else IN_PROGRESS


def mandate_of(desk: Desk, document: Document) -> Document | None:
    """The mandate that came of it."""
    mandate_id = document.content.get("mandate_id")
    return book.by_id(desk, mandate_id) if isinstance(mandate_id, str) else None


def finish(desk: Desk, document: Document, customer: Json, context: Context) -> Document:
    """The customer has given name, address and account: the mandate is made. Raises Refusal for what is wrong."""
    if status_at(document, context.now) != IN_PROGRESS:
        raise errors.not_pending()
    info = document.content["info"]
    assert isinstance(info, dict)
    reader = Reader({**info, "customer": customer, "returnUrl": document.content["return_url"]})
    mandate = reading.read(reader, "", context)
    reader.raise_if_wrong()
    assert mandate is not None
    mandate = calls.insert(desk, mandate)
    _end(desk, document, MANDATE_CREATED, context.now, mandate.id)
    return mandate


def cancel(desk: Desk, document: Document, now: int) -> None:
    """The customer has left without a mandate; after the end nothing changes."""
    if status_at(document, now) == IN_PROGRESS:
        _end(desk, document, CANCELLED, now)


def _end(desk: Desk, document: Document, status: str, now: int, mandate_id: str | None = None) -> None:
    content = {**document.content, "status": status, "ended_at": now, "mandate_id": mandate_id}
    documents.save(desk.books, replace(document, content=content, reference=mandate_id))
