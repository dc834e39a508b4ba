"""What follows from what the provider says of a hosted checkout: from its answer, a look at it, and its closing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from payments.advance import attention, fold_on, numbered
from payments.attention import told_once
from payments.authorizing import authorization_events, is_bookable
from payments.conclude import WITHOUT_MONEY, choose
from payments.events import (
    AnyEvent,
    AttemptAbsent,
    AuthorizationGivenUp,
    CheckoutClosed,
    CheckoutDeclined,
    CheckoutEnd,
    CheckoutOpened,
    CheckoutOver,
    CheckoutPaid,
    CheckoutPaidLate,
    Decline,
    Declined,
    GivenUp,
)
from payments.methods import LateSuccess
from payments.operations import Intent
from payments.parts import NOTHING_CAME, Authorization, AuthorizationStage
from payments.payment import Payment
from payments.provider import CheckoutStatus, OpenedCheckout, ProviderCheckout, ProviderPayment
from payments.resend import WATCH
from payments.states import ProviderStatus

_ENDS = {CheckoutStatus.CANCELLED: CheckoutEnd.CANCELLED, CheckoutStatus.GONE: CheckoutEnd.GONE}
# The customer is at the issuer's or a bank's page and may come back to try otherwise; or it says nothing.
_NOTHING_YET = {ProviderStatus.REDIRECTED, ProviderStatus.UNRECOGNISED}
_TAKEN = {ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED, ProviderStatus.COLLECTED}


def opened_events(intent: Intent, opened: OpenedCheckout) -> tuple[AnyEvent, ...]:
    """Return what the answer to opening a checkout adds."""
    operation = intent.operation
    return (
        CheckoutOpened(
            subject=operation.operation_id,
            occurrence=operation.attempt,
            checkout_id=opened.checkout_id,
            amount_minor=operation.amount.amount_minor,
            since=intent.first_sent_at or intent.created_at,
            return_mac_hash=opened.return_mac_hash,
        ),
    )


def address_lost(intent: Intent, watched_until: datetime) -> AttemptAbsent:
    """Return that nobody was sent to a page whose address was lost with its answer: another one may be opened."""
    return AttemptAbsent(
        subject=intent.operation.operation_id,
        occurrence=intent.operation.attempt,
        evidence=f"its address was lost with the answer, so nobody was sent there; no payment has {intent.reference}",
        reference=intent.reference,
        watched_until=watched_until,
    )


def checkout_result(payment: Payment, hold: Authorization, reading: ProviderCheckout) -> tuple[AnyEvent, ...]:
    """Say what a look at an open checkout adds."""
    if not hold.at_checkout or hold.checkout_id != reading.checkout_id or hold.void is not None:
        return ()
    if reading.payment is not None:
        return numbered(payment, _of_attempt(payment, hold, reading.payment))
    end = _ENDS.get(reading.status)
    if end is None or hold.checkout_end is not None:
        return ()
    return (CheckoutOver(subject=hold.authorization_id, end=end),)


def _of_attempt(payment: Payment, hold: Authorization, reading: ProviderPayment) -> Sequence[AnyEvent]:
    if reading.status in WITHOUT_MONEY:
        return _declined(hold, reading)
    if reading.status in _NOTHING_YET:
        return ()
    why = _doubt(payment, hold, reading)
    if why is None:
        return (*_moved(payment, hold, reading), _paid(hold, reading))
    where = f"Nothing was booked; look at payment {reading.provider_id} in Ingenico's console."
    return told_once(payment, f"{hold.authorization_id}/checkout", f"{why} {where}")


def _paid(hold: Authorization, reading: ProviderPayment) -> CheckoutPaid:
    since = hold.pending_since
    if since is None:
        raise ValueError(f"{hold.authorization_id} never waited for a customer")
    return CheckoutPaid(
        subject=hold.authorization_id,
        occurrence=hold.attempt,
        provider_id=reading.provider_id,
        reference=hold.reference,
        watched_until=since + WATCH,
    )


def _declined(hold: Authorization, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    if reading.provider_id in hold.tried:
        return ()
    decline = reading.decline or Decline(code=reading.raw_status, message="declined without a reason")
    subject, place = hold.authorization_id, len(hold.tried) + 1
    declined = CheckoutDeclined(subject=subject, occurrence=place, provider_id=reading.provider_id, decline=decline)
    return (declined,)


def _moved(payment: Payment, hold: Authorization, reading: ProviderPayment) -> Sequence[AnyEvent]:
    if hold.pending_since is None:
        return ()
    asked = payment.money(hold.amount_minor)
    return authorization_events(payment, hold, reading, asked, hold.pending_since)


def _doubt(payment: Payment, hold: Authorization, reading: ProviderPayment) -> str | None:
    """Say why it cannot be booked: another order's payment, another currency."""
    if reading.reference not in {None, hold.reference}:
        return f"Ingenico shows a payment of {reading.reference} for the checkout of {hold.reference}."
    if is_bookable(payment, reading):
        return None
    return reading.discrepancy or f"Ingenico shows {reading.amount} for an order of another currency."


def alive(hits: Sequence[ProviderPayment]) -> tuple[ProviderPayment, ...]:
    """Return those payments that hold or took money, or still may."""
    return tuple(hit for hit in hits if hit.status not in WITHOUT_MONEY)


def closed_events(
    payment: Payment, intent: Intent, hits: Sequence[ProviderPayment], watched_until: datetime
) -> tuple[AnyEvent, ...]:
    """Return what follows once a page is closed, and what was paid there is known: `hits`."""
    hold = payment.hold(intent.operation.authorization_id)
    paid = alive(hits)
    declined = [event for hit in hits if hit.status in WITHOUT_MONEY for event in _declined(hold, hit)][-1:]
    moved = list(_moved(payment, hold, choose(paid))) if paid else []
    unwanted = _unwanted(payment, hold) if paid else None
    closed = CheckoutClosed(
        subject=intent.operation.operation_id,
        authorization_id=hold.authorization_id,
        reference=hold.reference,
        watched_until=watched_until,
        unwanted=unwanted,
    )
    if not paid:
        seen = fold_on(payment, declined)
        ending = _ended(seen.hold(hold.authorization_id), intent)
        return numbered(payment, (*declined, closed, ending))
    return numbered(payment, (*moved, closed, *_told_of_taken(intent.operation.operation_id, choose(paid), unwanted)))


def paid_late(payment: Payment, hold: Authorization, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Return what follows when a payment of a page that was given up appears after all: it counts, or is let go of."""
    ended = {AuthorizationStage.ABANDONED, AuthorizationStage.DECLINED}
    if not hold.by_checkout or hold.stage not in ended or _doubt(payment, hold, reading) is not None:
        return ()
    others = any(a.stage not in NOTHING_CAME for a in payment.authorizations)
    keeps = payment.opened is not None and payment.opened.late_success is LateSuccess.KEEP
    counts = keeps and not others and hold.given_up is not GivenUp.CANCELLED
    late = CheckoutPaidLate(
        subject=hold.authorization_id,
        provider_id=reading.provider_id,
        unwanted=None if counts else "late_success",
    )
    moved = _moved(fold_on(payment, [late]), hold, reading)
    return (late, *moved, *_told_of_taken(hold.authorization_id, reading, late.unwanted))


def _unwanted(payment: Payment, hold: Authorization) -> Literal["request", "late_success"] | None:
    """A customer who was given up, or an order that was cancelled: what was paid goes back, unless late counts."""
    if hold.checkout_end is not None or hold.void is None:
        return None
    if hold.void.cause == "request":
        return "request"
    keeps = payment.opened is not None and payment.opened.late_success is LateSuccess.KEEP
    return None if keeps else "late_success"


def _ended(hold: Authorization, intent: Intent) -> AnyEvent:
    cause = hold.void.cause if hold.void is not None else "request"
    if cause != "request" and hold.last_decline is not None:
        return Declined(subject=hold.authorization_id, decline=hold.last_decline, provider_id=hold.tried[-1])
    reason = GivenUp.CUSTOMER_DID_NOT_RETURN
    if cause == "request":
        reason = GivenUp.CANCELLED
    elif hold.checkout_end is CheckoutEnd.CANCELLED:
        reason = GivenUp.CUSTOMER_CANCELLED
    subject = intent.operation.operation_id
    return AuthorizationGivenUp(subject=subject, authorization_id=hold.authorization_id, reason=reason)


def _told_of_taken(subject: str, reading: ProviderPayment, unwanted: str | None) -> list[AnyEvent]:
    if unwanted is None or reading.status not in _TAKEN:
        return []
    told = "The payment was taken while its page was being closed: whoever was told that it is not paid is wrong. "
    return [attention(f"{subject}/taken", told + "Ship it, or refund it.")]
