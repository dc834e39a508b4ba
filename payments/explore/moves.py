"""Every event in every state: what is asked, what time brings, what each sender, the provider and people may do."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from payments.attention import watch_result
from payments.commands import Capture, Review, ReviewDecision, Void
from payments.decide import Perform, Record, abandon, decide_authorization, intended, open_payment
from payments.events import AnyEvent
from payments.explore.invariants import is_of_another_currency
from payments.explore.rules import Rules
from payments.explore.sender import Led, Sender
from payments.explore.shelf import Shelf
from payments.explore.truth import against_us, as_usual, by_the_customer, in_the_console, later
from payments.explore.world import (
    ACCOUNT,
    CURRENCY,
    EPOCH,
    KEY,
    UNITS,
    WAIT_SECONDS,
    Absent,
    Books,
    Configuration,
    Phase,
    Slip,
    Truth,
    World,
    intent_of,
    moment,
    reading_of,
)
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.operations import OperationKind
from payments.order import Address, Customer, Order
from payments.parts import AuthorizationStage
from payments.states import CaptureStage, ProviderStatus

# A third attempt adds no kind of state that the second has not.
MOST_ATTEMPTS = 2


class Move(NamedTuple):
    """One step of the search."""

    what: str
    after: World
    unasked: bool
    """It needs nobody outside: the engine, the provider's ordinary doing or time brings it."""


class Moves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._sender = Sender(configuration, rules, shelf)
        self._asked: dict[tuple[Books, bool], list[tuple[str, Perform | Record, bool]]] = {}
        self._dues: dict[tuple[Books, Phase], Perform | Record | None] = {}
        self._followed: dict[tuple[Books, Truth], Books] = {}
        self._looks: dict[tuple[Books, Truth, int], Books | None] = {}
        self._opened = open_payment(
            Order(
                order_id=KEY.order_id,
                total=Money(amount_minor=UNITS, currency=CURRENCY),
                customer=Customer(customer_id="c1"),
                billing_address=Address(country_code="FR"),
            ),
            PaymentInstruction(
                token="t",  # noqa: S106 (a token of nothing)
                action=configuration.action,
                window_seconds=configuration.window_seconds,
                redirect_window_seconds=WAIT_SECONDS,
                review_deadline_seconds=WAIT_SECONDS,
                late_success=configuration.late_success,
            ),
            ACCOUNT,
            "digest",
        )

    def start(self) -> World:
        """Return the first world: nothing was asked yet."""
        return World(self._shelf.empty())

    def of(self, world: World) -> Iterator[Move]:
        """Yield every move."""
        if world.books.payment.opened is None:
            yield Move("the payment is started", self._authorize(world, (self._opened,)), unasked=True)
            return
        for what, after in self._unasked(world):
            yield Move(what, self._canonical(after), unasked=True)
        for what, after in self._by_others(world):
            yield Move(what, self._canonical(after), unasked=False)

    def _canonical(self, world: World) -> World:
        """Forget what can no longer make a difference."""
        hold = world.books.payment.authorization
        flight = world.flight
        in_flight = flight is not None and flight.asked.operation.kind is OperationKind.AUTHORIZE
        if hold is None or not hold.is_resolved or in_flight:
            return world
        phase, truths = world.phase, world.truths
        if any(t.hidden or t.first is not ProviderStatus.PENDING for t in truths):
            truths = tuple(t._replace(hidden=0, first=ProviderStatus.PENDING) for t in truths)
        if phase is Phase.WAIT_ENDED and not hold.is_pending:
            phase = Phase.FRESH
        if phase is Phase.KEY_WALL:
            phase = self._configuration.phases[self._configuration.phases.index(phase) - 1]
        effects = world.effects
        if effects:
            asked = {a.operation.operation_id for a in (flight and flight.asked, world.slip and world.slip.asked) if a}
            refused = {c.capture_id for c in world.books.payment.captures if c.stage is CaptureStage.REFUSED}
            effects = tuple((n, count) for n, count in effects if count > 1 or n in asked or n in refused)
        return world._replace(
            phase=phase,
            has_start=True,
            failure_stored=False,
            truths=truths,
            effects=effects,
        )

    def _unasked(self, world: World) -> Iterator[Led]:
        yield from self._sender.answers(world)
        yield from self._sender.late(world)
        yield from self._sender.passes(world)
        yield from self._engine(world)
        yield from self._time(world)
        for what, truths in as_usual(world.truths):
            yield what, world._replace(truths=truths, unread=True)

    def _by_others(self, world: World) -> Iterator[Led]:
        yield from self._commands(world)
        captures = not self._configuration.pending
        others = (*against_us(world.truths), *in_the_console(world.truths, captures=captures))
        for what, truths in (*others, *by_the_customer(self._configuration, world.truths)):
            yield what, world._replace(truths=truths, unread=True)
        waits_for_start = world.slip is not None and world.slip.kind is OperationKind.AUTHORIZE
        if world.has_start and (waits_for_start or _stage(world) is AuthorizationStage.ABSENT):
            yield "the start is lost", world._replace(has_start=False)

    def _authorize(self, world: World, opening: tuple[AnyEvent, ...]) -> World:
        operation = decide_authorization(self._opened, world.books.payment).operation
        intent = intent_of(Slip(self._shelf.asked(operation)), EPOCH)
        after = self._sender.begin(world, operation, (*opening, intended(intent)))
        too_soon = any(t.attempt < operation.attempt for t in world.truths) or world.flight is not None
        return after._replace(flaw="another_key_only_after_absence") if too_soon else after

    def _engine(self, world: World) -> Iterator[Led]:
        payment = world.books.payment
        hold = payment.authorization
        if hold is not None and _may_try_anew(world, self._rules) and self._sender.may_send(world):
            if hold.attempt < MOST_ATTEMPTS:
                yield f"attempt {hold.attempt + 1} at the authorization", self._authorize(world, ())
            else:
                yield "it is tried no more", world._replace(has_start=False)
        elif hold is not None and hold.stage is AuthorizationStage.ABSENT:
            abandoned = abandon(payment, "@start-is-gone", "@start-is-gone", EPOCH)
            if abandoned is not None:
                yield "the start is gone: abandoned", self._follows(world, abandoned)
        for watched in payment.watched:
            # Late successes are not played, so each look finds nothing; the last one ends the watch.
            now = moment(self._configuration, world.phase, world.slip)
            over = watch_result(payment, watched.reference, (), now)
            if over:
                yield "the watch is over", world._replace(books=self._shelf.write(world.books, over))
        due = self._due(world)
        if due is not None:
            yield f"due: {_told(due)}", self._follows(world, due)
        if payment.capture_on_its_way() is not None and hold is not None and hold.provider_id is not None:
            place = int(hold.provider_id.removeprefix("p"))
            truth = world.truths[place]
            known = (world.books, truth)
            books = self._followed.get(known)
            if books is None:
                events = tuple(self._rules.follow(payment, reading_of(truth, place)))
                books = self._followed[known] = self._shelf.write(world.books, events)
            yield f"the capture is followed: {truth.status.value}", world._replace(books=books, unread=False)
        if hold is not None and hold.provider_id is not None:
            place = int(hold.provider_id.removeprefix("p"))
            truth = world.truths[place]
            at = (world.books, truth, place)
            if at not in self._looks:
                looked = tuple(self._rules.look(payment, reading_of(truth, place)))
                self._looks[at] = self._shelf.write(world.books, looked) if looked else None
            seen = self._looks[at]
            if seen is not None:
                yield f"a look: {truth.status.value}", world._replace(books=seen)

    def _due(self, world: World) -> Perform | Record | None:
        known = (world.books, world.phase)
        if known not in self._dues:
            now = moment(self._configuration, world.phase, world.slip)
            self._dues[known] = self._rules.decide_due(world.books.payment, now)
        return self._dues[known]

    def _follows(self, world: World, decision: Perform | Record) -> World:
        if isinstance(decision, Record):
            return world._replace(books=self._shelf.write(world.books, decision.events))
        return self._sender.begin(world, decision.operation, decision.events)

    def _is_late(self, world: World) -> bool:
        return self._configuration.is_late(world.phase)

    def _commands(self, world: World) -> Iterator[Led]:
        key = (world.books, self._is_late(world))
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = [
                led for command in _commands(world, self._configuration) for led in self._decided(world, command)
            ]
        for what, decision, is_wrong in found:
            after = self._follows(world, decision)
            yield what, after._replace(flaw="asked_in_the_orders_currency") if is_wrong else after

    def _decided(self, world: World, command: Capture | Void | Review) -> Iterator[tuple[str, Perform | Record, bool]]:
        now = moment(self._configuration, world.phase, world.slip)
        decision = self._rules.decide(world.books.payment, command, now)
        if isinstance(decision, Perform | Record):
            decision_of = f", {command.decision.value}" if isinstance(command, Review) else ""
            amount = f" of {command.amount or 'all'}" if isinstance(command, Capture) else ""
            is_wrong = is_of_another_currency(world.books.payment, command)
            yield f"{command.kind}{decision_of}{amount} is asked for as {command.request_id!r}", decision, is_wrong

    def _time(self, world: World) -> Iterator[Led]:
        slip, flight = world.slip, world.flight
        awaited = flight is not None and flight.awaited
        if slip is not None:
            # What nobody awaits any more reaches the provider within the quiet period, or never.
            if not slip.quiet and (flight is None or awaited):
                yield "the quiet period ends", world._replace(slip=slip._replace(quiet=True))
            # A lease outlives its sender's whole call.
            if slip.lease and flight is None:
                yield "the lease ends", world._replace(slip=slip._replace(lease=False, quiet=True))
            if slip.absent is Absent.ONCE and flight is None:
                rested = slip._replace(absent=Absent.LONG_AGO, lease=False, quiet=True)
                truths = tuple(later(t, 1) for t in world.truths)
                yield "the time between two looks passes", world._replace(slip=rested, truths=truths)
        if flight is not None or world.books.payment.authorization is None:
            return
        phases = self._configuration.phases
        place = phases.index(world.phase) + 1
        hold_is_known = world.slip is None or world.slip.kind is not OperationKind.AUTHORIZE
        is_pending = any(a.is_pending for a in world.books.payment.authorizations)
        if hold_is_known and not is_pending and phases[place : place + 1] == (Phase.WAIT_ENDED,):
            place += 1
        if hold_is_known and phases[place : place + 1] == (Phase.KEY_WALL,):
            place += 1
        if place < len(phases) and _matters(world):
            truths = tuple(later(t, 2) for t in world.truths)
            aged = world._replace(phase=phases[place], truths=truths)
            if slip is not None:
                absent = Absent.LONG_AGO if slip.absent else Absent.NEVER
                aged = aged._replace(slip=slip._replace(lease=False, quiet=True, absent=absent))
            yield f"time passes: {phases[place].value}", aged


def _matters(world: World) -> bool:
    """Time brings nothing to a payment that is over and has no answer to come."""
    return world.slip is not None or not world.books.payment.is_over


def _stage(world: World) -> AuthorizationStage | None:
    hold = world.books.payment.authorization
    return None if hold is None else hold.stage


def _may_try_anew(world: World, rules: Rules) -> bool:
    if rules.after_absence_only:
        return _stage(world) is AuthorizationStage.ABSENT
    return _stage(world) in {AuthorizationStage.ABSENT, AuthorizationStage.INTENDED} and world.flight is None


def _told(decision: Perform | Record) -> str:
    if isinstance(decision, Perform):
        return f"the {decision.operation.kind.value} {decision.operation.request_id!r} is asked for"
    return ", ".join(event.kind for event in decision.events)


def _commands(world: World, configuration: Configuration) -> Iterator[Capture | Void | Review]:
    """Yield every command: each id that was used again, with the same and with other content, and a new one."""
    payment = world.books.payment
    used = [record.request_id for record in payment.requests if not record.request_id.startswith("@")]
    # What was asked before, again with the same and with other content; beside it something new. Every amount is tried
    # where it is the first thing asked: after a capture that failed, or a second attempt, it adds no kind of state.
    few = configuration.odd_answers or bool(used) or len(payment.references) > 1
    in_part = any(c.amount_minor != UNITS for c in payment.captures)
    may_ask_anew = len(used) < configuration.asked_at_most and not in_part
    if configuration.pending:
        # What captures do to a hold is searched elsewhere: here it matters that there is one, or not yet.
        # Once time has given it up, what people ask adds no kind of state.
        may_ask_anew = may_ask_anew and len(payment.requests) == len(used)
        is_pending = any(a.is_pending for a in payment.authorizations)
        yield from _of_pending(used, may_ask_anew=may_ask_anew, is_pending=is_pending)
        return
    for request_id in (*used, *(("c2" if "c1" in used else "c1",) if may_ask_anew else ())):
        amounts = (0, 1, UNITS + 1) if few and request_id not in used else range(UNITS + 2)
        yield Capture(request_id=request_id)
        yield Capture(request_id=request_id, amount=Money(amount_minor=2, currency="USD"))
        for amount in amounts:
            yield Capture(request_id=request_id, amount=Money(amount_minor=amount, currency=CURRENCY))
    for request_id in (*used, *(("v1",) if may_ask_anew else ())):
        yield Void(request_id=request_id)


def _of_pending(used: Sequence[str], *, may_ask_anew: bool, is_pending: bool) -> Iterator[Capture | Void | Review]:
    fresh = ("c1", "v1", "r1") if is_pending else ("v1", "r1")
    for request_id in (*used, *(fresh if may_ask_anew else ())):
        if request_id.startswith("c"):
            yield Capture(request_id=request_id)
        if request_id.startswith("v"):
            yield Void(request_id=request_id)
        if request_id.startswith("r"):
            for decision in ReviewDecision:
                yield Review(request_id=request_id, decision=decision)
