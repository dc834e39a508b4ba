"""A moment of the search: our books, the slip of what is being asked, and what is true at the provider.

Everything is canonical: no sequence numbers, no clock. Time is a phase of the authorization's age; what may be
waited for (a lease, the quiet period, the space between two looks) is a flag of the slip.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import cache
from typing import NamedTuple, TypeVar

from payments.accounts import Account
from payments.base import Value
from payments.methods import LateSuccess, PaymentAction
from payments.money import Money
from payments.operations import Intent, Operation, OperationKind
from payments.payment import Payment
from payments.provider import ProviderPayment, Release
from payments.references import PaymentKey, idempotence_key
from payments.states import ProviderStatus

KEY = PaymentKey(order_id="o1")
# Warnings are searched apart, in `waiting`.
ACCOUNT = Account(name="main", warn_before_seconds=0)
UNITS = 4
CURRENCY = "EUR"
# The first send of the authorization that counts: its hold, its window and its key age from here.
EPOCH = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# How long a customer, or a review, is waited for.
WAIT_SECONDS = 3600
# Just sent, and long enough after it for every short wait to be over.
AT_ONCE = timedelta(seconds=1)
SETTLED = timedelta(minutes=2)


class Phase(StrEnum):
    """How old the authorization's first send is."""

    FRESH = "fresh"
    WAIT_ENDED = "whoever was waited for has had their time"
    KEY_WALL = "the key is past its wall"
    WINDOW_ENDED = "the window has ended"
    HOLD_ENDED = "the hold has ended"


class Configuration(Value):
    """One search: how the order is paid, and how the provider behaves."""

    name: str
    action: PaymentAction = PaymentAction.PRE_AUTHORIZATION
    lenient: bool = False
    """The provider takes a repeated capture or cancel as another one, as an account with several captures would."""
    short_window: bool = False
    """The window ends before the key's wall."""
    odd_answers: bool = False
    """The provider also authorizes another amount or currency, holds back, or captures unasked."""
    locked_out: bool = False
    """The provider at times does not accept our credentials."""
    refunds: bool = False
    """What is asked back of a capture is searched, instead of how a hold comes and goes."""
    pending: bool = False
    """The customer is needed, or the fraud service doubts, before an authorization is known."""
    held_reviews: bool = False
    """The issuer is asked before the fraud service doubts, so that money is held during a review."""
    late_success: LateSuccess = LateSuccess.RELEASE
    several_captures: bool = False
    """Shipments of a payment that takes several captures are searched, instead of how a hold comes and goes."""
    taken_back: bool = False
    """Taking back a queued capture is searched, and refunds of the whole that do."""
    planned: bool = False
    """Captures that wait for their time and windows that move are searched."""
    checkout: bool = False
    """The page on which the customer pays is searched, instead of an authorization that is asked for."""
    holds: bool = False
    """Several authorizations of one order are searched, instead of how a hold comes and goes."""
    edited: bool = False
    """The order is edited up and down; else it is paid in another way after a decline."""
    reauthorized: bool = False
    """A hold that ends is followed by another."""
    asked_at_most: int = 1
    """How many captures and voids people ask for, beside each repetition."""

    @property
    def is_retried(self) -> bool:
        """Whether another way to pay, and a late hold, are searched."""
        return self.holds and not self.edited and not self.reauthorized

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases in their order."""
        middle = (Phase.KEY_WALL, Phase.WINDOW_ENDED)
        if self.pending:
            # That the window ends before its hold is searched elsewhere: here both end at once.
            return (Phase.FRESH, Phase.WAIT_ENDED, Phase.KEY_WALL, Phase.HOLD_ENDED)
        return (Phase.FRESH, *(reversed(middle) if self.short_window else middle), Phase.HOLD_ENDED)

    @property
    def window_seconds(self) -> int:
        """How long fulfilment may take."""
        return (12 if self.short_window else 48) * 3600

    def age(self, phase: Phase) -> timedelta:
        """How old the first send is in a phase."""
        match phase:
            case Phase.FRESH:
                return SETTLED
            case Phase.WAIT_ENDED:
                return timedelta(seconds=WAIT_SECONDS) + SETTLED
            case Phase.KEY_WALL:
                return 24 * HOUR
            case Phase.WINDOW_ENDED:
                return timedelta(seconds=self.window_seconds) + SETTLED
            case Phase.HOLD_ENDED:
                return ACCOUNT.hold(self.action) + SETTLED

    def is_late(self, phase: Phase) -> bool:
        """Whether the window has ended."""
        return self.age(phase) >= timedelta(seconds=self.window_seconds)

    def key_is_remembered(self, phase: Phase) -> bool:
        """Whether the provider still repeats its first answer under the key."""
        return self.phases.index(phase) < self.phases.index(Phase.KEY_WALL)


@dataclass(frozen=True, eq=False, slots=True)
class Books:
    """What the ledger holds: the payment that its events make, its accounts, which events it has. Interned."""

    payment: Payment
    accounts: tuple[int, ...]
    told: frozenset[tuple[str, str, int]]
    flaw: str | None
    """The invariant that writing the last events broke."""


class BooksAlone(NamedTuple):
    """What an invariant of the books gets: it cannot look at anything else of a world."""

    books: Books


Rule = TypeVar("Rule", bound=Callable[..., bool])
_OF_BOOKS: set[Callable[..., bool]] = set()


def of_books(invariant: Rule) -> Rule:
    """Say that an invariant speaks of the books alone: the search asks it once of each."""
    _OF_BOOKS.add(invariant)
    return invariant


def speaks_of_books(invariant: Callable[..., bool]) -> bool:
    """Whether an invariant speaks of the books alone."""
    return invariant in _OF_BOOKS


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """An operation, interned."""

    operation: Operation


class Absent(IntEnum):
    """How often nothing was found."""

    NEVER = 0
    ONCE = 1
    LONG_AGO = 2
    """Once, and the time between two looks has passed."""


class Slip(NamedTuple):
    """The unresolved intent as the ledger has it."""

    asked: Asked
    sent: bool = True
    repeated: bool = False
    quiet: bool = False
    """The quiet period after the last send is over."""
    lease: bool = True
    key_is_dead: bool = False
    absent: Absent = Absent.NEVER

    @property
    def kind(self) -> OperationKind:
        """What is asked for."""
        return self.asked.operation.kind


class Flight(NamedTuple):
    """A request on its way to the provider, or being worked on there."""

    asked: Asked
    awaited: bool
    """Its sender still waits for the answer; else it gave up or is gone."""
    copies: int = 1


class Truth(NamedTuple):
    """A payment as the provider has it."""

    attempt: int
    status: ProviderStatus
    first: ProviderStatus
    """What the key's first answer said: a repeated key hears that again."""
    authorized: int = UNITS
    captured: int = 0
    release: Release | None = None
    hidden: int = 0
    """How many spacings of two looks a lookup by reference still lags."""
    bookable: bool = True
    held_in_review: bool = False
    """The issuer said yes before the fraud service doubted."""


class World(NamedTuple):
    """One state of the search."""

    books: Books
    slip: Slip | None = None
    flight: Flight | None = None
    truths: tuple[Truth, ...] = ()
    effects: tuple[tuple[str, int], ...] = ()
    """How often each operation took effect at the provider."""
    phase: Phase = Phase.FRESH
    has_start: bool = True
    """The start that opened the payment is at hand: an authorization can be sent."""
    failure_stored: bool = False
    """The provider keeps a failure under the attempt's key and repeats it."""
    unread: bool = False
    """Something changed at the provider since it was last read."""
    flaw: str | None = None
    """The invariant that the last move broke."""


CAPTURED_STATUSES = (
    ProviderStatus.CAPTURE_REQUESTED,
    ProviderStatus.CAPTURED,
    ProviderStatus.COLLECTED,
    ProviderStatus.RETURNED,
)


def moment(configuration: Configuration, phase: Phase, slip: Slip | None) -> datetime:
    """Return a clock time that stands for the phase and for what the slip still has to wait for."""
    if phase is Phase.FRESH and slip is not None and not slip.quiet and not slip.repeated:
        return EPOCH + AT_ONCE
    return EPOCH + configuration.age(phase)


def intent_of(slip: Slip, now: datetime) -> Intent:
    """Return the intent that the slip stands for, at `now`."""
    operation = slip.asked.operation
    last = now - (SETTLED - AT_ONCE if slip.quiet else AT_ONCE)
    first = EPOCH if operation.kind is OperationKind.AUTHORIZE else last
    if operation.kind is OperationKind.AUTHORIZE and not slip.repeated:
        last = first
    absent = {Absent.NEVER: None, Absent.ONCE: now - AT_ONCE, Absent.LONG_AGO: now - SETTLED / 2}
    return Intent(
        operation=operation,
        idempotence_key=idempotence_key(operation.account, operation.operation_id, operation.attempt),
        reference=reference(operation.attempt),
        amount_as_sent=operation.amount.amount_minor * 100,
        created_at=EPOCH,
        first_sent_at=first if slip.sent else None,
        last_sent_at=last if slip.sent else None,
        key_dead_at=now if slip.key_is_dead else None,
        first_absent_at=absent[slip.absent],
        lease_owner="a sender" if slip.lease else None,
        lease_until=now + SETTLED if slip.lease else None,
    )


def reference(attempt: int) -> str:
    """Return the merchant reference of an attempt."""
    return f"o1-a{attempt:02d}"


@cache
def reading_of(truth: Truth, place: int) -> ProviderPayment:
    """Return what a reading of the payment at `place` says."""
    return ProviderPayment(
        provider_id=f"p{place}",
        status=truth.status,
        raw_status=truth.status.value.upper(),
        reference=reference(truth.attempt),
        amount=Money(amount_minor=truth.authorized, currency=CURRENCY) if truth.bookable else None,
        captured_minor=truth.captured if truth.status in CAPTURED_STATUSES else None,
        release=truth.release,
        is_authorized=truth.held_in_review and truth.status is ProviderStatus.IN_REVIEW,
        discrepancy=None if truth.bookable else "It is of another currency.",
    )
