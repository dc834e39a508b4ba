"""The payment as a value: what `evolve` folds the events into."""

from datetime import datetime, timedelta

from payments.base import Value
from payments.events import Opened, WaitsFor
from payments.money import Money
from payments.parts import (
    LIVE_CAPTURE_STAGES,
    LIVE_REFUND_STAGES,
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
from payments.states import CaptureStage, PaymentState, RefundStage


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

    def hold(self, authorization_id: str) -> Authorization:
        """Return the authorization of this operation id. Raises ValueError when the payment has none."""
        found = next((a for a in self.authorizations if a.authorization_id == authorization_id), None)
        if found is None:
            raise ValueError(f"{self.key} has no authorization {authorization_id}")
        return found

    @property
    def account(self) -> str:
        """The merchant account that was frozen at the start; empty before."""
        return self.opened.account if self.opened else ""

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

    def take_back(self, take_back_id: str) -> TakeBackRecord | None:
        """Return the taking back of this operation id."""
        return next((t for t in self.take_backs if t.take_back_id == take_back_id), None)

    def taking_back(self) -> TakeBackRecord | None:
        """Return the taking back whose outcome is open."""
        return next((t for t in self.take_backs if t.stage is TakeBackStage.INTENDED), None)

    def waiting_capture(self, authorization_id: str) -> ScheduledCapture | None:
        """Return the capture of a hold that waits for its time; at most one."""
        waiting = (p for p in self.scheduled if p.stage is ScheduleStage.WAITING)
        return next((p for p in waiting if p.authorization_id == authorization_id), None)

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
        if hold.accept_id is not None:
            return hold.accept_id
        taking_back = self.taking_back()
        if taking_back is not None:
            return taking_back.take_back_id
        refund = next((r.refund_id for r in self.refunds if r.stage is RefundStage.INTENDED), None)
        return next((c.capture_id for c in self.captures if c.stage is CaptureStage.INTENDED), refund)

    @property
    def expires_at(self) -> datetime | None:
        """When an unshipped payment is voided by itself."""
        return self.window_end(self.authorization) if self.authorization else None

    @property
    def lapses_at(self) -> datetime | None:
        """When the provider's hold can no longer be counted on."""
        return self.hold_end(self.authorization) if self.authorization else None

    def waits_until(self, hold: Authorization) -> datetime | None:
        """When a pending authorization is given up: each whom it may wait for has a time of their own."""
        if self.opened is None or hold.pending_since is None or hold.waits_for is None:
            return None
        seconds = {
            WaitsFor.CUSTOMER: self.opened.redirect_window_seconds,
            WaitsFor.REVIEW: self.opened.review_seconds or self.opened.window_seconds,
            WaitsFor.ISSUER: self.opened.window_seconds,
        }[hold.waits_for]
        return hold.pending_since + timedelta(seconds=seconds)

    def window_end(self, hold: Authorization) -> datetime | None:
        """Return until when a hold waits for fulfilment: as it was changed, else as it was opened."""
        longest = self.longest_window(hold)
        if longest is None or self.opened is None or hold.authorized_at is None:
            return None
        if hold.window_ends_at is not None:
            return hold.window_ends_at
        as_opened = hold.authorized_at + timedelta(seconds=self.opened.window_seconds)
        own_terms = any(terms.product == str(hold.payment_product) for terms in self.opened.products)
        return min(longest, as_opened) if own_terms else as_opened

    def longest_window(self, hold: Authorization) -> datetime | None:
        """Return the end that no window of a hold may have beyond: the hold's own end, less a margin."""
        end = self.hold_end(hold)
        if end is None or self.opened is None or hold.authorized_at is None:
            return None
        return max(hold.authorized_at + timedelta(seconds=1), end - timedelta(seconds=self.opened.margin_seconds))

    def hold_end(self, hold: Authorization) -> datetime | None:
        """Return until when a hold can be counted on; where its product has terms of its own, by those."""
        if self.opened is None or hold.authorized_at is None:
            return None
        own = (terms.hold_seconds for terms in self.opened.products if terms.product == str(hold.payment_product))
        seconds = next(own, self.opened.hold_seconds)
        return hold.authorized_at + timedelta(seconds=seconds)

    @property
    def warning(self) -> str | None:
        """What fulfilment is told before a window ends, while something is unshipped; none at other times."""
        hold = self.authorization
        ends = self.expires_at
        if hold is None or ends is None or hold.warned_of != ends or not hold.open_minor:
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
        captures = [c for c in self.captures if c.authorization_id == hold.authorization_id]
        stages = {c.stage for c in captures} - {CaptureStage.REFUSED, CaptureStage.TAKEN_BACK}
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
        if any(each.is_pending for each in self.authorizations):
            return False
        held = hold.open_minor + hold.reserved_minor + hold.lapsing_minor
        owed = any(r.stage in {RefundStage.ASKED, RefundStage.REQUESTED} for r in self.refunds)
        return held == 0 and self.capture_on_its_way() is None and not owed


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
_STATE_OF_CAPTURE = (
    (CaptureStage.INTENDED, PaymentState.CAPTURING),
    (CaptureStage.REQUESTED, PaymentState.CAPTURE_REQUESTED),
    (CaptureStage.CAPTURED, PaymentState.CAPTURED),
    (CaptureStage.COLLECTED, PaymentState.COLLECTED),
    (CaptureStage.REJECTED, PaymentState.CAPTURE_REJECTED),
)
