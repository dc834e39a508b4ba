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
    ProductHold,
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
from payments.events.checkout import (
    CheckoutClosed,
    CheckoutDeclined,
    CheckoutEnd,
    CheckoutEvent,
    CheckoutOpened,
    CheckoutOver,
    CheckoutPaid,
    CheckoutPaidLate,
)
from payments.events.pending import (
    AcceptIntended,
    AcceptRefused,
    Authentication,
    AuthorizationGivenUp,
    AuthorizationPending,
    GivenUp,
    WaitsFor,
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
from payments.events.schedule import CaptureScheduled, CaptureUnscheduled
from payments.events.take_back import CaptureTakenBack, RefundTakenBack, TakeBackIntended, TakeBackRefused
from payments.events.window import WindowChanged, WindowEnding

__all__ = [
    "Abandoned",
    "AcceptIntended",
    "AcceptRefused",
    "AnyEvent",
    "AttemptAbsent",
    "AttentionNeeded",
    "AttentionSettled",
    "Authentication",
    "AuthorizationAdopted",
    "AuthorizationGivenUp",
    "AuthorizationIntended",
    "AuthorizationPending",
    "AuthorizationRefused",
    "Authorized",
    "CaptureDropped",
    "CaptureIntended",
    "CapturePlanned",
    "CaptureRefused",
    "CaptureRejected",
    "CaptureRequested",
    "CaptureScheduled",
    "CaptureTakenBack",
    "CaptureUnscheduled",
    "Captured",
    "CapturesFinalized",
    "CheckoutClosed",
    "CheckoutDeclined",
    "CheckoutEnd",
    "CheckoutEvent",
    "CheckoutOpened",
    "CheckoutOver",
    "CheckoutPaid",
    "CheckoutPaidLate",
    "Collected",
    "Decline",
    "Declined",
    "Event",
    "GivenUp",
    "HoldExpired",
    "HoldReleased",
    "Minor",
    "Opened",
    "OrderChanged",
    "OutcomeUnknown",
    "ProductHold",
    "RecordedEvent",
    "RefundAsked",
    "RefundDeferred",
    "RefundFailed",
    "RefundIntended",
    "RefundRequested",
    "RefundReversed",
    "RefundTakenBack",
    "Refunded",
    "RejectedStage",
    "ReleaseCause",
    "ReleasePlanned",
    "TakeBackIntended",
    "TakeBackRefused",
    "Terms",
    "Unexplained",
    "VoidIntended",
    "VoidRefused",
    "Voided",
    "WaitsFor",
    "WatchEnded",
    "WindowChanged",
    "WindowEnding",
]

AnyEvent = Annotated[
    Opened
    | AuthorizationIntended
    | OutcomeUnknown
    | AuthorizationPending
    | AcceptIntended
    | AcceptRefused
    | AuthorizationGivenUp
    | CheckoutEvent
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
    | TakeBackIntended
    | TakeBackRefused
    | CaptureTakenBack
    | RefundTakenBack
    | WindowChanged
    | WindowEnding
    | CaptureScheduled
    | CaptureUnscheduled
    | AttentionNeeded
    | AttentionSettled,
    Field(discriminator="kind"),
]


class RecordedEvent(Value):
    """An event in its place in the payment's story; sequence counts from 1 without gaps."""

    sequence: int
    occurred_at: datetime
    event: AnyEvent
    callback: bool = False
    """Whether the order service is to be told of it, and was not yet."""
