"""A page of the provider's on which the customer pays: opened, tried in vain, left, closed."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from payments.events.authorization import Decline
from payments.events.base import Event, Minor


class CheckoutEnd(StrEnum):
    """How a page ended by itself."""

    CANCELLED = "cancelled"
    """The customer left it and said so."""
    GONE = "gone"
    """Its time at the provider is over, or somebody deleted it there."""


class CheckoutOpened(Event):
    """A page is open and its address was told: the customer is awaited on it. `occurrence` is the attempt."""

    kind: Literal["checkout_opened"] = "checkout_opened"
    checkout_id: str
    """The provider's name of it; the payment that comes of it has another."""
    amount_minor: Minor
    since: datetime
    """When it was asked for: the customer has their time from here, and a hold cannot be older."""
    return_mac_hash: str | None = None
    """SHA-256 of what the customer brings back."""


class CheckoutDeclined(Event):
    """The customer tried on the page and was declined; another try may follow there. `occurrence` counts."""

    kind: Literal["checkout_declined"] = "checkout_declined"
    provider_id: str
    decline: Decline


class CheckoutPaid(Event):
    """What was paid on the page is taken up. An earlier try there, at a bank's page, may succeed as well."""

    kind: Literal["checkout_paid"] = "checkout_paid"
    provider_id: str
    reference: str
    watched_until: datetime
    """Until then the reference is looked for: a second payment of it is one too many."""


class CheckoutOver(Event):
    """Nothing more is paid on the page, and nothing was seen to be paid: it is closed and looked at once more."""

    kind: Literal["checkout_over"] = "checkout_over"
    end: CheckoutEnd


class CheckoutClosed(Event):
    """Nothing can be begun on the page any more. What was begun before may still be paid."""

    kind: Literal["checkout_closed"] = "checkout_closed"
    authorization_id: str
    reference: str
    watched_until: datetime
    """Until then the reference is looked for: what was paid late is seen."""
    unwanted: Literal["request", "late_success"] | None = None
    """Why what was found to be paid is let go of again; none: it counts, or nothing was."""


class CheckoutPaidLate(Event):
    """A payment of a page that had been given up appeared after all; what is held follows as `authorized`."""

    kind: Literal["checkout_paid_late"] = "checkout_paid_late"
    provider_id: str
    unwanted: Literal["late_success"] | None
    """Let go of, as whoever was told that it is not paid stays right; none: it counts."""


CheckoutEvent = CheckoutOpened | CheckoutDeclined | CheckoutPaid | CheckoutOver | CheckoutClosed | CheckoutPaidLate
