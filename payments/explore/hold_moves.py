"""All that may happen to an order with several authorizations: what people ask, what is answered, what time brings."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from payments.attention import watch_result
from payments.capturing import capture_events
from payments.commands import AnyCommand
from payments.conclude import unknown_events
from payments.decide import (
    Perform,
    Record,
    abandon,
    ask_again,
    capture_intended,
    decide_authorization,
    further_intended,
    intended,
    refund_intended,
    terms_of,
)
from payments.events import AnyEvent, AttemptAbsent, Decline, Declined, RefundFailed
from payments.explore.holds import (
    CARD,
    MOST_AUTHORIZATIONS,
    OTHER_CARD,
    HoldTruth,
    HoldWorld,
    Open,
    commands,
    intent_of,
    now_of,
    opening,
    place_of,
    reading_of,
    times,
)
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.world import ACCOUNT, CURRENCY, KEY, Configuration
from payments.money import Money
from payments.operations import Intent, OperationKind
from payments.parts import AuthorizationStage
from payments.provider import ProviderCapture, ProviderRefund
from payments.refunding import refund_events
from payments.resend import WATCH
from payments.states import CaptureStage, ProviderStatus, Purpose, RefundStage, RefundStatus


class HoldMove(NamedTuple):
    """One step of the search."""

    what: str
    after: HoldWorld
    unasked: bool


Led = tuple[str, HoldWorld]


class HoldMoves:
    """All moves from a world."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._opened = opening(configuration)

    def start(self) -> HoldWorld:
        """Return the first world: the authorization is asked for."""
        world = HoldWorld(self._shelf.empty())
        asked = decide_authorization(self._opened, world.books.payment)
        intent = self._intent(world, asked, "o1-a01")
        events = (self._opened, intended(intent, CARD.fingerprint(str(KEY))))
        return self._write(world, events)._replace(slip=Open(self._shelf.asked(asked.operation), "o1-a01"))

    def of(self, world: HoldWorld) -> Iterator[HoldMove]:
        """Yield every move."""
        if world.slip is not None:
            for what, after in self._answers(world, world.slip):
                yield HoldMove(what, self._canonical(after), unasked=True)
            return
        for source in (self._engine, self._late, self._time):
            for what, after in source(world):
                yield HoldMove(what, self._canonical(after), unasked=True)
        # What is asked in the end would need a later one.
        if world.books.payment.absent is None and world.age + 1 < len(times(self._configuration)):
            for what, after in self._asked(world):
                yield HoldMove(what, self._canonical(after), unasked=False)

    def _canonical(self, world: HoldWorld) -> HoldWorld:
        """An effect that happened once makes no difference any more, once its operation is resolved."""
        open_one = world.slip.asked.operation.operation_id if world.slip else None
        effects = tuple((name, count) for name, count in world.effects if count > 1 or name == open_one)
        return world._replace(effects=effects, peak=max(world.peak, world.books.payment.owed_minor))

    def _now(self, world: HoldWorld) -> datetime:
        return now_of(self._configuration, world)

    def _intent(self, world: HoldWorld, asked: Perform, reference: str) -> Intent:
        return intent_of(asked.operation, reference, self._now(world))

    def _asked(self, world: HoldWorld) -> Iterator[Led]:
        for command in commands(self._configuration, world):
            yield from self._command(world, command)

    def _command(self, world: HoldWorld, command: AnyCommand) -> Iterator[Led]:
        decision = self._rules.decide(world.books.payment, command, self._now(world))
        told = f"{command.kind}: {command.model_dump(exclude_defaults=True, exclude={'payment'})}"
        if isinstance(decision, Record):
            yield told, self._write(world, decision.events)
        elif isinstance(decision, Perform) and self._may_authorize(world, decision):
            yield told, self._begin(world, decision)

    def _may_authorize(self, world: HoldWorld, asked: Perform) -> bool:
        is_authorization = asked.operation.kind is OperationKind.AUTHORIZE
        return not is_authorization or len(world.books.payment.authorizations) < MOST_AUTHORIZATIONS

    def _begin(self, world: HoldWorld, asked: Perform) -> HoldWorld:
        kind, known = asked.operation.kind, world.books.payment
        reference = f"o1-x{len(known.references):02d}"
        if kind is OperationKind.AUTHORIZE:
            sent = sum(name.startswith("o1-a") for name in known.references)
            reference = f"o1-a{sent + 1:02d}"
        intent = self._intent(world, asked, reference)
        events = asked.events
        if kind is OperationKind.AUTHORIZE and asked.events:
            method = OTHER_CARD.fingerprint(str(KEY))
            events = further_intended(intent, events, terms_of(CARD, ACCOUNT), method)
        elif kind is OperationKind.AUTHORIZE:
            events = (intended(intent, CARD.fingerprint(str(KEY))),)
        elif kind is OperationKind.REFUND:
            events = (refund_intended(intent),)
        elif asked.operation.one_of_several and kind is OperationKind.CAPTURE:
            events = capture_intended(intent, events)
        return self._write(world, events)._replace(slip=Open(self._shelf.asked(asked.operation), reference))

    def _answers(self, world: HoldWorld, slip: Open) -> Iterator[Led]:
        kind = slip.asked.operation.kind.value
        if slip.lost:
            yield f"{kind}: found out", self._found_out(world, slip)
            if slip.place is None:
                yield from self._never_arrived(world, slip)
            return
        done, place = self._processed(world, slip)
        yield f"{kind}: done", self._concluded(done, slip._replace(place=place))
        # Of a release or a refund that is lost and found again nothing depends here.
        kinds = {OperationKind.AUTHORIZE, OperationKind.CAPTURE if self._configuration.edited else None}
        if slip.asked.operation.kind in kinds:
            yield f"{kind}: done, the answer is lost", self._lost(done, slip._replace(place=place))
            yield f"{kind}: not done, and no answer", self._lost(world, slip)
        if _may_be_refused(world, slip):
            yield f"{kind}: refused", self._refused(world, slip)

    def _lost(self, world: HoldWorld, slip: Open) -> HoldWorld:
        intent = intent_of(slip.asked.operation, slip.reference, self._now(world))
        told = unknown_events(world.books.payment, intent, "no answer")
        return self._write(world, told)._replace(slip=slip._replace(lost=True))

    def _found_out(self, world: HoldWorld, slip: Open) -> HoldWorld:
        """What was done is found; what was not is sent again, and done."""
        if slip.place is not None:
            return self._concluded(world, slip)
        done, place = self._processed(world, slip)
        return self._concluded(done, slip._replace(place=place))

    def _never_arrived(self, world: HoldWorld, slip: Open) -> Iterator[Led]:
        operation = slip.asked.operation
        if operation.kind is not OperationKind.AUTHORIZE:
            return
        absent = AttemptAbsent(
            subject=operation.operation_id,
            occurrence=operation.attempt,
            evidence="not found twice",
            reference=slip.reference,
            watched_until=self._now(world) + WATCH,
        )
        after = self._write(world, (absent,))._replace(slip=None)
        yield "authorize: proven absent", after
        if not world.late and self._configuration.is_retried:
            late = ((slip.reference, operation.amount.amount_minor),)
            yield "authorize: proven absent, and still on its way", after._replace(late=late)

    def _refused(self, world: HoldWorld, slip: Open) -> HoldWorld:
        operation, payment, now = slip.asked.operation, world.books.payment, self._now(world)
        events: tuple[AnyEvent, ...]
        if operation.kind is OperationKind.AUTHORIZE:
            decline = Decline(code="1", message="no")
            events = (Declined(subject=operation.operation_id, decline=decline, provider_id=None, at=now),)
        elif operation.kind is OperationKind.REFUND:
            events = (
                RefundFailed(
                    subject=operation.operation_id,
                    authorization_id=operation.authorization_id,
                    amount_minor=operation.amount.amount_minor,
                    reason="no",
                ),
            )
        else:
            intent = intent_of(operation, slip.reference, now)
            events = tuple(self._rules.refused_events(payment, intent, "code", "message"))
        return self._write(world, events)._replace(slip=None)

    def _processed(self, world: HoldWorld, slip: Open) -> tuple[HoldWorld, int]:
        """Let the provider do what is asked, and return where it shows."""
        operation = slip.asked.operation
        amount, counted = operation.amount.amount_minor, dict(world.effects)
        counted[operation.operation_id] = counted.get(operation.operation_id, 0) + 1
        effects = tuple(sorted(counted.items()))
        if operation.kind is OperationKind.AUTHORIZE:
            truths = (*world.truths, HoldTruth(slip.reference, amount))
            return world._replace(truths=truths, effects=effects), len(truths) - 1
        place = place_of(operation)
        truth = world.truths[place]
        match operation.kind:
            case OperationKind.CAPTURE:
                once = not operation.one_of_several or operation.is_final
                truth = truth._replace(captured=truth.captured + amount, takes_more=not once)
            case OperationKind.REFUND:
                truth = truth._replace(refunded=truth.refunded + amount)
            case _:
                cancelled = operation.kind is OperationKind.VOID
                truth = truth._replace(takes_more=False, cancelled=cancelled)
        truths = (*world.truths[:place], truth, *world.truths[place + 1 :])
        return world._replace(truths=truths, effects=effects), place

    def _concluded(self, world: HoldWorld, slip: Open) -> HoldWorld:
        operation, place = slip.asked.operation, slip.place or 0
        intent = intent_of(operation, slip.reference, self._now(world))
        reading = reading_of(self._configuration, world.truths[place], place)
        payment = world.books.payment
        if operation.kind is OperationKind.REFUND:
            events = refund_events(payment, operation.operation_id, _refunded(slip))
        elif operation.kind is OperationKind.CAPTURE and operation.one_of_several:
            captured = _captured(slip)
            events = capture_events(payment, intent, (captured,), is_open=world.truths[place].takes_more)
        else:
            events = tuple(self._rules.events_of(payment, intent, reading))
        return self._write(world, events)._replace(slip=None)

    def _engine(self, world: HoldWorld) -> Iterator[Led]:
        payment, now = world.books.payment, self._now(world)
        absent = payment.absent
        if absent is not None:
            given_up = abandon(payment, absent.named("@start-is-gone"), "@start-is-gone", now)
            if given_up is not None:
                yield "given up", self._write(world, given_up.events)
            if absent.attempt == 1 and absent.purpose is Purpose.RETRY:
                yield "asked again", self._begin(world, ask_again(payment, absent))
            return
        due = self._rules.decide_due(payment, now)
        if isinstance(due, Record):
            yield f"due: {', '.join(event.kind for event in due.events)}", self._write(world, due.events)
        elif due is not None and self._may_authorize(world, due):
            yield f"due: {due.operation.kind.value} {due.operation.request_id}", self._begin(world, due)
        elif due is not None:
            # A further successor adds no kind of state: the order waits no longer.
            yield "time passes to the end", world._replace(age=len(times(self._configuration)) - 1)

    def _late(self, world: HoldWorld) -> Iterator[Led]:
        payment, now = world.books.payment, self._now(world)
        for watched in payment.watched:
            place = next((n for n, truth in enumerate(world.truths) if truth.reference == watched.reference), None)
            if place is not None:
                hits = (reading_of(self._configuration, world.truths[place], place),)
                yield "a late hold is found", self._write(world, watch_result(payment, watched.reference, hits, now))
            elif not world.late:
                over = watch_result(payment, watched.reference, (), watched.until)
                yield "the watch is over", self._write(world, over)
        for reference, amount in world.late:
            truths = (*world.truths, HoldTruth(reference, amount))
            yield "late: an authorization arrives after all", world._replace(truths=truths, late=())

    def _time(self, world: HoldWorld) -> Iterator[Led]:
        payment = world.books.payment
        is_last = world.age + 1 >= len(times(self._configuration))
        waits = payment.absent is not None or payment.watched or payment.is_over
        if is_last or waits or self._rules.decide_due(payment, self._now(world)) is not None:
            return
        yield "time passes", world._replace(age=world.age + 1)

    def _write(self, world: HoldWorld, events: tuple[AnyEvent, ...]) -> HoldWorld:
        return world._replace(books=self._shelf.write(world.books, events))


def _may_be_refused(world: HoldWorld, slip: Open) -> bool:
    """A second refusal of a capture, a release or a refund adds no kind of state."""
    payment, kind = world.books.payment, slip.asked.operation.kind
    if kind is OperationKind.AUTHORIZE:
        return True
    captures = any(capture.stage is CaptureStage.REFUSED for capture in payment.captures)
    refunds = any(refund.stage is RefundStage.FAILED for refund in payment.refunds)
    voids = any(h.void_ids and h.void is None and h.stage is AuthorizationStage.HELD for h in payment.authorizations)
    return not (captures or refunds or voids)


def _captured(slip: Open) -> ProviderCapture:
    amount = slip.asked.operation.amount.amount_minor
    return ProviderCapture(
        capture_id=f"k-{slip.reference}",
        status=ProviderStatus.COLLECTED,
        raw_status="told",
        reference=slip.reference,
        amount=Money(amount_minor=amount, currency=CURRENCY),
    )


def _refunded(slip: Open) -> ProviderRefund:
    return ProviderRefund(
        refund_id=f"f-{slip.reference}",
        status=RefundStatus.REFUNDED,
        raw_status="told",
        reference=slip.reference,
        amount=slip.asked.operation.amount,
    )
