"""The operations on disputes and on their files."""

from simulator.disputes import bodies, files, records, upload
from simulator.front.reader import Reader
from simulator.kernel import documents, errors, histories
from simulator.kernel.calls import Answer, Call, Json, answer
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment
from simulator.kernel.operations import Operation
from simulator.payments import ids
from simulator.payments.captures import existing_capture
from simulator.payments.changes import existing
from simulator.payments.life import Part
from simulator.payments.records import Payment

_PAYMENT, _CAPTURE, _DISPUTE = "/payments/{paymentId}", "/captures/{captureId}", "/disputes/{disputeId}"
_EMAIL = r"[^@\s]{1,64}@[^@\s]{1,70}"


def of_payment(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/dispute: of all that was charged back, or a part of it."""
    return _create(desk, call, existing(desk, call), None)


def of_capture(desk: Desk, call: Call) -> Answer:
    """POST /captures/{id}/dispute: no more than this capture took."""
    return _create(desk, call, *existing_capture(desk, call))


def _create(desk: Desk, call: Call, payment: Payment, capture: Part | None) -> Answer:
    most = records.disputable(desk, payment, capture, call.at)
    if most <= 0:
        raise errors.not_pending()
    content = _read(Reader(call.fields), payment, most)
    capture_id = "" if capture is None else ids.capture_id(payment.payment_id, capture.place)
    document = records.place(desk, payment, {**content, "capture_id": capture_id}, call.at)
    location = f"{call.base_url}/v1/{call.merchant_id}/disputes/{document.id}"
    return answer(201, bodies.dispute_body(document, call.at), headers={"Location": location})


def _read(reader: Reader, payment: Payment, most: int) -> Json:
    """Who disputes how much, and why; without an amount everything that is left. Raises Refusal."""
    amount = reader.amount("amountOfMoney.amount", payment.currency)
    currency = reader.text("amountOfMoney.currencyCode", "[A-Z]{3}", required=amount is not None)
    if currency is not None and currency != payment.currency:
        reader.wrong("amountOfMoney.currencyCode", f"THE PAYMENT IS IN {payment.currency}")
    if amount is not None and amount > most:
        reader.wrong("amountOfMoney.amount", f"AMOUNT IS HIGHER THAN THE DISPUTABLE {most}")
    content: Json = {
        "amount": most if amount is None else amount,
        "currency": payment.currency,
        "merchant_order_id": payment.merchant_order_id,
        "contactPerson": reader.text("contactPerson", "[^\x00-\x1f]{1,100}", required=True),
        "emailAddress": reader.text("emailAddress", _EMAIL, required=True),
        "replyTo": reader.text("replyTo", _EMAIL),
        "requestMessage": reader.text("requestMessage", r"[\s\S]{1,5000}", required=True),
    }
    reader.raise_if_wrong()
    return content


def list_of_payment(desk: Desk, call: Call) -> Answer:
    """GET /payments/{id}/disputes: also those of its captures, oldest first."""
    return _listing(desk, call, existing(desk, call), None)


def list_of_capture(desk: Desk, call: Call) -> Answer:
    """GET /captures/{id}/disputes: those of this capture, oldest first."""
    payment, capture = existing_capture(desk, call)
    return _listing(desk, call, payment, ids.capture_id(payment.payment_id, capture.place))


def _listing(desk: Desk, call: Call, payment: Payment, capture_id: str | None) -> Answer:
    found = [
        bodies.dispute_body(document, call.as_of)
        for document in records.of_payment(desk, payment)
        if document.created_at <= call.as_of and capture_id in {None, document.content["capture_id"]}
    ]
    return answer(200, {"disputes": found})


def get(desk: Desk, call: Call) -> Answer:
    """GET /disputes/{id}."""
    return answer(200, bodies.dispute_body(_existing(desk, call), call.as_of))


def submit(desk: Desk, call: Call) -> Answer:
    """POST /disputes/{id}/submit: from here on it is out of the merchant's hands."""
    document = _editable(desk, call)
    payment = existing(desk, call, document.reference)
    document = records.submitted(desk, document, payment, call.at)
    return answer(200, bodies.dispute_body(document, call.at))


def cancel(desk: Desk, call: Call) -> Answer:
    """POST /disputes/{id}/cancel: while it is the merchant's to submit."""
    document = _editable(desk, call)
    document = records.went_on(desk, document, call.at, Moment(at=call.at, status=records.CANCELLED))
    return answer(200, bodies.dispute_body(document, call.at))


def upload_file(desk: Desk, call: Call) -> Answer:
    """POST /files/v1/{merchantId}/disputes/{id}: evidence, while it is the merchant's to submit."""
    document = _editable(desk, call)
    file = files.keep(desk, call, upload.read(call))
    records.with_file(desk, document, file)
    return answer(200, {"disputeId": document.id, "fileId": file["id"]})


def _editable(desk: Desk, call: Call) -> Document:
    document = _existing(desk, call)
    if histories.state_at(document, call.at).status not in records.EDITABLE:
        raise errors.not_pending()
    return document


def _existing(desk: Desk, call: Call) -> Document:
    """The dispute of the path, if it existed at the time spoken of; else a 404 in JSON."""
    document = documents.load(desk.books, records.KIND, call.merchant_id, call.params["disputeId"])
    if document is None or document.created_at > call.as_of:
        raise errors.unknown("DISPUTE", "disputeId")
    return document


OPERATIONS = (
    Operation(
        name="payments.dispute",
        method="POST",
        path=f"{_PAYMENT}/dispute",
        handle=of_payment,
        schema="CreateDisputeRequest",
    ),
    Operation(name="payments.disputes", method="GET", path=f"{_PAYMENT}/disputes", handle=list_of_payment, lookup=True),
    Operation(
        name="captures.dispute",
        method="POST",
        path=f"{_CAPTURE}/dispute",
        handle=of_capture,
        schema="CreateDisputeRequest",
    ),
    Operation(name="captures.disputes", method="GET", path=f"{_CAPTURE}/disputes", handle=list_of_capture, lookup=True),
    Operation(name="disputes.get", method="GET", path=_DISPUTE, handle=get, lookup=True),
    Operation(name="disputes.submit", method="POST", path=f"{_DISPUTE}/submit", handle=submit),
    Operation(name="disputes.cancel", method="POST", path=f"{_DISPUTE}/cancel", handle=cancel),
    Operation(name="disputes.uploadFile", method="POST", path=_DISPUTE, handle=upload_file, root="/files/v1"),
    Operation(
        name="files.getFile", method="GET", path="/files/{fileId}", handle=files.get, lookup=True, root="/files/v1"
    ),
)
