"""The payment as a value: what `evolve` folds the events into."""

from datetime import datetime, timedelta

from payments.base import Value
from payments.events import Opened, Terms, WaitsFor
from payments.money import Money
from payments.parts import (
    LIVE_CAPTURE_STAGES,
    LIVE_REFUND_STAGES,
    NOTHING_CAME,
    Attention,
    Authorization,
    AuthorizationStage,
    CaptureRecord,
    RefundRecord,
    RequestRecord,
    ScheduledCapture,
    ScheduleStage,
    TakeBackRecord,
    TakeBackStage,
    Watched,
)
from payments.references import PaymentKey
from payments.states import CaptureStage, PaymentState, Purpose, RefundStage


class Payment(Value):
    """One order's payment. Amounts are minor units of `opened.owed.currency`."""

    key: PaymentKey
    sequence: int = 0
    """How many events are folded in."""
    opened: Opened | None = None
    authorizations: tuple[Authorization, ...] = ()
    captures: tuple[CaptureRecord, ...] = ()
    refunds: tuple[RefundRecord, ...] = ()
    take_backs: tuple[TakeBackRecord, ...] = ()
    scheduled: tuple[ScheduledCapture, ...] = ()
    """Captures that wait for their time, and what became of those that did."""
    requests: tuple[RequestRecord, ...] = ()
    changed_owed_minor: int | None = None
    """What the order owes since it was edited."""
    changed_ships_until: datetime | None = None
    """Where a hold that ends is followed by another: until when, since the window was changed."""
    references: tuple[str, ...] = ()
    """Every merchant reference that was sent, also those of attempts that led nowhere."""
    watched: tuple[Watched, ...] = ()
    unknown_operation: str | None = None
    """The operation whose answer was lost and is being found out."""
    attention: tuple[Attention, ...] = ()

    @property
    def authorization(self) -> Authorization | None:
        """The authorization that counts: the last that holds for the whole order, else the last one asked for."""
        if len(self.authorizations) < 2:
            return self.authorizations[0] if self.authorizations else None
        for_the_whole = [a for a in self.authorizations if a.purpose in _FOR_THE_WHOLE]
        counting = [a for a in for_the_whole if a.counts] or [a for a in self.authorizations if a.counts]
        held = counting or [a for a in for_the_whole if a.stage is AuthorizationStage.HELD]
        return (held or for_the_whole or self.authorizations)[-1]

    @property
    def absent(self) -> Authorization | None:
        """The authorization whose last attempt is proven absent and that is not given up."""
        return next((a for a in self.authorizations if a.stage is AuthorizationStage.ABSENT), None)

    def hold(self, authorization_id: str) -> Authorization:
        """Return the authorization of this id. Raises ValueError when the payment has none."""
        found = next((a for a in self.authorizations if a.authorization_id == authorization_id), None)
        if found is None:
            raise ValueError(f"{self.key} has no authorization {authorization_id}")
        return found

    def hold_at(self, provider_id: str | None) -> Authorization | None:
        """Return the authorization that the provider calls so."""
        return next((a for a in self.authorizations if provider_id and a.provider_id == provider_id), None)

    def account_of(self, hold: Authorization) -> str:
        """Return the merchant account that a hold was asked for with."""
        if hold.terms is not None:
            return hold.terms.account
        return self.opened.account if self.opened else ""

    @property
    def account(self) -> str:
        """The merchant account that was frozen at the start; empty before."""
        return self.opened.account if self.opened else ""

    def money(self, amount_minor: int) -> Money:
        """Return an amount in this payment's currency."""
        if self.opened is None:
            raise ValueError(f"{self.key} is not open and has no currency")
        return self.opened.owed.with_amount(amount_minor)

    @property
    def owed_minor(self) -> int:
        """What the order owes."""
        if self.changed_owed_minor is not None:
            return self.changed_owed_minor
        return self.opened.owed.amount_minor if self.opened else 0

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
        """Whether another capture of its hold took or may yet take money."""
        capture = self.capture(capture_id)
        beside = self.live_captures(capture.authorization_id) if capture else ()
        return any(c.capture_id != capture_id for c in beside)

    def capture_on_its_way(self, authorization_id: str | None = None) -> CaptureRecord | None:
        """Return a capture, of one hold or of any, that the provider accepted and has not collected: it is followed."""
        stages = (CaptureStage.REQUESTED, CaptureStage.CAPTURED)
        moving = (c for c in self.captures if c.stage in stages)
        return next((c for c in moving if authorization_id in {None, c.authorization_id}), None)

    @property
    def captured_minor(self) -> int:
        """What was taken or is being taken."""
        return sum(c.amount_minor for c in self.captures if c.stage in LIVE_CAPTURE_STAGES)

    def free_minor(self, hold: Authorization) -> int:
        """What of a hold may be captured and is not planned to be."""
        if not hold.counts or hold.void is not None:
            return 0
        its_own = [c for c in self.captures if c.authorization_id == hold.authorization_id]
        return hold.open_minor - sum(c.amount_minor for c in its_own if c.stage is CaptureStage.PLANNED)

    def part_captures(self, capture_id: str) -> tuple[CaptureRecord, ...]:
        """Return the parts, each of another hold, in which one shipment was captured."""
        return tuple(c for c in self.captures if c.capture_id.partition("+")[0] == capture_id)

    def refund(self, refund_id: str) -> RefundRecord | None:
        """Return the refund of this operation id."""
        return next((r for r in self.refunds if r.refund_id == refund_id), None)

    def refund_on_its_way(self) -> RefundRecord | None:
        """Return a refund that the provider accepted and has not paid out: it is followed."""
        return next((r for r in self.refunds if r.stage is RefundStage.REQUESTED), None)

    def refunded_minor(self, capture_id: str) -> int:
        """What of a capture is promised back or paid back."""
        return sum(r.amount_minor for r in self.refunds if r.capture_id == capture_id and r.stage in LIVE_REFUND_STAGES)

    def take_back(self, take_back_id: str) -> TakeBackRecord | None:
        """Return the taking back of this operation id."""
        return next((t for t in self.take_backs if t.take_back_id == take_back_id), None)

    def taking_back(self) -> TakeBackRecord | None:
        """Return the taking back whose outcome is open."""
        return next((t for t in self.take_backs if t.stage is TakeBackStage.INTENDED), None)

    def waiting_capture(self) -> ScheduledCapture | None:
        """Return the capture that waits for its time; at most one."""
        return next((p for p in self.scheduled if p.stage is ScheduleStage.WAITING), None)

    @property
    def unresolved(self) -> str | None:
        """The operation whose outcome is not known yet: one at a time, though the ledger would take one a hold."""
        for hold in self.authorizations:
            if hold.stage is AuthorizationStage.INTENDED:
                return hold.authorization_id
            if hold.void is not None:
                return hold.void.void_id
            if hold.accept_id is not None:
                return hold.accept_id
        taking_back = self.taking_back()
        if taking_back is not None:
            return taking_back.take_back_id
        refund = next((r.refund_id for r in self.refunds if r.stage is RefundStage.INTENDED), None)
        return next((c.capture_id for c in self.captures if c.stage is CaptureStage.INTENDED), refund)

    @property
    def expires_at(self) -> datetime | None:
        """When the first of what is held and unshipped is voided by itself."""
        hold = self.ends_first or self.authorization
        return self.window_end(hold) if hold is not None else None

    @property
    def ends_first(self) -> Authorization | None:
        """The hold with something unshipped whose window ends first, of those that are not released anyway."""
        waiting = (h for h in self.authorizations if h.open_minor and h.planned is None)
        ends = [(at, n, hold) for n, hold in enumerate(waiting) if (at := self.window_end(hold)) is not None]
        return min(ends)[2] if ends else None

    @property
    def ships_until(self) -> datetime | None:
        """Until when a hold that ends is followed by another; none: no hold is."""
        if self.changed_ships_until is not None:
            return self.changed_ships_until
        within = self.opened.ship_within_seconds if self.opened else 0
        begun = self.begun_at
        return begun + timedelta(seconds=within) if within and begun is not None else None

    @property
    def begun_at(self) -> datetime | None:
        """When the first of its holds began."""
        return min((hold.authorized_at for hold in self.authorizations if hold.authorized_at is not None), default=None)

    def terms_of(self, hold: Authorization) -> Terms | None:
        """Return what a hold was asked for with: its own terms, else those the order was opened with."""
        return hold.terms or self.opened

    def waits_until(self, hold: Authorization) -> datetime | None:
        """When a pending authorization is given up: each whom it may wait for has a time of their own."""
        terms = self.terms_of(hold)
        if terms is None or hold.pending_since is None or hold.waits_for is None:
            return None
        seconds = {
            WaitsFor.CUSTOMER: terms.redirect_window_seconds,
            WaitsFor.REVIEW: terms.review_seconds or terms.window_seconds,
            WaitsFor.ISSUER: terms.window_seconds,
        }[hold.waits_for]
        return hold.pending_since + timedelta(seconds=seconds)

    def window_end(self, hold: Authorization) -> datetime | None:
        """Return until when a hold waits for fulfilment: as it was changed, else as it was asked for.

        Where a hold that ends is followed by another, all of them end when the order is not waited for any longer.
        """
        terms, longest = self.terms_of(hold), self.longest_window(hold)
        if longest is None or terms is None or hold.authorized_at is None:
            return None
        own_terms = any(of.product == str(hold.payment_product) for of in terms.products)
        end = hold.window_ends_at or hold.authorized_at + timedelta(seconds=terms.window_seconds)
        if own_terms and hold.window_ends_at is None:
            end = min(longest, end)
        last = self.ships_until
        return end if last is None else min(end, last)

    def fulfilment_end(self, hold: Authorization) -> datetime | None:
        """Return until when fulfilment is waited for: this hold's window, or that of those that follow it too."""
        return self.ships_until or self.window_end(hold)

    def longest_window(self, hold: Authorization) -> datetime | None:
        """Return the end that no window of a hold may have beyond: the hold's own end, less a margin."""
        terms, end = self.terms_of(hold), self.hold_end(hold)
        if end is None or terms is None or hold.authorized_at is None:
            return None
        return max(hold.authorized_at + timedelta(seconds=1), end - timedelta(seconds=terms.margin_seconds))

    def hold_end(self, hold: Authorization) -> datetime | None:
        """Return until when a hold can be counted on; where its product has terms of its own, by those."""
        terms = self.terms_of(hold)
        if terms is None or hold.authorized_at is None:
            return None
        own = (of.hold_seconds for of in terms.products if of.product == str(hold.payment_product))
        return hold.authorized_at + timedelta(seconds=next(own, terms.hold_seconds))

    @property
    def retry_until(self) -> datetime | None:
        """Until when the order may be paid in another way, after an authorization that holds nothing."""
        hold = self.authorization
        window = self.opened.retry_window_seconds if self.opened else 0
        if hold is None or hold.stage not in NOTHING_CAME or hold.ended_at is None or not window:
            return None
        return hold.ended_at + timedelta(seconds=window)

    @property
    def warning(self) -> str | None:
        """What fulfilment is told before a window ends, while something is unshipped; none at other times."""
        hold = self.ends_first
        ends = self.window_end(hold) if hold is not None else None
        if hold is None or ends is None or hold.warned_of != ends:
            return None
        what = f"{self.money(hold.open_minor)} is captured or the window extended before {ends:%Y-%m-%d %H:%M} UTC"
        return f"Ship or extend: unless {what}, it is voided. Ship nothing unpaid."

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
        if hold.waits_for is not None:
            return PaymentState.VOIDING if hold.void is not None else _STATE_OF_WAITING[hold.waits_for]
        return _STATE_OF_STAGE[hold.stage]

    def _state_of_held(self, hold: Authorization) -> PaymentState:
        if hold.void is not None:
            return PaymentState.VOIDING
        if self.taking_back() is not None:
            return PaymentState.TAKING_BACK
        stages = {c.stage for c in self.captures} - {CaptureStage.REFUSED, CaptureStage.TAKEN_BACK}
        may_more = any(h.open_minor for h in self.authorizations if h.counts)
        if not stages & _BEING_CAPTURED and may_more:
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
        if not self.authorizations or self.absent is not None or self.unresolved is not None or self.watched:
            return False
        if any(each.is_pending for each in self.authorizations):
            return False
        held = any(hold.held_minor for hold in self.authorizations)
        owed = any(r.stage in {RefundStage.ASKED, RefundStage.REQUESTED} for r in self.refunds)
        return not held and self.capture_on_its_way() is None and not owed


# A supplementary authorization holds a difference, and a late one is only let go of.
_FOR_THE_WHOLE = {Purpose.START, Purpose.RETRY, Purpose.REAUTHORIZATION}
_STATE_OF_STAGE = {
    AuthorizationStage.INTENDED: PaymentState.AUTHORIZING,
    AuthorizationStage.PENDING: PaymentState.PENDING,
    AuthorizationStage.ABSENT: PaymentState.AUTHORIZING,
    AuthorizationStage.DECLINED: PaymentState.DECLINED,
    AuthorizationStage.REFUSED: PaymentState.REFUSED,
    AuthorizationStage.ABANDONED: PaymentState.ABANDONED,
    AuthorizationStage.VOIDED: PaymentState.VOIDED,
    AuthorizationStage.EXPIRED: PaymentState.EXPIRED,
}
_STATE_OF_WAITING = {
    WaitsFor.CUSTOMER: PaymentState.REDIRECTED,
    WaitsFor.REVIEW: PaymentState.IN_REVIEW,
    WaitsFor.ISSUER: PaymentState.PENDING,
}
# The least advanced capture tells the state: money that is still on its way counts as on its way.
_BEING_CAPTURED = {CaptureStage.PLANNED, CaptureStage.INTENDED}
_STATE_OF_CAPTURE = (
    (CaptureStage.PLANNED, PaymentState.CAPTURING),
    (CaptureStage.INTENDED, PaymentState.CAPTURING),
    (CaptureStage.REQUESTED, PaymentState.CAPTURE_REQUESTED),
    (CaptureStage.CAPTURED, PaymentState.CAPTURED),
    (CaptureStage.COLLECTED, PaymentState.COLLECTED),
    (CaptureStage.REJECTED, PaymentState.CAPTURE_REJECTED),
)
