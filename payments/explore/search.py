"""Breadth first over every reachable state, so that the first path to a violation is a shortest one."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from payments.explore.capture_moves import CaptureMoves
from payments.explore.captures import CAPTURE_INVARIANTS
from payments.explore.checkout_invariants import CHECKOUT_INVARIANTS
from payments.explore.checkout_moves import CheckoutMoves
from payments.explore.hold_moves import HoldMoves
from payments.explore.holds import HOLD_INVARIANTS
from payments.explore.invariants import INVARIANTS
from payments.explore.moves import Moves
from payments.explore.refund_invariants import REFUND_INVARIANTS
from payments.explore.refund_moves import RefundMoves
from payments.explore.rules import Rules
from payments.explore.shelf import Change, Shelf
from payments.explore.waiting import WAITING_INVARIANTS
from payments.explore.waiting_moves import WaitingMoves
from payments.explore.world import Books, BooksAlone, Configuration, speaks_of_books


class World(Protocol):
    """A state of a search, of holds or of refunds: hashable, with the books in it."""

    @property
    def books(self) -> Books:
        """What the ledger holds."""
        ...


class Model(Protocol):
    """What can be searched."""

    def start(self) -> Any:  # noqa: ANN401 (a World of its own)
        """Return the first world."""
        ...

    def of(self, world: Any) -> Iterator[Any]:  # noqa: ANN401 (what, the world after, whether it needs nobody)
        """Yield every move."""
        ...


@dataclass(frozen=True)
class Violation:
    """A rule that does not hold, and the shortest way to where."""

    invariant: str
    path: tuple[str, ...]

    def __str__(self) -> str:
        steps = "".join(f"\n  {number}. {step}" for number, step in enumerate(self.path, start=1))
        return f"{self.invariant} does not hold after:{steps}"


@dataclass(frozen=True)
class Report:
    """What a search found."""

    configuration: str
    states: int
    transitions: int
    violations: tuple[Violation, ...]
    """The shortest of each invariant."""
    dead_ends: tuple[tuple[str, ...], ...]
    """Paths to states from which nothing leads to an end, nor to a person."""
    waiting_for_people: int
    """States whose only end is a person's doing; people were told."""
    changes: frozenset[Change]
    """The changes of `PaymentState`, each with the event that causes it."""

    @property
    def is_clean(self) -> bool:
        """No violation and no dead end."""
        return not self.violations and not self.dead_ends


@dataclass
class _Graph:
    came: dict[World, tuple[World, str] | None] = field(default_factory=dict)
    leads: dict[World, list[World]] = field(default_factory=dict)
    """Backwards, by moves that need nobody outside."""

    def path(self, world: World) -> tuple[str, ...]:
        steps: list[str] = []
        before = self.came[world]
        while before is not None:
            earlier, what = before
            steps.append(what)
            before = self.came[earlier]
        return tuple(reversed(steps))

    def reaching(self, ends: list[World]) -> set[World]:
        """Return the worlds from which an end is reached."""
        seen = set(ends)
        waiting = deque(ends)
        while waiting:
            for before in self.leads.get(waiting.popleft(), ()):
                if before not in seen:
                    seen.add(before)
                    waiting.append(before)
        return seen


def explore(configuration: Configuration, rules: Rules | None = None, *, until: str | None = None) -> Report:
    """Visit every state that the rules can reach. `until`: stop where the invariant of this name does not hold."""
    shelf = Shelf()
    moves, invariants = _model(configuration, rules or Rules(), shelf)
    graph = _Graph()
    start = moves.start()
    graph.came[start] = None
    waiting = deque([start])
    broken_in = _Broken(invariants)
    violations: dict[str, Violation] = {}
    transitions = 0
    while waiting and until not in violations:
        world = waiting.popleft()
        for what, after, unasked in moves.of(world):
            transitions += 1
            if unasked:
                graph.leads.setdefault(after, []).append(world)
            if after in graph.came:
                continue
            graph.came[after] = (world, what)
            broken = broken_in(after)
            for name in broken:
                violations.setdefault(name, Violation(name, graph.path(after)))
            # What follows from a broken state says nothing.
            if not broken:
                waiting.append(after)
    dead, people = ((), 0) if violations else _dead_ends(graph)
    return Report(
        configuration=configuration.name,
        states=len(graph.came),
        transitions=transitions,
        violations=tuple(violations.values()),
        dead_ends=dead,
        waiting_for_people=people,
        changes=frozenset(shelf.changes),
    )


class _Broken:
    """Which invariants a world breaks: many worlds share their books, and what speaks of these alone is asked once."""

    def __init__(self, invariants: Sequence[Callable[[Any], bool]]) -> None:
        self._names = [i.__name__ for i in invariants]
        self._of_books = [i for i in invariants if speaks_of_books(i)]
        self._of_worlds = [i for i in invariants if not speaks_of_books(i)]
        self._known: dict[Books, frozenset[str]] = {}

    def __call__(self, world: World) -> list[str]:
        books = world.books
        known = self._known.get(books)
        if known is None:
            alone = BooksAlone(books)
            known = self._known[books] = frozenset(i.__name__ for i in self._of_books if not i(alone))
        others = [i.__name__ for i in self._of_worlds if not i(world)]
        return sorted({*known, *others}, key=self._names.index) if known else others


def _model(configuration: Configuration, rules: Rules, shelf: Shelf) -> tuple[Model, Sequence[Callable[[Any], bool]]]:
    if configuration.taken_back or configuration.planned:
        return WaitingMoves(configuration, rules, shelf), WAITING_INVARIANTS
    if configuration.checkout:
        return CheckoutMoves(configuration, rules, shelf), CHECKOUT_INVARIANTS
    if configuration.holds:
        return HoldMoves(configuration, rules, shelf), HOLD_INVARIANTS
    if configuration.several_captures:
        return CaptureMoves(configuration, rules, shelf), CAPTURE_INVARIANTS
    if configuration.refunds:
        return RefundMoves(configuration, rules, shelf), REFUND_INVARIANTS
    return Moves(configuration, rules, shelf), INVARIANTS


def _dead_ends(graph: _Graph) -> tuple[tuple[tuple[str, ...], ...], int]:
    over = graph.reaching([world for world in graph.came if world.books.payment.is_over])
    told = graph.reaching([world for world in graph.came if world.books.payment.attention])
    left = [world for world in graph.came if world not in over]
    dead = [world for world in left if world not in told]
    return tuple(graph.path(world) for world in dead[:3]), len(left) - len(dead)
