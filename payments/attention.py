"""What is told to people, and when it is settled. The same sentence about the same subject is told once."""

from payments.advance import numbered
from payments.events import AnyEvent, AttentionNeeded, AttentionSettled
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
