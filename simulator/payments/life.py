"""What has become of a payment: its status over time, its captures, its refunds and its sums."""

from dataclasses import dataclass, field

from simulator.payments import statuses as s
from simulator.payments.effects import Effect
from simulator.payments.records import CAPTURES, Payment

_TAKEN = (s.CAPTURE_REQUESTED, s.CAPTURED, s.PAID)
_NEVER_HELD = {s.REJECTED, s.REDIRECTED, s.PENDING_COMPLETION, s.PENDING_FRAUD_APPROVAL}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """From `at` on something has this status."""

    at: int
    status: str


@dataclass(kw_only=True)
class Part:
    """One capture or refund."""

    place: int
    amount: int
    status: str
    at: int
    created_at: int
    final: bool = False
    cancellable_until: int = 0
    moments: list[Moment] = field(default_factory=list)


@dataclass(kw_only=True)
class Totals:
    """Cumulative amounts: none of them ever falls."""

    authorized: int = 0
    capture_requested: int = 0
    captured: int = 0
    collected: int = 0
    refund_requested: int = 0
    refunded: int = 0
    voided: int = 0
    reversed: int = 0
    charged_back: int = 0
    won_back: int = 0


class Life:
    """Folds effects in the order of time. Its parts are read by whoever asks about the payment."""

    def __init__(self, payment: Payment) -> None:
        """Nothing has happened."""
        self._payment = payment
        self._phase = ""
        self._closed = False
        self._dispute = ""
        self._held = 0
        self.moments: list[Moment] = []
        self.captures: dict[int, Part] = {}
        self.refunds: dict[int, Part] = {}
        self.totals = Totals()

    @property
    def status(self) -> str:
        """The payment's status now."""
        return self.moments[-1].status

    @property
    def open_amount(self) -> int:
        """What of the hold may still be captured."""
        return self._held - sum(part.amount for part in self.live_captures())

    @property
    def refundable_amount(self) -> int:
        """What was captured and is neither refunded nor asked back."""
        taken = sum(part.amount for part in self.captures.values() if part.status in {s.CAPTURED, s.PAID})
        lost = taken if self._dispute in {s.REVERSED, s.CHARGEBACKED} else 0
        return taken - lost - sum(part.amount for part in self.live_refunds())

    @property
    def chargeable_amount(self) -> int:
        """What a bank may still take back of a card: captured, and neither refunded nor taken back before."""
        taken = sum(part.amount for part in self.captures.values() if part.status in {s.CAPTURED, s.PAID})
        lost = self.totals.charged_back - self.totals.won_back
        return max(0, taken - lost - sum(part.amount for part in self.live_refunds()))

    def live_captures(self) -> list[Part]:
        """Those that were neither undone nor rejected."""
        return [part for part in self.captures.values() if part.status in _TAKEN]

    def live_refunds(self) -> list[Part]:
        """Those that are on their way or done."""
        ended = {s.REJECTED, s.REJECTED_CAPTURE, s.CANCELLED}
        return [part for part in self.refunds.values() if part.status not in ended]

    def enter(self, at: int, phase: str) -> None:
        """The payment itself takes a status, apart from captures and refunds."""
        self._phase = phase
        if phase == s.CANCELLED:
            for part in self.live_captures():
                self._become(part, at, s.CANCELLED)
            self._release(self._held)
        elif phase not in _NEVER_HELD and not self._held:
            self._hold()
        self._note(at)

    def capture(self, effect: Effect) -> None:
        """A capture is asked, or moves on."""
        part = self.captures.get(effect.place)
        if part is None:
            part = self._new_capture(effect)
        if effect.status == s.CAPTURED or (effect.status == s.PAID and s.CAPTURED not in _statuses(part)):
            self.totals.captured += part.amount
        if effect.status == s.PAID:
            self.totals.collected += part.amount
        self._become(part, effect.at, effect.status)
        if effect.status == s.CANCELLED:
            self._closed = False
        self._note(effect.at)

    def _new_capture(self, effect: Effect) -> Part:
        if not self._held:
            self._hold()
        part = Part(
            place=effect.place,
            amount=effect.amount,
            status=effect.status,
            at=effect.at,
            created_at=effect.at,
            final=effect.final,
            cancellable_until=effect.cancellable_until,
        )
        self.captures[effect.place] = part
        self.totals.capture_requested += part.amount
        if self._payment.captures != CAPTURES or part.final or self.open_amount <= 0:
            self._close()
        return part

    def close(self, at: int) -> None:
        """No further capture will follow."""
        self._close()
        self._note(at)

    def refund(self, effect: Effect) -> None:
        """A refund is asked, or moves on."""
        part = self.refunds.get(effect.place)
        if part is None:
            part = Part(
                place=effect.place, amount=effect.amount, status=effect.status, at=effect.at, created_at=effect.at
            )
            self.refunds[effect.place] = part
            self.totals.refund_requested += part.amount
        if effect.status == s.REFUNDED:
            self.totals.refunded += part.amount
        self._become(part, effect.at, effect.status)
        self._note(effect.at)

    def dispute(self, at: int, status: str, amount: int = 0) -> None:
        """A bank takes the money back, announces it, or (an empty status) gives it back: an amount of it, or all."""
        if status == s.REVERSED and self._dispute != status:
            self.totals.reversed += sum(part.amount for part in self.live_captures())
        if status in {s.CHARGEBACK_NOTIFICATION, s.CHARGEBACKED}:
            status = self._charged_back(status)
        elif not status and self._dispute == s.CHARGEBACKED:
            lost = self.totals.charged_back - self.totals.won_back
            self.totals.won_back += min(amount or lost, lost)
            # Who wins a part of it has still lost the rest.
            status = s.CHARGEBACKED if self.totals.won_back < self.totals.charged_back else ""
        self._dispute = status
        self._note(at)

    def _charged_back(self, status: str) -> str:
        """What was taken stays taken until it is won back; a chargeback of nothing is none."""
        left = self.chargeable_amount
        if status == s.CHARGEBACKED:
            self.totals.charged_back += left
        lost = self.totals.charged_back > self.totals.won_back
        return s.CHARGEBACKED if lost else status if left else ""

    def _hold(self) -> None:
        self._held = self.totals.authorized = self._payment.amount

    def _close(self) -> None:
        self._closed = True
        self._release(self.open_amount)

    def _release(self, amount: int) -> None:
        self._held -= amount
        self.totals.voided += amount

    def _become(self, part: Part, at: int, status: str) -> None:
        part.status, part.at = status, at
        part.moments.append(Moment(at=at, status=status))

    def _note(self, at: int) -> None:
        status = self._status()
        if not self.moments or self.moments[-1].status != status:
            self.moments.append(Moment(at=at, status=status))

    def _status(self) -> str:
        if self._phase == s.CANCELLED:
            return self._phase
        if self._dispute:
            return self._dispute
        asked = [part for part in self.captures.values() if part.status != s.CANCELLED]
        if not asked or not self._closed:
            return self._phase
        live = self.live_captures()
        if not live:
            return s.REJECTED_CAPTURE
        refunded = sum(part.amount for part in self.refunds.values() if part.status == s.REFUNDED)
        if refunded >= sum(part.amount for part in live):
            return s.REFUNDED
        return min((part.status for part in live), key=_TAKEN.index)


def _statuses(part: Part) -> set[str]:
    return {moment.status for moment in part.moments}
