"""May this be sent again? The one place that answers, from the intent alone.

The provider deduplicates a repeated authorization or refund by its key, for a day. Captures and voids carry no key, so
they are read first. What each look may conclude is in `conclude.py`.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from payments.base import Value
from payments.operations import Intent, Operation, OperationKind
from payments.provider import ProviderPayment
from payments.states import PENDING_STATUSES, ProviderStatus

# Keys live 24 hours at the provider; the last hour is left for clocks that differ and calls that linger.
KEY_WALL = timedelta(hours=23)

# How long after its first send an attempt that is proven absent is looked for all the same: as long as its key lived.
WATCH = timedelta(hours=24)


class Step(StrEnum):
    """What to do next about an intent."""

    NOTHING = "nothing"
    """Its outcome is stored."""
    SEND = "send"
    """Provably nothing was sent yet."""
    REPEAT = "repeat"
    """The same key and body again: the provider answers with its first answer."""
    READ = "read"
    """Read the payment, then decide: it may have happened."""
    FIND = "find"
    """Look for the reference: the key no longer protects."""
    WAIT = "wait"


class Patience(Value):
    """How long to hold back. Seconds; the reasons stand beside each."""

    quiet_seconds: float = 25.0
    """After a send without an answer, before reading: the provider may still be working on it; a call lasts 20 s."""
    absence_seconds: float = 30.0
    """Between two looks that find nothing: a lookup may lag behind the books."""
    follow_seconds: float = 60.0
    """From an accepted capture to the first look whether it moved on: a batch takes hours. Doubled after each look."""


class Next(Value):
    """The step, and for a wait its end."""

    step: Step
    until: datetime | None = None
    why: str


def next_step(intent: Intent, now: datetime, patience: Patience, *, can_send: bool = True) -> Next:
    """Say what an unresolved intent needs. `can_send`: the card's token is at hand to send an authorization."""
    if intent.outcome is not None:
        return Next(step=Step.NOTHING, why="the outcome is stored")
    if intent.lease_until is not None and now < intent.lease_until:
        return Next(step=Step.WAIT, until=intent.lease_until, why="another sender may be sending")
    if intent.first_sent_at is None and can_send:
        return Next(step=Step.SEND, why="nothing was sent yet")
    match intent.operation.kind:
        case OperationKind.AUTHORIZE:
            return _keyed_step(intent, now, patience, can_send=can_send)
        case OperationKind.CHECKOUT:
            return Next(step=Step.FIND, why="nobody has the address of a page whose answer was lost")
        case OperationKind.CLOSE:
            look = Next(step=Step.READ, why="a page may be closed any number of times")
            return _spaced(intent, now, patience) or look
        case OperationKind.REFUND:
            return _keyed_step(intent, now, patience, can_send=True)
        case (
            OperationKind.CAPTURE
            | OperationKind.VOID
            | OperationKind.FINALIZE
            | OperationKind.ACCEPT
            | OperationKind.TAKE_BACK
        ):
            look = Next(step=Step.READ, why="no key protects a repetition: read first")
            return _spaced(intent, now, patience) or _quiet(intent, now, patience) or look
        case _:
            assert_never(intent.operation.kind)


def watched_until(intent: Intent) -> datetime:
    """Say until when an absent attempt is looked for: a late success would be a second hold on the card."""
    return (intent.first_sent_at or intent.created_at) + WATCH


def is_too_late(operation: Operation, now: datetime) -> bool:
    """Whether an operation must not be sent any more: a late approve may be accepted and rejected days after."""
    return operation.not_after is not None and now >= operation.not_after


def is_as_before(operation: Operation, reading: ProviderPayment) -> bool:
    """Whether a payment stands as it did before an operation that is not keyed: it may be sent, and sent again."""
    if operation.kind is OperationKind.ACCEPT:
        return reading.status is ProviderStatus.IN_REVIEW
    voids_pending = operation.kind is OperationKind.VOID and operation.of_pending
    return reading.status is ProviderStatus.AUTHORIZED or (voids_pending and reading.status in PENDING_STATUSES)


def _quiet(intent: Intent, now: datetime, patience: Patience) -> Next | None:
    """Hold a look back while what was sent may still be on its way: it would find too little."""
    if intent.last_sent_at is None:
        return None
    quiet_until = intent.last_sent_at + timedelta(seconds=patience.quiet_seconds)
    if now >= quiet_until:
        return None
    return Next(step=Step.WAIT, until=quiet_until, why="the provider may still be working on it")


def _spaced(intent: Intent, now: datetime, patience: Patience) -> Next | None:
    """Hold a second look back: a lookup may lag behind the books."""
    if intent.first_absent_at is None:
        return None
    second_look = intent.first_absent_at + timedelta(seconds=patience.absence_seconds)
    if now >= second_look:
        return None
    return Next(step=Step.WAIT, until=second_look, why="a second look must be spaced from the first")


def _keyed_step(intent: Intent, now: datetime, patience: Patience, *, can_send: bool) -> Next:
    first_sent = intent.first_sent_at or intent.created_at
    key_lives = intent.key_dead_at is None and now - first_sent < KEY_WALL
    # A look that found nothing came after the last send (sending again forgets it), so a second look settles it.
    if key_lives and can_send and intent.first_absent_at is None:
        return Next(step=Step.REPEAT, why="the key repeats the first answer")
    spaced = _spaced(intent, now, patience)
    if spaced is not None:
        return spaced
    look = Next(step=Step.FIND, why="the key no longer protects: look for the reference")
    return _quiet(intent, now, patience) or look
