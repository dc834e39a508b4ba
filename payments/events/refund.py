"""What happens to a refund: money that goes back to the customer, apart from the capture that it came from.

Amounts are minor units of the payment's currency; `subject` is the refund's operation id.
"""

from datetime import datetime
from typing import Literal

from payments.events.base import Event, Minor


class RefundAsked(Event):
    """A refund was accepted: from here on the amount is owed to the customer and nobody else may ask for it."""

    kind: Literal["refund_asked"] = "refund_asked"
    authorization_id: str
    capture_id: str
    request_id: str
    request_hash: str
    amount_minor: Minor
    give_up_at: datetime
    """Until then it waits for the money to become refundable; after that a person is told."""
    reason: str | None = None
    by_taking_back: bool = False
    """It is of a whole capture that is queued still: that is taken back instead, if the provider can."""


class RefundIntended(Event):
    """The provider is about to be asked for it, under this reference. `occurrence` is the attempt."""

    kind: Literal["refund_intended"] = "refund_intended"
    authorization_id: str
    reference: str


class RefundDeferred(Event):
    """An attempt is proven not to have reached the provider's books, or was not sent: another follows, not before."""

    kind: Literal["refund_deferred"] = "refund_deferred"
    authorization_id: str
    not_before: datetime
    why: str


class RefundRequested(Event):
    """The provider queued the refund."""

    kind: Literal["refund_requested"] = "refund_requested"
    authorization_id: str
    provider_refund_id: str


class Refunded(Event):
    """The provider paid the refund out."""

    kind: Literal["refunded"] = "refunded"
    authorization_id: str
    amount_minor: Minor


class RefundFailed(Event):
    """The refund is proven not to happen: declined, refused, cancelled or rejected. The amount may be asked again."""

    kind: Literal["refund_failed"] = "refund_failed"
    authorization_id: str
    amount_minor: Minor
    reason: str


class RefundReversed(Event):
    """A refund that was paid out came back: the customer's bank did not take it."""

    kind: Literal["refund_reversed"] = "refund_reversed"
    authorization_id: str
    amount_minor: Minor
    reason: str
