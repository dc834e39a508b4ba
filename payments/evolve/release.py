"""Fold what became of letting go of a hold."""

from typing import assert_never

from payments.events import (
    CapturesFinalized,
    HoldExpired,
    HoldReleased,
    ReleasePlanned,
    Voided,
    VoidIntended,
    VoidRefused,
)
from payments.events.release import GIVING_UP
from payments.evolve.changes import hold_changed, remembered
from payments.evolve.pending import ENDED, given_up_by
from payments.evolve.window import let_go
from payments.parts import Authorization, AuthorizationStage, PlannedRelease, VoidRecord
from payments.payment import Payment

ReleaseEvent = ReleasePlanned | VoidIntended | VoidRefused | Voided | CapturesFinalized | HoldReleased | HoldExpired


def evolve_release(payment: Payment, event: ReleaseEvent) -> Payment:
    """Return the payment after one of these events."""
    after = _after(payment, event)
    return let_go(after) if isinstance(event, Voided | CapturesFinalized | HoldExpired) else after


def _after(payment: Payment, event: ReleaseEvent) -> Payment:
    hold = payment.hold(event.authorization_id)
    match event:
        case ReleasePlanned():
            planned = PlannedRelease(void_id=event.subject, request_id=event.request_id, cause=event.cause)
            superseded = hold.superseded or event.cause == "superseded"
            return hold_changed(payment, hold, planned=planned, superseded=superseded)
        case VoidIntended():
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            record = VoidRecord(
                void_id=event.subject, cause=event.cause, finalizes=event.finalizes, closes=event.closes
            )
            return hold_changed(accepted, hold, unwanted=None, void=record, void_ids=(*hold.void_ids, event.subject))
        case VoidRefused():
            return hold_changed(payment, hold, void=None, planned=None)
        case Voided():
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.VOIDED,
                given_up=given_up_by(hold) if _is_given_up(hold) else hold.given_up,
                **ENDED,
                open_minor=hold.open_minor - event.amount_minor,
                lapsing_minor=hold.lapsing_minor + event.amount_minor,
            )
        case CapturesFinalized():
            return hold_changed(
                payment,
                hold,
                void=None,
                finalized_by=event.subject,
                open_minor=hold.open_minor - event.amount_minor,
                lapsing_minor=hold.lapsing_minor + event.amount_minor,
            )
        case HoldReleased():
            return hold_changed(
                payment, hold, ends=hold.ends + 1, lapsing_minor=hold.lapsing_minor - event.amount_minor
            )
        case HoldExpired():
            return hold_changed(
                payment,
                hold,
                stage=hold.stage if payment.live_captures(hold.authorization_id) else AuthorizationStage.EXPIRED,
                ends=hold.ends + 1,
                waits_for=None,
                open_minor=hold.open_minor - event.amount_minor,
            )
        case _:
            assert_never(event)


def _is_given_up(hold: Authorization) -> bool:
    """Whether a hold that is let go of was never told as authorized, or only while it was being given up."""
    ours = hold.void is not None and hold.void.cause in GIVING_UP
    return hold.is_pending or ours
