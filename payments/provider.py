"""The port to the provider: what it can be asked, and the five kinds of answer.

A call returns what the provider says of the payment (which includes a decline), or raises one of:

    ProviderError
    ├── Refused          our request is wrong: never repeated, shown to a person
    │   └── InputNotAccepted   what is wrong is what the customer's page encrypted: the customer pays again
    ├── Unavailable      provably nothing was sent: repeat
    ├── OutcomeUnknown   anything else without a readable answer: resolve by asking
    └── Misconfigured    401 or 403: a person mends the account, nothing was processed
"""

from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field

from payments.base import Value
from payments.events import Authentication, Decline
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.order import Order
from payments.states import ProviderStatus, RefundStatus


class ProviderError(Exception):
    """A call without an answer that speaks of the payment."""


class Refused(ProviderError):
    """The provider answered that the request is wrong.

    `wrong_state`: the payment is not in the state for it: it may have happened already, whatever a read says.
    `not_there`: what it is about is not known, or not any more.
    """

    def __init__(
        self,
        code: str,
        message: str,
        field: str | None = None,
        *,
        wrong_state: bool = False,
        not_there: bool = False,
    ) -> None:
        super().__init__(f"{code}: {message}" + (f" ({field})" if field else ""))
        self.code, self.message, self.field = code, message, field
        self.wrong_state, self.not_there = wrong_state, not_there


class InputNotAccepted(Refused):
    """The encrypted input is not accepted: it was used before, its session has ended, or it is another account's."""


class Unavailable(ProviderError):
    """No byte reached the provider."""


class OutcomeUnknown(ProviderError):
    """The request may have been processed. `key_is_dead`: the key replays a stored failure for ever."""

    def __init__(self, reason: str, *, key_is_dead: bool = False) -> None:
        super().__init__(reason)
        self.key_is_dead = key_is_dead


class Misconfigured(ProviderError):
    """The provider does not accept our credentials."""


class Release(StrEnum):
    """What came of reversing a hold at the issuer."""

    CONFIRMED = "confirmed"
    REQUESTED = "requested"
    """Submitted, declined or unanswered: the hold lapses by its date."""


class Redirect(Value):
    """Where the customer is sent, told once: with the answer to what made it necessary, never by a reading.

    Whoever has the address can act as the customer: it is shown nowhere but to who asked for the authorization.
    """

    url: Annotated[str, Field(repr=False)]
    return_mac_hash: str | None
    """SHA-256 of what the customer brings back (`references.return_mac_hash`)."""


class ProviderPayment(Value):
    """What the provider says of one payment, in our words and units."""

    provider_id: str
    status: ProviderStatus
    raw_status: str
    """The provider's own word, for people."""
    reference: str | None
    amount: Money | None
    """What was authorized; none when the provider's figure cannot be expressed, see `discrepancy`."""
    captured_minor: int | None = None
    """What was captured or queued for it, where the provider says so."""
    several_captures: bool = False
    """Whether it takes several captures, as its own status says; told while it takes any."""
    authorization_code: str | None = None
    payment_product: int | None = None
    """The provider's number of what it was paid with, such as a card's brand."""
    decline: Decline | None = None
    release: Release | None = None
    is_refundable: bool | None = None
    """Whether the provider takes a refund now; none when it does not say."""
    changed_at: str | None = None
    """The provider's own stamp: local time without a zone, so for people only."""
    is_authorized: bool = False
    """Whether the issuer has said yes, whatever the status: a review may come after that."""
    redirect: Redirect | None = None
    authentication: Authentication | None = None
    discrepancy: str | None = None
    """What cannot be true, in a sentence: nothing is rounded, a person is told."""


class ProviderRefund(Value):
    """What the provider says of one refund, in our words and units."""

    refund_id: str
    status: RefundStatus
    raw_status: str
    reference: str | None
    amount: Money | None
    """None when the provider's figure cannot be expressed in the currency."""
    awaits_approval: bool = False
    """The account is set up so that a person approves refunds in the provider's console."""
    decline: Decline | None = None


class ProviderCapture(Value):
    """What the provider says of one of several captures, in our words and units."""

    capture_id: str
    status: ProviderStatus
    raw_status: str
    reference: str | None
    amount: Money | None
    """None when the provider's figure cannot be expressed in the currency."""
    is_refundable: bool | None = None


class CaptureRequest(Value):
    """What is needed to ask for one of several captures."""

    account: str
    provider_id: str
    """The payment at the provider."""
    reference: str
    """Our own of this capture: by it the capture is found again."""
    amount: Money
    is_final: bool


class RefundRequest(Value):
    """What is needed to ask for a refund."""

    account: str
    idempotence_key: str
    reference: str
    provider_id: str
    """The payment at the provider."""
    capture_id: str | None = None
    """The capture at the provider, where the payment takes several."""
    amount: Money


class AuthorizationRequest(Value):
    """What is needed to ask for an authorization."""

    account: str
    idempotence_key: str
    reference: str
    amount: Money
    order: Order
    instruction: PaymentInstruction
    by_merchant: bool = False
    """The customer is not there: the card that paid before is asked again."""


class CheckoutRequest(Value):
    """What is needed to open a hosted checkout. No key protects it: what is opened twice is two pages."""

    account: str
    reference: str
    """Of the payment that comes of it."""
    amount: Money
    order: Order
    instruction: PaymentInstruction


class OpenedCheckout(Value):
    """A hosted checkout and where it is, told once. Whoever has the address can act as the customer."""

    checkout_id: str
    url: Annotated[str, Field(repr=False)]
    return_mac_hash: str | None
    """SHA-256 of what the customer brings back (`references.return_mac_hash`)."""


class CheckoutStatus(StrEnum):
    """How far the customer is on the page."""

    OPEN = "open"
    """Nothing was tried yet, or the customer is trying."""
    TRIED = "tried"
    """There is a payment, which says how it went; after a decline another may follow on the same page."""
    CANCELLED = "cancelled"
    """The customer left it and will not pay there."""
    GONE = "gone"
    """Its time is over, or it was deleted: what was paid there is found by its reference."""
    UNRECOGNISED = "unrecognised"


class ProviderCheckout(Value):
    """What the provider says of a hosted checkout."""

    checkout_id: str
    status: CheckoutStatus
    raw_status: str
    payment: ProviderPayment | None = None
    """The last attempt."""


class Provider(Protocol):
    """What the engine asks of Ingenico. Each call raises the errors above."""

    def amount_as_sent(self, amount: Money) -> int:
        """Return `amount` in the provider's own unit."""
        ...

    async def authorize(self, request: AuthorizationRequest) -> ProviderPayment:
        """Create the payment; the same key repeats the first answer for 24 hours."""
        ...

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Open a page of the provider's, on which the customer pays."""
        ...

    async def read_checkout(self, account: str, checkout_id: str) -> ProviderCheckout:
        """Read how far the customer is; one that is not there any more is returned as GONE."""
        ...

    async def close_checkout(self, account: str, checkout_id: str) -> None:
        """Delete the page: nothing is begun there any more, what was paid stays. Again it does nothing."""
        ...

    async def read(self, account: str, provider_id: str) -> ProviderPayment:
        """Read one payment afresh."""
        ...

    async def find(self, account: str, reference: str) -> tuple[ProviderPayment, ...]:
        """Find all payments with exactly this merchant reference, on all pages."""
        ...

    async def capture(self, account: str, provider_id: str, amount: Money) -> ProviderPayment:
        """Capture `amount` of a payment that takes one capture. No key protects it: read before repeating."""
        ...

    async def capture_part(self, request: CaptureRequest) -> ProviderCapture:
        """Make one of several captures. No key protects it: look for its reference before repeating."""
        ...

    async def captures(self, account: str, provider_id: str) -> tuple[ProviderCapture, ...]:
        """Read all captures of a payment afresh."""
        ...

    async def finalize(self, account: str, provider_id: str) -> ProviderPayment:
        """Say that no capture follows those that were made. No key protects it: read before repeating."""
        ...

    async def void(self, account: str, provider_id: str) -> ProviderPayment:
        """Cancel the whole payment. No key protects it: read before repeating."""
        ...

    async def take_back(self, account: str, provider_id: str) -> ProviderPayment:
        """Take the one capture out of its queue, whole. No key protects it: read before repeating."""

    async def accept(self, account: str, provider_id: str) -> ProviderPayment:
        """Let a payment under fraud review through. No key protects it: read before repeating."""
        ...

    async def refund(self, request: RefundRequest) -> ProviderRefund:
        """Ask for a refund; the same key repeats the first answer for 24 hours. A declined one is returned."""
        ...

    async def refunds(self, account: str, provider_id: str) -> tuple[ProviderRefund, ...]:
        """Read all refunds of a payment afresh."""
        ...

    async def test_connection(self, account: str) -> None:
        """Return when the account's credentials work."""
        ...
