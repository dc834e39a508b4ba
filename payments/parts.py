"""What a payment consists of: authorizations, captures, refunds, requests, and what people have to look at."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from payments.base import Value
from payments.events import Authentication, CheckoutEnd, Decline, GivenUp, ReleaseCause, Terms, WaitsFor
from payments.references import START
from payments.states import CaptureStage, Purpose, RefundStage


class AuthorizationStage(StrEnum):
    """Where one authorization stands."""

    INTENDED = "intended"
    PENDING = "pending"
    """The provider has it; it waits for the customer, a review or the issuer. Other things may be asked meanwhile."""
    HELD = "held"
    DECLINED = "declined"
    REFUSED = "refused"
    ABSENT = "absent"
    """Its last attempt is proven absent: another may follow, or none."""
    ABANDONED = "abandoned"
    VOIDED = "voided"
    EXPIRED = "expired"


# An authorization of these stages never held anything.
NOTHING_CAME = frozenset({AuthorizationStage.DECLINED, AuthorizationStage.REFUSED, AuthorizationStage.ABANDONED})


class VoidRecord(Value):
    """A release that was asked for."""

    void_id: str
    cause: str
    finalizes: bool = False
    """It ends the captures and leaves those that were made."""
    closes: bool = False
    """It closes the page on which the customer may pay."""


class PlannedRelease(Value):
    """A release that is to be asked for: the hold is captured no more."""

    void_id: str
    request_id: str
    cause: ReleaseCause


class Authorization(Value):
    """One hold on one card. Open, reserved and lapsing are what is held now, in minor units."""

    authorization_id: str
    attempt: int
    reference: str
    amount_minor: int
    stage: AuthorizationStage = AuthorizationStage.INTENDED
    provider_id: str | None = None
    authorization_code: str | None = None
    authorized_at: datetime | None = None
    decline: Decline | None = None
    refusal: str | None = None
    ended_at: datetime | None = None
    """When it became known that nothing is held: declined, refused or given up."""
    open_minor: int = 0
    """May still be captured."""
    reserved_minor: int = 0
    """Being captured: asked for, not yet answered."""
    lapsing_minor: int = 0
    """Cannot be captured any more and is still on the card."""
    void: VoidRecord | None = None
    """A release under way, none once it is answered."""
    several_captures: bool = False
    """Whether the provider takes several captures of it."""
    finalized_by: str | None = None
    """What ended its captures: no more can be made."""
    ends: int = 0
    """How often a part of it ended by itself."""
    undone_by: str | None = None
    """The refund of everything that was made by taking the capture back: the hold is voided, not captured again."""
    window_ends_at: datetime | None = None
    """Where the window was changed: its end."""
    warned_of: datetime | None = None
    """The window's end that fulfilment was warned of."""
    warnings: int = 0
    waits_for: WaitsFor | None = None
    """While it is pending: whom it waits for."""
    waits: int = 0
    """How often it began to wait for somebody."""
    pending_since: datetime | None = None
    """When it was first sent, if it was ever pending."""
    return_mac_hash: str | None = None
    """SHA-256 of what its customer brings back."""
    has_address: bool = False
    """Whether the address where its customer is sent was told."""
    accept_id: str | None = None
    """The acceptance of its review that is under way, none once it is answered."""
    given_up: GivenUp | None = None
    """Why it was given up while it was pending."""
    authentication: Authentication | None = None
    by_checkout: bool = False
    """A page of the provider's is opened for it."""
    checkout_id: str | None = None
    """The provider's name of that page."""
    tried: tuple[str, ...] = ()
    """The provider's names of the payments that were tried on it in vain."""
    last_decline: Decline | None = None
    """Why the last of them was declined; the customer may have tried again."""
    checkout_end: CheckoutEnd | None = None
    """How the page ended by itself."""
    unwanted: Literal["request", "late_success"] | None = None
    """Why it is let go of, though it was paid: the order was cancelled, or the customer given up, before that."""
    payment_product: int | None = None
    """The provider's number of what it was paid with."""
    purpose: Purpose = Purpose.START
    request_id: str = START
    """Who asked for it: the start, a request, or the engine by its cause."""
    terms: Terms | None = None
    """None: those that the order was opened with."""
    method: str | None = None
    """A fingerprint of what pays."""
    card_of: str | None = None
    """The authorization whose card pays; a re-authorization takes its place."""
    owed_minor: int | None = None
    """What the order owes once this is held."""
    planned: PlannedRelease | None = None
    """A release that is to be asked for; it stands until it is answered."""
    superseded: bool = False
    """Another hold took its place: it is captured no more, also where its release was refused."""
    void_ids: tuple[str, ...] = ()
    """The releases that were asked for."""

    @property
    def number(self) -> str:
        """Which of the order's authorizations it is, as its reference says: `a01`."""
        return self.reference.rpartition("-")[2]

    @property
    def at_checkout(self) -> bool:
        """Whether its customer is awaited on a page, and nothing was paid there yet."""
        return self.stage is AuthorizationStage.PENDING and self.checkout_id is not None and self.provider_id is None

    @property
    def is_resolved(self) -> bool:
        """Whether the provider is known to have it, or never to get it: nothing of asking for it is open."""
        return self.stage not in {AuthorizationStage.INTENDED, AuthorizationStage.ABSENT}

    @property
    def is_pending(self) -> bool:
        """Whether it waits for somebody."""
        return self.stage is AuthorizationStage.PENDING

    @property
    def in_review(self) -> str:
        """The subject under which people are told that it waits for them."""
        return f"{self.authorization_id}/review"

    @property
    def held_minor(self) -> int:
        """What is on the card now."""
        return self.open_minor + self.reserved_minor + self.lapsing_minor

    @property
    def counts(self) -> bool:
        """Whether it is there to pay the order, and not about to be released."""
        let_go_of = self.planned is not None or self.superseded or self.purpose is Purpose.LATE
        return self.stage is AuthorizationStage.HELD and not let_go_of

    def named(self, cause: str) -> str:
        """Name one of the engine's own requests about it: by the cause alone for the order's first authorization."""
        return cause if self.request_id == START else f"{cause}-{self.request_id}"


class CaptureRecord(Value):
    """One capture of one authorization."""

    capture_id: str
    authorization_id: str
    request_id: str
    shipment_id: str | None
    amount_minor: int
    reported_minor: int | None = None
    """What the provider said it captures; more than was asked for is in suspense."""
    stage: CaptureStage = CaptureStage.INTENDED
    final: bool = True
    """No capture of the hold follows it."""
    reference: str | None = None
    """Our own reference of it, where the payment takes several captures."""
    provider_capture_id: str | None = None


class RefundRecord(Value):
    """One refund of one capture."""

    refund_id: str
    authorization_id: str
    capture_id: str
    request_id: str
    amount_minor: int
    stage: RefundStage = RefundStage.ASKED
    attempt: int = 0
    """The last one begun; none before the provider is asked."""
    reference: str | None = None
    provider_refund_id: str | None = None
    not_before: datetime | None = None
    give_up_at: datetime
    reason: str | None = None
    """Why it failed."""
    by_taking_back: bool = False
    """It is of a whole capture that is queued still: that is taken back instead, if the provider can."""

    @property
    def waiting(self) -> str:
        """The subject under which people are told that it waits: for its money, or for an approval."""
        return f"{self.refund_id}/waits"


class TakeBackStage(StrEnum):
    """Where one taking back of a capture stands."""

    INTENDED = "intended"
    DONE = "done"
    REFUSED = "refused"
    """It was too late: the capture stays."""


class TakeBackRecord(Value):
    """One capture being taken back."""

    take_back_id: str
    authorization_id: str
    capture_id: str
    request_id: str
    refund_id: str | None = None
    """The refund that is made so."""
    stage: TakeBackStage = TakeBackStage.INTENDED
    reason: str | None = None
    """Why it did not happen."""


class ScheduleStage(StrEnum):
    """Where a planned capture stands."""

    WAITING = "waiting"
    MADE = "made"
    """Its time came, and it was asked for: the capture tells the rest."""
    CANCELLED = "cancelled"


class ScheduledCapture(Value):
    """A capture that waits for its time. Times are UTC."""

    schedule_id: str
    authorization_id: str
    request_id: str
    at: datetime
    amount_minor: int | None
    """None: all that is left then."""
    final: bool
    shipment_id: str | None
    stage: ScheduleStage = ScheduleStage.WAITING
    capture_id: str | None = None
    reason: str | None = None
    """Why it is not made."""

    @property
    def capture_request(self) -> str:
        """The engine's own request by which the capture is made; no request from outside can have it."""
        return f"@scheduled-{self.request_id}"


class RequestRecord(Value):
    """A request that was accepted: the same id again gets its answer, with other content a refusal."""

    request_id: str
    request_hash: str
    operation_id: str


class Attention(Value):
    """What a person has to look at."""

    subject: str
    sentence: str


# Money that was taken, or may yet be.
LIVE_CAPTURE_STAGES = frozenset(
    set(CaptureStage) - {CaptureStage.REFUSED, CaptureStage.REJECTED, CaptureStage.TAKEN_BACK}
)


# Money that is promised back to the customer, or is there.
LIVE_REFUND_STAGES = frozenset(set(RefundStage) - {RefundStage.FAILED, RefundStage.TAKEN_BACK})


class Watched(Value):
    """A reference that is looked for although its attempt is proven absent."""

    reference: str
    until: datetime
