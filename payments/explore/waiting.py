"""A moment of the search of what waits: a queued capture that may be taken back, a plan, a window that moves.

How a hold comes is searched in `moves`; here it has come, and at most its capture is queued already.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from payments.commands import AnyCommand, Capture, ChangeWindow, Refund, ScheduleCapture, TakeBack, Void
from payments.events import AnyEvent, AuthorizationIntended, Authorized, CaptureIntended, CaptureRequested, Opened
from payments.explore import invariants as i
from payments.explore.refund_invariants import refund_accounts_are_what_is_folded
from payments.explore.refunds import CAPTURE, HOLD, PAID_WITH
from payments.explore.shelf import PLACES
from payments.explore.world import (
    ACCOUNT,
    CURRENCY,
    EPOCH,
    HOUR,
    KEY,
    SETTLED,
    UNITS,
    Books,
    Configuration,
    Flight,
    Slip,
    of_books,
)
from payments.methods import PaymentAction
from payments.money import Money
from payments.parts import AuthorizationStage, TakeBackStage
from payments.payment import Payment
from payments.postings import Account
from payments.provider import ProviderPayment, Release
from payments.states import CaptureStage, ProviderStatus

PART = UNITS - 1
_PLAN, _WINDOW, _EXTENDED, _SHORT = 12 * HOUR, 48 * HOUR, 72 * HOUR, 6 * HOUR
_HOLD_ENDED = timedelta(days=8)
# Just authorized; the plan's time and a shortened window's end; the warning; the window's end; an extended one's; the
# hold's end.
_AGES = (SETTLED, _PLAN + SETTLED, _WINDOW - HOUR, _WINDOW + SETTLED, _EXTENDED + SETTLED, _HOLD_ENDED)
_AGES_OF_A_CAPTURE = (SETTLED, _WINDOW + SETTLED, _HOLD_ENDED)


class Waiting(NamedTuple):
    """One state of the search."""

    books: Books
    status: ProviderStatus = ProviderStatus.AUTHORIZED
    held: int = UNITS
    """What of the hold may be captured, or is."""
    ever: int = 0
    """What was ever asked to be captured: the provider's totals do not fall."""
    queue_is_closed: bool = False
    """The unpublished cut-off has passed."""
    slip: Slip | None = None
    flight: Flight | None = None
    age: int = 0
    effects: tuple[tuple[str, int], ...] = ()
    unread: bool = False
    flaw: str | None = None


def ages(configuration: Configuration) -> tuple[timedelta, ...]:
    """Return how old the authorization may be: at each something else is due."""
    return _AGES_OF_A_CAPTURE if configuration.taken_back else _AGES


def story(configuration: Configuration) -> Iterator[AnyEvent]:
    """Yield what happened before: an authorization, and where a capture is to be taken back one of a part of it."""
    yield Opened(
        subject=str(KEY),
        owed=Money(amount_minor=UNITS, currency=CURRENCY),
        digest="d",
        account=ACCOUNT.name,
        action=PaymentAction.PRE_AUTHORIZATION,
        hold_seconds=7 * 86_400,
        window_seconds=int(_WINDOW.total_seconds()),
        warn_before_seconds=0 if configuration.taken_back else 86_400,
    )
    yield AuthorizationIntended(subject=HOLD, attempt=1, reference="o1-a01", amount_minor=UNITS)
    yield Authorized(
        subject=HOLD, amount_minor=UNITS, provider_id=PAID_WITH, authorization_code=None, authorized_at=EPOCH
    )
    if configuration.taken_back:
        asked = {"authorization_id": HOLD, "subject": CAPTURE, "amount_minor": PART}
        yield CaptureIntended.model_validate({**asked, "request_id": "s1", "request_hash": "h", "shipment_id": None})
        yield CaptureRequested.model_validate({**asked, "reported_minor": PART, "rest_minor": UNITS - PART})


def commands(payment: Payment, configuration: Configuration) -> Iterator[AnyCommand]:
    """Yield what people may ask anew; a third request adds no kind of state that two have not."""
    used = [r.request_id for r in payment.requests if not r.request_id.startswith("@")]
    anew = [c for c in _commands(configuration) if c.request_id not in used]
    yield from anew if len([name for name in used if name != "s1"]) < configuration.asked_at_most else ()


def _commands(configuration: Configuration) -> Iterator[AnyCommand]:
    if configuration.taken_back:
        yield from (TakeBack(request_id="t1"), Refund(request_id="r1"), Refund(request_id="r2", amount=_money(1)))
        yield from (Capture(request_id="s2", amount=_money(1)), Capture(request_id="s3", amount=_money(UNITS)))
        yield Void(request_id="v1")
        return
    yield ScheduleCapture(request_id="p1", at=EPOCH + _PLAN)
    yield ScheduleCapture(request_id="p2", at=EPOCH + _PLAN, amount=_money(1))
    yield ScheduleCapture(request_id="p3", at=EPOCH + _WINDOW + HOUR)
    yield ScheduleCapture(request_id="p4", cancel=True)
    yield ChangeWindow(request_id="w1", until=EPOCH + _EXTENDED)
    yield ChangeWindow(request_id="w2", until=EPOCH + _SHORT)
    yield from (Capture(request_id="s2"), Void(request_id="v1"))


def _money(amount: int) -> Money:
    return Money(amount_minor=amount, currency=CURRENCY)


def reading_of(world: Waiting) -> ProviderPayment:
    """Return what a reading of the payment says."""
    return _reading(world.status, world.ever)


@cache
def _reading(status: ProviderStatus, ever: int) -> ProviderPayment:
    taken = status in {ProviderStatus.CAPTURE_REQUESTED, ProviderStatus.CAPTURED, ProviderStatus.COLLECTED}
    return ProviderPayment(
        provider_id=PAID_WITH,
        status=status,
        raw_status=status.value.upper(),
        reference="o1-a01",
        amount=_money(UNITS),
        captured_minor=ever if taken else None,
        release=Release.REQUESTED if status is ProviderStatus.RELEASED else None,
    )


def canonical(world: Waiting) -> Waiting:
    """Forget what can no longer make a difference."""
    payment = world.books.payment
    asked = {
        a.operation.operation_id for a in (world.slip and world.slip.asked, world.flight and world.flight.asked) if a
    }
    asked |= {t.take_back_id for t in payment.take_backs if t.stage is TakeBackStage.REFUSED}
    asked |= {c.capture_id for c in payment.captures if c.stage is CaptureStage.REFUSED}
    return world._replace(
        queue_is_closed=world.queue_is_closed and world.status is ProviderStatus.CAPTURE_REQUESTED,
        effects=tuple((name, count) for name, count in world.effects if count > 1 or name in asked),
    )


def what_is_refused_did_not_happen(world: Waiting) -> bool:
    """What the ledger calls refused had no effect at the provider."""
    payment, effects = world.books.payment, dict(world.effects)
    refused = {t.take_back_id for t in payment.take_backs if t.stage is TakeBackStage.REFUSED}
    refused |= {c.capture_id for c in payment.captures if c.stage is CaptureStage.REFUSED}
    return not any(effects.get(name) for name in refused)


def each_asked_for_once(world: Waiting) -> bool:
    """An operation has at most one effect, and none of what was sent could not be sent."""
    return all(count <= 1 for _, count in world.effects) and world.flaw is None


def the_books_are_the_truth(world: Waiting) -> bool:
    """With nothing open, on its way or unread, the ledger has what the provider has."""
    payment = world.books.payment
    if world.slip is not None or world.flight is not None or world.unread:
        return True
    taken = sum(c.amount_minor for c in payment.captures if c.stage in _LIVE)
    queued, captured, collected = (world.books.accounts[PLACES[account]] for account in _TAKEN)
    collected += sum(r.amount_minor for r in payment.refunds if r.stage.value == "refunded")
    at = {
        ProviderStatus.CAPTURE_REQUESTED: (world.held, 0, 0),
        ProviderStatus.CAPTURED: (0, world.held, 0),
        ProviderStatus.COLLECTED: (0, 0, world.held),
    }.get(world.status, (0, 0, 0))
    if (queued, captured, collected) != at or taken != sum(at):
        return False
    hold = payment.authorization
    still_held = hold is not None and (hold.open_minor == world.held or hold.stage is AuthorizationStage.EXPIRED)
    return still_held or world.status is not ProviderStatus.AUTHORIZED


_LIVE = {CaptureStage.REQUESTED, CaptureStage.CAPTURED, CaptureStage.COLLECTED}
_TAKEN = (Account.CAPTURE_QUEUED, Account.PROVIDER_CAPTURED, Account.PROVIDER_COLLECTED)


@of_books
def a_plan_waits_within_its_window(world: Waiting) -> bool:
    """What waits for its time waits on a hold, and its time comes before the window ends."""
    payment = world.books.payment
    hold = payment.authorization
    plan = payment.waiting_capture()
    if plan is None or hold is None:
        return True
    ends_at = payment.window_end(hold)
    return bool(hold.open_minor + hold.reserved_minor) and ends_at is not None and plan.at < ends_at


WAITING_INVARIANTS: tuple[Callable[[Any], bool], ...] = (
    i.entries_sum_to_zero,
    i.no_event_happens_twice,
    i.holds_are_what_the_entries_say,
    i.no_hold_is_negative,
    i.captured_at_most_held,
    i.asked_in_the_orders_currency,
    i.a_capture_asks_for_something,
    i.one_operation_per_request,
    i.what_is_unresolved_is_found_again,
    i.what_waits_has_a_deadline,
    refund_accounts_are_what_is_folded,
    what_is_refused_did_not_happen,
    each_asked_for_once,
    the_books_are_the_truth,
    a_plan_waits_within_its_window,
)
