"""Our words for where a payment stands; Connect's statuses are translated in `ingenico/`.

*State* is ours, *status* is the provider's. Each predicate names every state, so that a new one cannot be forgotten.
"""

from enum import StrEnum
from typing import assert_never


class PaymentState(StrEnum):
    """Where one order's payment stands."""

    OPENING = "opening"
    """Nothing was asked of the provider yet."""
    AUTHORIZING = "authorizing"
    UNKNOWN = "unknown"
    """The provider was asked and no readable answer came: it is being found out."""
    AUTHORIZED = "authorized"
    DECLINED = "declined"
    REFUSED = "refused"
    """The provider or the engine found the request wrong; nothing is held."""
    CAPTURING = "capturing"
    PARTIALLY_CAPTURED = "partially_captured"
    """A part was captured, and the rest of the hold may still be."""
    CAPTURE_REQUESTED = "capture_requested"
    CAPTURED = "captured"
    COLLECTED = "collected"
    """The provider has the money."""
    REFUNDING = "refunding"
    """A refund was accepted and is not paid out yet."""
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    """All that was captured went back."""
    CAPTURE_REJECTED = "capture_rejected"
    VOIDING = "voiding"
    VOIDED = "voided"
    EXPIRED = "expired"
    """The hold ended by itself."""
    ABANDONED = "abandoned"
    """Cancelled while no authorization existed at the provider: nothing was ever held."""


def is_settled_answer(state: PaymentState) -> bool:
    """Whether the authorization's outcome is known."""
    match state:
        case PaymentState.OPENING | PaymentState.AUTHORIZING | PaymentState.UNKNOWN:
            return False
        case (
            PaymentState.AUTHORIZED
            | PaymentState.DECLINED
            | PaymentState.REFUSED
            | PaymentState.CAPTURING
            | PaymentState.PARTIALLY_CAPTURED
            | PaymentState.CAPTURE_REQUESTED
            | PaymentState.CAPTURED
            | PaymentState.COLLECTED
            | PaymentState.REFUNDING
            | PaymentState.PARTIALLY_REFUNDED
            | PaymentState.REFUNDED
            | PaymentState.CAPTURE_REJECTED
            | PaymentState.VOIDING
            | PaymentState.VOIDED
            | PaymentState.EXPIRED
            | PaymentState.ABANDONED
        ):
            return True
        case _:
            assert_never(state)


class Purpose(StrEnum):
    """Why an authorization was asked for."""

    START = "start"
    RETRY = "retry"
    """Another try at paying, after one that led nowhere."""
    SUPPLEMENTARY = "supplementary"
    """The order was edited up: it holds the difference, beside the others."""
    REAUTHORIZATION = "reauthorization"
    """It follows a hold that is about to end."""
    LATE = "late"
    """It appeared after it was proven absent: it is released."""


class CaptureStage(StrEnum):
    """Where one capture stands."""

    PLANNED = "planned"
    """A further part of a shipment, asked for once the part before it is answered."""
    INTENDED = "intended"
    REQUESTED = "requested"
    CAPTURED = "captured"
    COLLECTED = "collected"
    REFUSED = "refused"
    """Proven not to have happened."""
    REJECTED = "rejected"
    """Accepted and later rejected."""


class RefundStage(StrEnum):
    """Where one refund stands."""

    ASKED = "asked"
    """Accepted here; it waits for the money to be refundable, or for its next attempt."""
    INTENDED = "intended"
    """The provider is being asked."""
    REQUESTED = "requested"
    REFUNDED = "refunded"
    FAILED = "failed"
    """Proven not to happen; the amount may be asked again."""


class RefundStatus(StrEnum):
    """What the provider says of a refund, in our words."""

    REQUESTED = "requested"
    """Accepted: waiting for approval or on its way."""
    REFUNDED = "refunded"
    FAILED = "failed"
    """Declined, rejected or cancelled."""
    UNRECOGNISED = "unrecognised"
    """A status this version does not know: nothing is concluded from it."""


class ProviderStatus(StrEnum):
    """What the provider says of a payment, in our words."""

    AUTHORIZED = "authorized"
    PENDING = "pending"
    """In progress without a hold: a redirect, a review, a direct debit on its way."""
    CAPTURE_REQUESTED = "capture_requested"
    CAPTURED = "captured"
    COLLECTED = "collected"
    DECLINED = "declined"
    CAPTURE_REJECTED = "capture_rejected"
    RELEASED = "released"
    RETURNED = "returned"
    """Money went back after it was collected: refund, chargeback, reversal."""
    UNRECOGNISED = "unrecognised"
    """A status this version does not know: nothing is concluded from it."""
