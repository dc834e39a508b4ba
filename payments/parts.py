"""What a payment consists of: authorizations, captures, refunds, requests, and what people have to look at."""

from datetime import datetime
from enum import StrEnum

from payments.base import Value
from payments.events import Decline, ReleaseCause, Terms
from payments.states import CaptureStage, Purpose, RefundStage


class AuthorizationStage(StrEnum):
    """Where one authorization stands."""

    INTENDED = "intended"
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
    purpose: Purpose = Purpose.START
    request_id: str = "@start"
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
    def is_resolved(self) -> bool:
        """Whether the issuer's answer is known."""
        return self.stage not in {AuthorizationStage.INTENDED, AuthorizationStage.ABSENT}

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
        return cause if self.request_id == "@start" else f"{cause}-{self.request_id}"


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

    @property
    def waiting(self) -> str:
        """The subject under which people are told that it waits: for its money, or for an approval."""
        return f"{self.refund_id}/waits"


class RequestRecord(Value):
    """A request that was accepted: the same id again gets its answer, with other content a refusal."""

    request_id: str
    request_hash: str
    operation_id: str


class Attention(Value):
    """What a person has to look at."""

    subject: str
    sentence: str


LIVE_CAPTURE_STAGES = frozenset(set(CaptureStage) - {CaptureStage.REFUSED, CaptureStage.REJECTED})


# Money that is promised back to the customer, or is there.
LIVE_REFUND_STAGES = frozenset(set(RefundStage) - {RefundStage.FAILED})


class Watched(Value):
    """A reference that is looked for although its attempt is proven absent."""

    reference: str
    until: datetime
