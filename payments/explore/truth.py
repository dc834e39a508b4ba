"""The provider as it really is: what processing a request does, and what it does by itself."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from payments.explore.world import CAPTURED_STATUSES, UNITS, Asked, Configuration, Truth, World
from payments.methods import PaymentAction
from payments.operations import OperationKind
from payments.provider import Release
from payments.states import PENDING_STATUSES, ProviderStatus


class Processed(NamedTuple):
    """What processing a request led to."""

    what: str
    truths: tuple[Truth, ...]
    place: int
    """Which payment the answer speaks of."""
    answer: Truth | None
    """None: refused."""
    took: int | None = None
    """The amount of the effect it had; None: it had none."""


def process(configuration: Configuration, world: World, asked: Asked) -> Iterator[Processed]:
    """Yield each way in which the provider may process a request that it has."""
    operation = asked.operation
    if operation.kind is OperationKind.AUTHORIZE:
        yield from _authorize(configuration, world, operation.attempt)
        return
    place = int((operation.provider_id or "p0").removeprefix("p"))
    truth = world.truths[place]
    if operation.kind is OperationKind.CAPTURE:
        yield _capture(configuration, world.truths, place, operation.amount.amount_minor)
        return
    if operation.kind is OperationKind.ACCEPT:
        yield from _accept(configuration, world.truths, place)
        return
    voidable = PENDING_STATUSES | {ProviderStatus.AUTHORIZED}
    # A lenient provider cancels the capture with the payment, and reverses what is cancelled already once more.
    also = (ProviderStatus.RELEASED, ProviderStatus.CAPTURE_REQUESTED)
    if truth.status in voidable or (configuration.lenient and truth.status in also):
        for release in Release:
            voided = truth._replace(status=ProviderStatus.RELEASED, captured=0, release=release)
            what = f"cancels, release {release.value}"
            yield Processed(what, put(world.truths, place, voided), place, voided, truth.authorized)
    else:
        yield Processed("refuses: it cannot be cancelled any more", world.truths, place, None)


def _authorize(configuration: Configuration, world: World, attempt: int) -> Iterator[Processed]:
    known = [place for place, truth in enumerate(world.truths) if truth.attempt == attempt]
    if known and configuration.key_is_remembered(world.phase):
        truth = world.truths[known[-1]]
        took = truth.authorized if truth.first is ProviderStatus.CAPTURE_REQUESTED else 0
        first = truth._replace(status=truth.first, captured=took, release=None)
        yield Processed("repeats its first answer", world.truths, known[-1], first)
        return
    place = len(world.truths)
    # A lookup lags the books by less than the time between two looks; what came after the first look lags longer.
    lags = (0, 2 if world.slip is not None and world.slip.absent else 1)
    for what, truth in _new(configuration, attempt):
        for lag in lags:
            new = truth._replace(hidden=lag)
            told = f"{what}{', and lookups lag' if lag else ''}"
            effect = None if truth.status is ProviderStatus.DECLINED else truth.authorized
            yield Processed(told, (*world.truths, new), place, new, effect)


def _new(configuration: Configuration, attempt: int) -> Iterator[tuple[str, Truth]]:
    held = Truth(attempt, ProviderStatus.AUTHORIZED, ProviderStatus.AUTHORIZED)
    queued = Truth(attempt, ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURE_REQUESTED, captured=UNITS)
    is_sale = configuration.action is PaymentAction.SALE
    yield ("authorizes and queues the capture", queued) if is_sale else ("authorizes", held)
    yield "declines", Truth(attempt, ProviderStatus.DECLINED, ProviderStatus.DECLINED)
    if configuration.pending:
        review = Truth(attempt, ProviderStatus.IN_REVIEW, ProviderStatus.IN_REVIEW)
        yield "wants to see the customer", Truth(attempt, ProviderStatus.REDIRECTED, ProviderStatus.REDIRECTED)
        yield "doubts", review._replace(held_in_review=configuration.held_reviews)
    if not configuration.odd_answers:
        return
    yield "authorizes less", held._replace(authorized=UNITS - 1)
    yield "authorizes another currency", held._replace(bookable=False)
    yield "reviews it first", Truth(attempt, ProviderStatus.PENDING, ProviderStatus.PENDING)
    if not is_sale:
        yield "captures unasked", queued


def _accept(configuration: Configuration, truths: tuple[Truth, ...], place: int) -> Iterator[Processed]:
    truth = truths[place]
    if truth.status is not ProviderStatus.IN_REVIEW:
        yield Processed("refuses: it is not in review", truths, place, None)
        return
    for status in _let_through(configuration):
        through = _with(truth, status)
        yield Processed(f"lets it through: {status.value}", put(truths, place, through), place, through, UNITS)


def _let_through(configuration: Configuration) -> tuple[ProviderStatus, ...]:
    is_sale = configuration.action is PaymentAction.SALE
    held = ProviderStatus.CAPTURE_REQUESTED if is_sale else ProviderStatus.AUTHORIZED
    on_the_way = () if configuration.held_reviews else (ProviderStatus.PENDING,)
    return (held, *on_the_way, ProviderStatus.DECLINED)


def _with(truth: Truth, status: ProviderStatus) -> Truth:
    taken = truth.authorized if status is ProviderStatus.CAPTURE_REQUESTED else 0
    return truth._replace(status=status, captured=taken, held_in_review=False)


def by_the_customer(configuration: Configuration, truths: tuple[Truth, ...]) -> Iterator[tuple[str, tuple[Truth, ...]]]:
    """Yield what customers may do at a page elsewhere; none of them has to."""
    for place, truth in enumerate(truths):
        if truth.status is ProviderStatus.REDIRECTED:
            for status in (*_let_through(configuration), ProviderStatus.IN_REVIEW):
                held = status is ProviderStatus.IN_REVIEW and configuration.held_reviews
                gone = _with(truth, status)._replace(held_in_review=held)
                yield f"the customer goes through: {status.value}", put(truths, place, gone)


def _capture(configuration: Configuration, truths: tuple[Truth, ...], place: int, amount: int) -> Processed:
    truth = truths[place]
    # An empty amount means everything.
    amount = amount or truth.authorized - truth.captured
    once_more = configuration.lenient and truth.status in CAPTURED_STATUSES
    if (truth.status is ProviderStatus.AUTHORIZED or once_more) and truth.captured + amount <= truth.authorized:
        taken = truth._replace(status=ProviderStatus.CAPTURE_REQUESTED, captured=truth.captured + amount)
        return Processed("queues the capture", put(truths, place, taken), place, taken, amount)
    return Processed("refuses: it cannot be captured", truths, place, None)


def put(truths: tuple[Truth, ...], place: int, truth: Truth) -> tuple[Truth, ...]:
    """Return the payments with the one at `place` changed."""
    return (*truths[:place], truth, *truths[place + 1 :])


def as_usual(truths: tuple[Truth, ...]) -> Iterator[tuple[str, tuple[Truth, ...]]]:
    """Yield what the provider does without being asked, as a rule."""
    yield from _moved(truths, _USUAL)


def against_us(truths: tuple[Truth, ...]) -> Iterator[tuple[str, tuple[Truth, ...]]]:
    """Yield what acquirers and cardholders may do, which no payment may wait for."""
    yield from _moved(truths, _AGAINST_US)


def _moved(
    truths: tuple[Truth, ...], table: Mapping[ProviderStatus, tuple[ProviderStatus, ...]]
) -> Iterator[tuple[str, tuple[Truth, ...]]]:
    for place, truth in enumerate(truths):
        for status in table.get(truth.status, ()):
            gone = status in {ProviderStatus.CAPTURE_REJECTED, ProviderStatus.DECLINED}
            moved = truth._replace(status=status, captured=0 if gone else truth.captured)
            yield f"Ingenico: {truth.status.value} becomes {status.value}", put(truths, place, moved)


_USUAL = {
    ProviderStatus.PENDING: (ProviderStatus.AUTHORIZED, ProviderStatus.DECLINED),
    ProviderStatus.CAPTURE_REQUESTED: (ProviderStatus.CAPTURED,),
    ProviderStatus.CAPTURED: (ProviderStatus.COLLECTED,),
}
_AGAINST_US = {
    ProviderStatus.CAPTURE_REQUESTED: (ProviderStatus.CAPTURE_REJECTED,),
    ProviderStatus.CAPTURED: (ProviderStatus.CAPTURE_REJECTED,),
    ProviderStatus.COLLECTED: (ProviderStatus.RETURNED, ProviderStatus.CAPTURE_REJECTED),
}


def in_the_console(truths: tuple[Truth, ...], *, captures: bool = True) -> Iterator[tuple[str, tuple[Truth, ...]]]:
    """Yield what somebody may do in the provider's console."""
    for place, truth in enumerate(truths):
        if truth.status is ProviderStatus.IN_REVIEW:
            accepted = _with(truth, ProviderStatus.AUTHORIZED)
            released = _with(truth, ProviderStatus.RELEASED)._replace(release=Release.CONFIRMED)
            yield "somebody accepts it in the console", put(truths, place, accepted)
            yield "somebody cancels it in the console", put(truths, place, released)
        if truth.status is not ProviderStatus.AUTHORIZED:
            continue
        released = truth._replace(status=ProviderStatus.RELEASED, release=Release.CONFIRMED)
        yield "somebody voids it in the console", put(truths, place, released)
        for amount in (truth.authorized, 2) if captures else ():
            taken = truth._replace(status=ProviderStatus.CAPTURE_REQUESTED, captured=amount)
            yield f"somebody captures {amount} in the console", put(truths, place, taken)


def later(truth: Truth, spacings: int) -> Truth:
    """Return the payment after some spacings of two looks."""
    return truth._replace(hidden=max(0, truth.hidden - spacings))


def found(world: World, asked: Asked) -> list[int]:
    """Return which payments a lookup by the attempt's reference shows."""
    attempt = asked.operation.attempt
    return [place for place, t in enumerate(world.truths) if t.attempt == attempt and not t.hidden]
