"""A moment of the search of several authorizations: what the ledger has, what the provider has of each, what is open.

How a single answer is lost and found again is searched in `moves`; here it is lost and found in one step each, so that
several holds need not be multiplied by it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from payments.commands import AnyCommand, Capture, ChangeOrder, Refund, Retry, Void
from payments.decide import open_payment, terms_of, unresolved_operation
from payments.events import Opened
from payments.explore import invariants as of_holds
from payments.explore.world import ACCOUNT, CURRENCY, EPOCH, KEY, Asked, Books, Configuration
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.operations import Intent, Operation
from payments.order import Address, Customer, Order
from payments.parts import LIVE_CAPTURE_STAGES, LIVE_REFUND_STAGES, AuthorizationStage
from payments.provider import ProviderPayment
from payments.references import idempotence_key
from payments.states import CaptureStage, ProviderStatus, Purpose

# The order is opened below the units that there are, so that it can be edited up and down.
OPENED = 3
MOST_AUTHORIZATIONS = 3
CARD = PaymentInstruction(token="t")  # noqa: S106 (a token of nothing)
OTHER_CARD = PaymentInstruction(token="u")  # noqa: S106
DAY = timedelta(days=1)


class HoldTruth(NamedTuple):
    """One payment as the provider has it."""

    reference: str
    amount: int
    captured: int = 0
    refunded: int = 0
    takes_more: bool = True
    cancelled: bool = False


class Open(NamedTuple):
    """The unresolved intent."""

    asked: Asked
    reference: str
    lost: bool = False
    """Its answer was lost: it is found out."""
    place: int | None = None
    """Which of the provider's payments an authorization made; for others whether it took effect."""


class HoldWorld(NamedTuple):
    """One state of the search."""

    books: Books
    slip: Open | None = None
    truths: tuple[HoldTruth, ...] = ()
    late: tuple[tuple[str, int], ...] = ()
    """Attempts that are proven absent and may yet arrive: reference and amount."""
    effects: tuple[tuple[str, int], ...] = ()
    age: int = 0
    """Which of the times of the search it is."""
    peak: int = OPENED
    """The most that the order ever owed."""


def opening(configuration: Configuration) -> Opened:
    """Return how the order was opened."""
    order = Order(
        order_id=KEY.order_id,
        total=Money(amount_minor=OPENED, currency=CURRENCY),
        customer=Customer(customer_id="c1"),
        billing_address=Address(country_code="FR"),
    )
    more = {"reauthorize": True, "window_seconds": 30 * 86_400} if configuration.reauthorized else {}
    return open_payment(order, CARD.model_copy(update=more), ACCOUNT, "digest")


def times(configuration: Configuration) -> tuple[timedelta, ...]:
    """Return the ages of the order that make a difference: fresh, near the first hold's end, after each, after all."""
    terms = terms_of(CARD, ACCOUNT)
    window, hold = timedelta(seconds=terms.window_seconds), timedelta(seconds=terms.hold_seconds)
    if not configuration.reauthorized:
        return (timedelta(minutes=5), 8 * hold, 40 * hold)
    minutes = timedelta(minutes=5)
    return (minutes, window - DAY + minutes, window + 2 * minutes, hold + 2 * minutes, 8 * hold, 40 * hold)


def now_of(configuration: Configuration, world: HoldWorld) -> datetime:
    """Return the time of a world."""
    return EPOCH + times(configuration)[world.age]


def commands(configuration: Configuration, world: HoldWorld) -> Iterator[AnyCommand]:
    """Yield what people may ask: of each kind a little, since what is asked before makes what is asked later."""
    used = {record.request_id.partition("+")[0] for record in world.books.payment.requests}

    def fresh(*names: str) -> Iterator[str]:
        return (name for name in [next((n for n in names if n not in used), None)] if name is not None)

    for name in fresh("c1", "c2", "c3") if configuration.edited else fresh("c1"):
        yield Capture(request_id=name)
        if name != "c3" and not configuration.is_retried:
            yield Capture(request_id=name, amount=_money(1), final=name == "c2" and configuration.several_captures)
    # After a shipment a void is searched with the captures.
    for name in fresh("v1") if not configuration.edited or "c1" not in used else ():
        yield Void(request_id=name)
    if configuration.edited:
        for name in fresh("e1", "e2"):
            for total in (2, 4):
                yield ChangeOrder(request_id=name, total=_money(total))
        for name in fresh("f1", "f2") if _may_refund(configuration, world) else ():
            for capture in world.books.payment.captures:
                yield Refund(request_id=name, capture_id=capture.capture_id)
    elif configuration.is_retried:
        for name in fresh("r1"):
            yield Retry(request_id=name, payment=OTHER_CARD)


def _may_refund(configuration: Configuration, world: HoldWorld) -> bool:
    """Which of several captures a refund names is searched elsewhere: here, which of several holds."""
    return not configuration.several_captures and len(world.books.payment.captures) > 1


def _money(amount: int) -> Money:
    return Money(amount_minor=amount, currency=CURRENCY)


def intent_of(asked: Operation, reference: str, now: datetime) -> Intent:
    """Return the intent of an operation that was sent just now."""
    return Intent(
        operation=asked,
        idempotence_key=idempotence_key(ACCOUNT.name, asked.operation_id, asked.attempt),
        reference=reference,
        amount_as_sent=asked.amount.amount_minor,
        created_at=now,
        first_sent_at=now,
        last_sent_at=now,
    )


def reading_of(configuration: Configuration, truth: HoldTruth, place: int) -> ProviderPayment:
    """Return what a reading of one payment says."""
    status = ProviderStatus.AUTHORIZED
    if truth.cancelled:
        status = ProviderStatus.RELEASED
    elif not truth.takes_more:
        status = ProviderStatus.COLLECTED if truth.captured else ProviderStatus.CAPTURE_REJECTED
    return ProviderPayment(
        provider_id=f"p{place}",
        status=status,
        raw_status=status.value.upper(),
        reference=truth.reference,
        amount=_money(truth.amount),
        captured_minor=truth.captured or None,
        several_captures=configuration.several_captures and status is ProviderStatus.AUTHORIZED,
    )


def place_of(operation: Operation) -> int:
    """Return which of the provider's payments an operation is about."""
    return int((operation.provider_id or "p0").removeprefix("p"))


def captures_are_within_what_is_owed(world: HoldWorld) -> bool:
    """Neither the books nor the provider ever took more than the order owes, nor more of a hold than it has."""
    payment = world.books.payment
    taken = sum(truth.captured for truth in world.truths)
    within = all(truth.refunded <= truth.captured <= truth.amount for truth in world.truths)
    return within and payment.captured_minor <= payment.owed_minor and taken <= payment.owed_minor


def holds_are_bounded(world: HoldWorld) -> bool:
    """What counts, with what was captured, is at most what the order ever owed: a successor's overlap is released."""
    payment = world.books.payment
    refused = {h.authorization_id for h in payment.authorizations if h.void_ids and h.void is None}
    live = [h for h in payment.authorizations if h.counts and h.authorization_id not in refused]
    taken = [c for c in payment.captures if c.stage in LIVE_CAPTURE_STAGES]
    captured = sum(c.amount_minor for c in taken if c.stage not in {CaptureStage.PLANNED, CaptureStage.INTENDED})
    return captured + sum(h.open_minor + h.reserved_minor for h in live) <= world.peak


def what_is_superseded_is_being_released(world: HoldWorld) -> bool:
    """A hold whose place another took, or that appeared late, is released, or was asked to be."""
    payment = world.books.payment
    replaced = {
        a.card_of
        for a in payment.authorizations
        if a.purpose is Purpose.REAUTHORIZATION and a.stage is AuthorizationStage.HELD
    }
    for hold in payment.authorizations:
        is_over = hold.purpose is Purpose.LATE or hold.authorization_id in replaced
        if is_over and hold.open_minor and (hold.counts or (hold.planned is None and not hold.void_ids)):
            return False
    return True


def one_effect_each(world: HoldWorld) -> bool:
    """An operation has at most one effect at the provider."""
    return all(count <= 1 for _, count in world.effects)


def what_is_open_is_found_again(world: HoldWorld) -> bool:
    """A payment taken up from its story names the very operation that the ledger has."""
    named = unresolved_operation(world.books.payment)
    if world.slip is None:
        return named is None
    there = world.slip.asked.operation
    return named is not None and all(getattr(named, name) == getattr(there, name) for name in _NAMED)


_NAMED = ("operation_id", "kind", "request_id", "request_hash", "authorization_id", "attempt", "amount", "account")


def each_hold_is_what_the_provider_has(world: HoldWorld) -> bool:
    """With nothing open each hold has the provider's captures, refunds and, as long as it counts, its rest."""
    payment = world.books.payment
    if world.slip is not None:
        return True
    for hold in payment.authorizations:
        if hold.provider_id is None:
            continue
        truth = world.truths[int(hold.provider_id.removeprefix("p"))]
        taken = [c for c in payment.live_captures(hold.authorization_id) if c.stage is not CaptureStage.PLANNED]
        back = [r for r in payment.refunds if r.authorization_id == hold.authorization_id]
        gone = sum(r.amount_minor for r in back if r.stage in LIVE_REFUND_STAGES and r.provider_refund_id)
        if (sum(c.amount_minor for c in taken), gone) != (truth.captured, truth.refunded):
            return False
        if hold.open_minor and (truth.cancelled or not truth.takes_more):
            return False
    return True


def nothing_is_held_in_the_end(world: HoldWorld) -> bool:
    """A payment that is over leaves no hold on a card, save one whose release was refused and whose time is over."""
    payment = world.books.payment
    if not payment.is_over or world.slip is not None or world.late:
        return True
    known = {hold.provider_id: hold for hold in payment.authorizations}
    for place, truth in enumerate(world.truths):
        hold = known.get(f"p{place}")
        open_there = truth.takes_more and not truth.cancelled
        if open_there and (hold is None or not hold.ends):
            return False
    return True


HOLD_INVARIANTS: tuple[Callable[[Any], bool], ...] = (
    of_holds.entries_sum_to_zero,
    of_holds.no_event_happens_twice,
    of_holds.holds_are_what_the_entries_say,
    of_holds.no_hold_is_negative,
    of_holds.captured_at_most_held,
    of_holds.one_operation_per_request,
    of_holds.what_waits_has_a_deadline,
    captures_are_within_what_is_owed,
    holds_are_bounded,
    what_is_superseded_is_being_released,
    one_effect_each,
    what_is_open_is_found_again,
    each_hold_is_what_the_provider_has,
    nothing_is_held_in_the_end,
)
