"""An authorization that is pending: whom it waits for, what of 3-D Secure and fraud checks is known, how it ends."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from payments.base import Value
from payments.events.base import Event, Minor


class WaitsFor(StrEnum):
    """Who has to do something before an authorization is known."""

    CUSTOMER = "customer"
    """Sent to a page elsewhere, to say yes there: the issuer's, or one of the provider's."""
    REVIEW = "review"
    """The fraud service doubts: somebody here accepts or refuses."""
    ISSUER = "issuer"
    """The provider has asked, or is about to."""


class GivenUp(StrEnum):
    """Why a pending authorization was given up by us."""

    CUSTOMER_DID_NOT_RETURN = "customer_did_not_return"
    CUSTOMER_CANCELLED = "customer_cancelled"
    """The customer left the provider's page and said so."""
    REVIEW_REFUSED = "review_refused"
    REVIEW_NOT_DECIDED = "review_not_decided"
    """Nobody decided before the review's deadline."""
    NO_ANSWER_IN_TIME = "no_answer_in_time"
    """The issuer's answer did not come before the payment's window ended."""
    CANCELLED = "cancelled"
    """The order was cancelled, or somebody cancelled the payment at the provider."""


class Authentication(Value):
    """What came of 3-D Secure and of the checks of address and card: evidence in a dispute. No value that proves it."""

    version: str | None = None
    """Of 3-D Secure; none when nobody was asked."""
    eci: str | None = None
    """The scheme's Electronic Commerce Indicator, as it was told."""
    method: str | None = None
    """`frictionless` or `challenged`, where it is told."""
    liability_shifted: bool | None = None
    """Whether a fraudulent payment is the issuer's loss, as the ECI says; none when it does not say."""
    has_proof: bool = False
    """Whether the provider holds the cryptogram (CAVV), or its transaction id (XID), that proves it."""
    exemption: str | None = None
    """The exemption from strong authentication that was raised."""
    exemption_rejected: str | None = None
    """Why the exemption that was asked for was not granted."""
    avs_result: str | None = None
    """Address check: a letter of the scheme's, 0 when there was none."""
    cvv_result: str | None = None
    """Security code check: a letter of the scheme's, 0 when there was none."""
    fraud_result: str | None = None
    """What the fraud service said: accepted, challenged, denied, no-advice, error."""


class AuthorizationPending(Event):
    """The provider has the payment, and whether it is authorized is open. `occurrence` counts what it waited for."""

    kind: Literal["authorization_pending"] = "authorization_pending"
    provider_id: str
    waits_for: WaitsFor
    amount_minor: Minor
    """What is asked for."""
    held_minor: Minor = 0
    """What is found to be held on the card meanwhile and was not booked before: a review may come after the issuer."""
    since: datetime
    """When it was first sent: what is waited for has its time from here, and a hold cannot be older."""
    return_mac_hash: str | None = None
    """SHA-256 of what the customer brings back; whoever has the value itself could act as the customer."""
    has_address: bool = False
    """Whether the address where the customer is sent is known here; it stands outside of what is kept for ever."""
    authentication: Authentication | None = None


class AcceptIntended(Event):
    """A person or a rule lets a payment under review through; the provider is about to be told."""

    kind: Literal["accept_intended"] = "accept_intended"
    authorization_id: str
    request_id: str
    request_hash: str
    reason: str | None = None


class AcceptRefused(Event):
    """The acceptance is proven not to have happened: the review goes on, or has ended otherwise."""

    kind: Literal["accept_refused"] = "accept_refused"
    authorization_id: str
    reason: str


class AuthorizationGivenUp(Event):
    """A pending authorization was cancelled before anything was held."""

    kind: Literal["authorization_given_up"] = "authorization_given_up"
    authorization_id: str
    reason: GivenUp
    at: datetime | None = None
    """When it became known here: unless the order was cancelled, another try is possible for a while from then on."""
