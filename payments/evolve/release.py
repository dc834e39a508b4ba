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
from payments.evolve.changes import hold_changed, remembered
from payments.parts import AuthorizationStage, PlannedRelease, VoidRecord
from payments.payment import Payment


def evolve_release(
    payment: Payment,
    event: ReleasePlanned | VoidIntended | VoidRefused | Voided | CapturesFinalized | HoldReleased | HoldExpired,
) -> Payment:
    """Return the payment after one of these events."""
    hold = payment.hold(event.authorization_id)
    match event:
        case ReleasePlanned():
            planned = PlannedRelease(void_id=event.subject, request_id=event.request_id, cause=event.cause)
            superseded = hold.superseded or event.cause == "superseded"
            return hold_changed(payment, hold, planned=planned, superseded=superseded)
        case VoidIntended():
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            record = VoidRecord(void_id=event.subject, cause=event.cause, finalizes=event.finalizes)
            return hold_changed(accepted, hold, void=record, void_ids=(*hold.void_ids, event.subject))
        case VoidRefused():
            return hold_changed(payment, hold, void=None, planned=None)
        case Voided():
            return hold_changed(
                payment,
                hold,
                stage=AuthorizationStage.VOIDED,
                void=None,
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
                open_minor=hold.open_minor - event.amount_minor,
            )
        case _:
            assert_never(event)
