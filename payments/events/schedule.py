"""A capture at a given time."""

from datetime import datetime
from typing import Literal

from payments.events.base import Event, Minor


class CaptureScheduled(Event):
    """A capture is to be made at a time; an earlier plan for the same hold is replaced."""

    kind: Literal["capture_scheduled"] = "capture_scheduled"
    authorization_id: str
    request_id: str
    request_hash: str
    at: datetime
    amount_minor: Minor | None
    """None: all that is left then."""
    final: bool
    shipment_id: str | None


class CaptureUnscheduled(Event):
    """A scheduled capture is not made: it was cancelled, or it could not be made when its time came."""

    kind: Literal["capture_unscheduled"] = "capture_unscheduled"
    authorization_id: str
    reason: str
    request_id: str | None = None
    """The request that cancelled it; none when nobody asked for that."""
    request_hash: str | None = None
