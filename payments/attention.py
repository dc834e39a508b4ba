"""What is told to people, and when it is settled. The same sentence about the same subject is told once."""

from payments.advance import numbered
from payments.conclude import WITHOUT_MONEY
from payments.events import AnyEvent, AttentionNeeded, AttentionSettled, WatchEnded
from payments.operations import Intent
from payments.payment import Payment
from payments.provider import ProviderPayment


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


def inconclusive(payment: Payment, intent: Intent, reading: ProviderPayment) -> tuple[AnyEvent, ...]:
    """Tell people that the provider shows something from which nothing follows."""
    why = reading.discrepancy or f"Ingenico shows {reading.raw_status}, from which nothing can be concluded."
    sentence = f"{why} It is read again; look at payment {reading.provider_id} in Ingenico's console."
    return told_once(payment, intent.operation.operation_id, sentence)


def several_found(payment: Payment, intent: Intent, hits: tuple[ProviderPayment, ...]) -> tuple[AnyEvent, ...]:
    """Tell people that one reference names several payments; nothing for one."""
    if len(hits) < 2:
        return ()
    ids = ", ".join(hit.provider_id for hit in hits)
    sentence = f"Ingenico has several payments under {intent.reference}: {ids}. Release all but the one adopted here."
    return told_once(payment, f"{intent.operation.operation_id}/several", sentence)


def late_authorization(payment: Payment, reference: str, hits: tuple[ProviderPayment, ...]) -> tuple[AnyEvent, ...]:
    """Tell people of a payment under a reference that was proven absent; one without money needs nobody."""
    if not hits or not any(watched.reference == reference for watched in payment.watched):
        return ()
    ended = WatchEnded(subject=reference)
    holding = [hit for hit in hits if hit.status not in WITHOUT_MONEY]
    if not holding:
        return (ended,)
    ids = ", ".join(f"{hit.provider_id} ({hit.raw_status})" for hit in holding)
    sentence = (
        f"An authorization that had proven absent appeared late under {reference}: {ids}. "
        "This order's payment goes on without it: void it in Ingenico's console, or refund what it took."
    )
    return (ended, *told_once(payment, f"late:{reference}", sentence))


def taken_elsewhere(payment: Payment, intent: Intent, reading: ProviderPayment, holder: str) -> tuple[AnyEvent, ...]:
    """Tell people that the provider names a payment that is another order's: shipping both would use one hold twice."""
    sentence = (
        f"Ingenico shows payment {reading.provider_id} for {intent.reference}, and that is {holder} already. "
        "Nothing was booked here and nothing may be shipped on it; look at the payment in Ingenico's console."
    )
    return told_once(payment, intent.operation.operation_id, sentence)


def settled(payment: Payment, intent: Intent) -> tuple[AnyEvent, ...]:
    """Return what an outcome settles: the credentials work again, and the provider has become clear."""
    subjects = {_of_account(intent.operation.account), intent.operation.operation_id}
    return tuple(AttentionSettled(subject=told.subject) for told in payment.attention if told.subject in subjects)


def _of_account(account: str) -> str:
    return f"account:{account}"
