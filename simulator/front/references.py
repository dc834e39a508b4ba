"""Which merchant reference a request is about, for ordered faults and the request log."""

from simulator.kernel.calls import Call
from simulator.kernel.desk import Desk
from simulator.payments import ids


def merchant_reference(desk: Desk, call: Call) -> str | None:
    """The payment's own for anything that names a payment, capture or refund; else the one that is sent or sought."""
    named = call.params.get("paymentId") or call.params.get("captureId") or call.params.get("refundId")
    if named is not None:
        row = desk.books.row(
            "SELECT merchant_reference FROM payments WHERE merchant_id = ? AND payment_id = ?",
            call.merchant_id,
            ids.payment_of(named),
        )
        return None if row is None else row["merchant_reference"]
    return call.query("merchantReference") or _sent(call)


def _sent(call: Call) -> str | None:
    """What the body says; an unreadable body has none, and text outside ASCII is refused later."""
    try:
        content = call.content
    except (ValueError, RecursionError):
        return None
    for name in ("order", "references", "merchantReference"):
        if not isinstance(content, dict):
            return None
        content = content.get(name)
    return content if isinstance(content, str) and content.isascii() else None
