"""Captures, from the intent to what became of them."""

from enum import StrEnum
from typing import Literal

from payments.events.base import Event, Minor


class CaptureIntended(Event):
    """A capture is about to be asked for; the amount is reserved out of the hold."""

    kind: Literal["capture_intended"] = "capture_intended"
    authorization_id: str
    request_id: str
    request_hash: str
    shipment_id: str | None
    amount_minor: Minor
    final: bool = True
    """Nothing more is captured of the hold afterwards: so with each account that captures once."""
    reference: str | None = None
    """Our own reference of the capture, where the payment takes several."""


class CapturePlanned(Event):
    """A further part of what was shipped is to be captured of another hold, once the part before it is answered."""

    kind: Literal["capture_planned"] = "capture_planned"
    authorization_id: str
    request_id: str
    shipment_id: str | None
    amount_minor: Minor
    final: bool = True


class CaptureDropped(Event):
    """A part that was planned is not asked for: its hold is gone, or ends."""

    kind: Literal["capture_dropped"] = "capture_dropped"
    authorization_id: str
    amount_minor: Minor
    reason: str


class CaptureRefused(Event):
    """A capture is proven not to have happened; the reservation returns to the hold."""

    kind: Literal["capture_refused"] = "capture_refused"
    authorization_id: str
    amount_minor: Minor
    reason: str


class CaptureRequested(Event):
    """The provider queued a capture. With one approve per authorization the rest of the hold lapses."""

    kind: Literal["capture_requested"] = "capture_requested"
    authorization_id: str
    amount_minor: Minor
    """What was intended."""
    reported_minor: Minor
    """What the provider says it will capture; usually the same."""
    rest_minor: Minor
    """What is left of the hold and cannot be captured any more."""
    provider_capture_id: str | None = None
    """The provider's name of the capture, where the payment takes several."""


class Captured(Event):
    """The capture was confirmed."""

    kind: Literal["captured"] = "captured"
    authorization_id: str
    amount_minor: Minor


class Collected(Event):
    """The provider has the money."""

    kind: Literal["collected"] = "collected"
    authorization_id: str
    amount_minor: Minor


class RejectedStage(StrEnum):
    """How far a capture had come when it was rejected."""

    REQUESTED = "requested"
    CAPTURED = "captured"
    COLLECTED = "collected"


class CaptureRejected(Event):
    """A capture that was accepted has been rejected later. With several captures its amount is on the hold again."""

    kind: Literal["capture_rejected"] = "capture_rejected"
    authorization_id: str
    amount_minor: Minor
    stage: RejectedStage
    reopened_minor: Minor = 0
    """May be captured again."""
    lapsing_minor: Minor = 0
    """Cannot be captured any more and is still on the card."""


class Unexplained(Event):
    """The provider shows more captured than we asked for; it goes to suspense and a person is told."""

    kind: Literal["unexplained"] = "unexplained"
    authorization_id: str
    amount_minor: Minor
    used_hold_minor: Minor
