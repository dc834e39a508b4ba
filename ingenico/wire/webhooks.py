"""What Connect posts when something happened (`webhooks_event.py`).

The vendor's page on events says of the id to "verify that you did not already receive this event": deliveries repeat
and overtake each other, so an event is a reason to look and no proof of what is now.
"""

from typing import Annotated

from pydantic import Field

from ingenico.wire.base import Received
from ingenico.wire.captures import Capture
from ingenico.wire.disputes import Dispute
from ingenico.wire.payments import Payment
from ingenico.wire.refunds import Refund
from ingenico.wire.tokens import Token


class Payout(Received):
    """Money paid out: recognised, and not used by any payment here (`payout_result.py`)."""

    id: Annotated[str, Field(min_length=1)]
    status: str | None = None


class EventBody(Received):
    """An event's envelope with the one object it is about, in the shape of that object's GET."""

    api_version: str
    id: Annotated[str, Field(min_length=1)]
    created: str | None = None
    """yyyy-MM-dd'T'HH:mm:ss.SSSZ."""
    merchant_id: str
    type: Annotated[str, Field(min_length=1)]
    """`object.happening`, such as payment.paid. The vendor's list of them is open-ended."""
    payment: Payment | None = None
    capture: Capture | None = None
    refund: Refund | None = None
    payout: Payout | None = None
    token: Token | None = None
    dispute: Dispute | None = None
