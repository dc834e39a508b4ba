"""What becomes of an authorization while it is pending: by a reading, by its customer's return, by being given up."""

import hmac
from collections.abc import Sequence

from payments.advance import numbered
from payments.attention import told_once
from payments.authorizing import authorization_events, is_bookable
from payments.events import AnyEvent, VoidRefused
from payments.methods import LateSuccess
from payments.operations import Intent
from payments.parts import Authorization
from payments.payment import Payment
from payments.provider import ProviderPayment
from payments.references import return_mac_hash
from payments.states import PENDING_STATUSES, ProviderStatus

_ENDS_WITHOUT_MONEY = {ProviderStatus.DECLINED, ProviderStatus.RELEASED}


def pending_result(payment: Payment, hold: Authorization, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Say what a reading of a pending authorization adds; what cannot be booked is told to a person, once."""
    if not hold.is_pending or hold.provider_id != reading.provider_id or payment.unresolved is not None:
        return ()
    if reading.status is ProviderStatus.UNRECOGNISED:
        return ()
    if reading.status not in _ENDS_WITHOUT_MONEY and not is_bookable(payment, reading):
        why = reading.discrepancy or f"Ingenico shows {reading.amount} for an order of another currency."
        where = f"Nothing was booked; look at payment {reading.provider_id} in Ingenico's console."
        return told_once(payment, f"{hold.authorization_id}/pending", f"{why} {where}")
    return numbered(payment, moved_on(payment, hold, reading))


def pending_news(payment: Payment, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Say what a reading adds to the pending authorization that it is of."""
    found = [a for a in payment.authorizations if a.is_pending and a.provider_id == reading.provider_id]
    return pending_result(payment, found[0], reading) if found else ()


def moved_on(payment: Payment, hold: Authorization, reading: ProviderPayment) -> Sequence[AnyEvent]:
    """Return each event between a pending authorization and what the provider shows of it."""
    if hold.pending_since is None:
        return ()
    return authorization_events(payment, hold, reading, payment.money(hold.amount_minor), hold.pending_since)


def moved_meanwhile(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Book what a void of a pending authorization finds that it has become: it succeeded, or waits for another."""
    hold = payment.hold(intent.operation.authorization_id)
    is_told = reading.status in PENDING_STATUSES | {ProviderStatus.AUTHORIZED} and is_bookable(payment, reading)
    return numbered(payment, moved_on(payment, hold, reading)) if hold.is_pending and is_told else ()


def is_kept(payment: Payment, intent: Intent, reading: ProviderPayment) -> bool:
    """Whether a void that gives up a customer is not made, since the customer was faster and that counts."""
    hold, opened = payment.hold(intent.operation.authorization_id), payment.opened
    if reading.status is not ProviderStatus.AUTHORIZED or opened is None or not is_bookable(payment, reading):
        return False
    is_given_up = hold.void is not None and hold.void.cause == "customer"
    return is_given_up and opened.late_success is LateSuccess.KEEP


def kept_events(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Return what follows when the customer was faster and that counts: authorized, late, and not voided."""
    operation = intent.operation
    refused = VoidRefused(
        subject=operation.operation_id,
        authorization_id=operation.authorization_id,
        reason="the customer said yes in the last moment, and that counts",
    )
    return numbered(payment, (*moved_meanwhile(payment, intent, reading), refused))


def returned_customer(payment: Payment, return_mac: str) -> Authorization | None:
    """Return the authorization whose customer brings this back; compared in a time that tells nothing."""
    brought = return_mac_hash(return_mac)
    found = [a for a in payment.authorizations if hmac.compare_digest(a.return_mac_hash or "", brought)]
    return found[0] if found else None
