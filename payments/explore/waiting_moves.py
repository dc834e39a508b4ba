"""Every event in every state of what waits; the steps of a pass are those of `activities`."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from payments.conclude import too_late_events, unknown_events
from payments.decide import Perform, Record, refund_intended
from payments.events import AnyEvent
from payments.explore.refunds import REFUNDABLE
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.waiting import (
    PART,
    Waiting,
    ages,
    canonical,
    commands,
    reading_of,
    story,
)
from payments.explore.world import EPOCH, Absent, Books, Configuration, Flight, Slip, intent_of
from payments.operations import Intent, OperationKind
from payments.provider import ProviderPayment, ProviderRefund
from payments.refunding import refund_events
from payments.resend import Step
from payments.states import ProviderStatus, RefundStage, RefundStatus

Led = tuple[str, Waiting]


class WaitingMove(NamedTuple):
    """One step of the search."""

    what: str
    after: Waiting
    unasked: bool


class WaitingMoves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._ages = ages(configuration)
        self._asked: dict[tuple[Books, int], list[tuple[str, Perform | Record]]] = {}
        self._due: dict[tuple[Books, int], Perform | Record | None] = {}
        self._seen: dict[tuple[Books, ProviderPayment], tuple[Books, Books]] = {}
        self._intents: dict[tuple[Slip, int], Intent] = {}
        self._steps: dict[tuple[Slip, int], Step] = {}
        self._unknowns: dict[tuple[Books, Slip, int], Books] = {}
        self._learned: dict[tuple[Books, Slip, int, ProviderPayment], Books | None] = {}

    def start(self) -> Waiting:
        """Return the first world: the amount is held, or a part of it is queued."""
        books = self._shelf.empty()
        for event in story(self._configuration):
            books = self._shelf.write(books, (event,))
        if not self._configuration.taken_back:
            return Waiting(books)
        return Waiting(books, status=ProviderStatus.CAPTURE_REQUESTED, held=PART, ever=PART)

    def of(self, world: Waiting) -> Iterator[WaitingMove]:
        """Yield every move."""
        for source in (self._answers, self._late, self._passes, self._engine, self._time, self._usual):
            for what, after in source(world):
                yield WaitingMove(what, canonical(after), unasked=True)
        for source in (self._commands, self._against_us):
            for what, after in source(world):
                yield WaitingMove(what, canonical(after), unasked=False)

    def _now(self, world: Waiting) -> datetime:
        return EPOCH + self._ages[world.age]

    def _commands(self, world: Waiting) -> Iterator[Led]:
        known = (world.books, world.age)
        if known not in self._asked:
            self._asked[known] = list(self._decided(world))
        for what, decision in self._asked[known]:
            if isinstance(decision, Perform):
                yield what, self._begin(world, decision)
            else:
                yield what, self._write(world, decision.events)

    def _decided(self, world: Waiting) -> Iterator[tuple[str, Perform | Record]]:
        payment = world.books.payment
        for command in commands(payment, self._configuration):
            # Until when a refund waits counts from its asking, and makes no difference here.
            now = EPOCH if command.kind == "refund" else self._now(world)
            decision = self._rules.decide(payment, command, now)
            if isinstance(decision, Perform | Record):
                yield f"a {command.kind} is asked for: {command.model_dump(exclude_defaults=True)}", decision

    def _engine(self, world: Waiting) -> Iterator[Led]:
        due = self._what_is_due(world) if world.slip is None else None
        if isinstance(due, Perform) and due.operation.kind is OperationKind.REFUND:
            # One of money that did not come is refused: following the capture tells of that.
            if world.status in REFUNDABLE:
                yield "due: the refund, which is paid out", self._refunded(world, due)
        elif isinstance(due, Perform):
            yield f"due: the {due.operation.kind.value}", self._begin(world, due)
        elif isinstance(due, Record):
            yield f"due: {', '.join(event.kind for event in due.events)}", self._write(world, due.events)
        known = (world.books, reading_of(world))
        if known not in self._seen:
            self._seen[known] = self._looked_at(*known)
        followed, looked = self._seen[known]
        if world.books.payment.capture_on_its_way() is not None and world.slip is None:
            yield "the capture is followed", world._replace(books=followed, unread=False)
        if looked is not world.books:
            yield "a look", world._replace(books=looked, unread=False)

    def _what_is_due(self, world: Waiting) -> Perform | Record | None:
        known = (world.books, world.age)
        if known not in self._due:
            self._due[known] = self._rules.decide_due(world.books.payment, self._now(world))
        return self._due[known]

    def _looked_at(self, books: Books, reading: ProviderPayment) -> tuple[Books, Books]:
        followed = self._shelf.write(books, tuple(self._rules.follow(books.payment, reading)))
        return followed, self._shelf.write(books, tuple(self._rules.look(books.payment, reading)))

    def _refunded(self, world: Waiting, due: Perform) -> Waiting:
        """Refunds of settled captures are searched in `refund_moves`: here one is paid out at once."""
        refund_id = due.operation.operation_id
        slip = Slip(self._shelf.asked(due.operation))
        begun = self._write(world, (refund_intended(self._intent(world, slip)),))
        paid = ProviderRefund(
            refund_id="f1",
            status=RefundStatus.REFUNDED,
            raw_status="paid out",
            reference=None,
            amount=due.operation.amount,
        )
        return self._write(begun, refund_events(begun.books.payment, refund_id, paid))

    def _begin(self, world: Waiting, asked: Perform) -> Waiting:
        slip = Slip(self._shelf.asked(asked.operation))
        begun = self._write(world, asked.events)._replace(slip=slip)
        if slip.kind is OperationKind.VOID and begun.status is not ProviderStatus.AUTHORIZED:
            return self._read(begun, slip)
        return self._sent(begun, slip)

    def _sent(self, world: Waiting, slip: Slip) -> Waiting:
        payment, flaw = world.books.payment, world.flaw
        ends_at = payment.expires_at
        if slip.kind is OperationKind.CAPTURE and ends_at is not None and self._now(world) >= ends_at:
            flaw = "a capture is sent after its window"
        if slip.kind is OperationKind.CAPTURE and any(hold.undone_by for hold in payment.authorizations):
            flaw = "an order that was undone is captured"
        if slip.kind is OperationKind.VOID and payment.live_captures(slip.asked.operation.authorization_id):
            flaw = "a void is sent to a payment with a capture"
        return world._replace(slip=slip, flight=Flight(slip.asked, awaited=True), flaw=flaw)

    def _answers(self, world: Waiting) -> Iterator[Led]:
        flight, slip = world.flight, world.slip
        if flight is None or not flight.awaited or slip is None:
            return
        gone, back = world._replace(flight=flight._replace(awaited=False)), world._replace(flight=None)
        kind = slip.kind.value
        yield f"{kind}: the sender dies, its request is still on its way", gone
        yield f"{kind}: given up while the request is still on its way", self._unknown(gone, slip)
        yield f"{kind}: no readable answer, nothing was processed", self._unknown(back, slip)
        unsent = slip._replace(sent=slip.repeated, lease=False)
        yield f"{kind}: unavailable, nothing was sent", back._replace(slip=unsent)
        after = self._processed(back, slip)
        if after is None:
            yield f"{kind}: Ingenico refuses; then reading fails", self._unknown(back, slip)
            yield f"{kind}: Ingenico refuses; then it is read", self._read(back, slip, refused=True)
            return
        yield f"{kind}: Ingenico does it; the answer is lost", self._unknown(after, slip)
        yield f"{kind}: Ingenico does it; the sender dies before the commit", after
        yield f"{kind}: Ingenico does it; answered", self._read(after, slip)

    def _late(self, world: Waiting) -> Iterator[Led]:
        flight = world.flight
        if flight is None or flight.awaited:
            return
        back = world._replace(flight=None)
        yield "the request that was on its way is lost", back
        after = self._processed(back, Slip(flight.asked))
        if after is not None:
            yield "late: Ingenico does it", after

    def _processed(self, world: Waiting, slip: Slip) -> Waiting | None:
        """Return the world after the provider did what it was asked; None: it refuses."""
        operation, is_held = slip.asked.operation, world.status is ProviderStatus.AUTHORIZED
        amount = operation.amount.amount_minor
        if slip.kind is OperationKind.CAPTURE and is_held and amount <= world.held:
            # The approve ends the hold: its rest is let go of.
            after = world._replace(
                status=ProviderStatus.CAPTURE_REQUESTED, held=amount, ever=world.ever + amount, queue_is_closed=False
            )
        elif slip.kind is OperationKind.TAKE_BACK and self._is_in_queue(world):
            after = world._replace(status=ProviderStatus.AUTHORIZED)
        elif slip.kind is OperationKind.VOID and (is_held or self._is_in_queue(world)):
            after = world._replace(status=ProviderStatus.RELEASED)
        else:
            return None
        counted = dict(world.effects)
        counted[operation.operation_id] = counted.get(operation.operation_id, 0) + 1
        return after._replace(effects=tuple(sorted(counted.items())), unread=True)

    def _is_in_queue(self, world: Waiting) -> bool:
        return world.status is ProviderStatus.CAPTURE_REQUESTED and not world.queue_is_closed

    def _passes(self, world: Waiting) -> Iterator[Led]:
        slip = world.slip
        if slip is None or (world.flight is not None and world.flight.awaited):
            return
        step = self._step(world, slip)
        if step is Step.SEND:
            yield f"the {slip.kind.value} is sent", self._send_again(world, slip)
        elif step is Step.READ:
            yield "reading fails", self._unknown(world, slip)
            yield f"the {slip.kind.value} is read", self._read(world, slip)

    def _send_again(self, world: Waiting, slip: Slip) -> Waiting:
        if self._rules.is_too_late(slip.asked.operation, self._now(world)):
            return self._concluded(world, too_late_events(world.books.payment, self._intent(world, slip)))
        again = slip._replace(sent=True, repeated=slip.sent, quiet=False, lease=True, absent=Absent.NEVER)
        return self._sent(world, again)

    def _read(self, world: Waiting, slip: Slip, *, refused: bool = False) -> Waiting:
        """Read, and conclude; as `activities/sending.py` and `taking_back.py` do."""
        intent, reading = self._intent(world, slip), reading_of(world)
        is_taking_back = slip.kind is OperationKind.TAKE_BACK
        if is_taking_back and refused and reading.status is ProviderStatus.AUTHORIZED and self._rules.refusals_are_read:
            return self._unknown(world, slip)
        known = (world.books, slip, world.age, reading)
        if known not in self._learned:
            is_proof = self._rules.outcome_of(intent, reading) is not None
            events = tuple(self._rules.events_of(world.books.payment, intent, reading)) if is_proof else ()
            self._learned[known] = self._shelf.write(world.books, events) if is_proof else None
        learned = self._learned[known]
        if learned is not None:
            return world._replace(books=learned, slip=None, unread=False)
        if not refused and not (is_taking_back and slip.absent):
            return self._send_again(world, slip)
        if refused and slip.repeated and self._rules.refusals_are_read:
            marked = slip._replace(absent=Absent.ONCE if is_taking_back else slip.absent)
            return self._unknown(world, marked)
        events = tuple(self._rules.refused_events(world.books.payment, intent, "code", "message"))
        return self._concluded(world, events)

    def _intent(self, world: Waiting, slip: Slip) -> Intent:
        known = (slip, world.age)
        if known not in self._intents:
            self._intents[known] = intent_of(slip, self._now(world))
        return self._intents[known]

    def _step(self, world: Waiting, slip: Slip) -> Step:
        known = (slip, world.age)
        if known not in self._steps:
            following = self._rules.next_step(self._intent(world, slip), self._now(world), self._rules.patience)
            self._steps[known] = following.step
        return self._steps[known]

    def _unknown(self, world: Waiting, slip: Slip) -> Waiting:
        known = (world.books, slip, world.age)
        if known not in self._unknowns:
            told = unknown_events(world.books.payment, self._intent(world, slip), "no answer")
            self._unknowns[known] = self._shelf.write(world.books, told)
        return world._replace(books=self._unknowns[known], slip=slip._replace(lease=False))

    def _concluded(self, world: Waiting, events: tuple[AnyEvent, ...]) -> Waiting:
        return self._write(world, events)._replace(slip=None)

    def _write(self, world: Waiting, events: tuple[AnyEvent, ...]) -> Waiting:
        return world._replace(books=self._shelf.write(world.books, events))

    def _time(self, world: Waiting) -> Iterator[Led]:
        slip, flight = world.slip, world.flight
        # What nobody awaits any more reaches the provider within the quiet period, or never.
        if flight is not None:
            return
        if slip is not None and (slip.lease or not slip.quiet):
            yield "the lease and the quiet period end", world._replace(slip=slip._replace(lease=False, quiet=True))
        if slip is not None and slip.absent is Absent.ONCE:
            rested = slip._replace(absent=Absent.LONG_AGO, lease=False, quiet=True)
            yield "the time between two looks passes", world._replace(slip=rested)
        is_waiting = slip is not None or not world.books.payment.is_over
        if is_waiting and world.age + 1 < len(self._ages):
            later = None if slip is None else slip._replace(lease=False, quiet=True)
            yield f"time passes: {self._ages[world.age + 1]}", world._replace(age=world.age + 1, slip=later)

    def _usual(self, world: Waiting) -> Iterator[Led]:
        if world.status is ProviderStatus.CAPTURE_REQUESTED:
            if not world.queue_is_closed:
                yield "the cut-off passes", world._replace(queue_is_closed=True)
            yield "it is captured", world._replace(status=ProviderStatus.CAPTURED, unread=True)
        if world.status is ProviderStatus.CAPTURED:
            yield "it is collected", world._replace(status=ProviderStatus.COLLECTED, unread=True)

    def _against_us(self, world: Waiting) -> Iterator[Led]:
        # Money that was paid back had come.
        paid_back = any(refund.stage is RefundStage.REFUNDED for refund in world.books.payment.refunds)
        if world.status in {ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED} and not paid_back:
            yield "the capture is rejected", world._replace(status=ProviderStatus.CAPTURE_REJECTED, unread=True)
        # What becomes of an unanswered capture or void that meets the console is searched in `moves`.
        is_searched = world.slip is None or world.slip.kind is OperationKind.TAKE_BACK
        if is_searched and (world.status is ProviderStatus.AUTHORIZED or self._is_in_queue(world)):
            released = world._replace(status=ProviderStatus.RELEASED, unread=True)
            yield "somebody cancels it in the console", released
