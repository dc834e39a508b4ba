"""The calls on mandates: create with a reference or without, get, block, unblock, revoke."""

import re
from collections.abc import Callable

from simulator.front.reader import Reader
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, Json, answer
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.mandates import book, reading
from simulator.mandates.book import Transition
from simulator.payments.context import Context

PARAMETER = "uniqueMandateReference"


def create(desk: Desk, call: Call) -> Answer:
    """POST /mandates: 201, with the page for the customer's signature where one is asked for."""
    return _create(desk, call, call.fields)


def create_with_reference(desk: Desk, call: Call) -> Answer:
    """PUT /mandates/{reference}: the same under a reference of the merchant's."""
    reference = call.params[PARAMETER]
    if call.fields.get(PARAMETER, reference) != reference or re.fullmatch(reading.REFERENCE, reference) is None:
        raise errors.refuse(400, errors.invalid_value(PARAMETER, "VALUE IS NOT A REFERENCE, OR NOT THAT OF THE PATH"))
    return _create(desk, call, {**call.fields, PARAMETER: reference})


def _create(desk: Desk, call: Call, content: Json) -> Answer:
    context = Context(merchant_id=call.merchant_id, now=call.at, base_url=call.base_url)
    reader = Reader(content)
    document = reading.read(reader, "", context)
    reader.raise_if_wrong()
    assert document is not None
    insert(desk, document)
    location = f"{call.base_url}/v1/{call.merchant_id}/mandates/{book.reference_of(document)}"
    return answer(201, created_body(document, call.at), headers={"Location": location})


def insert(desk: Desk, document: Document) -> Document:
    """Write a new mandate. Raises Refusal for a reference that exists, whatever became of it."""
    refuse_duplicate(desk, document)
    return documents.insert(desk.books, document)


def refuse_duplicate(desk: Desk, document: Document, path: str = "") -> None:
    """409, as for a payment's reference that exists."""
    if documents.load(desk.books, book.KIND, document.merchant_id, document.id) is not None:
        told = errors.api_error(
            "300620", "MANDATEREFERENCE ALREADY EXISTS", 409, property_name=f"{path}uniqueMandateReference"
        )
        raise errors.refuse(409, told)


def created_body(document: Document, now: int) -> Json:
    """The answer to create: the mandate, and where its customer is to be sent."""
    shown: Json = {"mandate": book.body(document, now)}
    if book.is_signed_by_sms(document):
        redirect: Json = {"redirectURL": book.page_url(document), "RETURNMAC": document.content["returnmac"]}
        shown["merchantAction"] = {"actionType": "REDIRECT", "redirectData": redirect}
    return shown


def get(desk: Desk, call: Call) -> Answer:
    """GET /mandates/{reference}."""
    return answer(200, {"mandate": book.body(_existing(desk, call, call.as_of), call.as_of)})


def moving(transition: Transition) -> Callable[[Desk, Call], Answer]:
    """POST /mandates/{reference}/block, /unblock or /revoke: 200 with the mandate."""

    def handle(desk: Desk, call: Call) -> Answer:
        document = _existing(desk, call, call.at)
        if book.status_at(document, call.at) not in transition.origins:
            raise errors.not_pending()
        document = book.move(desk, document, transition.to, call.at)
        return answer(200, {"mandate": book.body(document, call.at)})

    return handle


def _existing(desk: Desk, call: Call, at: int) -> Document:
    document = book.load(desk, call.merchant_id, call.params[PARAMETER])
    if document is None or book.status_at(document, at) is None:
        raise errors.unknown("MANDATE", PARAMETER)
    return document
