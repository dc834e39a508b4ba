"""Every event in every state of hosted checkouts: what engine and customers do, and which answers are lost."""

from collections.abc import Iterator
from typing import NamedTuple

from payments.checkouts import address_lost, alive, closed_events, opened_events
from payments.commands import Void
from payments.conclude import choose, unknown_events
from payments.decide import Perform, Record, abandon, decide_authorization, intended
from payments.events import AnyEvent
from payments.explore.checkouts import (
    AGES,
    MOST_PAGES,
    MOST_TRIES,
    WATCHED_UNTIL,
    Age,
    CheckoutWorld,
    Page,
    Try,
    closed,
    found,
    intent_of,
    now_of,
    opened,
    page_reading,
    put,
    shown,
    terms,
)
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.world import Absent, Configuration, Slip
from payments.look import late_result, look_result
from payments.operations import OperationKind
from payments.parts import AuthorizationStage
from payments.pending import is_kept, kept_events, moved_meanwhile
from payments.resend import Step
from payments.states import PENDING_STATUSES, ProviderStatus

Led = tuple[str, CheckoutWorld]
_MOVES_ON = {ProviderStatus.REDIRECTED: (ProviderStatus.AUTHORIZED, ProviderStatus.DECLINED)}


class CheckoutMove(NamedTuple):
    """One step of the search."""

    what: str
    after: CheckoutWorld
    unasked: bool
    """It needs nobody outside: the engine or time brings it."""


class CheckoutMoves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._rules = rules
        self._shelf = shelf
        self._opened = terms(configuration)

    def start(self) -> CheckoutWorld:
        """Return the first world: nothing was asked yet."""
        return CheckoutWorld(self._shelf.empty())

    def of(self, world: CheckoutWorld) -> Iterator[CheckoutMove]:
        """Yield every move."""
        if world.books.payment.opened is None:
            yield CheckoutMove("the payment is started", self._open(world, (self._opened,)), unasked=True)
            return
        for source in (self._passes, self._engine, self._time):
            for what, after in source(world):
                yield CheckoutMove(what, after, unasked=True)
        for what, after in self._by_others(world):
            yield CheckoutMove(what, after, unasked=False)

    def _open(self, world: CheckoutWorld, opening: tuple[AnyEvent, ...] = ()) -> CheckoutWorld:
        operation = decide_authorization(self._opened, world.books.payment, by_checkout=True).operation
        slip = Slip(self._shelf.asked(operation), sent=False, lease=False, quiet=True)
        event = intended(intent_of(world._replace(slip=slip), slip))
        return self._write(world, (*opening, event))._replace(slip=slip)

    def _passes(self, world: CheckoutWorld) -> Iterator[Led]:
        slip = world.slip
        if slip is None:
            return
        intent = intent_of(world, slip)
        step = self._rules.next_step(intent, now_of(world), self._rules.patience, can_send=world.has_start).step
        match slip.kind, step:
            case OperationKind.CHECKOUT, Step.SEND:
                yield from self._opening(world, slip)
            case OperationKind.CHECKOUT, Step.FIND:
                # Customers are on pages with a known address alone, so a lookup finds nothing.
                events = (address_lost(intent, WATCHED_UNTIL),)
                yield "the address was lost: the page is nobody's", self._write(world, events)._replace(slip=None)
            case OperationKind.CLOSE, Step.READ | Step.SEND:
                yield from self._closing(world, slip)
            case OperationKind.VOID, Step.READ | Step.SEND:
                yield from self._voiding(world, slip)
            case _:
                return

    def _opening(self, world: CheckoutWorld, slip: Slip) -> Iterator[Led]:
        attempt, sent = slip.asked.operation.attempt, slip._replace(sent=True)
        unknown = self._unknown(world, sent)
        yield "no readable answer, no page was opened", unknown
        pages = (*world.pages, Page(attempt, known=False))
        yield "a page is opened; the answer is lost", unknown._replace(pages=pages)
        yield "a page is opened; the sender dies before the commit", world._replace(pages=pages, slip=sent)
        refused = self._rules.refused_events(world.books.payment, intent_of(world, sent), "400", "wrong")
        yield "the page is refused", self._write(world, tuple(refused))._replace(slip=None)
        events = opened_events(intent_of(world, sent), opened(attempt))
        known = (*world.pages, Page(attempt, known=True))
        yield "a page is opened, and its address told", self._write(world, events)._replace(pages=known, slip=None)

    def _closing(self, world: CheckoutWorld, slip: Slip) -> Iterator[Led]:
        checkout_id, sent = slip.asked.operation.provider_id or "", slip._replace(sent=True)
        yield "closing: reading fails", self._unknown(world, sent)
        read = page_reading(world, checkout_id).payment
        after = closed(world, checkout_id)
        yield "closing: the page is deleted, and looking fails", self._unknown(after, sent)
        intent = intent_of(world, slip)
        hits = found(after, intent.reference)
        seen = hits if read is None or any(h.provider_id == read.provider_id for h in hits) else (*hits, read)
        if not alive(seen) and self._rules.two_looks and not slip.absent:
            yield "closing: nothing paid was found, once", after._replace(slip=sent._replace(absent=Absent.ONCE))
            return
        events = closed_events(world.books.payment, intent, seen, WATCHED_UNTIL)
        what = choose(seen).status.value if seen else "nothing"
        yield f"the page is closed: {what} was found", self._write(after, events)._replace(slip=None)

    def _voiding(self, world: CheckoutWorld, slip: Slip) -> Iterator[Led]:
        intent, payment = intent_of(world, slip), world.books.payment
        place = int((slip.asked.operation.provider_id or "p0").removeprefix("p"))
        reading = shown(world, place)
        sent = slip._replace(sent=True)
        yield "reading before the void fails", world
        if self._rules.outcome_of(intent, reading) is not None:
            yield from self._voided(world, slip, place)
            return
        if slip.asked.operation.of_pending and reading.status in PENDING_STATUSES | {ProviderStatus.AUTHORIZED}:
            if is_kept(payment, intent, reading):
                yield (
                    "paid late, and kept",
                    self._write(world, kept_events(payment, intent, reading))._replace(slip=None),
                )
                return
            world = self._write(world, moved_meanwhile(payment, intent, reading))
        tried = world.tries[place]
        after = put(world, place, tried._replace(status=ProviderStatus.RELEASED, voided=tried.voided + 1))
        yield "the void: no readable answer, nothing was done", self._unknown(world, sent)
        yield "the void is done; the answer is lost", self._unknown(after, sent)
        yield from self._voided(after, sent, place)

    def _voided(self, world: CheckoutWorld, slip: Slip, place: int) -> Iterator[Led]:
        events = self._rules.events_of(world.books.payment, intent_of(world, slip), shown(world, place))
        yield "the void is concluded", self._write(world, tuple(events))._replace(slip=None)

    def _engine(self, world: CheckoutWorld) -> Iterator[Led]:
        payment, hold = world.books.payment, world.books.payment.authorization
        if hold is None or world.slip is not None:
            return
        if hold.stage is AuthorizationStage.ABSENT:
            if world.has_start and hold.attempt < MOST_PAGES:
                yield "another page", self._open(world)
            elif (gone := abandon(payment, "@start-is-gone", "@start-is-gone", now_of(world))) is not None:
                yield "it is tried no more", self._write(world, gone.events)
        due = self._rules.decide_due(payment, now_of(world))
        if isinstance(due, Perform):
            yield f"due: {due.operation.kind.value} {due.operation.request_id}", self._perform(world, due)
        elif isinstance(due, Record):
            yield "due", self._write(world, due.events)
        if hold.at_checkout and hold.checkout_id is not None:
            looked = tuple(self._rules.page(payment, hold, page_reading(world, hold.checkout_id)))
            if looked:
                yield "a look at the page", self._write(world, looked)
        if hold.provider_id is not None:
            looked = look_result(payment, shown(world, int(hold.provider_id.removeprefix("p"))))
            if looked:
                yield "a look at the payment", self._write(world, looked)
        looks = [(watched.reference, found(world, watched.reference)) for watched in payment.watched]
        late = late_result(payment, looks, now_of(world), ends_watches=True)
        if late:
            yield "a look for what came late", self._write(world, late)

    def _perform(self, world: CheckoutWorld, perform: Perform) -> CheckoutWorld:
        slip = Slip(self._shelf.asked(perform.operation), sent=False, lease=False, quiet=True)
        return self._write(world, perform.events)._replace(slip=slip)

    def _time(self, world: CheckoutWorld) -> Iterator[Led]:
        slip = world.slip
        shown_now = tuple(tried._replace(hidden=False) for tried in world.tries)
        if slip is not None and slip.absent is Absent.ONCE:
            looked = slip._replace(absent=Absent.LONG_AGO)
            yield "the time between two looks passes", world._replace(slip=looked, tries=shown_now)
        if shown_now != world.tries and slip is None:
            yield "lookups catch up", world._replace(tries=shown_now)
        place = AGES.index(world.age) + 1
        if place < len(AGES) and (slip is not None or not world.books.payment.is_over):
            rested = None if slip is None else slip._replace(absent=Absent.LONG_AGO if slip.absent else Absent.NEVER)
            yield f"time passes: {AGES[place].value}", world._replace(age=AGES[place], tries=shown_now, slip=rested)

    def _by_others(self, world: CheckoutWorld) -> Iterator[Led]:
        if world.has_start and not world.pages:
            yield "the start is lost", world._replace(has_start=False)
        if world.age in {Age.FRESH, Age.AWAY}:
            yield from self._customer(world)
        decision = self._rules.decide(world.books.payment, Void(request_id="v1"), now_of(world))
        if world.slip is None and isinstance(decision, Perform):
            yield "the order is cancelled", self._perform(world, decision)
        elif world.slip is None and isinstance(decision, Record):
            yield "the order is cancelled", self._write(world, decision.events)

    def _customer(self, world: CheckoutWorld) -> Iterator[Led]:
        for place, page in enumerate(world.pages):
            if not page.known or not page.open or page.cancelled:
                continue
            own = [tried for tried in world.tries if tried.attempt == page.attempt]
            if all(tried.status is ProviderStatus.DECLINED for tried in own) and len(own) < MOST_TRIES:
                for status in (ProviderStatus.AUTHORIZED, ProviderStatus.DECLINED, ProviderStatus.REDIRECTED):
                    for hidden in (False, True):
                        tries = (*world.tries, Try(page.attempt, status, hidden))
                        lag = ", and lookups lag" if hidden else ""
                        yield f"the customer tries: {status.value}{lag}", world._replace(tries=tries)
            # Who was at the bank comes back for another try; the first may succeed after all.
            if own and own[-1].status is ProviderStatus.REDIRECTED and len(own) < MOST_TRIES:
                tries = (*world.tries, Try(page.attempt, ProviderStatus.AUTHORIZED))
                yield "the customer leaves the bank and pays otherwise", world._replace(tries=tries)
            pages = world.pages
            if all(tried.status is ProviderStatus.DECLINED for tried in own):
                left = (*pages[:place], page._replace(cancelled=True), *pages[place + 1 :])
                yield "the customer cancels on the page", world._replace(pages=left)
            gone = (*pages[:place], page._replace(open=False), *pages[place + 1 :])
            yield "the page ends by itself", world._replace(pages=gone)
        for place, tried in enumerate(world.tries):
            for status in _MOVES_ON.get(tried.status, ()):
                yield f"at the bank: {status.value}", put(world, place, tried._replace(status=status))

    def _unknown(self, world: CheckoutWorld, slip: Slip) -> CheckoutWorld:
        events = unknown_events(world.books.payment, intent_of(world, slip), "no answer")
        return self._write(world, events)._replace(slip=slip)

    def _write(self, world: CheckoutWorld, events: tuple[AnyEvent, ...]) -> CheckoutWorld:
        return world._replace(books=self._shelf.write(world.books, events))
