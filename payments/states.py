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
    REDIRECTED = "redirected"
    """The customer is elsewhere to say yes: at the issuer's page, or at a page of the provider's."""
    IN_REVIEW = "in_review"
    """The provider's fraud service doubts: somebody here accepts or refuses."""
    PENDING = "pending"
    """The provider has it, and the issuer's answer is still to come."""
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
    TAKING_BACK = "taking_back"
    """A capture that is still queued is being taken back."""
    VOIDING = "voiding"
    VOIDED = "voided"
    EXPIRED = "expired"
    """The hold ended by itself."""
    ABANDONED = "abandoned"
    """Given up while nothing was held: cancelled before an authorization, or nobody said yes to it in time."""


def is_settled_answer(state: PaymentState) -> bool:
    """Whether the authorization's outcome is known."""
    match state:
        case (
            PaymentState.OPENING
            | PaymentState.AUTHORIZING
            | PaymentState.UNKNOWN
            | PaymentState.REDIRECTED
            | PaymentState.IN_REVIEW
            | PaymentState.PENDING
        ):
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
            | PaymentState.TAKING_BACK
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
    TAKEN_BACK = "taken_back"
    """Accepted, and taken out of its queue again by us."""


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
    TAKEN_BACK = "taken_back"
    """Not needed: the capture was taken back before any money came."""


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
    REDIRECTED = "redirected"
    """The customer is needed, and was sent elsewhere."""
    IN_REVIEW = "in_review"
    """The fraud service doubts: the merchant lets it through or cancels it."""
    PENDING = "pending"
    """In progress without a hold: the issuer's answer is still to come, or a direct debit is on its way."""
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


PENDING_STATUSES = frozenset({ProviderStatus.REDIRECTED, ProviderStatus.IN_REVIEW, ProviderStatus.PENDING})
"""The provider has the payment, and whether it is authorized is still open."""
