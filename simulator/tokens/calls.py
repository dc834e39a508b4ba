"""The calls on tokens: create, get, update, delete, and the customer's signature under a SEPA mandate."""

from simulator.client_sessions import customer_input
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, Json, answer, no_content
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.payments import cards, days
from simulator.tokens import book, reading, updating, vault


def create(desk: Desk, call: Call) -> Answer:
    """POST /tokens: 201 with a new token, 200 with the one that holds the same card or account already, unchanged."""
    opened = customer_input.opened_token(desk, call)
    answered = place(desk, call, opened.fields)
    customer_input.spend(desk, call, opened)
    return answered


def place(desk: Desk, call: Call, content: Json) -> Answer:
    """Create a token from a body in which nothing is encrypted any more."""
    kept = reading.create(content, call.at, first_six=desk.merchant(call.merchant_id).mask_first_six)
    known = vault.same(desk, call.merchant_id, kept.reference, call.at)
    if known is not None:
        return answer(200, created_body(known.id, is_new=False, payment_id=origin_of(known)))
    token = book.add(desk, call.merchant_id, kept.shown, kept.behind, call.at, reference=kept.reference)
    location = f"{call.base_url}/v1/{call.merchant_id}/tokens/{token}"
    return answer(201, created_body(token, is_new=True), headers={"Location": location})


def created_body(token: str, *, is_new: bool, payment_id: str = "") -> Json:
    """The answer to create token and to tokenize payment."""
    origin: Json = {"originalPaymentId": payment_id} if payment_id else {}
    return {"token": token, "isNewToken": is_new, **origin}


def origin_of(document: Document) -> str:
    """The payment that a token was made from, empty for none."""
    shown = book.shown_at(document, document.created_at) or {}
    return str(shown.get("originalPaymentId", ""))


def get(desk: Desk, call: Call) -> Answer:
    """GET /tokens/{id}; those that every account has from the start are there too, but are nobody's to change."""
    given = cards.of_token(call.params["tokenId"])
    if given is not None:
        shown = vault.shown_card(given, first_six=desk.merchant(call.merchant_id).mask_first_six)
        return answer(200, {"id": call.params["tokenId"], **shown})
    _, shown = _existing(desk, call, call.as_of)
    return answer(200, shown)


def update(desk: Desk, call: Call) -> Answer:
    """PUT /tokens/{id}: 204."""
    document, shown = _existing(desk, call, call.at)
    behind = {name: value for name, value in document.content.items() if name in {"vault", "account"}}
    changed, behind = updating.update(call.fields, shown, behind, call.at)
    book.change(desk, document, _without_id(changed), behind, call.at)
    return no_content()


def delete(desk: Desk, call: Call) -> Answer:
    """DELETE /tokens/{id}: 204; the day on which a mandate ends belongs to SEPA tokens."""
    document, shown = _existing(desk, call, call.at)
    cancelled_on = call.query("mandateCancelDate")
    if cancelled_on is not None and reading.block_of(shown) != reading.SEPA:
        raise errors.refuse(400, errors.invalid_value("mandateCancelDate", "THIS TOKEN HAS NO SEPA MANDATE"))
    if cancelled_on is not None and days.of(cancelled_on) is None:
        raise errors.refuse(400, errors.invalid_value("mandateCancelDate", "VALUE IS NOT A DATE IN FORMAT YYYYMMDD"))
    book.remove(desk, document, call.at)
    return no_content()


def approve_sepa_direct_debit(desk: Desk, call: Call) -> Answer:
    """POST /tokens/{id}/approvesepadirectdebit: 204, once; from then on the token can pay."""
    document, shown = _existing(desk, call, call.at)
    if reading.block_of(shown) != reading.SEPA or book.is_approved(shown):
        raise errors.not_pending()
    approval = reading.signed(call.fields, call.at)
    block = shown[reading.SEPA]
    assert isinstance(block, dict)
    signed = {**block, "mandate": {**block["mandate"], "mandateApproval": approval}}
    book.change(desk, document, _without_id({**shown, reading.SEPA: signed}), {}, call.at)
    return no_content()


def _existing(desk: Desk, call: Call, at: int) -> tuple[Document, Json]:
    """The token of the path and what it shows; 404 for an unknown one, 410 for a deleted one."""
    document = documents.load(desk.books, book.KIND, call.merchant_id, call.params["tokenId"])
    shown = None if document is None else book.shown_at(document, at)
    if document is None or shown is None:
        raise errors.unknown("TOKEN", "tokenId")
    if book.is_deleted(document, at):
        raise errors.gone("TOKEN", "tokenId")
    return document, shown


def _without_id(shown: Json) -> Json:
    return {name: value for name, value in shown.items() if name != "id"}
