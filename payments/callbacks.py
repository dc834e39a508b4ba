"""The ports of callbacks: the outbox they wait in, the receiver they are posted to, and when one is tried again.

A callback is posted at least once and, of one payment, one after the other in the order of its events. What is tried
and does not arrive is tried again by the timetable here, and at its end left in the outbox for a person.
"""

from datetime import datetime, timedelta
from typing import Protocol

from payments.advance import numbered
from payments.attention import told_once
from payments.base import Value
from payments.events import AnyEvent, AttentionSettled, RecordedEvent
from payments.payment import Payment
from payments.references import PaymentKey

# Between two tries: doubled each time, from the first to the longest.
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=6)
# From its event on; after this a person is told.
GIVEN_UP_AFTER = timedelta(days=3)
# A try takes 15 s at most and a commit; whoever was killed in one is followed by another after this.
LEASE = timedelta(seconds=30)

GIVEN_UP = "callbacks"
"""The subject under which people are told that callbacks were given up."""


class Callback(Value):
    """One callback, taken from the outbox to be posted: for `LEASE` nobody else gets it or a later one."""

    key: PaymentKey
    sequence: int
    message_id: str
    body: str
    attempts: int
    """How often it was tried, this time included."""
    give_up_at: datetime


class Rest(Value):
    """Nothing to post now."""

    reached: int
    """The last callback that was ever written, if none waits; else 0."""
    again_at: datetime | None = None
    """When the next one may be tried; none if none waits."""


class Answer(Value):
    """What a receiver made of a post."""

    accepted: bool
    why: str = ""
    gone: bool = False
    """It says that it takes no callbacks any more."""
    silent: bool = False
    """It gave no answer at all: the next post would not fare better."""


class Round(Value):
    """What came of delivering a payment's callbacks."""

    reached: int
    """Up to which event every callback was delivered or given up, if that is known; else 0."""
    delivered: int = 0
    again_at: datetime | None = None
    """When to come again; none: nothing waits, or more may be delivered at once."""
    why: str = ""
    silent: bool = False
    events: tuple[RecordedEvent, ...] = ()
    """What was recorded of it, and what the asker did not know before."""


class Outbox(Protocol):
    """Where callbacks wait. Each call is one transaction, committed when it returns."""

    async def take(self, key: PaymentKey, *, now: datetime) -> Callback | Rest:
        """Take the first callback of a payment that is neither delivered nor given up, if it is due."""
        ...

    async def delivered(self, callback: Callback, *, now: datetime) -> None:
        """Note that the receiver has it."""
        ...

    async def postpone(self, callback: Callback, until: datetime, why: str) -> None:
        """Let it be tried again from `until` on, unless somebody else has tried it since."""
        ...

    async def give_up(self, callback: Callback, why: str, *, now: datetime) -> None:
        """Leave it to a person; the next one's turn comes."""
        ...

    async def overdue(
        self, before: datetime, *, without: frozenset[str] = frozenset(), limit: int
    ) -> tuple[PaymentKey, ...]:
        """Return payments whose next callback was due before then, the longest first; not those of some shops."""
        ...


class Receiver(Protocol):
    """Who is told."""

    async def post(self, callback: Callback) -> Answer:
        """Post a callback, signed. Never raises for what the receiver does."""
        ...


class Deliveries(Protocol):
    """Delivers what waits."""

    async def deliver(self, key: PaymentKey, *, known: int) -> Round:
        """Post a payment's callbacks in order, as far as it goes."""
        ...


def tried_again_at(callback: Callback, now: datetime) -> datetime | None:
    """Say when a callback that did not arrive is tried again; None: it is given up."""
    if now >= callback.give_up_at:
        return None
    doublings = min(callback.attempts - 1, 20)
    wait: timedelta = FIRST_WAIT * (1 << doublings)
    return now + min(LONGEST_WAIT, wait)


def given_up(payment: Payment) -> tuple[AnyEvent, ...]:
    """Tell people, once, that the order service was not told."""
    sentence = (
        "Callbacks to the order service were given up: it did not take them for three days, or said that it takes "
        f"none (410). Mend its receiver, then send them again: payments callbacks --resend {payment.key.order_id}."
    )
    return told_once(payment, GIVEN_UP, sentence)


def sent_again(payment: Payment) -> tuple[AnyEvent, ...]:
    """Settle that: a person has seen to it."""
    stands = any(told.subject == GIVEN_UP for told in payment.attention)
    return numbered(payment, (AttentionSettled(subject=GIVEN_UP),)) if stands else ()
