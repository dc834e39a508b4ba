"""The authorization window: how long fulfilment may take."""

from datetime import datetime
from typing import Literal

from payments.events.base import Event, Minor


class WindowChanged(Event):
    """The window was extended or shortened; within the hold less its margin."""

    kind: Literal["window_changed"] = "window_changed"
    authorization_id: str
    request_id: str
    request_hash: str
    ends_at: datetime


class WindowEnding(Event):
    """The window ends soon and something is still unshipped: fulfilment is warned."""

    kind: Literal["window_ending"] = "window_ending"
    authorization_id: str
    ends_at: datetime
    amount_minor: Minor
    """What may still be captured, and is voided at the end."""
