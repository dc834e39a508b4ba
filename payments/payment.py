"""The payment as a value: what `evolve` folds the events into."""

from datetime import datetime, timedelta
from enum import StrEnum

from payments.base import Value
from payments.events import Decline, Opened
from payments.money import Money
from payments.references import PaymentKey
from payments.states import CaptureStage, PaymentState, RefundStage


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


class VoidRecord(Value):
    """A release that was asked for."""

    void_id: str
    cause: str
    finalizes: bool = False
    """It ends the captures and leaves those that were made."""


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

    @property
    def is_resolved(self) -> bool:
        """Whether the issuer's answer is known."""
        return self.stage not in {AuthorizationStage.INTENDED, AuthorizationStage.ABSENT}


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


LIVE_CAPTURE_STAGES = frozenset(
    {CaptureStage.INTENDED, CaptureStage.REQUESTED, CaptureStage.CAPTURED, CaptureStage.COLLECTED}
)


# Money that is promised back to the customer, or is there.
LIVE_REFUND_STAGES = frozenset(set(RefundStage) - {RefundStage.FAILED})


class Watched(Value):
    """A reference that is looked for although its attempt is proven absent."""

    reference: str
    until: datetime


class Payment(Value):
    """One order's payment. Amounts are minor units of `opened.owed.currency`."""

    key: PaymentKey
    sequence: int = 0
    """How many events are folded in."""
    opened: Opened | None = None
    authorizations: tuple[Authorization, ...] = ()
    captures: tuple[CaptureRecord, ...] = ()
    refunds: tuple[RefundRecord, ...] = ()
    requests: tuple[RequestRecord, ...] = ()
    references: tuple[str, ...] = ()
    """Every merchant reference that was sent, also those of attempts that led nowhere."""
    watched: tuple[Watched, ...] = ()
    unknown_operation: str | None = None
    """The operation whose answer was lost and is being found out."""
    attention: tuple[Attention, ...] = ()

    @property
    def authorization(self) -> Authorization | None:
        """The authorization that counts: the last one asked for."""
        return self.authorizations[-1] if self.authorizations else None

    def money(self, amount_minor: int) -> Money:
        """Return an amount in this payment's currency."""
        if self.opened is None:
            raise ValueError(f"{self.key} is not open and has no currency")
        return self.opened.owed.with_amount(amount_minor)

    def request(self, request_id: str) -> RequestRecord | None:
        """Return the accepted request of this id."""
        return next((r for r in self.requests if r.request_id == request_id), None)

    def capture(self, capture_id: str) -> CaptureRecord | None:
        """Return the capture of this operation id."""
        return next((c for c in self.captures if c.capture_id == capture_id), None)

    def live_captures(self, authorization_id: str) -> tuple[CaptureRecord, ...]:
        """Return the captures of a hold that took or may yet take money."""
        return tuple(
            c for c in self.captures if c.authorization_id == authorization_id and c.stage in LIVE_CAPTURE_STAGES
        )

    def captured_beside(self, capture_id: str) -> bool:
        """Whether another capture than this took or may yet take money."""
        return any(c.capture_id != capture_id and c.stage in LIVE_CAPTURE_STAGES for c in self.captures)

    def capture_on_its_way(self) -> CaptureRecord | None:
        """Return a capture that the provider accepted and has not collected: it is followed."""
        stages = (CaptureStage.REQUESTED, CaptureStage.CAPTURED)
        return next((c for c in self.captures if c.stage in stages), None)

    @property
    def captured_minor(self) -> int:
        """What was taken or is being taken."""
        return sum(c.amount_minor for c in self.captures if c.stage in LIVE_CAPTURE_STAGES)

    def refund(self, refund_id: str) -> RefundRecord | None:
        """Return the refund of this operation id."""
        return next((r for r in self.refunds if r.refund_id == refund_id), None)

    def refund_on_its_way(self) -> RefundRecord | None:
        """Return a refund that the provider accepted and has not paid out: it is followed."""
        return next((r for r in self.refunds if r.stage is RefundStage.REQUESTED), None)

    def refunded_minor(self, capture_id: str) -> int:
        """What of a capture is promised back or paid back."""
        return sum(r.amount_minor for r in self.refunds if r.capture_id == capture_id and r.stage in LIVE_REFUND_STAGES)

    @property
    def unresolved(self) -> str | None:
        """The operation whose outcome is not known yet; at most one per authorization."""
        hold = self.authorization
        if hold is None:
            return None
        if hold.stage is AuthorizationStage.INTENDED:
            return hold.authorization_id
        if hold.void is not None:
            return hold.void.void_id
        refund = next((r.refund_id for r in self.refunds if r.stage is RefundStage.INTENDED), None)
        return next((c.capture_id for c in self.captures if c.stage is CaptureStage.INTENDED), refund)

    @property
    def expires_at(self) -> datetime | None:
        """When an unshipped payment is voided by itself."""
        return self._after_authorization(self.opened.window_seconds) if self.opened else None

    @property
    def lapses_at(self) -> datetime | None:
        """When the provider's hold can no longer be counted on."""
        return self._after_authorization(self.opened.hold_seconds) if self.opened else None

    def _after_authorization(self, seconds: int) -> datetime | None:
        hold = self.authorization
        if hold is None or hold.authorized_at is None:
            return None
        return hold.authorized_at + timedelta(seconds=seconds)

    @property
    def state(self) -> PaymentState:
        """Where the payment stands, in one word."""
        hold = self.authorization
        if hold is None:
            return PaymentState.OPENING
        if self.unknown_operation is not None:
            return PaymentState.UNKNOWN
        if hold.stage is AuthorizationStage.HELD:
            return self._state_of_held(hold)
        return _STATE_OF_STAGE[hold.stage]

    def _state_of_held(self, hold: Authorization) -> PaymentState:
        if hold.void is not None:
            return PaymentState.VOIDING
        captures = [c for c in self.captures if c.authorization_id == hold.authorization_id]
        stages = {c.stage for c in captures} - {CaptureStage.REFUSED}
        if CaptureStage.INTENDED not in stages and hold.open_minor:
            return PaymentState.PARTIALLY_CAPTURED if stages & LIVE_CAPTURE_STAGES else PaymentState.AUTHORIZED
        for stage, state in _STATE_OF_CAPTURE:
            if stage in stages:
                return self._state_of_refunds() or state
        return PaymentState.AUTHORIZED

    def _state_of_refunds(self) -> PaymentState | None:
        live = [r for r in self.refunds if r.stage in LIVE_REFUND_STAGES]
        if not live:
            return None
        if any(r.stage is not RefundStage.REFUNDED for r in live):
            return PaymentState.REFUNDING
        whole = sum(r.amount_minor for r in live) >= self.captured_minor
        return PaymentState.REFUNDED if whole else PaymentState.PARTIALLY_REFUNDED

    @property
    def is_over(self) -> bool:
        """Nothing is held, queued, unresolved or due: the workflow may close."""
        hold = self.authorization
        if hold is None or hold.stage is AuthorizationStage.ABSENT or self.unresolved is not None or self.watched:
            return False
        held = hold.open_minor + hold.reserved_minor + hold.lapsing_minor
        owed = any(r.stage in {RefundStage.ASKED, RefundStage.REQUESTED} for r in self.refunds)
        return held == 0 and self.capture_on_its_way() is None and not owed


_STATE_OF_STAGE = {
    AuthorizationStage.INTENDED: PaymentState.AUTHORIZING,
    AuthorizationStage.ABSENT: PaymentState.AUTHORIZING,
    AuthorizationStage.DECLINED: PaymentState.DECLINED,
    AuthorizationStage.REFUSED: PaymentState.REFUSED,
    AuthorizationStage.ABANDONED: PaymentState.ABANDONED,
    AuthorizationStage.VOIDED: PaymentState.VOIDED,
    AuthorizationStage.EXPIRED: PaymentState.EXPIRED,
}
# The least advanced capture tells the state: money that is still on its way counts as on its way.
_STATE_OF_CAPTURE = (
    (CaptureStage.INTENDED, PaymentState.CAPTURING),
    (CaptureStage.REQUESTED, PaymentState.CAPTURE_REQUESTED),
    (CaptureStage.CAPTURED, PaymentState.CAPTURED),
    (CaptureStage.COLLECTED, PaymentState.COLLECTED),
    (CaptureStage.REJECTED, PaymentState.CAPTURE_REJECTED),
)
