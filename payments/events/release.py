"""Letting go of a hold."""

from typing import Literal, get_args

from payments.events.base import Event, Minor

# A pending authorization is given up, since the customer did not return, the review refused it or did not decide, or it
# succeeded after that.
GivingUp = Literal["customer", "review_refused", "review_deadline", "late_success"]
GIVING_UP = frozenset(get_args(GivingUp))
# A hold is let go of, since somebody asked, its window ended, it appeared late, another took its place or the order
# needs less.
ReleaseCause = Literal["request", "window", "late", "superseded", "order_changed"]
# Or all of it was refunded before it was captured.
VoidCause = ReleaseCause | Literal["refund"] | GivingUp


class ReleasePlanned(Event):
    """A hold is to be released as soon as it can be. Its subject is the operation that will do it."""

    kind: Literal["release_planned"] = "release_planned"
    authorization_id: str
    request_id: str
    cause: ReleaseCause


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
