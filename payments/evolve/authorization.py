"""Fold what became of asking for an authorization."""

from typing import assert_never

from payments.events import AttemptAbsent, AuthorizationIntended, AuthorizationRefused, Authorized, Declined
from payments.evolve.changes import changed, hold_changed
from payments.evolve.pending import ENDED
from payments.parts import Authorization, AuthorizationStage, Watched
from payments.payment import Payment


def evolve_authorization(
    payment: Payment,
    event: AuthorizationIntended | Authorized | Declined | AuthorizationRefused | AttemptAbsent,
) -> Payment:
    """Return the payment after one of these events."""
    if isinstance(event, AuthorizationIntended):
        asked = Authorization(
            authorization_id=event.subject,
            attempt=event.attempt,
            reference=event.reference,
            amount_minor=event.amount_minor,
            by_checkout=event.by_checkout,
        )
        others = tuple(a for a in payment.authorizations if a.authorization_id != event.subject)
        sent = (*payment.references, event.reference)
        return changed(payment, authorizations=(*others, asked), references=sent)
    hold = payment.hold(event.subject)
    match event:
        case Authorized():
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.HELD,
                amount_minor=event.amount_minor,
                open_minor=event.amount_minor,
                provider_id=event.provider_id,
                authorization_code=event.authorization_code,
                authorized_at=event.authorized_at,
                several_captures=event.several_captures,
                payment_product=event.payment_product,
                waits_for=None,
                accept_id=None,
                authentication=event.authentication or hold.authentication,
            )
        case Declined():
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.DECLINED,
                decline=event.decline,
                provider_id=event.provider_id,
                **ENDED,
            )
        case AuthorizationRefused():
            return hold_changed(
                payment, hold, stage=AuthorizationStage.REFUSED, refusal=f"{event.code}: {event.message}"
            )
        case AttemptAbsent():
            watched = (*payment.watched, Watched(reference=event.reference, until=event.watched_until))
            return hold_changed(changed(payment, watched=watched), hold, stage=AuthorizationStage.ABSENT)
        case _:
            assert_never(event)
