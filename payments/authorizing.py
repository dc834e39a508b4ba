"""What follows from what the provider says of an authorization: held, declined, taken at once, or still pending.

The same follows whether it is the answer to asking for it, or a later reading of one that was pending.
"""

from datetime import datetime

from payments.advance import PROVIDERS_DOING, attention, fold_on, taken_by_provider
from payments.decide.reauthorize import subject_of
from payments.decide.release import plan_release
from payments.events import (
    AnyEvent,
    AttentionSettled,
    AuthorizationGivenUp,
    AuthorizationPending,
    Authorized,
    Decline,
    Declined,
    HoldReleased,
    OrderChanged,
    Voided,
    WaitsFor,
)
from payments.evolve.pending import given_up_by
from payments.methods import PaymentAction
from payments.money import Money
from payments.parts import NOTHING_CAME, Authorization
from payments.payment import Payment
from payments.provider import ProviderPayment, Release
from payments.states import PENDING_STATUSES, ProviderStatus, Purpose

WAITS_FOR = {
    ProviderStatus.REDIRECTED: WaitsFor.CUSTOMER,
    ProviderStatus.IN_REVIEW: WaitsFor.REVIEW,
    ProviderStatus.PENDING: WaitsFor.ISSUER,
}


def authorization_events(
    payment: Payment, hold: Authorization, reading: ProviderPayment, asked: Money, since: datetime
) -> list[AnyEvent]:
    """Return what an authorization gains by an answer or a reading; nothing while it waits for whom it waited for.

    `since`: when it was first sent. A hold cannot be older, so its end is never counted too late.
    """
    subject = hold.authorization_id
    if reading.status is ProviderStatus.RELEASED and hold.is_pending:
        return [*review_ends(payment, hold), *given_up(payment, hold, f"{subject}/{PROVIDERS_DOING}", reading)]
    if reading.status is ProviderStatus.DECLINED or reading.amount is None:
        return [*review_ends(payment, hold), *_declined(payment, hold, reading)]
    if reading.status in PENDING_STATUSES:
        return _pending(payment, hold, reading, asked, since)
    events: list[AnyEvent] = [
        *review_ends(payment, hold),
        Authorized(
            subject=subject,
            amount_minor=reading.amount.amount_minor,
            provider_id=reading.provider_id,
            authorization_code=reading.authorization_code,
            authorized_at=since,
            several_captures=reading.several_captures,
            booked_minor=hold.open_minor,
            payment_product=reading.payment_product,
            authentication=reading.authentication,
        ),
    ]
    if reading.amount != asked:
        told = f"Ingenico authorized {reading.amount} where {asked} was asked. "
        events.append(attention(subject, told + "Ship no more than was authorized, or void the payment."))
    failed = {a.authorization_id for a in payment.authorizations if a.stage in NOTHING_CAME}
    events += [AttentionSettled(subject=told.subject) for told in payment.attention if told.subject in failed]
    events += _follows_a_hold(payment, hold)
    held = fold_on(payment, events)
    if reading.status is ProviderStatus.RELEASED:
        return [*events, *released(held.hold(subject), f"{subject}/{PROVIDERS_DOING}", reading)]
    if reading.status is ProviderStatus.AUTHORIZED:
        terms = payment.terms_of(hold)
        if terms is not None and terms.action is PaymentAction.SALE:
            told = "A sale was asked for and Ingenico only holds the amount. "
            events.append(attention(subject, told + "Capture it when it ships, or void it."))
        return events
    return [*events, *taken_by_provider(held, held.hold(subject), reading)]


def is_bookable(payment: Payment, reading: ProviderPayment) -> bool:
    """Whether what the provider shows can be expressed in the order's currency."""
    amount = reading.amount
    known = amount is not None and amount.amount_minor > 0 and amount.currency == payment.money(0).currency
    return known and reading.discrepancy is None


def released(hold: Authorization, subject: str, reading: ProviderPayment) -> list[AnyEvent]:
    """Return what a confirmed cancel does to a hold: all that is open lapses, or is gone."""
    about, amount = {"subject": subject, "authorization_id": hold.authorization_id}, hold.open_minor
    events: list[AnyEvent] = [Voided(**about, amount_minor=amount)]
    if reading.release is Release.CONFIRMED:
        events.append(HoldReleased(**about, amount_minor=amount, confirmed=True))
    return events


def given_up(payment: Payment, hold: Authorization, subject: str, reading: ProviderPayment) -> list[AnyEvent]:
    """Return what a confirmed cancel does to a pending authorization, which may hold money already or not."""
    if hold.open_minor:
        events = released(hold, subject, reading)
    else:
        reason = given_up_by(hold)
        events = [AuthorizationGivenUp(subject=subject, authorization_id=hold.authorization_id, reason=reason)]
        events += nothing_follows(payment, hold, "nobody was there to approve it")
    if hold.void is None:
        told = f"Ingenico shows {reading.raw_status}: the payment was cancelled before it was authorized. "
        events.append(attention(subject, told + "Nothing was taken; ask the customer for another payment."))
    return events


def _declined(payment: Payment, hold: Authorization, reading: ProviderPayment) -> list[AnyEvent]:
    if hold.open_minor:
        # It was held during its review: what is declined then lapses like what is cancelled.
        return released(hold, f"{hold.authorization_id}/{PROVIDERS_DOING}", reading)
    decline = reading.decline or Decline(code=reading.raw_status, message="declined without a reason")
    declined = Declined(subject=hold.authorization_id, decline=decline, provider_id=reading.provider_id)
    return [declined, *nothing_follows(payment, hold, f"{decline.message} ({decline.code})")]


def _follows_a_hold(payment: Payment, hold: Authorization) -> list[AnyEvent]:
    """Say what follows once it is held: the one whose place it takes is released, an order edited up owes more."""
    if hold.owed_minor is not None:
        return [OrderChanged(subject=hold.authorization_id, owed_minor=hold.owed_minor)]
    if hold.purpose is not Purpose.REAUTHORIZATION or hold.card_of is None:
        return []
    before = payment.hold(hold.card_of)
    return [plan_release(payment, before, "superseded")] if before.open_minor and before.planned is None else []


def nothing_follows(payment: Payment, hold: Authorization, why: str) -> list[AnyEvent]:
    """Tell people that a hold ends and nothing takes its place: it is kept until then."""
    if hold.purpose is not Purpose.REAUTHORIZATION or hold.card_of is None:
        return []
    before = payment.hold(hold.card_of)
    ends = payment.window_end(before)
    told = (
        f"The hold of {payment.money(before.open_minor)} ends at {ends:%Y-%m-%d %H:%M} UTC and the card was not "
        f"authorized anew: {why}. Ship until then, or ask the customer for another way to pay."
    )
    return [attention(subject_of(before), told)]


def _pending(
    payment: Payment, hold: Authorization, reading: ProviderPayment, asked: Money, since: datetime
) -> list[AnyEvent]:
    waits_for = WAITS_FOR[reading.status]
    held = reading.amount.amount_minor if reading.is_authorized and reading.amount else 0
    newly_held = max(0, held - hold.open_minor)
    if hold.provider_id is not None and hold.is_pending and hold.waits_for is waits_for and not newly_held:
        return []
    redirect = reading.redirect
    pending = AuthorizationPending(
        subject=hold.authorization_id,
        occurrence=hold.waits + 1,
        provider_id=reading.provider_id,
        waits_for=waits_for,
        amount_minor=asked.amount_minor,
        held_minor=newly_held,
        since=since,
        return_mac_hash=redirect.return_mac_hash if redirect else None,
        has_address=redirect is not None,
        # Before the customer was asked it proves nothing; whoever reviews the payment needs it.
        authentication=reading.authentication if waits_for is WaitsFor.REVIEW else None,
    )
    if waits_for is not WaitsFor.REVIEW:
        return [*review_ends(payment, hold), pending]
    return [pending, *_review_begins(fold_on(payment, [pending]), hold)]


def _review_begins(payment: Payment, hold: Authorization) -> list[AnyEvent]:
    if any(told.subject == hold.in_review for told in payment.attention):
        return []
    deadline = payment.waits_until(payment.hold(hold.authorization_id))
    until = f" before {deadline:%Y-%m-%d %H:%M} UTC, else it is refused" if deadline else ""
    told = "Ingenico's fraud service doubts this payment: accept or refuse it" + until
    return [attention(hold.in_review, f"{told}. Ship nothing until then.")]


def review_ends(payment: Payment, hold: Authorization) -> list[AnyEvent]:
    """Settle what was told of a review that is over."""
    is_told = any(told.subject == hold.in_review for told in payment.attention)
    return [AttentionSettled(subject=hold.in_review)] if is_told else []
