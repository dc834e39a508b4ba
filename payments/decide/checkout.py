"""Closing a page of the provider's on which nobody is awaited any more, and letting go of what was paid there late."""

from datetime import datetime

from payments.decide.closing import close_checkout
from payments.decide.decision import Perform
from payments.decide.release import void
from payments.parts import Authorization
from payments.payment import Payment
from payments.references import request_hash

# The engine's own requests; the attempt's number follows, since an order may have several pages.
CLOSE = "@close-page"
LET_GO = "@let-go"


def let_go_of(payment: Payment, hold: Authorization) -> Perform | None:
    """Void what was paid on a page that was being closed, where it is not wanted any more."""
    if hold.unwanted is None or not (hold.is_pending or hold.open_minor):
        return None
    request_id = f"{LET_GO}-{hold.number}"
    return void(payment, hold, request_id, request_hash({"cause": LET_GO}), hold.unwanted)


def decide_checkout_due(payment: Payment, now: datetime) -> Perform | None:
    """Say what time brings to pages: one that is over, or whose customer stays away, is closed."""
    if payment.unresolved is not None:
        return None
    for hold in payment.authorizations:
        if hold.unwanted is not None and (let_go := let_go_of(payment, hold)) is not None:
            return let_go
        until = payment.waits_until(hold)
        is_due = hold.checkout_end is not None or (until is not None and now >= until)
        if hold.at_checkout and is_due:
            request_id = f"{CLOSE}-{hold.number}"
            return close_checkout(payment, hold, request_id, request_hash({"cause": CLOSE}), asked=False)
    return None


def next_checkout_at(payment: Payment) -> datetime | None:
    """Return when `decide_checkout_due` will next have something to do, if time alone can bring it."""
    if payment.unresolved is not None:
        return None
    times = [payment.waits_until(hold) for hold in payment.authorizations if hold.at_checkout]
    return min((at for at in times if at is not None), default=None)
