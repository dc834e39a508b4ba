"""What happened to a payment: append-only facts, each carrying every amount that its postings need.

Amounts are minor units of the payment's currency. `subject` names what an event is about (an operation or a
capture) and `occurrence` which time it happens to it: together with the kind they are unique in the ledger.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from payments.base import Value
from payments.event_base import Event, Minor
from payments.methods import PaymentAction
from payments.money import Money
from payments.refund_events import (
    RefundAsked,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundIntended,
    RefundRequested,
    RefundReversed,
)


class Opened(Event):
    """The order was claimed for this payment: terms are frozen from here on."""

    kind: Literal["opened"] = "opened"
    owed: Money
    digest: str
    """Of the start that opened it; another start for the same order is refused."""
    account: str
    action: PaymentAction
    hold_seconds: int
    """How long the provider's hold can be counted on, from the first send."""
    window_seconds: int
    """After this the payment is voided by itself; at most the hold less a margin."""


class AuthorizationIntended(Event):
    """An authorization is about to be asked for, under this reference."""

    kind: Literal["authorization_intended"] = "authorization_intended"
    attempt: int
    reference: str
    amount_minor: Minor


class OutcomeUnknown(Event):
    """Bytes were sent and no readable answer came; it is being found out."""

    kind: Literal["outcome_unknown"] = "outcome_unknown"
    authorization_id: str
    reason: str


class Authorized(Event):
    """The issuer holds the amount."""

    kind: Literal["authorized"] = "authorized"
    amount_minor: Minor
    provider_id: str
    authorization_code: str | None
    authorized_at: datetime
    """When the hold may have begun: our first send, so never later than the truth."""
    several_captures: bool = False
    """Whether the provider takes several captures of this payment, as its own status says."""


class Decline(Value):
    """Why an issuer said no."""

    code: str
    message: str
    may_retry: bool | None = None


class Declined(Event):
    """The issuer said no; nothing is held."""

    kind: Literal["declined"] = "declined"
    decline: Decline
    provider_id: str | None


class AuthorizationRefused(Event):
    """The provider found our request wrong; nothing is held, and it is not repeated."""

    kind: Literal["authorization_refused"] = "authorization_refused"
    code: str
    message: str


class AttemptAbsent(Event):
    """An attempt is proven never to have reached the provider's books. `occurrence` is its number."""

    kind: Literal["attempt_absent"] = "attempt_absent"
    evidence: str
    reference: str
    watched_until: datetime
    """Until then the reference is looked for all the same: a late success would be a second hold."""


class WatchEnded(Event):
    """A reference whose attempt was absent is not looked for any more: its time is over, or it appeared."""

    kind: Literal["watch_ended"] = "watch_ended"


class Abandoned(Event):
    """The order was cancelled while no authorization existed at the provider."""

    kind: Literal["abandoned"] = "abandoned"
    request_id: str
    request_hash: str


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


class VoidIntended(Event):
    """The release of a hold is about to be asked for."""

    kind: Literal["void_intended"] = "void_intended"
    authorization_id: str
    request_id: str
    request_hash: str
    cause: Literal["request", "window"]
    finalizes: bool = False
    """A part was captured: the provider is told that no capture follows, and the rest lapses."""


class VoidRefused(Event):
    """The release is proven not to have happened."""

    kind: Literal["void_refused"] = "void_refused"
    authorization_id: str
    reason: str


class Voided(Event):
    """The provider cancelled the payment; the issuer's release is confirmed or lapses by date."""

    kind: Literal["voided"] = "voided"
    authorization_id: str
    amount_minor: Minor


class CapturesFinalized(Event):
    """No capture follows those that were made: what is left of the hold lapses."""

    kind: Literal["captures_finalized"] = "captures_finalized"
    authorization_id: str
    amount_minor: Minor


class HoldReleased(Event):
    """What was lapsing is gone from the card: confirmed, or its date passed."""

    kind: Literal["hold_released"] = "hold_released"
    authorization_id: str
    amount_minor: Minor
    confirmed: bool


class HoldExpired(Event):
    """An open hold ended by itself."""

    kind: Literal["hold_expired"] = "hold_expired"
    authorization_id: str
    amount_minor: Minor


class Unexplained(Event):
    """The provider shows more captured than we asked for; it goes to suspense and a person is told."""

    kind: Literal["unexplained"] = "unexplained"
    authorization_id: str
    amount_minor: Minor
    used_hold_minor: Minor


class AttentionNeeded(Event):
    """Something only a person can settle; the sentence says what happened and what to do."""

    kind: Literal["attention_needed"] = "attention_needed"
    sentence: str


class AttentionSettled(Event):
    """What needed a person no longer does. Its subject is the cause's."""

    kind: Literal["attention_settled"] = "attention_settled"


AnyEvent = Annotated[
    Opened
    | AuthorizationIntended
    | OutcomeUnknown
    | Authorized
    | Declined
    | AuthorizationRefused
    | AttemptAbsent
    | WatchEnded
    | Abandoned
    | CaptureIntended
    | CaptureRefused
    | CaptureRequested
    | Captured
    | Collected
    | CaptureRejected
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
    callback: bool = False
    """Whether the order service is to be told of it, and was not yet."""
