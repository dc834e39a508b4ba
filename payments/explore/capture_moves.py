"""All that may happen to several captures of one authorization; the steps of a pass are those of `activities`."""

from collections.abc import Iterator
from typing import NamedTuple

from payments.capturing import (
    capture_events,
    follow_captures,
    has_moved,
    no_more_captures,
    own_captures,
    stray_capture,
    unknown_captures,
    void_hits_captures,
)
from payments.commands import Capture, Void
from payments.conclude import too_late_events, unknown_events
from payments.decide import Perform, Record, capture_intended
from payments.events import AnyEvent
from payments.explore.capture_truth import canonical, caught_up, moved, processed
from payments.explore.captures import (
    GONE,
    CaptureWorld,
    Shipped,
    capture_readings,
    intent_of,
    now_of,
    payment_reading,
    reference_of,
    shown,
    story,
)
from payments.explore.invariants import is_of_another_currency
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.world import CURRENCY, UNITS, Absent, Books, Configuration, Flight, Phase, Slip
from payments.money import Money
from payments.operations import Intent, IntentOutcome, OperationKind
from payments.resend import Step
from payments.states import ProviderStatus

SHIPMENTS = ("c1", "c2", "c3")
_PHASES = (Phase.FRESH, Phase.WINDOW_ENDED, Phase.HOLD_ENDED)


class CaptureMove(NamedTuple):
    """One step of the search."""

    what: str
    after: CaptureWorld
    unasked: bool


Led = tuple[str, CaptureWorld]


class CaptureMoves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._asked: dict[tuple[Books, Phase, bool], list[tuple[str, Perform, bool]]] = {}
        self._dues: dict[tuple[Books, Phase], Perform | Record | None] = {}
        self._followed: dict[tuple[Books, tuple[Shipped, ...], bool, bool], Books] = {}
        self._intents: dict[tuple[Slip, str, Phase], Intent] = {}
        self._unknowns: dict[tuple[Books, Slip, Phase], Books] = {}

    def start(self) -> CaptureWorld:
        """Return the first world: the amount is held."""
        books = self._shelf.empty()
        for event in story(self._configuration):
            books = self._shelf.write(books, (event,))
        return CaptureWorld(books)

    def of(self, world: CaptureWorld) -> Iterator[CaptureMove]:
        """Yield every move."""
        for source in (self._answers, self._late, self._passes, self._engine, self._time, self._usual):
            for what, after in source(world):
                yield CaptureMove(what, canonical(after), unasked=True)
        for source in (self._commands, self._against_us):
            for what, after in source(world):
                yield CaptureMove(what, canonical(after), unasked=False)

    def _commands(self, world: CaptureWorld) -> Iterator[Led]:
        known = (world.books, world.phase, bool(world.shipped))
        found = self._asked.get(known)
        if found is None:
            found = self._asked[known] = list(self._decided(world))
        for what, decision, is_wrong in found:
            after = self._begin(world, decision)
            yield what, after._replace(flaw="asked_in_the_orders_currency") if is_wrong else after

    def _decided(self, world: CaptureWorld) -> Iterator[tuple[str, Perform, bool]]:
        payment = world.books.payment
        used = [r.request_id for r in payment.requests if not r.request_id.startswith("@")]
        fresh = [request_id for request_id in SHIPMENTS if request_id not in used][:1]
        # After its window the engine's own void does the same, and a hold without captures is searched in `moves`.
        voids = ("v1", *used) if world.phase is Phase.FRESH and world.shipped else ()
        commands: list[Capture | Void] = [Void(request_id=name) for name in voids]
        for request_id in fresh:
            commands += _shipments(request_id)
        for request_id in used:
            commands += (Capture(request_id=request_id), Capture(request_id=request_id, final=True))
        for command in commands:
            decision = self._rules.decide(payment, command, now_of(self._configuration, world))
            if isinstance(decision, Perform):
                is_wrong = is_of_another_currency(payment, command)
                yield f"a {command.kind} is asked for: {command.model_dump(exclude_defaults=True)}", decision, is_wrong

    def _due(self, world: CaptureWorld) -> Perform | Record | None:
        known = (world.books, world.phase)
        if known not in self._dues:
            now = now_of(self._configuration, world)
            self._dues[known] = self._rules.decide_due(world.books.payment, now)
        return self._dues[known]

    def _engine(self, world: CaptureWorld) -> Iterator[Led]:
        payment = world.books.payment
        due = self._due(world)
        if isinstance(due, Perform) and world.slip is None:
            yield f"due: the {due.operation.kind.value}", self._begin(world, due)
        elif isinstance(due, Record) and world.slip is None:
            yield "due: what lapsed is booked", self._write(world, due.events)
        if payment.capture_on_its_way() is not None:
            yield "the captures are followed", world._replace(books=self._follow(world))

    def _follow(self, world: CaptureWorld) -> Books:
        known = (world.books, world.shipped, world.takes_more, world.cancelled)
        found = self._followed.get(known)
        if found is None:
            readings = capture_readings(world, seen=True)
            told = follow_captures(world.books.payment, payment_reading(world), readings)
            found = self._followed[known] = self._shelf.write(world.books, told)
        return found

    def _begin(self, world: CaptureWorld, asked: Perform) -> CaptureWorld:
        slip = Slip(self._shelf.asked(asked.operation))
        events = asked.events
        if asked.operation.kind is OperationKind.CAPTURE:
            events = capture_intended(self._intent(world, slip), events)
        begun = self._write(world, events)._replace(slip=slip)
        return self._sent(begun, slip)

    def _sent(self, world: CaptureWorld, slip: Slip) -> CaptureWorld:
        kind = slip.kind
        if kind is OperationKind.CAPTURE and world.phase is not Phase.FRESH:
            world = world._replace(flaw="a capture is sent after its window")
        if kind is OperationKind.VOID and not world.books.payment.captures:
            # The void of an untouched hold is searched in `moves`: here it is answered at once.
            cancelled = world._replace(cancelled=True, takes_more=False)
            events = self._rules.events_of(world.books.payment, self._intent(world, slip), payment_reading(cancelled))
            return self._concluded(cancelled, tuple(events))
        if kind is OperationKind.VOID and self._rules.refusals_are_read:
            reading, intent = payment_reading(world), self._intent(world, slip)
            if self._rules.outcome_of(intent, reading) is not None:
                return self._concluded(world, tuple(self._rules.events_of(world.books.payment, intent, reading)))
            captures = capture_readings(world)
            if any(c.status not in GONE for c in captures):
                return self._concluded(world, void_hits_captures(world.books.payment, intent, captures))
        return world._replace(slip=slip, flight=Flight(slip.asked, awaited=True))

    def _answers(self, world: CaptureWorld) -> Iterator[Led]:
        flight, slip = world.flight, world.slip
        if flight is None or not flight.awaited or slip is None:
            return
        gone = world._replace(flight=flight._replace(awaited=False))
        back = world._replace(flight=None)
        kind = slip.kind.value
        yield f"{kind}: the sender dies, its request is still on its way", gone
        yield f"{kind}: given up while the request is still on its way", self._unknown(gone, slip)
        yield f"{kind}: no readable answer, nothing was processed", self._unknown(back, slip)
        yield (
            f"{kind}: unavailable, nothing was sent",
            back._replace(slip=slip._replace(sent=slip.repeated, lease=False)),
        )
        yield from self._refused(back, slip, wrong_state=False)
        for what, after, took in processed(back, flight):
            if not took:
                yield from self._refused(after, slip, wrong_state=True)
                continue
            yield f"Ingenico {what}; the answer is lost", self._unknown(after, slip)
            yield f"Ingenico {what}; the sender dies before the commit", after
            yield f"Ingenico {what}; answered", self._answered(after, slip)

    def _late(self, world: CaptureWorld) -> Iterator[Led]:
        flight = world.flight
        if flight is None or flight.awaited:
            return
        back = world._replace(flight=None)
        yield "the request that was on its way is lost", back
        for what, after, _ in processed(back, flight):
            yield f"late: Ingenico {what}", after

    def _answered(self, world: CaptureWorld, slip: Slip) -> CaptureWorld:
        payment, intent = world.books.payment, self._intent(world, slip)
        if slip.kind is OperationKind.CAPTURE:
            last = len(world.shipped) - 1
            own = (shown(last, world.shipped[last]),)
            return self._concluded(world, capture_events(payment, intent, own, is_open=True))
        return self._concluded(world, tuple(self._rules.events_of(payment, intent, payment_reading(world))))

    def _refused(self, world: CaptureWorld, slip: Slip, *, wrong_state: bool) -> Iterator[Led]:
        what = f"{slip.kind.value}: Ingenico refuses the request"
        yield f"{what}; then looking fails", self._unknown(world, slip)
        if not self._rules.refusals_are_read:
            yield what, self._proven_refused(world, slip)
            return
        yield f"{what}; then it is looked for", self._look(world, slip, refused=True, wrong_state=wrong_state)

    def _passes(self, world: CaptureWorld) -> Iterator[Led]:
        slip = world.slip
        if slip is None or (world.flight is not None and world.flight.awaited):
            return
        now = now_of(self._configuration, world)
        step = self._rules.next_step(self._intent(world, slip), now, self._rules.patience).step
        if step is Step.SEND:
            yield f"the {slip.kind.value} is sent", self._send_again(world, slip)
        elif step is Step.READ:
            yield "looking fails", self._unknown(world, slip)
            yield f"the {slip.kind.value} is looked for", self._look(world, slip)

    def _send_again(self, world: CaptureWorld, slip: Slip) -> CaptureWorld:
        if self._rules.is_too_late(slip.asked.operation, now_of(self._configuration, world)):
            return self._concluded(world, too_late_events(world.books.payment, self._intent(world, slip)))
        again = slip._replace(sent=True, repeated=slip.sent, quiet=False, lease=True, absent=Absent.NEVER)
        return self._sent(world, again)

    def _look(
        self, world: CaptureWorld, slip: Slip, *, refused: bool = False, wrong_state: bool = False
    ) -> CaptureWorld:
        payment, intent, reading = world.books.payment, self._intent(world, slip), payment_reading(world)
        if slip.kind is not OperationKind.CAPTURE:
            return self._read(world, slip, refused=refused, in_doubt=wrong_state or slip.repeated)
        captures = capture_readings(world)
        own = own_captures(intent, captures)
        if own:
            return self._concluded(world, capture_events(payment, intent, own, is_open=reading.several_captures))
        strays = unknown_captures(payment, captures)
        if strays or (
            reading.status is not ProviderStatus.RELEASED
            and has_moved(payment, intent.operation.authorization_id, reading)
        ):
            return self._write(world, stray_capture(payment, intent, strays))._replace(slip=slip._replace(lease=False))
        if refused and not slip.repeated and reading.several_captures and not wrong_state:
            return self._proven_refused(world, slip)
        if refused:
            return self._unknown(world, slip)
        if self._rules.two_looks and not slip.absent:
            return world._replace(slip=slip._replace(lease=False, absent=Absent.ONCE))
        if reading.several_captures:
            return self._send_again(world, slip)
        is_refused = self._rules.outcome_of(intent, reading) is IntentOutcome.REFUSED
        if is_refused and not payment.captured_beside(slip.asked.operation.operation_id):
            return self._concluded(world, tuple(self._rules.events_of(payment, intent, reading)))
        return self._concluded(world, no_more_captures(payment, intent, reading))

    def _read(self, world: CaptureWorld, slip: Slip, *, refused: bool, in_doubt: bool) -> CaptureWorld:
        payment, intent, reading = world.books.payment, self._intent(world, slip), payment_reading(world)
        if self._rules.outcome_of(intent, reading) is not None:
            return self._concluded(world, tuple(self._rules.events_of(payment, intent, reading)))
        if not refused:
            return self._send_again(world, slip)
        if in_doubt and slip.kind is not OperationKind.FINALIZE:
            return self._unknown(world, slip)
        return self._proven_refused(world, slip)

    def _proven_refused(self, world: CaptureWorld, slip: Slip) -> CaptureWorld:
        events = self._rules.refused_events(world.books.payment, self._intent(world, slip), "code", "message")
        return self._concluded(world, tuple(events))

    def _unknown(self, world: CaptureWorld, slip: Slip) -> CaptureWorld:
        known = (world.books, slip, world.phase)
        found = self._unknowns.get(known)
        if found is None:
            told = unknown_events(world.books.payment, self._intent(world, slip), "no answer")
            found = self._unknowns[known] = self._shelf.write(world.books, told)
        return world._replace(books=found, slip=slip._replace(lease=False))

    def _concluded(self, world: CaptureWorld, events: tuple[AnyEvent, ...]) -> CaptureWorld:
        return self._write(world, events)._replace(slip=None)

    def _write(self, world: CaptureWorld, events: tuple[AnyEvent, ...]) -> CaptureWorld:
        return world._replace(books=self._shelf.write(world.books, events))

    def _intent(self, world: CaptureWorld, slip: Slip) -> Intent:
        known = (slip, reference_of(world, slip), world.phase)
        found = self._intents.get(known)
        if found is None:
            found = self._intents[known] = intent_of(slip, known[1], now_of(self._configuration, world))
        return found

    def _time(self, world: CaptureWorld) -> Iterator[Led]:
        slip, flight = world.slip, world.flight
        if flight is not None:
            return
        rested = slip
        if slip is not None:
            rested = slip._replace(lease=False, quiet=True)
            if rested != slip:
                yield "the lease and the quiet period end", world._replace(slip=rested)
            if slip.absent is Absent.ONCE:
                rested = rested._replace(absent=Absent.LONG_AGO)
                yield "the time between two looks passes", caught_up(world)._replace(slip=rested)
        place = _PHASES.index(world.phase) + 1
        # What is open is found out within minutes; that a window ends meanwhile matters to a capture alone.
        # What is due is begun before the next deadline.
        matters = (
            slip.kind is OperationKind.CAPTURE and world.phase is Phase.FRESH if slip else self._due(world) is None
        )
        if place < len(_PHASES) and matters and not world.books.payment.is_over:
            aged = caught_up(world)._replace(phase=_PHASES[place], slip=rested)
            yield f"time passes: {_PHASES[place].value}", aged

    def _usual(self, world: CaptureWorld) -> Iterator[Led]:
        yield from moved(world, ProviderStatus.COLLECTED)

    def _against_us(self, world: CaptureWorld) -> Iterator[Led]:
        yield from moved(world, ProviderStatus.CAPTURE_REJECTED)


def _shipments(request_id: str) -> Iterator[Capture]:
    yield Capture(request_id=request_id)
    yield Capture(request_id=request_id, amount=Money(amount_minor=1, currency="USD"))
    for amount in (0, 1, UNITS + 1):
        yield Capture(request_id=request_id, amount=Money(amount_minor=amount, currency=CURRENCY))
    if request_id != SHIPMENTS[0]:
        yield Capture(request_id=request_id, amount=Money(amount_minor=1, currency=CURRENCY), final=True)
