"""What is told to people, and when it is settled. The same sentence about the same subject is told once."""

from datetime import datetime, timedelta

from payments.advance import numbered
from payments.conclude import WITHOUT_MONEY
from payments.events import (
    AnyEvent,
    AttentionNeeded,
    AttentionSettled,
    AuthorizationAdopted,
    ReleasePlanned,
    WatchEnded,
)
from payments.operations import Intent, OperationKind
from payments.parts import Watched
from payments.payment import Payment
from payments.provider import ProviderPayment
from payments.references import operation_id
from payments.resend import WATCH
from payments.states import ProviderStatus

# An outage of minutes needs nobody; one that outlasts this does.
OVERDUE = timedelta(hours=1)


def told_once(payment: Payment, subject: str, sentence: str) -> tuple[AnyEvent, ...]:
    """Return the event that tells people, unless it stands there already."""
    if any(told.subject == subject and told.sentence == sentence for told in payment.attention):
        return ()
    return numbered(payment, (AttentionNeeded(subject=subject, sentence=sentence),))


def credentials_not_accepted(payment: Payment, account: str, why: str) -> tuple[AnyEvent, ...]:
    """Tell people that an account is not let in."""
    sentence = (
        f"Ingenico does not accept the credentials of account {account} ({why}). "
        "Correct them; the payment goes on by itself."
    )
    return told_once(payment, _of_account(account), sentence)


def credentials_accepted(payment: Payment, account: str) -> tuple[AnyEvent, ...]:
    """Settle what was told of an account that is let in again."""
    subject = _of_account(account)
    settled_now = [AttentionSettled(subject=subject)] if any(t.subject == subject for t in payment.attention) else []
    return numbered(payment, settled_now)


def inconclusive(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Tell people that the provider shows something from which nothing follows."""
    why = reading.discrepancy or f"Ingenico shows {reading.raw_status}, from which nothing can be concluded."
    sentence = f"{why} It is read again; look at payment {reading.provider_id} in Ingenico's console."
    return told_once(payment, intent.operation.operation_id, sentence)


def not_shown(payment: Payment, intent: Intent, why: str) -> tuple[AnyEvent, ...]:
    """Tell people that the provider will not show what it must know."""
    sentence = (
        f"Ingenico does not show the payment of {intent.reference} ({why}). Nothing is concluded from that and it is "
        "asked again; look for the reference in Ingenico's console."
    )
    return told_once(payment, intent.operation.operation_id, sentence)


def overdue(payment: Payment, intent: Intent, now: datetime) -> tuple[AnyEvent, ...]:
    """Tell people of an operation that is open for long: it is found out by itself, but somebody should know."""
    begun = intent.first_sent_at or intent.created_at
    if now - begun < OVERDUE:
        return ()
    sentence = (
        f"The outcome of {intent.operation.operation_id} is open since {begun:%Y-%m-%d %H:%M} UTC. It is being found "
        "out; ship nothing on it. Look whether Ingenico, the network and the account's credentials are well."
    )
    return told_once(payment, f"{intent.operation.operation_id}/overdue", sentence)


def several_found(payment: Payment, intent: Intent, hits: tuple[ProviderPayment, ...]) -> tuple[AnyEvent, ...]:
    """Tell people that one reference names several payments; nothing for one."""
    if len(hits) < 2:
        return ()
    ids = ", ".join(hit.provider_id for hit in hits)
    sentence = f"Ingenico has several payments under {intent.reference}: {ids}. Release all but the one adopted here."
    return told_once(payment, f"{intent.operation.operation_id}/several", sentence)


# The customer is elsewhere, or a bank thinks: most of these come to nothing by themselves.
_MAY_STILL_PAY = {ProviderStatus.REDIRECTED, ProviderStatus.PENDING}


def watch_result(
    payment: Payment, reference: str, hits: tuple[ProviderPayment, ...], now: datetime
) -> tuple[AnyEvent, ...]:
    """Say what a look for a reference that was proven absent, or of a page, adds. Only a look ends the watch.

    A hold is adopted, to be released: the order is paid otherwise, or not at all. What holds or took money in another
    way is told to people; one that never will needs nobody. What the customer or a bank may still decide is looked at
    again, until the watch's time is over.
    """
    watched = next((w for w in payment.watched if w.reference == reference), None)
    # On a page several tries have one reference: those that are known are no news.
    known = {name for a in payment.authorizations for name in (a.provider_id, *a.tried)}
    hits = tuple(hit for hit in hits if hit.provider_id not in known)
    if watched is None or (not hits and now < watched.until):
        return ()
    undecided = set() if now >= watched.until else {hit.provider_id for hit in hits if hit.status in _MAY_STILL_PAY}
    events: list[AnyEvent] = [] if undecided else [WatchEnded(subject=reference)]
    unclear: list[ProviderPayment] = []
    for hit in hits:
        if hit.provider_id in undecided or hit.status in WITHOUT_MONEY or payment.hold_at(hit.provider_id) is not None:
            continue
        adopted = _adopted(payment, watched, hit)
        events += adopted
        if not adopted:
            unclear.append(hit)
    if not unclear:
        return tuple(events)
    ids = ", ".join(f"{hit.provider_id} ({hit.raw_status})" for hit in unclear)
    sentence = (
        f"An authorization that had proven absent appeared late under {reference}: {ids}. "
        "This order's payment goes on without it: void it in Ingenico's console, or refund what it took."
    )
    return (*events, *told_once(payment, f"late:{reference}", sentence))


def _adopted(payment: Payment, watched: Watched, hit: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Take a late hold in, and plan its release; nothing for what cannot be expressed as a hold of this order."""
    amount, currency = hit.amount, payment.money(0).currency
    if hit.status is not ProviderStatus.AUTHORIZED or amount is None or amount.currency != currency:
        return ()
    name = f"@late-{watched.reference.rpartition('-')[2]}-{hit.provider_id}"
    subject = operation_id(payment.key, OperationKind.AUTHORIZE, name)
    adopted = AuthorizationAdopted(
        subject=subject,
        reference=watched.reference,
        amount_minor=amount.amount_minor,
        provider_id=hit.provider_id,
        # Its first send is the earliest that it can have begun.
        authorized_at=watched.until - WATCH,
        several_captures=hit.several_captures,
    )
    release = f"@release-{name}"
    planned = ReleasePlanned(
        subject=operation_id(payment.key, OperationKind.VOID, release),
        authorization_id=subject,
        request_id=release,
        cause="late",
    )
    return (adopted, planned)


def taken_elsewhere(payment: Payment, intent: Intent, reading: ProviderPayment, holder: str) -> tuple[AnyEvent, ...]:
    """Tell people that the provider names a payment that is another order's: shipping both would use one hold twice."""
    sentence = (
        f"Ingenico shows payment {reading.provider_id} for {intent.reference}, and that is {holder} already. "
        "Nothing was booked here and nothing may be shipped on it; look at the payment in Ingenico's console."
    )
    return told_once(payment, intent.operation.operation_id, sentence)


def settled(payment: Payment, intent: Intent) -> tuple[AnyEvent, ...]:
    """Return what an outcome settles: the credentials work again, and the provider has become clear."""
    operation = intent.operation
    subjects = {_of_account(operation.account), operation.operation_id, f"{operation.operation_id}/overdue"}
    return tuple(AttentionSettled(subject=told.subject) for told in payment.attention if told.subject in subjects)


def _of_account(account: str) -> str:
    return f"account:{account}"
