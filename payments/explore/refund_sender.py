"""A sender's pass at a refund, step by step as `activities/refunding.py` makes it.

Each method returns the worlds that one commit, or one loss, leads to.
"""

from collections.abc import Iterator
from datetime import datetime

from payments.conclude import unknown_events
from payments.decide import Perform, refund_intended
from payments.events import AnyEvent
from payments.explore.refunds import (
    NOW,
    REFUNDABLE,
    RefundTruth,
    RefundWorld,
    intent_of,
    listed,
    name_of,
    own,
    reading_of,
)
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.world import EPOCH, UNITS, Absent, Asked, Books, Configuration, Flight, Slip
from payments.operations import Intent
from payments.payment import Payment
from payments.provider import ProviderRefund
from payments.refunding import refund_deferred, refund_events, refund_outcome, refund_refused, stray_refund
from payments.resend import Step
from payments.states import RefundStatus

# A third attempt adds no kind of state that the second has not: it is answered at once.
MOST_ATTEMPTS = 2

Led = tuple[str, RefundWorld]
Processed = tuple[str, RefundWorld, RefundTruth | None]
"""What the provider did, the world after it, and what it answers; None: a refusal."""


class RefundSender:
    """Passes at refunds."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._steps: dict[tuple[Slip, bool], Step] = {}
        self._intents: dict[tuple[Slip, bool], Intent] = {}
        self._unknowns: dict[tuple[Books, Slip, bool], Books] = {}

    def begin(self, world: RefundWorld, due: Perform) -> RefundWorld:
        """Commit an intent with its event; unless the money cannot go back yet, its request is on its way at once."""
        slip = Slip(self._shelf.asked(due.operation))
        begun = self.write(world, (refund_intended(intent_of(slip, key_is_old=False)),))
        begun = begun._replace(slip=slip, key_is_old=False, failure_stored=False)
        if world.capture not in REFUNDABLE:
            return self._deferred(begun, slip, "it cannot be refunded yet")
        return begun._replace(flight=Flight(slip.asked, awaited=True))

    def last_attempt(self, world: RefundWorld, due: Perform) -> Iterator[Led]:
        """Yield the attempt after those that are played: the provider's answer comes at once."""
        begun = self.begin(world, due)
        slip = begun.slip
        if slip is None:
            return
        for what, after, answer in self._processed(begun._replace(flight=None), slip.asked):
            if answer is None:
                yield f"the last attempt: Ingenico {what}", self._refuses(after, slip)
            elif not answer.hidden and not answer.nameless:
                yield f"the last attempt: Ingenico {what}", self._learned(after, slip, reading_of(answer, listed=False))

    def write(self, world: RefundWorld, events: tuple[AnyEvent, ...]) -> RefundWorld:
        """Write events into the books."""
        return world._replace(books=self._shelf.write(world.books, events))

    def answers(self, world: RefundWorld) -> Iterator[Led]:
        """Yield each end of a call that is awaited: the answers, the losses, the death of its sender."""
        flight, slip = world.flight, world.slip
        if flight is None or not flight.awaited or slip is None:
            return
        gone = world._replace(flight=flight._replace(awaited=False))
        # What an earlier send left on its way stays there.
        left = Flight(flight.asked, awaited=False) if flight.copies > 1 else None
        back = world._replace(flight=left)
        yield "the sender dies, its request is still on its way", gone
        yield "given up while the request is still on its way", self._unknown(gone, slip)
        yield "no readable answer, nothing was processed", self._unknown(back, slip)
        yield "unavailable, nothing was sent", back._replace(slip=slip._replace(sent=slip.repeated, lease=False))
        if world.failure_stored:
            yield "a stored failure is replayed", self._unknown(back, slip._replace(key_is_dead=True))
            return
        yield "a failure is stored, nothing processed", self._unknown(back._replace(failure_stored=True), slip)
        yield from self._refused(back, slip)
        for what, after, answer in self._processed(back, flight.asked):
            yield f"Ingenico {what}; the answer is lost", self._unknown(after, slip)
            yield f"Ingenico {what}; the sender dies before the commit", after
            yield (
                f"Ingenico {what}; a failure is answered and stored",
                self._unknown(after._replace(failure_stored=True), slip),
            )
            if answer is not None:
                yield f"Ingenico {what}; answered", self._learned(after, slip, reading_of(answer, listed=False))
            else:
                yield from self._refused(after, slip)

    def late(self, world: RefundWorld) -> Iterator[Led]:
        """Yield what becomes of a request that nobody awaits any more."""
        flight = world.flight
        if flight is None or flight.awaited:
            return
        back = world._replace(flight=None)
        yield "the request that was on its way is lost", back
        for what, after, _ in self._processed(back, flight.asked):
            yield f"late: Ingenico {what}", after

    def passes(self, world: RefundWorld) -> Iterator[Led]:
        """Yield what a pass at the open intent leads to."""
        slip = world.slip
        if slip is None:
            return
        step = self._step(world, slip)
        if step in {Step.SEND, Step.REPEAT}:
            if slip.lease and self._rules.lease_is_minded:
                return
            again = slip._replace(sent=True, repeated=slip.sent, quiet=False, lease=True, absent=Absent.NEVER)
            flight = Flight(slip.asked, awaited=True, copies=1 if world.flight is None else 2)
            yield f"{step.value} the refund", world._replace(slip=again, flight=flight)
        elif step is Step.FIND:
            yield "looking fails", self._unknown(world, slip)
            yield self._find(world, slip)

    def _step(self, world: RefundWorld, slip: Slip) -> Step:
        asked = (slip, world.key_is_old)
        step = self._steps.get(asked)
        if step is None:
            intent = self._intent(world, slip)
            step = self._steps[asked] = self._rules.next_step(intent, NOW, self._rules.patience).step
        return step

    def _processed(self, world: RefundWorld, asked: Asked) -> Iterator[Processed]:
        operation = asked.operation
        known = [t for t in world.truths if (t.operation, t.attempt) == name_of(asked)]
        if known and not world.key_is_old:
            yield "repeats its first answer", world, known[-1]._replace(status=known[-1].first)
            return
        amount = operation.amount.amount_minor
        alive = sum(t.amount for t in world.truths if t.status is not RefundStatus.FAILED)
        if world.capture not in REFUNDABLE or alive + amount > UNITS:
            yield "refuses: it cannot be refunded", world, None
            return
        lag = 2 if world.slip is not None and world.slip.absent else 1
        for status in (RefundStatus.REQUESTED, RefundStatus.FAILED):
            done = RefundTruth(operation.operation_id, operation.attempt, amount, status, status)
            shown = [done, done._replace(hidden=lag)]
            if self._configuration.odd_answers and status is RefundStatus.REQUESTED:
                shown.append(done._replace(nameless=True))
            for truth in shown:
                how = ", and lists lag" if truth.hidden else ", and lists show no reference" if truth.nameless else ""
                yield f"{status.value} it{how}", world._replace(truths=(*world.truths, truth)), truth

    def _refused(self, world: RefundWorld, slip: Slip) -> Iterator[Led]:
        what = "Ingenico refuses the request"
        yield f"{what}; then looking fails", self._unknown(world, slip)
        found = own(world, slip)
        if found is not None:
            yield f"{what}; then it is found", self._learned(world, slip, found)
        elif slip.repeated and self._rules.refused_repeats_are_looked_up:
            yield f"{what}; then nothing is found yet", self._unknown(world, slip._replace(key_is_dead=True))
        else:
            yield f"{what}; then nothing is found", self._refuses(world, slip)

    def _refuses(self, world: RefundWorld, slip: Slip) -> RefundWorld:
        refused = refund_refused(world.books.payment, slip.asked.operation.operation_id, "code: message")
        return self._concluded(world, refused)

    def _find(self, world: RefundWorld, slip: Slip) -> Led:
        found = own(world, slip)
        if found is not None:
            return "found", self._learned(world, slip, found)
        if self._rules.two_looks and not slip.absent:
            return "not found once", world._replace(slip=slip._replace(lease=False, absent=Absent.ONCE))
        payment = world.books.payment
        strays = tuple(self._rules.unknown_refunds(payment, listed(world)))
        if strays:
            told = self.write(world, stray_refund(payment, self._intent(world, slip), strays))
            return "a refund of unknown origin is found", told._replace(slip=slip._replace(lease=False))
        return "not found again: absent", self._deferred(world, slip, "not found twice")

    def _intent(self, world: RefundWorld, slip: Slip) -> Intent:
        known = (slip, world.key_is_old)
        found = self._intents.get(known)
        if found is None:
            found = self._intents[known] = intent_of(slip, key_is_old=world.key_is_old)
        return found

    def _unknown(self, world: RefundWorld, slip: Slip) -> RefundWorld:
        """No readable answer teaches nothing: that is written, and the lease given back."""
        known = (world.books, slip, world.key_is_old)
        found = self._unknowns.get(known)
        if found is None:
            told = unknown_events(world.books.payment, self._intent(world, slip), "no answer")
            found = self._unknowns[known] = self._shelf.write(world.books, told)
        return world._replace(books=found, slip=slip._replace(lease=False))

    def _deferred(self, world: RefundWorld, slip: Slip, why: str) -> RefundWorld:
        payment, intent = world.books.payment, self._intent(world, slip)
        return self._concluded(world, refund_deferred(payment, intent, _again_at(payment, intent), why))

    def _learned(self, world: RefundWorld, slip: Slip, reading: ProviderRefund) -> RefundWorld:
        if refund_outcome(reading) is None:
            return self._unknown(world, slip)
        return self._concluded(world, refund_events(world.books.payment, slip.asked.operation.operation_id, reading))

    def _concluded(self, world: RefundWorld, events: tuple[AnyEvent, ...]) -> RefundWorld:
        return self.write(world, events)._replace(slip=None)


def _again_at(payment: Payment, intent: Intent) -> datetime:
    """The last attempt that is played stands for all that follow, until the refund has waited for too long."""
    refund = payment.refund(intent.operation.operation_id)
    waited = refund is not None and intent.operation.attempt >= MOST_ATTEMPTS
    return refund.give_up_at if refund is not None and waited else EPOCH
