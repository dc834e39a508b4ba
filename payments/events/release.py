"""Letting go of a hold."""

from typing import Literal, get_args

from payments.events.base import Event, Minor

# A pending authorization is given up, since the customer did not return, the review refused it or did not decide, or it
# succeeded after that.
GivingUp = Literal["customer", "review_refused", "review_deadline", "late_success"]
GIVING_UP = frozenset(get_args(GivingUp))
# Or a hold is let go of: somebody asked, its window ended, all of it was refunded before it was captured.
VoidCause = Literal["request", "window", "refund"] | GivingUp


class VoidIntended(Event):
    """The release of a hold is about to be asked for."""

    kind: Literal["void_intended"] = "void_intended"
    authorization_id: str
    request_id: str
    request_hash: str
    cause: VoidCause
    closes: bool = False
    """Nothing is held yet: the page on which the customer may pay is closed."""
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
