"""The search of refunds: a payment whose capture was accepted, and all that may happen to what is asked back of it.

How a hold comes and goes is searched in `moves`; here it has come, so that the two need not be multiplied. The steps of
a pass are those of `activities/refunding.py`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from payments.commands import Refund
from payments.decide import Perform, Record, refund_intended, unresolved_operation
from payments.events import AnyEvent, AuthorizationIntended, Authorized, CaptureIntended, CaptureRequested, Opened
from payments.explore.rules import Rules
from payments.explore.shelf import PLACES, Shelf
from payments.explore.world import (
    ACCOUNT,
    AT_ONCE,
    CURRENCY,
    EPOCH,
    KEY,
    SETTLED,
    UNITS,
    Absent,
    Asked,
    Books,
    Configuration,
    Flight,
    Slip,
    Truth,
    reading_of,
)
from payments.methods import PaymentAction
from payments.money import Money
from payments.operations import Intent, OperationKind
from payments.payment import LIVE_REFUND_STAGES, Payment
from payments.postings import Account
from payments.provider import ProviderRefund
from payments.references import idempotence_key, operation_id
from payments.refunding import (
    follow_refund,
    refund_deferred,
    refund_events,
    refund_outcome,
    refund_refused,
    stray_refund,
    unknown_refunds,
)
from payments.resend import KEY_WALL, Step
from payments.states import CaptureStage, ProviderStatus, RefundStage, RefundStatus

HOLD = operation_id(KEY, OperationKind.AUTHORIZE, "@start")
CAPTURE = operation_id(KEY, OperationKind.CAPTURE, "s1")
PAID_WITH = "p0"
NOW = EPOCH + 2 * SETTLED
# A third attempt adds no kind of state that the second has not.
MOST_ATTEMPTS = 2
REQUESTS = ("r1", "r2")


class RefundTruth(NamedTuple):
    """A refund as the provider has it; `operation` is None for one that nobody here asked for."""

    operation: str | None
    attempt: int
    amount: int
    status: RefundStatus
    first: RefundStatus
    hidden: int = 0


class RefundWorld(NamedTuple):
    """One state of the search."""

    books: Books
    capture: ProviderStatus = ProviderStatus.CAPTURE_REQUESTED
    slip: Slip | None = None
    flight: Flight | None = None
    truths: tuple[RefundTruth, ...] = ()
    effects: tuple[tuple[str, int], ...] = ()
    key_is_old: bool = False
    """The key of what is open is past its wall, and forgotten by the provider."""
    failure_stored: bool = False
    flaw: str | None = None


class RefundMove(NamedTuple):
    """One step of the search."""

    what: str
    after: RefundWorld
    unasked: bool


Led = tuple[str, RefundWorld]


class RefundMoves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf

    def start(self) -> RefundWorld:
        """Return the first world: the capture was accepted just now."""
        books = self._shelf.empty()
        for event in _story():
            books = self._shelf.write(books, (event,))
        return RefundWorld(books)

    def of(self, world: RefundWorld) -> Iterator[RefundMove]:
        """Yield every move."""
        unasked = (self._answers, self._late, self._passes, self._engine, self._time, self._usual)
        for source in unasked:
            for what, after in source(world):
                yield RefundMove(what, _canonical(after), unasked=True)
        for source in (self._commands, self._against_us):
            for what, after in source(world):
                yield RefundMove(what, _canonical(after), unasked=False)

    def _commands(self, world: RefundWorld) -> Iterator[Led]:
        used = {record.request_id for record in world.books.payment.requests}
        fresh = REQUESTS[0] if REQUESTS[0] not in used else REQUESTS[1]
        # With a stray refund beside it, a second one of ours adds no kind of state.
        wanted = {fresh} if not self._configuration.odd_answers else {REQUESTS[0]}
        for request_id in sorted((used & set(REQUESTS)) | wanted):
            for command in _refunds(request_id):
                decision = self._rules.decide(world.books.payment, command, EPOCH)
                if isinstance(decision, Record):
                    what = f"a refund of {command.amount or 'all'} is asked for as {request_id!r}"
                    yield what, self._write(world, decision.events)

    def _engine(self, world: RefundWorld) -> Iterator[Led]:
        payment = world.books.payment
        due = self._rules.decide_due(payment, _late_enough(payment)) if world.slip is None else None
        if isinstance(due, Perform) and due.operation.attempt <= MOST_ATTEMPTS and world.flight is None:
            yield "the refund is asked for at Ingenico", self._begin(world, due)
        if payment.capture_on_its_way() is not None:
            truth = Truth(1, world.capture, world.capture, captured=UNITS)
            if world.capture is ProviderStatus.CAPTURE_REJECTED:
                truth = truth._replace(captured=0)
            followed = self._rules.follow(payment, reading_of(truth, 0))
            yield f"the capture is followed: {world.capture.value}", self._write(world, tuple(followed))
        if payment.refund_on_its_way() is not None:
            yield "the refunds are followed", self._write(world, follow_refund(payment, _readings(world, seen=True)))

    def _begin(self, world: RefundWorld, due: Perform) -> RefundWorld:
        slip = Slip(self._shelf.asked(due.operation))
        begun = self._write(world, (refund_intended(self._intent(world, slip)),))
        begun = begun._replace(slip=slip, key_is_old=False, failure_stored=False)
        if world.capture not in _REFUNDABLE:
            return self._concluded(
                begun, refund_deferred(begun.books.payment, self._intent(begun, slip), EPOCH, "early")
            )
        return begun._replace(flight=Flight(slip.asked, awaited=True))

    def _answers(self, world: RefundWorld) -> Iterator[Led]:
        flight, slip = world.flight, world.slip
        if flight is None or not flight.awaited or slip is None:
            return
        gone = world._replace(flight=flight._replace(awaited=False))
        back = world._replace(flight=None)
        yield "the sender dies, its request is still on its way", gone
        yield "given up while the request is still on its way", _unknown(gone, slip)
        yield "no readable answer, nothing was processed", _unknown(back, slip)
        yield "unavailable, nothing was sent", back._replace(slip=slip._replace(sent=slip.repeated, lease=False))
        if world.failure_stored:
            yield "a stored failure is replayed", _unknown(back, slip._replace(key_is_dead=True))
            return
        yield "a failure is stored, nothing processed", _unknown(back._replace(failure_stored=True), slip)
        yield from self._refused(back, slip)
        for what, after, answer in self._processed(back, flight.asked):
            yield f"Ingenico {what}; the answer is lost", _unknown(after, slip)
            yield f"Ingenico {what}; the sender dies before the commit", after
            yield (
                f"Ingenico {what}; a failure is answered and stored",
                _unknown(after._replace(failure_stored=True), slip),
            )
            if answer is not None:
                yield f"Ingenico {what}; answered", self._learned(after, slip, _reading(*answer))
            else:
                yield from self._refused(after, slip)

    def _late(self, world: RefundWorld) -> Iterator[Led]:
        flight = world.flight
        if flight is None or flight.awaited:
            return
        back = world._replace(flight=None)
        yield "the request that was on its way is lost", back
        for what, after, _ in self._processed(back, flight.asked):
            yield f"late: Ingenico {what}", after

    def _processed(
        self, world: RefundWorld, asked: Asked
    ) -> Iterator[tuple[str, RefundWorld, tuple[int, RefundTruth] | None]]:
        operation = asked.operation
        known = [n for n, t in enumerate(world.truths) if (t.operation, t.attempt) == _name(asked)]
        if known and not world.key_is_old:
            place = known[-1]
            truth = world.truths[place]
            yield "repeats its first answer", world, (place, truth._replace(status=truth.first))
            return
        amount = operation.amount.amount_minor
        alive = sum(t.amount for t in world.truths if t.status is not RefundStatus.FAILED)
        if world.capture not in _REFUNDABLE or alive + amount > UNITS:
            yield "refuses: it cannot be refunded", world, None
            return
        for status in (RefundStatus.REQUESTED, RefundStatus.FAILED):
            for lag in (0, 2 if world.slip is not None and world.slip.absent else 1):
                truth = RefundTruth(operation.operation_id, operation.attempt, amount, status, status, lag)
                after = world._replace(truths=(*world.truths, truth))
                if status is RefundStatus.REQUESTED:
                    counted = dict(world.effects)
                    counted[operation.operation_id] = counted.get(operation.operation_id, 0) + 1
                    after = after._replace(effects=tuple(sorted(counted.items())))
                yield f"{status.value} it{', and lookups lag' if lag else ''}", after, (len(world.truths), truth)

    def _refused(self, world: RefundWorld, slip: Slip) -> Iterator[Led]:
        what = "Ingenico refuses the request"
        yield f"{what}; then looking fails", _unknown(world, slip)
        own = _own(world, slip)
        if own is not None:
            yield f"{what}; then it is found", self._learned(world, slip, own)
        elif slip.repeated and self._rules.refused_repeats_are_looked_up:
            yield f"{what}; then nothing is found yet", _unknown(world, slip)
        else:
            refused = refund_refused(world.books.payment, slip.asked.operation.operation_id, "code: message")
            yield f"{what}; then nothing is found", self._concluded(world, refused)

    def _passes(self, world: RefundWorld) -> Iterator[Led]:
        slip = world.slip
        if slip is None or (world.flight is not None and world.flight.awaited):
            return
        step = self._rules.next_step(self._intent(world, slip), NOW, self._rules.patience).step
        if step in {Step.SEND, Step.REPEAT}:
            again = slip._replace(sent=True, repeated=slip.sent, quiet=False, lease=True, absent=Absent.NEVER)
            yield f"{step.value} the refund", world._replace(slip=again, flight=Flight(slip.asked, awaited=True))
        elif step is Step.FIND:
            yield "looking fails", _unknown(world, slip)
            yield self._find(world, slip)

    def _find(self, world: RefundWorld, slip: Slip) -> Led:
        own = _own(world, slip)
        payment, intent = world.books.payment, self._intent(world, slip)
        if own is not None:
            return "found", self._learned(world, slip, own)
        if self._rules.two_looks and not slip.absent:
            return "not found once", world._replace(slip=slip._replace(lease=False, absent=Absent.ONCE))
        strays = unknown_refunds(payment, _readings(world))
        if strays:
            told = self._write(world, stray_refund(payment, intent, strays))
            return "a refund of unknown origin is found", told._replace(slip=slip._replace(lease=False))
        return "not found again: absent", self._concluded(
            world, refund_deferred(payment, intent, EPOCH, "not found twice")
        )

    def _learned(self, world: RefundWorld, slip: Slip, reading: ProviderRefund) -> RefundWorld:
        if refund_outcome(reading) is None:
            return _unknown(world, slip)
        return self._concluded(world, refund_events(world.books.payment, slip.asked.operation.operation_id, reading))

    def _concluded(self, world: RefundWorld, events: tuple[AnyEvent, ...]) -> RefundWorld:
        return self._write(world, events)._replace(slip=None, key_is_old=False, failure_stored=False)

    def _write(self, world: RefundWorld, events: tuple[AnyEvent, ...]) -> RefundWorld:
        return world._replace(books=self._shelf.write(world.books, events))

    def _time(self, world: RefundWorld) -> Iterator[Led]:
        slip, flight = world.slip, world.flight
        if slip is None or flight is not None:
            return
        if slip.lease or not slip.quiet:
            yield "the lease and the quiet period end", world._replace(slip=slip._replace(lease=False, quiet=True))
        if not world.key_is_old:
            yield (
                "the key is past its wall",
                world._replace(key_is_old=True, slip=slip._replace(lease=False, quiet=True)),
            )
        if slip.absent is Absent.ONCE:
            truths = tuple(t._replace(hidden=max(0, t.hidden - 1)) for t in world.truths)
            rested = slip._replace(absent=Absent.LONG_AGO, lease=False, quiet=True)
            yield "the time between two looks passes", world._replace(slip=rested, truths=truths)

    def _usual(self, world: RefundWorld) -> Iterator[Led]:
        for status in _MOVES_ON.get(world.capture, ()) if world.slip is None else ():
            yield f"the capture becomes {status.value}", world._replace(capture=status)
        for place, truth in enumerate(world.truths):
            if truth.status is RefundStatus.REQUESTED and _moves(world, truth):
                paid = truth._replace(status=RefundStatus.REFUNDED)
                yield "Ingenico pays a refund out", world._replace(truths=_put(world.truths, place, paid))

    def _against_us(self, world: RefundWorld) -> Iterator[Led]:
        if world.capture in {ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED} and not world.truths:
            yield "the capture is rejected", world._replace(capture=ProviderStatus.CAPTURE_REJECTED)
        for place, truth in enumerate(world.truths):
            if truth.status is not RefundStatus.FAILED and truth.operation is not None and _moves(world, truth):
                failed = truth._replace(status=RefundStatus.FAILED)
                yield (
                    f"a refund fails after it was {truth.status.value}",
                    world._replace(truths=_put(world.truths, place, failed)),
                )
        if self._configuration.odd_answers and world.capture in _REFUNDABLE and not world.truths:
            stray = RefundTruth(None, 0, 1, RefundStatus.REQUESTED, RefundStatus.REQUESTED)
            yield "somebody refunds 1 in the console", world._replace(truths=(stray,))

    def _intent(self, world: RefundWorld, slip: Slip) -> Intent:
        operation, now = slip.asked.operation, NOW
        last = now - (SETTLED - AT_ONCE if slip.quiet else AT_ONCE)
        first = now - KEY_WALL - SETTLED if world.key_is_old else last - (AT_ONCE if slip.repeated else timedelta(0))
        looked = {Absent.NEVER: None, Absent.ONCE: now - AT_ONCE, Absent.LONG_AGO: now - SETTLED / 2}
        return Intent(
            operation=operation,
            idempotence_key=idempotence_key(ACCOUNT.name, operation.operation_id, operation.attempt),
            reference=_reference(*_name(slip.asked)),
            amount_as_sent=operation.amount.amount_minor,
            created_at=first,
            first_sent_at=first if slip.sent else None,
            last_sent_at=last if slip.sent else None,
            key_dead_at=now if slip.key_is_dead else None,
            first_absent_at=looked[slip.absent],
            lease_until=now + SETTLED if slip.lease else None,
        )


_REFUNDABLE = {ProviderStatus.CAPTURED, ProviderStatus.COLLECTED}
_MOVES_ON = {
    ProviderStatus.CAPTURE_REQUESTED: (ProviderStatus.CAPTURED,),
    ProviderStatus.CAPTURED: (ProviderStatus.COLLECTED,),
}


def _story() -> Iterator[AnyEvent]:
    money = Money(amount_minor=UNITS, currency=CURRENCY)
    yield Opened(
        subject=str(KEY),
        owed=money,
        digest="d",
        account=ACCOUNT.name,
        action=PaymentAction.PRE_AUTHORIZATION,
        hold_seconds=86_400,
        window_seconds=86_400,
    )
    yield AuthorizationIntended(subject=HOLD, attempt=1, reference="o1-a01", amount_minor=UNITS)
    yield Authorized(
        subject=HOLD, amount_minor=UNITS, provider_id=PAID_WITH, authorization_code=None, authorized_at=EPOCH
    )
    asked = {"authorization_id": HOLD, "subject": CAPTURE, "amount_minor": UNITS}
    yield CaptureIntended.model_validate({**asked, "request_id": "s1", "request_hash": "h", "shipment_id": None})
    yield CaptureRequested.model_validate({**asked, "reported_minor": UNITS, "rest_minor": 0})


def _refunds(request_id: str) -> Iterator[Refund]:
    yield Refund(request_id=request_id)
    yield Refund(request_id=request_id, amount=Money(amount_minor=1, currency="USD"))
    for amount in (0, 1, UNITS + 1):
        yield Refund(request_id=request_id, amount=Money(amount_minor=amount, currency=CURRENCY))


def _late_enough(payment: Payment) -> datetime:
    """A time at which whatever waits may go on."""
    return max([EPOCH, *(r.not_before for r in payment.refunds if r.not_before is not None)])


def _name(asked: Asked) -> tuple[str, int]:
    return asked.operation.operation_id, asked.operation.attempt


def _reference(operation: str, attempt: int) -> str:
    return f"{operation[-2:]}-{attempt}"


def _moves(world: RefundWorld, truth: RefundTruth) -> bool:
    """While one refund is open the others keep still: what becomes of them changes nothing for it."""
    return world.slip is None or truth.operation == world.slip.asked.operation.operation_id


def _canonical(world: RefundWorld) -> RefundWorld:
    """Forget what can no longer make a difference: lags and first answers of what nobody asks about."""
    if world.slip is not None or world.flight is not None:
        return world
    open_ones = {r.refund_id for r in world.books.payment.refunds if r.stage is RefundStage.ASKED}
    return world._replace(
        truths=tuple(t._replace(hidden=0, first=t.status) for t in world.truths),
        effects=tuple((name, count) for name, count in world.effects if count > 1 or name in open_ones),
    )


def _put(truths: tuple[RefundTruth, ...], place: int, truth: RefundTruth) -> tuple[RefundTruth, ...]:
    return (*truths[:place], truth, *truths[place + 1 :])


def _reading(place: int, truth: RefundTruth) -> ProviderRefund:
    return ProviderRefund(
        refund_id=f"f{place}",
        status=truth.status,
        raw_status=truth.status.value.upper(),
        reference=None if truth.operation is None else _reference(truth.operation, truth.attempt),
        amount=Money(amount_minor=truth.amount, currency=CURRENCY),
    )


def _readings(world: RefundWorld, *, seen: bool = False) -> tuple[ProviderRefund, ...]:
    """What a list of the payment's refunds shows; `seen`: those that were shown before lag no more."""
    return tuple(_reading(n, t) for n, t in enumerate(world.truths) if seen or not t.hidden)


def _own(world: RefundWorld, slip: Slip) -> ProviderRefund | None:
    wanted = _reference(*_name(slip.asked))
    return next((r for r in _readings(world) if r.reference == wanted), None)


def _unknown(world: RefundWorld, slip: Slip) -> RefundWorld:
    return world._replace(slip=slip._replace(lease=False))


def refunds_sum_to_zero(world: RefundWorld) -> bool:
    """The entries of every event sum to zero, and so does the ledger."""
    return sum(world.books.accounts) == 0 and world.books.flaw is None


def refunds_at_most_captured(world: RefundWorld) -> bool:
    """What is promised back never exceeds what was captured; nor does what the provider has of ours."""
    payment = world.books.payment
    taken = sum(c.amount_minor for c in payment.captures if c.stage is not CaptureStage.REJECTED)
    live = sum(r.amount_minor for r in payment.refunds if r.stage in LIVE_REFUND_STAGES)
    return live <= taken and all(r.amount_minor > 0 for r in payment.refunds)


def one_effect_per_refund(world: RefundWorld) -> bool:
    """A refund that was asked for once goes back at most once, under however many keys."""
    return all(count <= 1 for _, count in world.effects)


def an_open_refund_is_found_again(world: RefundWorld) -> bool:
    """A payment taken up from its story names the very attempt that the ledger has."""
    named = unresolved_operation(world.books.payment)
    there = None if world.slip is None else world.slip.asked.operation
    return (named is None) == (there is None) and (named is None or named == there)


def refund_accounts_are_what_is_folded(world: RefundWorld) -> bool:
    """Promised and paid as folded equal the sums of the entries."""
    refunds = world.books.payment.refunds
    live = sum(r.amount_minor for r in refunds if r.stage in LIVE_REFUND_STAGES)
    paid = sum(r.amount_minor for r in refunds if r.stage is RefundStage.REFUNDED)
    accounts = world.books.accounts
    return accounts[PLACES[Account.REFUNDS]] == live and accounts[PLACES[Account.REFUND_OWED]] == paid - live


def the_ledger_knows_every_refund(world: RefundWorld) -> bool:
    """Once nothing is open and nothing is followed, the books say of each refund what the provider says."""
    payment = world.books.payment
    if world.slip is not None or world.flight is not None or payment.refund_on_its_way() is not None:
        return True
    alive = sum(t.amount for t in world.truths if t.operation is not None and t.status is not RefundStatus.FAILED)
    stages = {RefundStage.REFUNDED}
    booked = sum(r.amount_minor for r in payment.refunds if r.stage in stages)
    # A refund that came back after it was paid out is told by a later look.
    return booked >= alive


REFUND_INVARIANTS: tuple[Callable[[RefundWorld], bool], ...] = (
    refunds_sum_to_zero,
    refunds_at_most_captured,
    one_effect_per_refund,
    an_open_refund_is_found_again,
    refund_accounts_are_what_is_folded,
    the_ledger_knows_every_refund,
)
