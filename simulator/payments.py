"""The operations on payments. Each one checks first, writes after, and answers; it runs inside one transaction."""

from simulator import bodies, cards, lifecycle, orders, records
from simulator.calls import Answer, Call, answer
from simulator.desk import Desk
from simulator.records import APPROVE, CANCEL, Criteria, Payment, Step
from simulator.validation import Reader, parse_object

HIGHEST_PAGE = 100  # find: limit defaults to 10 and is at most 100 (SDK, FindPaymentsParams)


def create(desk: Desk, call: Call) -> Answer:
    """POST /payments: 201 with the payment, or 402 with a payment that exists as REJECTED."""
    order = orders.parse(call.body, call.at)
    if order.merchant_reference is not None:
        same = Criteria(merchant_id=call.merchant_id, merchant_reference=order.merchant_reference)
        if records.count(desk.books, same):
            # Documented: the reference is unique, 409 is for a duplicate key. The code is in SmashPig's list.
            path = "order.references.merchantReference"
            error = bodies.api_error("300620", "MERCHANTREFERENCE ALREADY EXISTS", 409, property_name=path)
            raise bodies.refuse(409, error)
    payment = _new_payment(desk, call, order)
    records.insert(desk.books, payment)
    plan_announcement(desk, payment)
    if payment.decline_code is not None:
        return answer(402, bodies.declined_body(payment, call.at), effect=True)
    location = f"{call.base_url}/v1/{call.merchant_id}/payments/{payment.payment_id}"
    return answer(201, bodies.created_body(payment, call.at), effect=True, headers={"Location": location})


def _new_payment(desk: Desk, call: Call, order: orders.Order) -> Payment:
    """An id of 30 digits: merchant 10, order 10, effort 5, attempt 5 (vendor's Magento 1 plugin)."""
    number = records.next_number(desk.books)
    declined = order.card.decline_code
    payment = Payment(
        number=number,
        payment_id=f"{call.merchant_id:0>10}{1_000_000_000 + number}0000100001",
        merchant_id=call.merchant_id,
        merchant_reference=order.merchant_reference,
        merchant_order_id=order.merchant_order_id,
        amount=order.amount,
        currency=order.currency,
        mode=order.mode,
        captured_at_once=order.captured_at_once,
        product=order.product,
        masked_number=order.card.masked,
        expiry_date=order.card.expiry_date,
        authorisation_code="" if declined else cards.APPROVED_CODE,
        decline_code=declined,
        decline_message=cards.DECLINES[declined] if declined else "",
        capture_fails=order.card.capture_fails,
        created_at=call.at,
    )
    if declined or not order.captured_at_once:
        return payment
    return payment.with_steps((_capture(desk, payment, call.at, payment.amount),))


def _capture(desk: Desk, payment: Payment, now: int, amount: int) -> Step:
    """A capture whose whole future is fixed now, so that other delays at a restart do not change the past."""
    captured_at = now + round(desk.settings.capture_delay_seconds * 1_000_000)
    return Step(
        kind=APPROVE,
        at=now,
        amount=amount,
        fails=payment.capture_fails or now >= lifecycle.window_closes(payment),
        cancellable_until=now + (captured_at - now) // 2,
        captured_at=captured_at,
        collected_at=captured_at + round(desk.settings.collect_delay_seconds * 1_000_000),
    )


def plan_announcement(desk: Desk, payment: Payment) -> None:
    """Note when the payment's next change of status is due to be announced by webhook."""
    row = desk.books.row("SELECT announced FROM payments WHERE payment_id = ?", payment.payment_id)
    announced = row["announced"] if row is not None else 0
    left = lifecycle.moments(payment)[announced:]
    desk.books.write(
        "UPDATE payments SET next_event_at = ? WHERE payment_id = ?",
        left[0].at if left else None,
        payment.payment_id,
    )


def existing(desk: Desk, call: Call, as_of: int) -> Payment:
    """The payment of the path as it stood at a time; else a 404 in JSON (unknown paths answer HTML)."""
    payment = records.load(desk.books, call.merchant_id, call.payment_id)
    seen = None if payment is None else lifecycle.as_of(payment, as_of)
    if seen is None:
        if len(call.payment_id) == 30 and call.payment_id.isdigit():
            raise bodies.refuse(404, bodies.api_error("300240", "REQUEST {0} GET_ORDERSTATUS ORDER NOT FOUND", 404))
        raise bodies.refuse(404, bodies.api_error("1002", "INVALID_PAYMENT_ID", 404, property_name="paymentId"))
    return seen


def get(desk: Desk, call: Call, as_of: int) -> Answer:
    """GET /payments/{id}: the bare payment. `returnOperations` is read and adds nothing for a single approve."""
    if call.query.get("returnOperations", "false").lower() not in {"true", "false"}:
        raise bodies.refuse(400, bodies.invalid_value("returnOperations", "VALUE IS NOT A BOOLEAN"))
    return answer(200, bodies.payment_body(existing(desk, call, as_of), as_of), effect=True)


def find(desk: Desk, call: Call, as_of: int) -> Answer:
    """GET /payments: one page of those that match all criteria, in the order of their creation."""
    offset, limit = _number(call, "offset", 0, 0, 2**31), _number(call, "limit", 10, 1, HIGHEST_PAGE)
    order_id = _number(call, "merchantOrderId", -1, 0, 9_999_999_999)
    criteria = Criteria(
        merchant_id=call.merchant_id,
        merchant_reference=call.query.get("merchantReference"),
        merchant_order_id=None if order_id < 0 else order_id,
        created_until=as_of,
    )
    # No payment of this version comes from a hosted checkout, so that criterion finds nothing.
    nothing = "hostedCheckoutId" in call.query
    found = [] if nothing else records.search(desk.books, criteria, limit=limit, offset=offset)
    seen = [payment for payment in (lifecycle.as_of(each, as_of) for each in found) if payment is not None]
    return answer(
        200,
        {
            "offset": offset,
            "limit": limit,
            "totalCount": 0 if nothing else records.count(desk.books, criteria),
            "payments": [bodies.payment_body(payment, as_of) for payment in seen],
        },
        effect=True,
    )


def _number(call: Call, name: str, default: int, low: int, high: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise bodies.refuse(400, bodies.invalid_value(name, f"VALUE IS NOT AN INTEGER FROM {low} TO {high}"))
    return int(text)


def approve(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/approve: one capture of all or less; a key on it is ignored, so a repeat is refused."""
    payment = existing(desk, call, call.at)
    reader = Reader(parse_object(call.body) if call.body else {})
    asked = reader.amount("amount", payment.currency)
    reader.raise_if_wrong()
    if lifecycle.state_at(payment, call.at).status != lifecycle.PENDING_APPROVAL:
        raise bodies.not_pending()
    amount = payment.amount if asked is None else asked
    if amount > payment.amount:
        reader.wrong("amount", f"AMOUNT IS HIGHER THAN THE AUTHORIZED {payment.amount}")
    if amount < payment.amount and payment.mode == lifecycle.FINAL_AUTHORIZATION:
        reader.wrong("amount", "A FINAL AUTHORIZATION IS CAPTURED IN FULL")
    reader.raise_if_wrong()
    payment = records.add_step(desk.books, payment, _capture(desk, payment, call.at, amount))
    plan_announcement(desk, payment)
    void_response = "00" if amount < payment.amount else None
    return answer(200, bodies.with_void(payment, call.at, void_response=void_response), effect=True)


def cancel(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/cancel: releases the hold, and undoes a capture that is still early in its queue."""
    payment = existing(desk, call, call.at)
    if not lifecycle.is_cancellable(payment, call.at):
        raise bodies.not_pending()
    payment = records.add_step(desk.books, payment, Step(kind=CANCEL, at=call.at, amount=payment.amount))
    plan_announcement(desk, payment)
    return answer(200, bodies.with_void(payment, call.at, void_response="00"), effect=True)


def ping() -> Answer:
    """GET /services/testconnection: the signature was the test."""
    return answer(200, {"result": "OK"}, effect=True)
