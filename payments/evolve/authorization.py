"""Fold what became of asking for an authorization."""

from typing import assert_never

from payments.events import (
    AttemptAbsent,
    AuthorizationAdopted,
    AuthorizationIntended,
    AuthorizationRefused,
    Authorized,
    Declined,
)
from payments.evolve.changes import changed, hold_changed, remembered
from payments.evolve.pending import ENDED
from payments.parts import Authorization, AuthorizationStage, Watched
from payments.payment import Payment
from payments.states import Purpose


def evolve_authorization(
    payment: Payment,
    event: AuthorizationIntended | AuthorizationAdopted | Authorized | Declined | AuthorizationRefused | AttemptAbsent,
) -> Payment:
    """Return the payment after one of these events."""
    if isinstance(event, AuthorizationIntended):
        return _intended(payment, event)
    if isinstance(event, AuthorizationAdopted):
        return _adopted(payment, event)
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
                ended_at=event.at,
                **ENDED,
            )
        case AuthorizationRefused():
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.REFUSED,
                refusal=f"{event.code}: {event.message}",
                ended_at=event.at,
            )
        case AttemptAbsent():
            watched = (*payment.watched, Watched(reference=event.reference, until=event.watched_until))
            return hold_changed(changed(payment, watched=watched), hold, stage=AuthorizationStage.ABSENT)
        case _:
            assert_never(event)


def _intended(payment: Payment, event: AuthorizationIntended) -> Payment:
    asked = Authorization(
        authorization_id=event.subject,
        attempt=event.attempt,
        reference=event.reference,
        amount_minor=event.amount_minor,
        by_checkout=event.by_checkout,
        purpose=event.purpose,
        request_id=event.request_id,
        terms=event.terms,
        method=event.method,
        card_of=event.card_of,
        owed_minor=event.owed_minor,
    )
    others = tuple(a for a in payment.authorizations if a.authorization_id != event.subject)
    sent = (*payment.references, event.reference)
    after = changed(payment, authorizations=(*others, asked), references=sent)
    if event.request_hash is None or payment.request(event.request_id) is not None:
        return after
    return remembered(after, event.request_id, event.request_hash, event.subject)


def _adopted(payment: Payment, event: AuthorizationAdopted) -> Payment:
    found = Authorization(
        authorization_id=event.subject,
        attempt=1,
        reference=event.reference,
        amount_minor=event.amount_minor,
        stage=AuthorizationStage.HELD,
        open_minor=event.amount_minor,
        provider_id=event.provider_id,
        authorized_at=event.authorized_at,
        several_captures=event.several_captures,
        purpose=Purpose.LATE,
        request_id=event.subject.rpartition("/")[2],
        terms=event.terms,
    )
    return changed(payment, authorizations=(*payment.authorizations, found))
