"""Fold what happened to an authorization while it was pending."""

from typing import Any, assert_never

from payments.events import AcceptIntended, AcceptRefused, AuthorizationGivenUp, AuthorizationPending, GivenUp
from payments.evolve.changes import hold_changed, remembered
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment

PendingEvent = AuthorizationPending | AcceptIntended | AcceptRefused | AuthorizationGivenUp

# What an authorization that is pending no more waits for: nobody, and nothing is under way about it.
ENDED: dict[str, Any] = {"waits_for": None, "accept_id": None, "void": None}
_BY_CAUSE = {
    "window": GivenUp.NO_ANSWER_IN_TIME,
    "customer": GivenUp.CUSTOMER_DID_NOT_RETURN,
    "review_refused": GivenUp.REVIEW_REFUSED,
    "review_deadline": GivenUp.REVIEW_NOT_DECIDED,
    "late_success": GivenUp.CUSTOMER_DID_NOT_RETURN,
}


def given_up_by(hold: Authorization) -> GivenUp:
    """Say why an authorization is given up, by the void that is under way; none of ours: somebody else's doing."""
    return GivenUp.CANCELLED if hold.void is None else _BY_CAUSE.get(hold.void.cause, GivenUp.CANCELLED)


def evolve_pending(payment: Payment, event: PendingEvent) -> Payment:
    """Return the payment after one of these events."""
    match event:
        case AuthorizationPending():
            hold = payment.hold(event.subject)
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.PENDING,
                provider_id=event.provider_id,
                waits_for=event.waits_for,
                waits=hold.waits + 1,
                pending_since=event.since,
                accept_id=None,
                authorized_at=event.since if event.held_minor else hold.authorized_at,
                open_minor=hold.open_minor + event.held_minor,
                return_mac_hash=event.return_mac_hash or hold.return_mac_hash,
                has_address=event.has_address or hold.has_address,
                authentication=event.authentication or hold.authentication,
            )
        case AcceptIntended():
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            return hold_changed(accepted, payment.hold(event.authorization_id), accept_id=event.subject)
        case AcceptRefused():
            return hold_changed(payment, payment.hold(event.authorization_id), accept_id=None)
        case AuthorizationGivenUp():
            hold = payment.hold(event.authorization_id)
            ended_at = None if event.reason is GivenUp.CANCELLED else event.at
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.ABANDONED,
                given_up=event.reason,
                ended_at=ended_at,
                **ENDED,
            )
        case _:
            assert_never(event)
