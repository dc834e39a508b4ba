"""The operations on payouts."""

from simulator.front.reader import Reader
from simulator.kernel import documents, errors, histories
from simulator.kernel.calls import Answer, Call, answer, no_content
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.kernel.histories import Moment
from simulator.kernel.operations import Operation
from simulator.payments.context import Context
from simulator.payments.lookups import page_of
from simulator.payouts import bodies, reading, records

_PAYOUT = "/payouts/{payoutId}"


def create(desk: Desk, call: Call) -> Answer:
    """POST /payouts: 201 with the payout, or 402 with a payout that exists as REJECTED."""
    context = Context(merchant_id=call.merchant_id, now=call.at, base_url=call.base_url)
    content = reading.read(desk, context, call.fields)
    _refuse_duplicate(desk, call, content["merchant_reference"])
    document = records.place(desk, call.merchant_id, content, call.at)
    body = bodies.payout_body(document, call.at)
    if body["status"] == records.REJECTED:
        return answer(402, {**errors.errors_body([bodies.refusal_error(document)]), "payoutResult": body})
    location = f"{call.base_url}/v1/{call.merchant_id}/payouts/{document.id}"
    return answer(201, body, headers={"Location": location})


def _refuse_duplicate(desk: Desk, call: Call, reference: object) -> None:
    """A reference is unique among payouts, as it is among payments."""
    if isinstance(reference, str) and documents.count(
        desk.books, records.KIND, merchant_id=call.merchant_id, reference=reference
    ):
        path = reading.reference_path(call.fields)
        raise errors.refuse(
            409, errors.api_error("300620", "MERCHANTREFERENCE ALREADY EXISTS", 409, property_name=path)
        )


def get(desk: Desk, call: Call) -> Answer:
    """GET /payouts/{id}."""
    return answer(200, bodies.payout_body(_existing(desk, call), call.as_of))


def find(desk: Desk, call: Call) -> Answer:
    """GET /payouts: one page of those that match all criteria, in the order of their creation."""
    offset, limit, order_id = page_of(call)
    kept = documents.search(
        desk.books, records.KIND, merchant_id=call.merchant_id, reference=call.query("merchantReference")
    )
    found = [
        document
        for document in kept
        if document.created_at <= call.as_of and order_id in {None, document.content["merchant_order_id"]}
    ]
    page = [bodies.payout_body(document, call.as_of) for document in found[offset : offset + limit]]
    return answer(200, {"offset": offset, "limit": limit, "totalCount": len(found), "payouts": page})


def approve(desk: Desk, call: Call) -> Answer:
    """POST /payouts/{id}/approve: sent now, or on the day that is asked."""
    document = _existing(desk, call)
    reader = Reader(call.fields)
    not_before = reading.read_day(reader, "datePayout", call.at) or document.content["not_before"]
    _only(document, call.at, records.PENDING_APPROVAL)
    reader.raise_if_wrong()
    ahead = records.on_its_way(desk, {**document.content, "not_before": not_before}, call.at)
    document = records.went_on(desk, document, call.at, *ahead, not_before=not_before)
    return answer(200, bodies.payout_body(document, call.at))


def cancel(desk: Desk, call: Call) -> Answer:
    """POST /payouts/{id}/cancel: 204, for good, while it waits or is queued."""
    return _undo(desk, call, {records.PENDING_APPROVAL, records.PAYOUT_REQUESTED}, records.CANCELLED)


def cancel_approval(desk: Desk, call: Call) -> Answer:
    """POST /payouts/{id}/cancelapproval: 204, a queued payout waits for approval again."""
    return _undo(desk, call, {records.PAYOUT_REQUESTED}, records.PENDING_APPROVAL)


def _undo(desk: Desk, call: Call, before: set[str], after: str) -> Answer:
    document = _existing(desk, call)
    _only(document, call.at, *before)
    records.went_on(desk, document, call.at, Moment(at=call.at, status=after))
    return no_content()


def _only(document: Document, now: int, *statuses: str) -> None:
    if histories.state_at(document, now).status not in statuses:
        raise errors.not_pending()


def _existing(desk: Desk, call: Call) -> Document:
    """The payout of the path, if it existed at the time spoken of; else a 404 in JSON."""
    document = documents.load(desk.books, records.KIND, call.merchant_id, call.params["payoutId"])
    if document is None or document.created_at > call.as_of:
        raise errors.unknown("PAYOUT", "payoutId")
    return document


OPERATIONS = (
    Operation(name="payouts.create", method="POST", path="/payouts", handle=create, schema="CreatePayoutRequest"),
    Operation(name="payouts.get", method="GET", path=_PAYOUT, handle=get, lookup=True),
    Operation(name="payouts.find", method="GET", path="/payouts", handle=find, lookup=True),
    Operation(
        name="payouts.approve",
        method="POST",
        path=f"{_PAYOUT}/approve",
        handle=approve,
        schema="ApprovePayoutRequest",
    ),
    Operation(name="payouts.cancel", method="POST", path=f"{_PAYOUT}/cancel", handle=cancel),
    Operation(name="payouts.cancelapproval", method="POST", path=f"{_PAYOUT}/cancelapproval", handle=cancel_approval),
)
