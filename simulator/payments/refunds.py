"""Refunds: of a payment or of one of its captures; several partial ones, up to what was captured."""

from simulator.front.reader import Reader
from simulator.kernel import errors
from simulator.kernel.calls import Answer, Call, Json, answer, no_content
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.payments import bodies, ids, records, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.captures import existing_capture
from simulator.payments.changes import existing, take
from simulator.payments.life import Life, Part
from simulator.payments.lookups import page_of
from simulator.payments.records import Payment, Step


def of_payment(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/refund."""
    payment = existing(desk, call)
    return _create(desk, call, payment, None)


def of_capture(desk: Desk, call: Call) -> Answer:
    """POST /captures/{id}/refund: no more than this capture took."""
    payment, part = existing_capture(desk, call)
    if part.status not in {s.CAPTURED, s.PAID}:
        raise errors.not_pending()
    return _create(desk, call, payment, part)


def _create(desk: Desk, call: Call, payment: Payment, capture: Part | None) -> Answer:
    """201 with the refund, or 402 with a refund that exists as REJECTED."""
    life = timeline.unfold(payment, call.at)
    reader = Reader(call.fields)
    amount, details = _read(reader, payment)
    if not s.PAYMENT[life.status].refundable:
        raise errors.not_pending()
    most = life.refundable_amount if capture is None else timeline.refundable_of(payment, life, capture)
    if amount > most:
        reader.wrong("amountOfMoney.amount", f"AMOUNT IS HIGHER THAN THE REFUNDABLE {most}")
        reader.raise_if_wrong()
    place = 1 + sum(step.kind == r.REFUND for step in payment.steps)
    step = Step(
        kind=r.REFUND,
        at=call.at,
        amount=amount,
        place=place,
        capture=0 if capture is None else capture.place,
        fails=payment.outcome.refund_fails,
        waits=desk.merchant(call.merchant_id).refunds_require_approval,
        captured_at=call.at + microseconds(desk.settings.refund_delay_seconds),
        result="declined" if payment.outcome.refund_declined else "",
        details=details,
    )
    payment = take(desk, payment, step)
    _index(desk, call, payment, place, details)
    refund = bodies.refund_body(payment, timeline.unfold(payment, call.at).refunds[place])
    if payment.outcome.refund_declined:
        return answer(402, {**errors.errors_body([bodies.refund_error()]), "refundResult": refund})
    location = f"{call.base_url}/v1/{call.merchant_id}/refunds/{refund['id']}"
    return answer(201, refund, headers={"Location": location})


def _read(reader: Reader, payment: Payment) -> tuple[int, Json]:
    """The amount, which every client sends, and the references. Raises Refusal."""
    currency = reader.text("amountOfMoney.currencyCode", "[A-Z]{3}", required=True)
    amount = reader.amount("amountOfMoney.amount", payment.currency, required=True)
    if currency is not None and currency != payment.currency:
        reader.wrong("amountOfMoney.currencyCode", f"THE PAYMENT IS IN {payment.currency}")
    reference = reader.text("refundReferences.merchantReference", r"[\x20-\x7e]{1,30}")
    reader.text("refundDate", "[0-9]{8}")
    reader.raise_if_wrong()
    assert amount is not None
    return amount, {} if reference is None else {"merchantReference": reference}


def _index(desk: Desk, call: Call, payment: Payment, place: int, details: Json) -> None:
    """What find looks refunds up by."""
    reference = details.get("merchantReference")
    desk.books.write(
        "INSERT INTO refunds (refund_id, payment_id, merchant_id, merchant_reference, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        ids.refund_id(payment.payment_id, place),
        payment.payment_id,
        call.merchant_id,
        reference if isinstance(reference, str) else None,
        call.at,
    )


def list_of_payment(desk: Desk, call: Call) -> Answer:
    """GET /payments/{id}/refunds: all of them, oldest first."""
    payment = existing(desk, call)
    life = timeline.unfold(payment, call.as_of)
    return answer(200, {"refunds": [bodies.refund_body(payment, part) for part in life.refunds.values()]})


def get(desk: Desk, call: Call) -> Answer:
    """GET /refunds/{id}: the bare refund."""
    payment, part, _ = _existing(desk, call)
    return answer(200, bodies.refund_body(payment, part))


def find(desk: Desk, call: Call) -> Answer:
    """GET /refunds: one page of those that match all criteria, in the order of their creation."""
    offset, limit, order_id = page_of(call)
    where = (
        " FROM refunds JOIN payments USING (payment_id) WHERE refunds.merchant_id = ?1 AND refunds.created_at <= ?2"
        " AND (?3 IS NULL OR refunds.merchant_reference = ?3) AND (?4 IS NULL OR payments.merchant_order_id = ?4)"
        " AND (?5 IS NULL OR payments.hosted_checkout_id = ?5)"
    )
    values = (call.merchant_id, call.as_of, call.query("merchantReference"), order_id, call.query("hostedCheckoutId"))
    rows = desk.books.rows(
        f"SELECT refund_id, payment_id{where} ORDER BY refunds.number LIMIT ?6 OFFSET ?7",
        *values,
        limit,
        offset,
    )
    found = []
    for row in rows:
        payment = existing(desk, call, row["payment_id"])
        part = timeline.unfold(payment, call.as_of).refunds[ids.refund_place(row["refund_id"])]
        found.append(bodies.refund_body(payment, part))
    total = desk.books.count(f"SELECT count(*){where}", *values)
    return answer(200, {"offset": offset, "limit": limit, "totalCount": total, "refunds": found})


def approve(desk: Desk, call: Call) -> Answer:
    """POST /refunds/{id}/approve: 204; of the full amount only, since nothing says what would become of the rest."""
    payment, part, _ = _existing(desk, call)
    reader = Reader(call.fields)
    amount = reader.amount("amount", payment.currency)
    if part.status != s.PENDING_APPROVAL:
        raise errors.not_pending()
    if amount is not None and amount != part.amount:
        reader.wrong("amount", f"AMOUNT IS NOT THE REFUND'S {part.amount}")
    reader.raise_if_wrong()
    return _step(desk, call, payment, part, r.APPROVE_REFUND)


def cancel(desk: Desk, call: Call) -> Answer:
    """POST /refunds/{id}/cancel: 204, for good, while it waits or is queued."""
    payment, part, _ = _existing(desk, call)
    if part.status not in {s.PENDING_APPROVAL, s.REFUND_REQUESTED}:
        raise errors.not_pending()
    return _step(desk, call, payment, part, r.CANCEL_REFUND)


def cancel_approval(desk: Desk, call: Call) -> Answer:
    """POST /refunds/{id}/cancelapproval: 204, a queued refund waits for approval again."""
    payment, part, _ = _existing(desk, call)
    if part.status != s.REFUND_REQUESTED:
        raise errors.not_pending()
    return _step(desk, call, payment, part, r.UNDO_REFUND_APPROVAL)


def _step(desk: Desk, call: Call, payment: Payment, part: Part, kind: str) -> Answer:
    take(
        desk,
        payment,
        Step(
            kind=kind,
            at=call.at,
            amount=part.amount,
            place=part.place,
            fails=payment.outcome.refund_fails,
            captured_at=call.at + microseconds(desk.settings.refund_delay_seconds),
        ),
    )
    return no_content()


def _existing(desk: Desk, call: Call) -> tuple[Payment, Part, Life]:
    """The refund of the path, with its payment; else a 404 in JSON."""
    refund_id = call.params["refundId"]
    place = ids.refund_place(refund_id)
    payment = records.load(desk.books, call.merchant_id, ids.payment_of(refund_id)) if place else None
    seen = None if payment is None else timeline.as_of(payment, call.as_of)
    if seen is not None:
        life = timeline.unfold(seen, call.as_of)
        if place in life.refunds and ids.refund_id(seen.payment_id, place) == refund_id:
            return seen, life.refunds[place], life
    raise errors.unknown("REFUND", "refundId")
