"""A sender's pass at an operation, step by step as `activities` makes it, over the model's ledger and provider.

Each method returns the worlds that one commit, or one loss, leads to.
"""

from collections.abc import Iterator

from payments.attention import several_found
from payments.conclude import choose
from payments.events import AnyEvent, AttemptAbsent
from payments.explore.outcomes import Outcomes, place_of
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.truth import Processed, found, process
from payments.explore.world import (
    Absent,
    Asked,
    Configuration,
    Flight,
    Phase,
    Slip,
    World,
    moment,
    reading_of,
)
from payments.operations import Operation, OperationKind
from payments.resend import Step, is_as_before, watched_until

Led = tuple[str, World]


class Sender:
    """Passes at operations. Results of pure functions are remembered, since the search asks them again and again."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._steps: dict[tuple[Slip, Phase, bool], Step] = {}
        self._outcomes = Outcomes(configuration, rules, shelf)

    def begin(self, world: World, operation: Operation, events: tuple[AnyEvent, ...]) -> World:
        """Commit an intent with its events; its request is on its way at once."""
        fresh = operation.kind is OperationKind.AUTHORIZE
        begun = world._replace(
            books=self._shelf.write(world.books, events),
            phase=Phase.FRESH if fresh else world.phase,
            failure_stored=False if fresh else world.failure_stored,
        )
        slip = Slip(self._shelf.asked(operation))
        if operation.kind is OperationKind.VOID:
            place = place_of(slip)
            if place < len(world.truths):
                # It is read before it is sent.
                return self._after_reading(begun._replace(slip=slip), slip, place) or self._sent(
                    self._outcomes.moved_meanwhile(begun, slip, place), slip
                )
        return self._sent(begun, slip)

    def passes(self, world: World) -> Iterator[Led]:
        """Yield what a pass at the unresolved intent leads to."""
        slip = world.slip
        if slip is None:
            return
        match self._step(world, slip):
            case Step.SEND | Step.REPEAT as step:
                yield from self._send_again(world, slip, f"{step.value} the {slip.kind.value}")
            case Step.READ:
                yield from self._look_fails(world, slip, "reading")
                yield from self._read_then_decide(world, slip, refused=False)
            case Step.FIND:
                yield from self._look_fails(world, slip, "looking")
                yield self._find(world, slip)
            case Step.NOTHING | Step.WAIT:
                return

    def may_send(self, world: World) -> bool:
        """Whether an authorization can be sent."""
        return world.has_start or not self._rules.only_own_content

    def _step(self, world: World, slip: Slip) -> Step:
        asked = (slip, world.phase, self.may_send(world))
        step = self._steps.get(asked)
        if step is None:
            now = moment(self._configuration, world.phase, slip)
            can_send = slip.kind is not OperationKind.AUTHORIZE or self.may_send(world)
            following = self._rules.next_step(
                self._outcomes.intent(world, slip), now, self._rules.patience, can_send=can_send
            )
            step = self._steps[asked] = following.step
        return step

    def _send_again(self, world: World, slip: Slip, what: str) -> Iterator[Led]:
        if slip.lease and self._rules.lease_is_minded:
            return
        if self._rules.is_too_late(slip.asked.operation, moment(self._configuration, world.phase, slip)):
            yield f"{what}: too late", self._outcomes.too_late(world, slip)
            return
        again = slip._replace(sent=True, repeated=slip.sent, quiet=False, lease=True, absent=Absent.NEVER)
        if slip.kind is OperationKind.AUTHORIZE and not slip.sent:
            world = world._replace(phase=Phase.FRESH)
        yield what, self._sent(world, again)

    def _sent(self, world: World, slip: Slip) -> World:
        flaw = world.flaw
        if slip.kind is OperationKind.CAPTURE and self._configuration.is_late(world.phase):
            flaw = "nothing_is_captured_after_the_window"
        if slip.kind is OperationKind.VOID and _has_capture(world, slip):
            flaw = "no_void_hits_a_capture"
        if slip.kind is OperationKind.AUTHORIZE and not world.has_start:
            flaw = "only_the_content_that_opened_it_is_sent"
        copies = 1
        if world.flight is not None and slip.kind is not OperationKind.AUTHORIZE:
            copies = min(2, world.flight.copies + 1)
        return world._replace(slip=slip, flight=Flight(slip.asked, awaited=True, copies=copies), flaw=flaw)

    def answers(self, world: World) -> Iterator[Led]:
        """Yield each end of a call that is awaited: the answers, the losses, the death of its sender."""
        flight, slip = world.flight, world.slip
        if flight is None or not flight.awaited:
            return
        left = Flight(flight.asked, awaited=False, copies=flight.copies - 1) if flight.copies > 1 else None
        back = world._replace(flight=left)
        kind = flight.asked.operation.kind.value
        yield f"the sender of the {kind} dies, its request is lost", back
        if slip is None or slip.asked is not flight.asked:
            # Another pass brought the outcome meanwhile: what this sender still hears changes nothing.
            yield from ((f"{kind}: Ingenico {p.what}; too late to matter", self._took(back, p, flight.asked))
                        for p in process(self._configuration, world, flight.asked))  # fmt: skip
            return
        if not slip.quiet:
            gone = world._replace(flight=flight._replace(awaited=False))
            yield f"the sender of the {kind} dies, its request is still on its way", gone
            yield f"{kind}: given up while the request is still on its way", self._outcomes.unknown(gone, slip)
        yield f"{kind}: no readable answer, nothing was processed", self._outcomes.unknown(back, slip)
        unsent = slip._replace(sent=slip.repeated, lease=False)
        yield f"{kind}: unavailable, nothing was sent", back._replace(slip=unsent)
        if self._configuration.locked_out:
            yield f"{kind}: the credentials are not accepted", self._outcomes.credentials(back._replace(slip=unsent))
        if slip.kind is OperationKind.AUTHORIZE and world.failure_stored:
            yield f"{kind}: a stored failure is replayed", self._outcomes.unknown(back, slip._replace(key_is_dead=True))
            return
        yield from self._refused(back, slip)
        if slip.kind is OperationKind.AUTHORIZE:
            yield f"{kind}: a failure, stored; nothing processed", self._outcomes.unknown(_stored(back), slip)
        for processed in process(self._configuration, world, flight.asked):
            done = self._took(back, processed, flight.asked)
            what = f"{kind}: Ingenico {processed.what}"
            yield f"{what}; the answer is lost", self._outcomes.unknown(done, slip)
            yield f"{what}; the sender dies before the commit", done
            if slip.kind is OperationKind.AUTHORIZE:
                yield f"{what}; a failure is answered and stored", self._outcomes.unknown(_stored(done), slip)
            if processed.answer is None:
                yield from self._refused(done, slip)
            else:
                yield f"{what}; answered", self._answered(done, slip, processed)

    def late(self, world: World) -> Iterator[Led]:
        """Yield what becomes of a request whose sender gave up or is gone."""
        flight = world.flight
        if flight is None or flight.awaited:
            return
        left = flight._replace(copies=flight.copies - 1) if flight.copies > 1 else None
        back = world._replace(flight=left)
        kind = flight.asked.operation.kind.value
        yield f"the {kind} that was on its way is lost", back
        for processed in process(self._configuration, world, flight.asked):
            yield f"late, {kind}: Ingenico {processed.what}", self._took(back, processed, flight.asked)

    def _took(self, world: World, processed: Processed, asked: Asked) -> World:
        if processed.took is None and processed.truths == world.truths:
            return world
        after = world._replace(truths=processed.truths, unread=True)
        if processed.took is None:
            return after
        operation = asked.operation
        counted = dict(world.effects)
        counted[operation.operation_id] = counted.get(operation.operation_id, 0) + 1
        if operation.kind is OperationKind.CAPTURE and processed.took != operation.amount.amount_minor:
            after = after._replace(flaw="ingenico_takes_what_was_asked")
        return after._replace(effects=tuple(sorted(counted.items())))

    def _answered(self, world: World, slip: Slip, processed: Processed) -> World:
        truths = world.truths
        if processed.answer is not None and processed.answer != truths[processed.place]:
            # A repeated key hears its first answer again, whatever became of the payment since.
            truths = (*truths[: processed.place], processed.answer, *truths[processed.place + 1 :])
        return self._outcomes.concluded_by(world, slip, truths, processed.place)

    def _refused(self, world: World, slip: Slip) -> Iterator[Led]:
        what = f"{slip.kind.value}: Ingenico refuses the request"
        if slip.kind is not OperationKind.AUTHORIZE and self._rules.refusals_are_read:
            yield f"{what}; then reading fails", self._outcomes.unknown(world, slip)
            for how, after in self._read_then_decide(world, slip, refused=True):
                yield f"{what}; then {how}", after
        elif slip.kind is OperationKind.AUTHORIZE and slip.repeated and self._rules.refused_repeats_are_looked_up:
            yield f"{what}; then looking fails", self._outcomes.unknown(world, slip)
            # What was not found before this send says nothing about it: its sender has forgotten that look.
            how, after = self._find(world, slip._replace(absent=Absent.NEVER))
            if after.slip is not None:
                after = after._replace(slip=after.slip._replace(absent=max(slip.absent, after.slip.absent)))
            yield f"{what}; then {how}", after
        else:
            yield what, self._outcomes.proven_refused(world, slip)

    def _read_then_decide(self, world: World, slip: Slip, *, refused: bool) -> Iterator[Led]:
        place = place_of(slip)
        truth = world.truths[place]
        what = f"the payment is read: {truth.status.value}"
        after = self._after_reading(world, slip, place)
        read = self._outcomes.moved_meanwhile(world._replace(unread=False), slip, place)
        if after is not None:
            yield what, after
        elif refused and slip.repeated:
            # What was sent before may have happened, and a reading may lag: read again, later.
            yield what, self._outcomes.unknown(read, slip)
        elif refused:
            yield what, self._outcomes.proven_refused(read, slip)
        else:
            yield from self._send_again(read, slip, f"{what}; the {slip.kind.value} is sent again")

    def _after_reading(self, world: World, slip: Slip, place: int) -> World | None:
        """Return what a reading leads to by itself; None: all is as before, so it may be sent."""
        read = world._replace(unread=False)
        after = self._outcomes.concluded_by(read, slip, world.truths, place)
        if after.slip is None:
            return after
        kept = self._outcomes.kept(read, slip, place)
        if kept is not None:
            return kept
        as_before = is_as_before(slip.asked.operation, reading_of(world.truths[place], place))
        return None if as_before else after

    def _find(self, world: World, slip: Slip) -> Led:
        hits = found(world, slip.asked)
        if hits:
            read = world._replace(unread=False)
            readings = tuple(reading_of(world.truths[place], place) for place in hits)
            chosen = choose(readings)
            place = next(p for p in hits if f"p{p}" == chosen.provider_id)
            found_by_it = f"found {len(hits)}"
            after = self._outcomes.concluded_by(read, slip, world.truths, place)
            told = several_found(world.books.payment, self._outcomes.intent(world, slip), readings)
            return found_by_it, after._replace(books=self._shelf.write(after.books, told))
        if self._rules.two_looks and not slip.absent:
            return "not found once", world._replace(
                slip=self._outcomes.given_back(world, slip)._replace(absent=Absent.ONCE)
            )
        operation = slip.asked.operation
        intent = self._outcomes.intent(world, slip)
        absent = AttemptAbsent(
            subject=operation.operation_id,
            occurrence=operation.attempt,
            evidence="not found",
            reference=intent.reference,
            watched_until=watched_until(intent),
        )
        return "not found again: absent", self._outcomes.conclude(world, slip, (absent,))

    def _look_fails(self, world: World, slip: Slip, what: str) -> Iterator[Led]:
        yield f"{what} fails", self._outcomes.unknown(world, slip)
        if not self._configuration.locked_out:
            return
        given_back = world._replace(slip=self._outcomes.given_back(world, slip))
        yield f"{what}: the credentials are not accepted", self._outcomes.credentials(given_back)


def _stored(world: World) -> World:
    return world._replace(failure_stored=True)


def _has_capture(world: World, slip: Slip) -> bool:
    hold_id = slip.asked.operation.authorization_id
    return bool(world.books.payment.live_captures(hold_id))
