"""Every event in every state of refunds: what is asked back, what each sender, the provider, time and people may do."""

from collections.abc import Iterator
from typing import NamedTuple

from payments.decide import Perform, Record
from payments.events import AttentionNeeded
from payments.explore.refund_sender import MOST_ATTEMPTS, Led, RefundSender
from payments.explore.refunds import (
    REFUNDABLE,
    RefundTruth,
    RefundWorld,
    canonical,
    commands,
    intent_of,
    late_enough,
    listed,
    put,
    story,
)
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.world import EPOCH, UNITS, Absent, Books, Configuration, Slip, Truth, reading_of
from payments.look import look_result
from payments.operations import OperationKind
from payments.provider import ProviderPayment
from payments.refunding import follow_refund
from payments.states import CaptureStage, ProviderStatus, RefundStage, RefundStatus
from payments.taking_back import take_back_refused


class RefundMove(NamedTuple):
    """One step of the search."""

    what: str
    after: RefundWorld
    unasked: bool
    """It needs nobody outside: the engine, the provider's ordinary doing or time brings it."""


class RefundMoves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._sender = RefundSender(configuration, rules, shelf)
        self._asked: dict[Books, list[tuple[str, Books, bool]]] = {}
        self._dues: dict[Books, Perform | Record | None] = {}
        self._told: dict[tuple[Books, tuple[RefundTruth, ...]], Books] = {}
        self._captures: dict[tuple[Books, ProviderStatus], tuple[Books, bool]] = {}
        self._looks: dict[tuple[Books, ProviderStatus, tuple[RefundTruth, ...]], Books | None] = {}

    def start(self) -> RefundWorld:
        """Return the first world: the capture was accepted just now."""
        books = self._shelf.empty()
        for event in story():
            books = self._shelf.write(books, (event,))
        return RefundWorld(books)

    def of(self, world: RefundWorld) -> Iterator[RefundMove]:
        """Yield every move."""
        sender = self._sender
        for source in (sender.answers, sender.late, sender.passes, self._engine, self._time, self._usual):
            for what, after in source(world):
                yield RefundMove(what, canonical(after), unasked=True)
        for source in (self._commands, self._against_us):
            for what, after in source(world):
                yield RefundMove(what, canonical(after), unasked=False)

    def _commands(self, world: RefundWorld) -> Iterator[Led]:
        found = self._asked.get(world.books)
        if found is None:
            found = self._asked[world.books] = list(self._decided(world.books))
        for what, books, is_of_the_currency in found:
            after = world._replace(books=books)
            yield what, after if is_of_the_currency else after._replace(flaw="refunds_are_of_the_currency")

    def _decided(self, books: Books) -> Iterator[tuple[str, Books, bool]]:
        payment = books.payment
        for command in commands(payment, self._configuration):
            decision = self._rules.decide(payment, command, EPOCH)
            if isinstance(decision, Record):
                what = f"a refund of {command.amount or 'all'} is asked for as {command.request_id!r}"
                is_of_the_currency = command.amount is None or command.amount.currency == payment.money(0).currency
                yield what, self._shelf.write(books, decision.events), is_of_the_currency

    def _due(self, books: Books) -> Perform | Record | None:
        if books not in self._dues:
            self._dues[books] = self._rules.decide_due(books.payment, late_enough(books.payment))
        return self._dues[books]

    def _engine(self, world: RefundWorld) -> Iterator[Led]:
        payment = world.books.payment
        due = self._due(world.books) if world.slip is None else None
        if isinstance(due, Perform) and due.operation.kind is OperationKind.TAKE_BACK:
            # Captures taken back are searched in `waiting_moves`: here it is too late for that, and the refund waits.
            asked = self._sender.write(world, due.events)
            payment_then, taking_back = asked.books.payment, Slip(self._shelf.asked(due.operation))
            too_late = take_back_refused(payment_then, intent_of(taking_back, key_is_old=False), "too late")
            yield "it is too late to take the capture back", self._sender.write(asked, tuple(too_late))
        elif isinstance(due, Perform) and world.flight is None:
            if due.operation.attempt <= MOST_ATTEMPTS:
                yield "the refund is asked for at Ingenico", self._sender.begin(world, due)
            else:
                yield from self._sender.last_attempt(world, due)
        if payment.capture_on_its_way() is not None:
            yield from self._followed(world)
        if payment.refund_on_its_way() is not None:
            known = (world.books, world.truths)
            told = self._told.get(known)
            if told is None:
                told = self._shelf.write(world.books, follow_refund(payment, listed(world, seen=True)))
                self._told[known] = told
            yield "the refunds are followed", world._replace(books=told)
        for status, reading in _shown(world):
            looked = self._look(world, status, reading)
            if looked is not None:
                yield f"a look: {status.value}", world._replace(books=looked)

    def _look(self, world: RefundWorld, status: ProviderStatus, reading: ProviderPayment) -> Books | None:
        known = (world.books, status, world.truths)
        if known not in self._looks:
            looked = look_result(world.books.payment, reading, listed(world, seen=True))
            self._looks[known] = self._shelf.write(world.books, looked) if looked else None
        return self._looks[known]

    def _followed(self, world: RefundWorld) -> Iterator[Led]:
        for status, reading in _shown(world):
            known = (world.books, status)
            found = self._captures.get(known)
            if found is None:
                events = tuple(self._rules.follow(world.books.payment, reading))
                is_told = any(isinstance(event, AttentionNeeded) for event in events)
                found = self._captures[known] = self._shelf.write(world.books, events), is_told
            books, told = found
            after = world._replace(books=books)
            if status is ProviderStatus.RETURNED and not told and not _is_ours(world):
                after = after._replace(flaw="money_that_went_back_unasked_is_told")
            yield f"the capture is followed: {status.value}", after

    def _time(self, world: RefundWorld) -> Iterator[Led]:
        slip, flight = world.slip, world.flight
        # What nobody awaits any more reaches the provider within the quiet period, or never.
        if slip is None or flight is not None:
            return
        if slip.lease or not slip.quiet:
            yield "the lease and the quiet period end", world._replace(slip=slip._replace(lease=False, quiet=True))
        if slip.sent and not world.key_is_old:
            shown = tuple(t._replace(hidden=0) for t in world.truths)
            rested = slip._replace(lease=False, quiet=True, absent=Absent.LONG_AGO if slip.absent else Absent.NEVER)
            yield "the key is past its wall", world._replace(key_is_old=True, slip=rested, truths=shown)
        if slip.absent is Absent.ONCE:
            truths = tuple(t._replace(hidden=max(0, t.hidden - 1)) for t in world.truths)
            rested = slip._replace(absent=Absent.LONG_AGO, lease=False, quiet=True)
            yield "the time between two looks passes", world._replace(slip=rested, truths=truths)

    def _usual(self, world: RefundWorld) -> Iterator[Led]:
        # While a refund is open the others keep still, and the capture: what becomes of them changes nothing for it.
        for status in _MOVES_ON.get(world.capture, ()) if world.slip is None else ():
            yield f"the capture becomes {status.value}", world._replace(capture=status)
        for place, truth in enumerate(world.truths):
            if truth.status is RefundStatus.REQUESTED and _moves(world, truth):
                paid = truth._replace(status=RefundStatus.REFUNDED)
                yield "Ingenico pays a refund out", world._replace(truths=put(world.truths, place, paid))

    def _against_us(self, world: RefundWorld) -> Iterator[Led]:
        # Money that showed as returned, or as collected, was there.
        [booked] = world.books.payment.captures
        queued = {ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED}
        if world.capture in queued and booked.stage is not CaptureStage.COLLECTED and not world.truths:
            yield "the capture is rejected", world._replace(capture=ProviderStatus.CAPTURE_REJECTED)
        for place, truth in enumerate(world.truths):
            if truth.status is not RefundStatus.FAILED and truth.operation is not None and _moves(world, truth):
                failed = truth._replace(status=RefundStatus.FAILED)
                yield (
                    f"a refund fails after it was {truth.status.value}",
                    world._replace(truths=put(world.truths, place, failed)),
                )
        if self._configuration.odd_answers and world.capture in REFUNDABLE and not world.truths:
            stray = RefundTruth(None, 0, 1, RefundStatus.REQUESTED, RefundStatus.REQUESTED)
            yield "somebody refunds 1 in the console", world._replace(truths=(stray,))
            if world.slip is None:
                yield "the bank takes the money back", world._replace(capture=ProviderStatus.RETURNED)


_MOVES_ON = {
    ProviderStatus.CAPTURE_REQUESTED: (ProviderStatus.CAPTURED,),
    ProviderStatus.CAPTURED: (ProviderStatus.COLLECTED,),
}
_AT_THE_PROVIDER = {RefundStage.INTENDED, RefundStage.REQUESTED, RefundStage.REFUNDED}


def _shown(world: RefundWorld) -> Iterator[tuple[ProviderStatus, ProviderPayment]]:
    """Yield the payment as a reading may show it: a refund at the provider may show in the payment's own status."""
    alive = any(t.status is not RefundStatus.FAILED for t in world.truths)
    for status in sorted(
        {world.capture, *((ProviderStatus.RETURNED,) if alive and world.capture in REFUNDABLE else ())}
    ):
        truth = Truth(1, status, status, captured=0 if status is ProviderStatus.CAPTURE_REJECTED else UNITS)
        yield status, reading_of(truth, 0)


def _is_ours(world: RefundWorld) -> bool:
    return any(refund.stage in _AT_THE_PROVIDER for refund in world.books.payment.refunds)


def _moves(world: RefundWorld, truth: RefundTruth) -> bool:
    return world.slip is None or truth.operation == world.slip.asked.operation.operation_id
