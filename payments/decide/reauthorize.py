"""A hold that ends before fulfilment: another on the same card is asked for first, then the old one is let go of."""

from datetime import datetime, timedelta

from payments.decide.authorization import ask_for
from payments.decide.decision import Perform
from payments.events import AuthorizationIntended
from payments.parts import Authorization
from payments.payment import Payment
from payments.references import request_hash
from payments.states import Purpose

# If the issuer says no, this is what is left to ship what is held, or to ask the customer; less for short windows.
LONGEST_BEFORE = timedelta(days=1)


def subject_of(hold: Authorization) -> str:
    """Return under which subject people are told that nothing takes the place of a hold."""
    return f"{hold.authorization_id}/reauthorize"


def card_of(asked: Perform) -> str:
    """Return which authorization's place is to be taken."""
    return next(e.card_of for e in asked.events if isinstance(e, AuthorizationIntended) and e.card_of is not None)


def decide_reauthorization(payment: Payment, now: datetime) -> Perform | None:
    """Ask for the successor of a hold that is about to end, once for each, while the order may still ship."""
    if payment.unresolved is not None or payment.absent is not None:
        return None
    for hold in payment.authorizations:
        due = _due_at(payment, hold)
        amount = min(payment.free_minor(hold), payment.owed_minor - payment.captured_minor)
        if due is None or now < due or amount <= 0:
            continue
        number = sum(a.purpose is Purpose.REAUTHORIZATION for a in payment.authorizations) + 1
        name = f"@reauthorize-{number}"
        return ask_for(
            payment,
            name,
            request_hash({"cause": name}),
            purpose=Purpose.REAUTHORIZATION,
            amount_minor=amount,
            account=payment.account_of(hold),
            card_of=hold.authorization_id,
        )
    return None


def next_reauthorization_at(payment: Payment) -> datetime | None:
    """Return when time alone brings a successor."""
    if payment.unresolved is not None:
        return None
    times = [_due_at(payment, hold) for hold in payment.authorizations if payment.free_minor(hold)]
    return min((at for at in times if at is not None), default=None)


def is_followed(payment: Payment, hold: Authorization) -> bool:
    """Whether another hold is to take its place before it ends: nobody was told that none does."""
    expires, last = payment.window_end(hold), payment.ships_until
    was_told = any(told.subject == subject_of(hold) for told in payment.attention)
    return expires is not None and last is not None and expires < last and not was_told


def _due_at(payment: Payment, hold: Authorization) -> datetime | None:
    expires, begun = payment.window_end(hold), hold.authorized_at
    if expires is None or begun is None or not is_followed(payment, hold):
        return None
    was_asked = any(
        a.purpose is Purpose.REAUTHORIZATION and a.card_of == hold.authorization_id for a in payment.authorizations
    )
    return None if was_asked else expires - min(LONGEST_BEFORE, (expires - begun) // 4)
