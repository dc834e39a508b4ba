"""What a sender writes into the model's ledger: an outcome with its events, or that nothing is known yet."""

from payments.attention import credentials_not_accepted, inconclusive, settled
from payments.conclude import too_late_events, unknown_events
from payments.events import AnyEvent
from payments.explore.rules import Rules
from payments.explore.shelf import Shelf
from payments.explore.world import (
    ACCOUNT,
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
from payments.operations import Intent, OperationKind
from payments.pending import is_kept, kept_events
from payments.resend import is_as_before


class Outcomes:
    """Commits of what was learned. Results of pure functions are remembered: the search asks them again and again."""

    def __init__(self, configuration: Configuration, rules: Rules, shelf: Shelf) -> None:
        self._configuration = configuration
        self._rules = rules
        self._shelf = shelf
        self._intents: dict[tuple[Slip, Phase], Intent] = {}
        self._concluded: dict[tuple[Books, Slip, Phase, Truth, int], tuple[Books, bool]] = {}

    def given_back(self, world: World, slip: Slip) -> Slip:
        """A lease that another sender has is not ours to give back."""
        others = world.flight is not None and world.flight.awaited
        return slip if others else slip._replace(lease=False)

    def concluded_by(self, world: World, slip: Slip, truths: tuple[Truth, ...], place: int) -> World:
        """Write what an answer or a reading proves, or that nothing follows from it."""
        known = (world.books, slip, world.phase, truths[place], place)
        found = self._concluded.get(known)
        if found is None:
            intent, reading = self.intent(world, slip), reading_of(truths[place], place)
            payment = world.books.payment
            if self._rules.outcome_of(intent, reading) is None:
                found = self._shelf.write(world.books, inconclusive(payment, intent, reading)), False
            else:
                events = (*settled(payment, intent), *self._rules.events_of(payment, intent, reading))
                found = self._shelf.write(world.books, events), True
            self._concluded[known] = found
        books, is_proof = found
        if not is_proof:
            return world._replace(books=books, slip=self.given_back(world, slip))
        return self._resolved(world, books)._replace(unread=truths[place] != world.truths[place])

    def moved_meanwhile(self, world: World, slip: Slip, place: int) -> World:
        """Book what a void of a pending authorization finds that it has become; else nothing."""
        if slip.kind is not OperationKind.VOID or not slip.asked.operation.of_pending:
            return world
        reading = reading_of(world.truths[place], place)
        events = self._rules.moved_meanwhile(world.books.payment, self.intent(world, slip), reading)
        return world._replace(books=self._shelf.write(world.books, tuple(events)))

    def kept(self, world: World, slip: Slip, place: int) -> World | None:
        """Write that a customer was faster than giving them up, where that counts."""
        if slip.kind is not OperationKind.VOID or not slip.asked.operation.of_pending:
            return None
        intent, reading = self.intent(world, slip), reading_of(world.truths[place], place)
        if not is_kept(world.books.payment, intent, reading):
            return None
        return self.conclude(world, slip, kept_events(world.books.payment, intent, reading))

    def proven_refused(self, world: World, slip: Slip) -> World:
        """Write that the request was refused and did not happen."""
        refused = self._rules.refused_events(world.books.payment, self.intent(world, slip), "code", "message")
        after = self.conclude(world, slip, tuple(refused))
        if slip.kind is OperationKind.AUTHORIZE:
            return after
        # "The hold stands" is told to people, so it must be so.
        place = place_of(slip)
        stands = is_as_before(slip.asked.operation, reading_of(world.truths[place], place))
        return after if stands else after._replace(flaw="what_is_called_proven_is_true")

    def too_late(self, world: World, slip: Slip) -> World:
        """Write that a capture is not sent after its window."""
        return self.conclude(world, slip, too_late_events(world.books.payment, self.intent(world, slip)))

    def conclude(self, world: World, slip: Slip, events: tuple[AnyEvent, ...]) -> World:
        """Store an outcome with its events and with what it settles."""
        told = settled(world.books.payment, self.intent(world, slip))
        books = self._shelf.write(world.books, (*told, *events))
        return self._resolved(world, books)

    def _resolved(self, world: World, books: Books) -> World:
        """An intent whose outcome is stored needs nothing more."""
        return world._replace(books=books, slip=None)

    def unknown(self, world: World, slip: Slip) -> World:
        """Write that no readable answer came, and give the lease back."""
        if self._rules.on_silence is not None:
            return self.proven_refused(world, slip)
        told = unknown_events(world.books.payment, self.intent(world, slip), "no answer")
        given_back = self.given_back(world, slip)
        return world._replace(slip=given_back, books=self._shelf.write(world.books, told))

    def credentials(self, world: World) -> World:
        """Tell people that we are not let in."""
        told = credentials_not_accepted(world.books.payment, ACCOUNT.name, "403")
        return world._replace(books=self._shelf.write(world.books, told))

    def intent(self, world: World, slip: Slip) -> Intent:
        """Return the intent that the slip stands for now."""
        known = (slip, world.phase)
        found = self._intents.get(known)
        if found is None:
            now = moment(self._configuration, world.phase, slip)
            found = self._intents[known] = intent_of(slip, now)
        return found


def place_of(slip: Slip) -> int:
    """Return which of the provider's payments the operation is about."""
    return int((slip.asked.operation.provider_id or "p0").removeprefix("p"))
