"""What must come of a sequence: a model of one payment in plain integers, written from docs/contract.md alone.

It imports nothing of ours. Each command has one method, which says what must be answered and takes the effect in.
What moves by itself is not predicted to the moment: `advance` takes the view's word for it, as far as the time that
has passed allows, and never further; `compare` then holds every amount against its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.model.words import (
    DELAY,
    HOLDS,
    IN_QUEUE,
    LIVE,
    MARGIN,
    OPEN_REFUNDS,
    ORDER_OF_CAPTURES,
    SLACK,
    TAKEN_BACK,
    Captured,
    Command,
    Disagreement,
    Predicted,
    Refunded,
    Terms,
    answered,
    refused,
)


@dataclass
class Model:
    """One payment. `open` may be captured, `lapsing` is still on the card and may not."""

    terms: Terms
    stage: str = "none"
    """none, held, declined, released."""
    open: int = 0
    lapsing: int = 0
    voided: int = 0
    """Of what lapses: what a void let go of, which the provider may confirm before the hold's end."""
    undone: bool = False
    """All of it was refunded by taking the capture back: what is held again is voided by itself."""
    closed: bool = False
    """No capture follows."""
    held_at: datetime | None = None
    captures: list[Captured] = field(default_factory=list)
    refunds: list[Refunded] = field(default_factory=list)
    requests: dict[str, Command] = field(default_factory=dict)
    voids: dict[str, str] = field(default_factory=dict)
    """How each accepted void ended: done or failed."""

    def authorize(self, now: datetime) -> Predicted:
        """Start the payment, or ask how it stands."""
        if self.stage == "none":
            self.held_at = now
            if self.terms.card == "declined":
                self.stage = "declined"
            else:
                self.stage, self.open = "held", self.terms.total
                if self.terms.action == "sale":
                    self._take("@provider", self.open, final=True, now=now)
        results = {"held": "authorized", "declined": "declined", "released": "released"}
        return answered(results[self.stage], amount=None if self.stage == "declined" else self.terms.total)

    def capture(self, command: Command, now: datetime) -> Predicted:
        """Take an amount, or all that is left."""
        earlier = self._earlier(command)
        if earlier is not None:
            return earlier
        codes = set(self._why_not_captured(command, now))
        if codes:
            return refused(*codes)
        amount = self.open if command.amount is None else command.amount
        self.requests[command.request] = command
        self._take(command.request, amount, final=command.final or not self.terms.several, now=now)
        return answered("done", amount=amount)

    def void(self, command: Command, now: datetime) -> Predicted:
        """Let go of the hold, or of what several captures left of it."""
        earlier = self._earlier(command)
        if earlier is not None:
            return earlier
        if self.stage != "held" or (not self.open and not self._live()):
            return answered("already_done")
        if self._live() and not (self.terms.several and self.open):
            return refused("already_captured")
        self.requests[command.request] = command
        if self._live() and all(self._is_doomed(c, now) for c in self._live()):
            # Nothing is captured there any more, so there are no captures to end: what is left can still be voided.
            self.voids[command.request] = "failed"
            return answered("failed")
        self.voids[command.request] = "done"
        self._let_go()
        return answered("done")

    def refund(self, command: Command, now: datetime) -> Predicted:
        """Give an amount back, or all that is left of a capture."""
        earlier = self._earlier(command)
        if earlier is not None:
            return earlier
        taken = [c for c in self._live() if command.of_capture in {None, c.request}]
        if not taken:
            return refused("nothing_captured")
        capture = taken[-1]
        left = self._refundable(capture)
        codes = set(self._wrong_amount(command, left, "amount_above_captured"))
        if left <= 0:
            codes.add("nothing_to_refund")
        if codes:
            return refused(*codes)
        amount = left if command.amount is None else command.amount
        self.requests[command.request] = command
        refund = Refunded(command.request, amount, capture.request, now)
        self.refunds.append(refund)
        if amount == capture.amount and self._leaves_the_queue(capture, now):
            self._take_back(capture, refund)
            return answered(TAKEN_BACK, amount=amount)
        results = {"pending", "done"} if self.terms.card != "refund_declined" else {"pending", "failed"}
        return answered(*results, amount=amount)

    def _earlier(self, command: Command) -> Predicted | None:
        if self.stage == "none":
            return refused("unknown_order")
        earlier = self.requests.get(command.request)
        if earlier is None:
            return None
        if earlier != command:
            return refused("request_id_reused")
        if command.kind == "void":
            return answered(self.voids[command.request])
        if command.kind == "capture":
            capture = self._capture(command.request)
            return answered("done" if capture.stage in LIVE else "failed", amount=capture.amount)
        refund = next(r for r in self.refunds if r.request == command.request)
        told = {"asked": "pending", "requested": "done", "refunded": "done", "failed": "failed", TAKEN_BACK: TAKEN_BACK}
        return answered(told[refund.stage], amount=refund.amount)

    def _why_not_captured(self, command: Command, now: datetime) -> Iterator[str]:
        if self.undone and self.open:
            yield "order_undone"
            return
        if self.stage != "held" or not self.open:
            yield "already_captured" if self._live() else "nothing_held"
            return
        if now >= self.expires_at - SLACK:
            yield "window_ended"
        yield from self._wrong_amount(command, self.open, "amount_above_hold")
        whole = self.terms.action == "final_authorization"
        if whole and command.amount is not None and command.amount != self.open:
            yield "final_authorization_is_whole"

    def _wrong_amount(self, command: Command, left: int, above: str) -> Iterator[str]:
        if command.amount is None:
            return
        if command.currency not in {None, self.terms.currency}:
            yield "currency_differs"
        if command.amount <= 0:
            yield "amount_not_positive"
        if command.amount > left:
            yield above

    def _take(self, request: str, amount: int, *, final: bool, now: datetime) -> None:
        self.captures.append(Captured(request, amount, now))
        self.open -= amount
        if final or not self.open:
            self.closed, self.lapsing, self.open = True, self.lapsing + self.open, 0

    def _let_go(self) -> None:
        """Void what is open: the whole hold, or what captures left of it, which lapses."""
        if not self._live():
            self.stage, self.voided = "released", self.open
        self.closed, self.lapsing, self.open = True, self.lapsing + self.open, 0

    def queue_ends(self) -> list[datetime]:
        """When what is queued can no longer be taken back: only the one capture of an authorization ever can."""
        if self.terms.several or self.terms.action == "sale":
            return []
        return [c.asked_at + IN_QUEUE for c in self.captures if c.stage == "requested"]

    def _leaves_the_queue(self, capture: Captured, now: datetime) -> bool:
        return capture.asked_at + IN_QUEUE in self.queue_ends() and now < capture.asked_at + IN_QUEUE

    def _take_back(self, capture: Captured, refund: Refunded) -> None:
        """No money came and none goes back; what the capture took is held again until it is voided."""
        capture.stage = refund.stage = TAKEN_BACK
        self.open, self.undone = self.open + capture.amount, True

    def _live(self) -> list[Captured]:
        return [c for c in self.captures if c.stage in LIVE]

    def _capture(self, request: str) -> Captured:
        return next(c for c in self.captures if c.request == request)

    def _refundable(self, capture: Captured) -> int:
        back = sum(r.amount for r in self.refunds if r.capture == capture.request and r.stage != "failed")
        return capture.amount - back if capture.stage in LIVE else 0

    @property
    def expires_at(self) -> datetime:
        """When what is open is let go of by itself."""
        assert self.held_at is not None
        longest = self._hold - MARGIN
        window = self.terms.window_seconds
        return self.held_at + (longest if window is None else min(longest, timedelta(seconds=window)))

    @property
    def ends_at(self) -> datetime:
        """When nothing of the hold is left on the card."""
        assert self.held_at is not None
        return self.held_at + self._hold

    @property
    def _hold(self) -> timedelta:
        return HOLDS[self.terms.action]

    def advance(self, view: Any, now: datetime) -> None:
        """Take in what the view says moved by itself, where that may have happened by now; else raise Disagreement."""
        if view is None or self.stage == "none":
            return
        shown = {c.request_id: c.stage.value for c in view.captures}
        for capture in self.captures:
            self._advance_capture(capture, shown.get(capture.request, "nowhere"), now)
        refunds = {r.request_id: r.stage.value for r in view.refunds}
        for refund in self.refunds:
            self._advance_refund(refund, refunds.get(refund.request, "nowhere"), now)
        if view.amounts is not None:
            self._advance_hold(view.amounts, now)

    def _advance_capture(self, capture: Captured, shown: str, now: datetime) -> None:
        if shown == capture.stage:
            return
        if shown not in self._reachable(capture, now + SLACK):
            raise Disagreement(f"{capture} is shown {shown} at {now}")
        capture.stage = shown
        if shown == "rejected" and self.terms.several:
            if self.closed:
                self.lapsing += capture.amount
            else:
                self.open += capture.amount

    def _reachable(self, capture: Captured, now: datetime) -> set[str]:
        if self.terms.card == "capture_rejected":
            return {"rejected"} if self._is_doomed(capture, now) else set()
        asked = now - capture.asked_at
        came = [s for number, s in enumerate(ORDER_OF_CAPTURES) if asked >= number * DELAY]
        return set(came[ORDER_OF_CAPTURES.index(capture.stage) + 1 :]) if capture.stage in LIVE else set()

    def _is_doomed(self, capture: Captured, now: datetime) -> bool:
        return self.terms.card == "capture_rejected" and now >= capture.asked_at + DELAY - SLACK

    def _advance_refund(self, refund: Refunded, shown: str, now: datetime) -> None:
        shown = "asked" if shown == "intended" else shown
        if shown == refund.stage:
            return
        capture = self._capture(refund.capture)
        is_settled = now + SLACK >= capture.asked_at + DELAY
        is_paid_out = now + SLACK >= refund.asked_at + DELAY
        without_money = capture.stage == "rejected"
        possible = {
            "requested": refund.stage == "asked" and is_settled and not without_money,
            "refunded": refund.stage in OPEN_REFUNDS and is_paid_out and self.terms.card != "refund_rejected",
            "failed": without_money
            or (self.terms.card == "refund_declined" and is_settled)
            or (self.terms.card == "refund_rejected" and is_paid_out),
        }
        if not possible.get(shown, False):
            raise Disagreement(f"{refund} is shown {shown} at {now}")
        refund.stage = shown
        refund.requested_by = refund.requested_by or now

    def _advance_hold(self, amounts: Any, now: datetime) -> None:
        is_due = self.undone or now + SLACK >= self.expires_at
        if self.open and not amounts.may_capture.amount_minor and is_due:
            self._let_go()
        left = amounts.lapsing.amount_minor
        if now + SLACK >= self.ends_at and not left:
            self.lapsing = self.voided = 0
        elif self.voided and left == self.lapsing - self.voided:
            self.lapsing, self.voided = left, 0

    def compare(self, view: Any) -> None:
        """Raise Disagreement where the view's amounts, captures or refunds are not the model's."""
        if self.stage == "none":
            if view is not None and view.amounts is not None:
                raise Disagreement(f"nothing was started, and there is {view}")
            return
        if view is None or view.amounts is None:
            raise Disagreement("there is no payment")
        captures = [(c.request_id, c.amount.amount_minor) for c in view.captures]
        refunds = [(r.request_id, r.amount.amount_minor) for r in view.refunds]
        shown = {name: getattr(view.amounts, name).amount_minor for name in self.amounts()}
        for what, theirs, ours in (
            ("captures", captures, [(c.request, c.amount) for c in self.captures]),
            ("refunds", refunds, [(r.request, r.amount) for r in self.refunds]),
            ("amounts", shown, self.amounts()),
        ):
            if theirs != ours:
                raise Disagreement(f"{what} are {theirs}, expected {ours}")

    def amounts(self) -> dict[str, int]:
        """Where the money stands, by the names of the view."""

        def captured(*stages: str) -> int:
            return sum(c.amount for c in self.captures if c.stage in stages)

        def refunded(*stages: str) -> int:
            return sum(r.amount for r in self.refunds if r.stage in stages)

        return {
            "owed": self.terms.total,
            "authorized": 0 if self.stage == "declined" else self.terms.total,
            "may_capture": self.open,
            "being_captured": 0,
            "lapsing": self.lapsing,
            "capture_requested": captured("requested"),
            "captured": captured("captured", "collected"),
            "collected": captured("collected"),
            "may_refund": sum(self._refundable(c) for c in self.captures),
            "refund_asked": refunded("asked", "requested"),
            "refunded": refunded("refunded"),
        }

    def must_have_noticed(self, now: datetime) -> None:
        """Raise Disagreement if something moved at the provider and the payment, which has looked, does not show it."""
        if self.undone and self.open:
            raise Disagreement(f"{self.open} are held by {now}, though all was refunded before it was captured")
        for capture in self.captures:
            if capture.stage in LIVE and self._reachable(capture, now - SLACK):
                raise Disagreement(f"{capture} has moved on by {now}")
        for refund in self.refunds:
            if refund.stage == "requested" and refund.requested_by and now - SLACK >= refund.requested_by + DELAY:
                raise Disagreement(f"{refund} has moved on by {now}")

    def must_be_over(self, now: datetime) -> None:
        """Raise Disagreement unless every capture and refund has come to its end and nothing is held."""
        self.must_have_noticed(now)
        unpaid = [r for r in self.refunds if r.stage in OPEN_REFUNDS]
        if self.open or self.lapsing or unpaid:
            raise Disagreement(f"at the end {self.open} are open, {self.lapsing} lapse, and {unpaid} wait")
