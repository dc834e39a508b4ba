"""Asking for an authorization and what came of it."""

from datetime import datetime
from typing import Literal

from payments.base import Value
from payments.events.base import Event, Minor
from payments.events.pending import Authentication
from payments.methods import LateSuccess, PaymentAction
from payments.money import Money
from payments.references import START
from payments.states import Purpose


class ProductHold(Value):
    """How long holds of one payment product can be counted on."""

    product: str
    """The provider's number of it."""
    hold_seconds: int


class Terms(Value):
    """What a hold is asked for with and how long each may take that it waits for. Durations are seconds."""

    account: str
    action: PaymentAction
    hold_seconds: int
    """How long the provider's hold can be counted on, from the first send."""
    window_seconds: int
    """After this the hold is voided by itself; at most the hold less a margin."""
    margin_seconds: int = 6 * 3600
    """How long before the hold's end a window ends at the latest."""
    warn_before_seconds: int = 0
    """How long before the window's end fulfilment is warned; 0: not at all."""
    products: tuple[ProductHold, ...] = ()
    """How long holds of some payment products can be counted on, where they have terms of their own."""
    redirect_window_seconds: int = 90 * 60
    """How long a customer may stay away, from the first send; then the authorization is given up."""
    review_seconds: int | None = None
    """How long a fraud review may take, from the first send; absent: as long as the window."""
    late_success: LateSuccess = LateSuccess.RELEASE
    """What becomes of an authorization that succeeds while it is being given up."""


class Opened(Terms, Event):
    """The order was claimed for this payment: terms are frozen from here on."""

    kind: Literal["opened"] = "opened"
    owed: Money
    digest: str
    """Of the start that opened it; another start for the same order is refused."""
    ship_within_seconds: int = 0
    """Until then a hold that ends is followed by another on the same card; 0: none follows."""
    retry_window_seconds: int = 0
    """For how long after a decline the order may be paid in another way."""


class AuthorizationIntended(Event):
    """An authorization is about to be asked for, under this reference."""

    kind: Literal["authorization_intended"] = "authorization_intended"
    attempt: int
    reference: str
    amount_minor: Minor
    by_checkout: bool = False
    """A page of the provider's is opened for it; the customer authorizes it there."""
    purpose: Purpose = Purpose.START
    request_id: str = START
    request_hash: str | None = None
    """Of the request that asked for it, or of the engine's cause; none for the start, whose digest is the order's."""
    terms: Terms | None = None
    """Where they differ from those that the order was opened with; frozen with the intent."""
    method: str | None = None
    """A fingerprint of what pays, by which the same card is known again. It names no card."""
    card_of: str | None = None
    """The authorization whose card pays, where nobody named another; a re-authorization takes its place."""
    owed_minor: Minor | None = None
    """What the order owes once this is held: it was edited up."""


class AuthorizationAdopted(Event):
    """A hold is at the provider though its attempt was proven absent: it is the order's, beside the one that pays."""

    kind: Literal["authorization_adopted"] = "authorization_adopted"
    reference: str
    amount_minor: Minor
    provider_id: str
    authorized_at: datetime
    several_captures: bool = False
    terms: Terms | None = None


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
    booked_minor: Minor = 0
    """What of the amount was booked as held before, while it was in review."""
    authentication: Authentication | None = None
    payment_product: int | None = None
    """The provider's number of what it was paid with (`products.NAMES`)."""


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
    at: datetime | None = None
    """When it became known here: another try is possible for a while from then on."""


class AuthorizationRefused(Event):
    """The provider found our request wrong; nothing is held, and it is not repeated."""

    kind: Literal["authorization_refused"] = "authorization_refused"
    code: str
    message: str
    at: datetime | None = None
    """When it became known here."""


class OrderChanged(Event):
    """The order owes another amount from here on. The request is named where nothing was asked of the provider."""

    kind: Literal["order_changed"] = "order_changed"
    owed_minor: Minor
    request_id: str | None = None
    request_hash: str | None = None


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
    authorization_id: str | None = None
    """None: the one that counts."""
    at: datetime | None = None
