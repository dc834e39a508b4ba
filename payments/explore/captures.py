"""A moment of the search of several captures: an authorized payment, what was shipped of it, what the provider has.

How a hold comes is searched in `moves`; here it has come, so that the two need not be multiplied.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from payments.capturing import follow_captures
from payments.events import AnyEvent, AuthorizationIntended, Authorized, Opened
from payments.explore import invariants as of_holds
from payments.explore.world import (
    ACCOUNT,
    AT_ONCE,
    CURRENCY,
    EPOCH,
    KEY,
    SETTLED,
    UNITS,
    Absent,
    Books,
    Configuration,
    Flight,
    Phase,
    Slip,
    of_books,
)
from payments.methods import PaymentAction
from payments.money import Money
from payments.operations import Intent, OperationKind
from payments.provider import ProviderCapture, ProviderPayment
from payments.references import START, idempotence_key, operation_id
from payments.states import CaptureStage, ProviderStatus

HOLD = operation_id(KEY, OperationKind.AUTHORIZE, START)
PAID_WITH = "p0"
GONE = {ProviderStatus.CAPTURE_REJECTED, ProviderStatus.RELEASED}
_ORDER = (ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED, ProviderStatus.COLLECTED)


class Shipped(NamedTuple):
    """A capture as the provider has it."""

    reference: str
    amount: int
    status: ProviderStatus = ProviderStatus.CAPTURE_REQUESTED
    hidden: bool = False
    """The list of captures still lags behind it, by less than the time between two looks."""
    uncounted: bool = False
    """The payment's totals lag behind it as well."""


class CaptureWorld(NamedTuple):
    """One state of the search."""

    books: Books
    slip: Slip | None = None
    flight: Flight | None = None
    shipped: tuple[Shipped, ...] = ()
    takes_more: bool = True
    """The provider waits for further captures."""
    cancelled: bool = False
    effects: tuple[tuple[str, int], ...] = ()
    phase: Phase = Phase.FRESH
    flaw: str | None = None

    @property
    def left(self) -> int:
        """What the provider would still capture."""
        return UNITS - sum(s.amount for s in self.shipped if s.status not in GONE)


def story(configuration: Configuration) -> Iterator[AnyEvent]:
    """Yield what has happened before the search begins."""
    yield Opened(
        subject=str(KEY),
        owed=Money(amount_minor=UNITS, currency=CURRENCY),
        digest="d",
        account=ACCOUNT.name,
        action=PaymentAction.PRE_AUTHORIZATION,
        hold_seconds=int(ACCOUNT.hold(configuration.action).total_seconds()),
        window_seconds=configuration.window_seconds,
    )
    yield AuthorizationIntended(subject=HOLD, attempt=1, reference="o1-a01", amount_minor=UNITS)
    yield Authorized(
        subject=HOLD,
        amount_minor=UNITS,
        provider_id=PAID_WITH,
        authorization_code=None,
        authorized_at=EPOCH,
        several_captures=True,
    )


def payment_reading(world: CaptureWorld) -> ProviderPayment:
    """Return what a reading of the payment says."""
    live = [s.status for s in world.shipped if s.status not in GONE]
    status = ProviderStatus.AUTHORIZED
    if world.cancelled:
        status = ProviderStatus.RELEASED
    elif not world.takes_more:
        status = min(live, key=_ORDER.index, default=ProviderStatus.CAPTURE_REJECTED)
    captured = None if world.cancelled else sum(s.amount for s in world.shipped if not s.uncounted) or None
    return _reading(status, captured)


@cache
def _reading(status: ProviderStatus, captured: int | None) -> ProviderPayment:
    return ProviderPayment(
        provider_id=PAID_WITH,
        status=status,
        raw_status=status.value.upper(),
        reference="o1-a01",
        amount=Money(amount_minor=UNITS, currency=CURRENCY),
        captured_minor=captured,
        several_captures=status is ProviderStatus.AUTHORIZED,
    )


def capture_readings(world: CaptureWorld, *, seen: bool = False) -> tuple[ProviderCapture, ...]:
    """Return what the list of captures shows; `seen`: those that were shown before lag no more."""
    return tuple(shown(n, s) for n, s in enumerate(world.shipped) if seen or not s.hidden)


@cache
def shown(place: int, shipped: Shipped) -> ProviderCapture:
    """Return what the provider says of one capture."""
    return ProviderCapture(
        capture_id=f"k{place}",
        status=shipped.status,
        raw_status=shipped.status.value.upper(),
        reference=shipped.reference,
        amount=Money(amount_minor=shipped.amount, currency=CURRENCY),
    )


def now_of(configuration: Configuration, world: CaptureWorld) -> datetime:
    """Return a time of the world's phase."""
    return EPOCH + configuration.age(world.phase)


def intent_of(slip: Slip, reference: str, now: datetime) -> Intent:
    """Return the intent that the slip stands for, at `now`."""
    operation = slip.asked.operation
    last = now - (SETTLED - AT_ONCE if slip.quiet else AT_ONCE)
    first = last - (AT_ONCE if slip.repeated else timedelta(0))
    looked = {Absent.NEVER: None, Absent.ONCE: now - AT_ONCE, Absent.LONG_AGO: now - SETTLED + AT_ONCE}
    return Intent(
        operation=operation,
        idempotence_key=idempotence_key(ACCOUNT.name, operation.operation_id, operation.attempt),
        reference=reference,
        amount_as_sent=operation.amount.amount_minor,
        created_at=first,
        first_sent_at=first if slip.sent else None,
        last_sent_at=last if slip.sent else None,
        first_absent_at=looked[slip.absent],
        lease_until=now + SETTLED if slip.lease else None,
    )


def reference_of(world: CaptureWorld, slip: Slip) -> str:
    """Return the reference that the ledger handed out with the intent."""
    capture = world.books.payment.capture(slip.asked.operation.operation_id)
    begun = sum(c.reference is not None for c in world.books.payment.captures)
    return capture.reference if capture and capture.reference else f"o1-c{begun + 1:02d}"


def no_flaw(world: CaptureWorld) -> bool:
    """No move broke what only it could see: a void that hits a capture, a capture after the window."""
    return world.flaw is None


def at_most_the_order_is_captured(world: CaptureWorld) -> bool:
    """Neither the books nor the provider ever have more captured than the order owes."""
    return world.books.payment.captured_minor <= UNITS and world.left >= 0


@of_books
def a_last_capture_ends_the_hold(world: CaptureWorld) -> bool:
    """After a final capture nothing may be captured any more."""
    payment = world.books.payment
    ended = {CaptureStage.REQUESTED, CaptureStage.CAPTURED, CaptureStage.COLLECTED}
    if not any(c.final and c.stage in ended for c in payment.captures):
        return True
    return all(h.open_minor + h.reserved_minor == 0 for h in payment.authorizations)


def each_shipment_is_what_the_provider_has(world: CaptureWorld) -> bool:
    """A capture that was found is booked with the provider's amount; one called refused took nothing."""
    payment, effects = world.books.payment, dict(world.effects)
    has = {f"k{n}": s for n, s in enumerate(world.shipped)}
    for capture in payment.captures:
        if capture.provider_capture_id is not None:
            truth = has[capture.provider_capture_id]
            rejected = capture.stage is CaptureStage.REJECTED
            if (truth.reference, truth.amount) != (capture.reference, capture.amount_minor):
                return False
            if rejected and truth.status not in GONE:
                return False
        elif capture.stage is CaptureStage.REFUSED and effects.get(capture.capture_id):
            return False
    return True


def nothing_is_left_out(world: CaptureWorld) -> bool:
    """With nothing unresolved, on its way or unread, the ledger has what the provider has."""
    payment = world.books.payment
    if world.slip is not None or world.flight is not None:
        return True
    reading = payment_reading(world)
    if payment.capture_on_its_way() is not None and follow_captures(payment, reading, capture_readings(world)):
        return True
    live = sum(s.amount for s in world.shipped if s.status not in GONE)
    booked = sum(c.amount_minor for c in payment.captures if c.stage is not CaptureStage.REFUSED)
    rejected = sum(c.amount_minor for c in payment.captures if c.stage is CaptureStage.REJECTED)
    hold = payment.authorizations[-1]
    may_more = not hold.open_minor or (world.takes_more and hold.open_minor == world.left)
    followed = payment.capture_on_its_way() is None or booked - rejected == live
    return followed and may_more


def an_open_operation_is_found_again(world: CaptureWorld) -> bool:
    """A payment taken up from its story names the very operation that the ledger has."""
    if world.slip is None:
        return True
    there, named = world.slip.asked.operation, of_holds.named_by(world.books)
    if named is None or there.kind is not OperationKind.CAPTURE:
        return named is not None and (named.operation_id, named.kind) == (there.operation_id, there.kind)
    return named == there


# What is searched of a hold holds here too, where it speaks of the books alone.
CAPTURE_INVARIANTS: tuple[Callable[[Any], bool], ...] = (
    of_holds.entries_sum_to_zero,
    of_holds.no_event_happens_twice,
    of_holds.holds_are_what_the_entries_say,
    of_holds.no_hold_is_negative,
    of_holds.captured_at_most_held,
    of_holds.asked_in_the_orders_currency,
    of_holds.a_capture_asks_for_something,
    of_holds.one_operation_per_request,
    of_holds.one_effect_per_operation,
    of_holds.one_unresolved_operation,
    of_holds.what_waits_has_a_deadline,
    no_flaw,
    at_most_the_order_is_captured,
    a_last_capture_ends_the_hold,
    each_shipment_is_what_the_provider_has,
    nothing_is_left_out,
    an_open_operation_is_found_again,
)
