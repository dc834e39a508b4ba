"""Taking a capture back while it is still queued at the provider."""

from typing import Literal

from payments.events.base import Event, Minor


class TakeBackIntended(Event):
    """A queued capture is about to be taken back, whole."""

    kind: Literal["take_back_intended"] = "take_back_intended"
    authorization_id: str
    capture_id: str
    request_id: str
    request_hash: str
    refund_id: str | None = None
    """The refund of the whole capture that is made so; none when the taking back itself was asked for."""


class TakeBackRefused(Event):
    """The capture is proven to have stayed: it was too late."""

    kind: Literal["take_back_refused"] = "take_back_refused"
    authorization_id: str
    capture_id: str
    reason: str


class CaptureTakenBack(Event):
    """A queued capture left its queue: no money comes by it, and its amount is on the hold again."""

    kind: Literal["capture_taken_back"] = "capture_taken_back"
    authorization_id: str
    take_back_id: str
    amount_minor: Minor
    reopened_minor: Minor
    """May be captured again; what the capture had left of the hold lapses still."""


class RefundTakenBack(Event):
    """A refund needs no money to go back: its capture was taken back."""

    kind: Literal["refund_taken_back"] = "refund_taken_back"
    authorization_id: str
    amount_minor: Minor
