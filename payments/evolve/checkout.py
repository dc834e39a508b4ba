"""Fold what happened on a page of the provider's."""

from typing import assert_never

from payments.events import (
    CheckoutClosed,
    CheckoutDeclined,
    CheckoutEvent,
    CheckoutOpened,
    CheckoutOver,
    CheckoutPaid,
    CheckoutPaidLate,
    WaitsFor,
)
from payments.evolve.changes import changed, hold_changed
from payments.parts import AuthorizationStage, Watched
from payments.payment import Payment


def evolve_checkout(payment: Payment, event: CheckoutEvent) -> Payment:
    """Return the payment after one of these events."""
    match event:
        case CheckoutOpened():
            hold = payment.hold(event.subject)
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.PENDING,
                checkout_id=event.checkout_id,
                waits_for=WaitsFor.CUSTOMER,
                waits=hold.waits + 1,
                pending_since=event.since,
                return_mac_hash=event.return_mac_hash,
                has_address=True,
            )
        case CheckoutDeclined():
            hold = payment.hold(event.subject)
            tried = (*hold.tried, event.provider_id)
            return hold_changed(payment, hold, tried=tried, last_decline=event.decline)
        case CheckoutOver():
            return hold_changed(payment, payment.hold(event.subject), checkout_end=event.end)
        case CheckoutClosed():
            watched = (*payment.watched, Watched(reference=event.reference, until=event.watched_until))
            hold = payment.hold(event.authorization_id)
            return hold_changed(changed(payment, watched=watched), hold, void=None, unwanted=event.unwanted)
        case CheckoutPaid():
            return changed(
                payment, watched=(*payment.watched, Watched(reference=event.reference, until=event.watched_until))
            )
        case CheckoutPaidLate():
            hold = payment.hold(event.subject)
            if event.unwanted is not None:
                return hold_changed(payment, hold, unwanted=event.unwanted)
            return hold_changed(payment, hold, unwanted=None, given_up=None, decline=None)
        case _:
            assert_never(event)
