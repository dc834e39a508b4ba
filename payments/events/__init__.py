"""What happened to a payment: append-only facts, each carrying every amount that its postings need.

Amounts are minor units of the payment's currency. `subject` names what an event is about (an operation or a
capture) and `occurrence` which time it happens to it: together with the kind they are unique in the ledger.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from payments.base import Value
from payments.events.attention import AttentionNeeded, AttentionSettled
from payments.events.authorization import (
    Abandoned,
    AttemptAbsent,
    AuthorizationAdopted,
    AuthorizationIntended,
    AuthorizationRefused,
    Authorized,
    Decline,
    Declined,
    Opened,
    OrderChanged,
    OutcomeUnknown,
    Terms,
    WatchEnded,
)
from payments.events.base import Event, Minor
from payments.events.capture import (
    Captured,
    CaptureDropped,
    CaptureIntended,
    CapturePlanned,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    Collected,
    RejectedStage,
    Unexplained,
)
from payments.events.refund import (
    RefundAsked,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundIntended,
    RefundRequested,
    RefundReversed,
)
from payments.events.release import (
    CapturesFinalized,
    HoldExpired,
    HoldReleased,
    ReleaseCause,
    ReleasePlanned,
    Voided,
    VoidIntended,
    VoidRefused,
)

__all__ = [
    "Abandoned",
    "AnyEvent",
    "AttemptAbsent",
    "AttentionNeeded",
    "AttentionSettled",
    "AuthorizationAdopted",
    "AuthorizationIntended",
    "AuthorizationRefused",
    "Authorized",
    "CaptureDropped",
    "CaptureIntended",
    "CapturePlanned",
    "CaptureRefused",
    "CaptureRejected",
    "CaptureRequested",
    "Captured",
    "CapturesFinalized",
    "Collected",
    "Decline",
    "Declined",
    "Event",
    "HoldExpired",
    "HoldReleased",
    "Minor",
    "Opened",
    "OrderChanged",
    "OutcomeUnknown",
    "RecordedEvent",
    "RefundAsked",
    "RefundDeferred",
    "RefundFailed",
    "RefundIntended",
    "RefundRequested",
    "RefundReversed",
    "Refunded",
    "RejectedStage",
    "ReleaseCause",
    "ReleasePlanned",
    "Terms",
    "Unexplained",
    "VoidIntended",
    "VoidRefused",
    "Voided",
    "WatchEnded",
]

AnyEvent = Annotated[
    Opened
    | AuthorizationIntended
    | OutcomeUnknown
    | Authorized
    | Declined
    | AuthorizationRefused
    | AttemptAbsent
    | AuthorizationAdopted
    | WatchEnded
    | Abandoned
    | OrderChanged
    | CapturePlanned
    | CaptureDropped
    | CaptureIntended
    | CaptureRefused
    | CaptureRequested
    | Captured
    | Collected
    | CaptureRejected
    | ReleasePlanned
    | VoidIntended
    | VoidRefused
    | Voided
    | CapturesFinalized
    | HoldReleased
    | HoldExpired
    | Unexplained
    | RefundAsked
    | RefundIntended
    | RefundDeferred
    | RefundRequested
    | Refunded
    | RefundFailed
    | RefundReversed
    | AttentionNeeded
    | AttentionSettled,
    Field(discriminator="kind"),
]


class RecordedEvent(Value):
    """An event in its place in the payment's story; sequence counts from 1 without gaps."""

    sequence: int
    occurred_at: datetime
    event: AnyEvent
