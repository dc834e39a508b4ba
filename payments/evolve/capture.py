"""Fold what became of a capture."""

from typing import assert_never

from payments.events import (
    Captured,
    CaptureDropped,
    CaptureIntended,
    CapturePlanned,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    Collected,
)
from payments.evolve.changes import capture_changed, changed, hold_changed, remembered
from payments.evolve.window import made, unscheduled
from payments.parts import CaptureRecord
from payments.payment import Payment
from payments.states import CaptureStage


def evolve_capture(
    payment: Payment,
    event: CapturePlanned
    | CaptureDropped
    | CaptureIntended
    | CaptureRefused
    | CaptureRequested
    | Captured
    | Collected
    | CaptureRejected,
) -> Payment:
    """Return the payment after one of these events."""
    hold = payment.hold(event.authorization_id)
    match event:
        case CapturePlanned():
            return changed(payment, captures=(*payment.captures, _record(event, CaptureStage.PLANNED)))
        case CaptureDropped():
            return capture_changed(payment, event.subject, CaptureStage.REFUSED)
        case CaptureIntended():
            capture = _record(event, CaptureStage.INTENDED).model_copy(update={"reference": event.reference})
            accepted = remembered(payment, event.request_id, event.request_hash, event.subject)
            sent = (*payment.references, event.reference) if event.reference else payment.references
            # A part that was planned stays in its place.
            planned = payment.capture(event.subject) is not None
            captures = tuple(capture if c.capture_id == event.subject else c for c in payment.captures)
            added = changed(accepted, captures=captures if planned else (*captures, capture), references=sent)
            added = made(added, event.request_id, event.subject)
            return hold_changed(
                added,
                hold,
                open_minor=hold.open_minor - event.amount_minor,
                reserved_minor=hold.reserved_minor + event.amount_minor,
            )
        case CaptureRefused():
            returned = hold_changed(
                payment,
                hold,
                open_minor=hold.open_minor + event.amount_minor,
                reserved_minor=hold.reserved_minor - event.amount_minor,
            )
            return capture_changed(returned, event.subject, CaptureStage.REFUSED)
        case CaptureRequested():
            taken = min(event.amount_minor, event.reported_minor)
            back = event.amount_minor - taken
            used = hold_changed(
                payment,
                hold,
                reserved_minor=hold.reserved_minor - event.amount_minor,
                open_minor=hold.open_minor + back - event.rest_minor,
                lapsing_minor=hold.lapsing_minor + event.rest_minor,
            )
            used = unscheduled(used, "another capture was made")
            return capture_changed(
                used,
                event.subject,
                CaptureStage.REQUESTED,
                amount_minor=taken,
                reported_minor=event.reported_minor,
                provider_capture_id=event.provider_capture_id,
            )
        case Captured():
            return capture_changed(payment, event.subject, CaptureStage.CAPTURED)
        case Collected():
            return capture_changed(payment, event.subject, CaptureStage.COLLECTED)
        case CaptureRejected():
            again = hold_changed(
                payment,
                hold,
                open_minor=hold.open_minor + event.reopened_minor,
                lapsing_minor=hold.lapsing_minor + event.lapsing_minor,
            )
            return capture_changed(again, event.subject, CaptureStage.REJECTED)
        case _:
            assert_never(event)


def _record(event: CapturePlanned | CaptureIntended, stage: CaptureStage) -> CaptureRecord:
    return CaptureRecord(
        capture_id=event.subject,
        authorization_id=event.authorization_id,
        request_id=event.request_id,
        shipment_id=event.shipment_id,
        amount_minor=event.amount_minor,
        final=event.final,
        stage=stage,
    )
