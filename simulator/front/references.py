"""Which merchant reference a request is about, for ordered faults and the request log."""

from simulator.hosted_checkouts import checkouts
from simulator.kernel import announcements, documents
from simulator.kernel.calls import Call
from simulator.kernel.desk import Desk
from simulator.payments import ids


def merchant_reference(desk: Desk, call: Call) -> str | None:
    """The payment's or payout's own for what names one, a capture or a refund; else the one that is sent or sought."""
    named = call.params.get("paymentId") or call.params.get("captureId") or call.params.get("refundId")
    if named is not None:
        row = desk.books.row(
            "SELECT merchant_reference FROM payments WHERE merchant_id = ? AND payment_id = ?",
            call.merchant_id,
            ids.payment_of(named),
        )
        return None if row is None else row["merchant_reference"]
    if "payoutId" in call.params:
        payout = documents.load(desk.books, announcements.PAYOUT, call.merchant_id, call.params["payoutId"])
        return None if payout is None else payout.reference
    if "hostedCheckoutId" in call.params:
        checkout = documents.load(desk.books, checkouts.KIND, call.merchant_id, call.params["hostedCheckoutId"])
        return None if checkout is None else checkout.reference
    return call.query("merchantReference") or _sent(call, "order") or _sent(call, "payoutDetails")


def _sent(call: Call, block: str) -> str | None:
    """What the body says; an unreadable body has none, and text outside ASCII is refused later."""
    try:
        content = call.content
    except (ValueError, RecursionError):
        return None
    for name in (block, "references", "merchantReference"):
        if not isinstance(content, dict):
            return None
        content = content.get(name)
    return content if isinstance(content, str) and content.isascii() else None
