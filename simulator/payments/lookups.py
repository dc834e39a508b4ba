"""Reading payments: one, or a page of those that match."""

from simulator.kernel import errors
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.payments import bodies, records, timeline
from simulator.payments.changes import existing
from simulator.payments.records import Criteria

HIGHEST_PAGE = 100  # find: limit defaults to 10 and is at most 100 (SDK, FindPaymentsParams)


def get(desk: Desk, call: Call) -> Answer:
    """GET /payments/{id}: the bare payment, with its operations where `returnOperations` asks for them."""
    wanted = (call.query("returnOperations") or "false").lower()
    if wanted not in {"true", "false"}:
        raise errors.refuse(400, errors.invalid_value("returnOperations", "VALUE IS NOT A BOOLEAN"))
    return answer(200, bodies.payment_body(existing(desk, call), call.as_of, operations=wanted == "true"))


def find(desk: Desk, call: Call) -> Answer:
    """GET /payments: one page of those that match all criteria, in the order of their creation."""
    offset, limit, order_id = page_of(call)
    criteria = Criteria(
        merchant_id=call.merchant_id,
        merchant_reference=call.query("merchantReference"),
        merchant_order_id=order_id,
        hosted_checkout_id=call.query("hostedCheckoutId"),
        created_until=call.as_of,
    )
    found = records.search(desk.books, criteria, limit=limit, offset=offset)
    seen = [payment for payment in (timeline.as_of(each, call.as_of) for each in found) if payment is not None]
    return answer(
        200,
        {
            "offset": offset,
            "limit": limit,
            "totalCount": records.count(desk.books, criteria),
            "payments": [bodies.payment_body(payment, call.as_of) for payment in seen],
        },
    )


def page_of(call: Call) -> tuple[int, int, int | None]:
    """Offset, limit and merchantOrderId of a find. Raises Refusal that names the parameter."""
    order_id = _number(call, "merchantOrderId", -1, 0, 9_999_999_999)
    return (
        _number(call, "offset", 0, 0, 2**31),
        _number(call, "limit", 10, 1, HIGHEST_PAGE),
        None if order_id < 0 else order_id,
    )


def _number(call: Call, name: str, default: int, low: int, high: int) -> int:
    text = call.query(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and low <= int(text) <= high):
        raise errors.refuse(400, errors.invalid_value(name, f"VALUE IS NOT AN INTEGER FROM {low} TO {high}"))
    return int(text)
