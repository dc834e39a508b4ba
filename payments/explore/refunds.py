"""A moment of the search of refunds: a payment whose capture was accepted, and what was asked back of it.

How a hold comes and goes is searched in `moves`; here it has come, so that the two need not be multiplied.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from payments.commands import Refund
from payments.events import AnyEvent, AuthorizationIntended, Authorized, CaptureIntended, CaptureRequested, Opened
from payments.explore.world import (
    ACCOUNT,
    AT_ONCE,
    CURRENCY,
    EPOCH,
    KEY,
    SETTLED,
    UNITS,
    Absent,
    Asked,
    Books,
    Configuration,
    Flight,
    Slip,
)
from payments.methods import PaymentAction
from payments.money import Money
from payments.operations import Intent, OperationKind
from payments.payment import Payment
from payments.provider import ProviderRefund
from payments.references import START, idempotence_key, operation_id
from payments.resend import KEY_WALL
from payments.states import ProviderStatus, RefundStage, RefundStatus

HOLD = operation_id(KEY, OperationKind.AUTHORIZE, START)
CAPTURE = operation_id(KEY, OperationKind.CAPTURE, "s1")
PAID_WITH = "p0"
NOW = EPOCH + 2 * SETTLED
REFUNDABLE = {ProviderStatus.CAPTURED, ProviderStatus.COLLECTED}
_FIRST, _SECOND = "r1", "r2"


class RefundTruth(NamedTuple):
    """A refund as the provider has it; `operation` is None for one that nobody here asked for."""

    operation: str | None
    attempt: int
    amount: int
    status: RefundStatus
    first: RefundStatus
    """What the key's first answer said: a repeated key hears that again."""
    hidden: int = 0
    """How many spacings of two looks a list of the payment's refunds still lags."""
    nameless: bool = False
    """Lists show it without our reference."""


class RefundWorld(NamedTuple):
    """One state of the search."""

    books: Books
    capture: ProviderStatus = ProviderStatus.CAPTURE_REQUESTED
    slip: Slip | None = None
    flight: Flight | None = None
    truths: tuple[RefundTruth, ...] = ()
    key_is_old: bool = False
    """The key of what is open is past its wall, and forgotten by the provider."""
    failure_stored: bool = False
    """The provider keeps a failure under the open attempt's key and repeats it."""
    flaw: str | None = None
    """The invariant that the last move broke."""


def story() -> Iterator[AnyEvent]:
    """Yield what happened before: an authorization, and a capture of all of it that was accepted just now."""
    money = Money(amount_minor=UNITS, currency=CURRENCY)
    yield Opened(
        subject=str(KEY),
        owed=money,
        digest="d",
        account=ACCOUNT.name,
        action=PaymentAction.PRE_AUTHORIZATION,
        hold_seconds=86_400,
        window_seconds=86_400,
    )
    yield AuthorizationIntended(subject=HOLD, attempt=1, reference="o1-a01", amount_minor=UNITS)
    yield Authorized(
        subject=HOLD, amount_minor=UNITS, provider_id=PAID_WITH, authorization_code=None, authorized_at=EPOCH
    )
    asked = {"authorization_id": HOLD, "subject": CAPTURE, "amount_minor": UNITS}
    yield CaptureIntended.model_validate({**asked, "request_id": "s1", "request_hash": "h", "shipment_id": None})
    yield CaptureRequested.model_validate({**asked, "reported_minor": UNITS, "rest_minor": 0})


def commands(payment: Payment, configuration: Configuration) -> Iterator[Refund]:
    """Yield every command: each id that was used again, with the same and with other content, and a new one."""
    used = {record.request_id for record in payment.requests} & {_FIRST, _SECOND}
    # Beside a refund of unknown origin, a second one of ours adds no kind of state.
    fresh = _FIRST if configuration.odd_answers or _FIRST not in used else _SECOND
    for request_id in sorted(used | {fresh}):
        yield Refund(request_id=request_id)
        yield Refund(request_id=request_id, amount=Money(amount_minor=1, currency="USD"))
        # The second takes what is left: a part that leaves something again adds no kind of state.
        for amount in (0, 1, UNITS + 1) if request_id == _FIRST else (0, UNITS + 1):
            yield Refund(request_id=request_id, amount=Money(amount_minor=amount, currency=CURRENCY))


def late_enough(payment: Payment) -> datetime:
    """Return a time at which whatever waits may go on."""
    return max([EPOCH, *(r.not_before for r in payment.refunds if r.not_before is not None)])


def name_of(asked: Asked) -> tuple[str, int]:
    """Return which refund, and which attempt at it, is asked for."""
    return asked.operation.operation_id, asked.operation.attempt


def reference(operation: str, attempt: int) -> str:
    """Return the merchant reference of an attempt at a refund."""
    return f"{operation}-r{attempt}"


def intent_of(slip: Slip, *, key_is_old: bool) -> Intent:
    """Return the intent that the slip stands for."""
    operation, now = slip.asked.operation, NOW
    last = now - (SETTLED - AT_ONCE if slip.quiet else AT_ONCE)
    first = now - KEY_WALL - SETTLED if key_is_old else last - (AT_ONCE if slip.repeated else timedelta(0))
    looked = {Absent.NEVER: None, Absent.ONCE: now - AT_ONCE, Absent.LONG_AGO: now - SETTLED // 2}
    return Intent(
        operation=operation,
        idempotence_key=idempotence_key(ACCOUNT.name, operation.operation_id, operation.attempt),
        reference=reference(*name_of(slip.asked)),
        amount_as_sent=operation.amount.amount_minor,
        created_at=first,
        first_sent_at=first if slip.sent else None,
        last_sent_at=last if slip.sent else None,
        key_dead_at=now if slip.key_is_dead else None,
        first_absent_at=looked[slip.absent],
        lease_until=now + SETTLED if slip.lease else None,
    )


@cache
def reading_of(truth: RefundTruth, *, listed: bool = True) -> ProviderRefund:
    """Return what an answer, or a list of the payment's refunds, says of one."""
    named = None if truth.operation is None else reference(truth.operation, truth.attempt)
    return ProviderRefund(
        refund_id=f"f-{named}",
        status=truth.status,
        raw_status=truth.status.value.upper(),
        reference=None if listed and truth.nameless else named,
        amount=Money(amount_minor=truth.amount, currency=CURRENCY),
    )


def listed(world: RefundWorld, *, seen: bool = False) -> tuple[ProviderRefund, ...]:
    """Return what a list of the payment's refunds shows; `seen`: those that were shown before lag no more."""
    return tuple(reading_of(t) for t in world.truths if seen or not t.hidden)


def own(world: RefundWorld, slip: Slip) -> ProviderRefund | None:
    """Return what the list shows under the reference of what is open."""
    wanted = reference(*name_of(slip.asked))
    return next((r for r in listed(world) if r.reference == wanted), None)


def put(truths: tuple[RefundTruth, ...], place: int, truth: RefundTruth) -> tuple[RefundTruth, ...]:
    """Return the truths with one of them changed."""
    return (*truths[:place], truth, *truths[place + 1 :])


def canonical(world: RefundWorld) -> RefundWorld:
    """Forget what can no longer make a difference.

    Only the key and the reference of what is open are asked about again, so of the others neither a first answer nor a
    lag matters; one that has failed, in the books too, is never looked at. Which of several came first at the provider
    is nowhere asked. Under a key that is given up nothing is sent any more: what is stored under it is not heard, and
    how often it was sent tells nothing; past its wall it does not matter whether it was given up before.
    """
    slip, flight = world.slip, world.flight
    open_ones = {asked.operation.operation_id for asked in (slip and slip.asked, flight and flight.asked) if asked}
    followed = {r.refund_id for r in world.books.payment.refunds if r.stage in _FOLLOWED}
    truths = tuple(
        truth if truth.operation in open_ones else truth._replace(hidden=0, first=truth.status, nameless=False)
        for truth in world.truths
        if truth.operation in open_ones | followed or truth.status is not RefundStatus.FAILED
    )
    changed = world._replace(truths=tuple(sorted(truths, key=lambda t: (t.operation or "", t.attempt))))
    if slip is None:
        return changed._replace(key_is_old=False, failure_stored=False)
    if not slip.key_is_dead and not world.key_is_old:
        return changed
    given_up = slip._replace(key_is_dead=slip.key_is_dead and not world.key_is_old, repeated=slip.sent)
    return changed._replace(slip=given_up, failure_stored=False)


_FOLLOWED = {RefundStage.REQUESTED, RefundStage.REFUNDED}
