"""What may be sent again, and what follows from what the provider says: the tables, completely."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.conclude import choose, outcome_of
from payments.money import Money
from payments.operations import Intent, IntentOutcome, Operation, OperationKind
from payments.provider import ProviderPayment
from payments.resend import KEY_WALL, Patience, Step, next_step
from payments.states import ProviderStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)
AUTHORIZE, CAPTURE, VOID = OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.VOID
DONE, DECLINED, REFUSED = IntentOutcome.DONE, IntentOutcome.DECLINED, IntentOutcome.REFUSED


def intent_of(kind: OperationKind, **known) -> Intent:
    operation = Operation(
        operation_id="main/o1/x",
        kind=kind,
        request_id="r",
        request_hash="h",
        authorization_id="main/o1/a",
        amount=Money(amount_minor=100, currency="EUR"),
        account="main",
        provider_id="p1",
    )
    fields = {"created_at": LONG_AGO, "first_sent_at": LONG_AGO, "last_sent_at": LONG_AGO} | known
    return Intent(operation=operation, idempotence_key="k", reference="r", amount_as_sent=100, **fields)


def seconds(count: float) -> datetime:
    return NOW - timedelta(seconds=count)


SENT = {"first_sent_at": seconds(1), "last_sent_at": seconds(1)}
UNSENT = {"first_sent_at": None, "last_sent_at": None}
PAST_WALL = {"first_sent_at": NOW - KEY_WALL, "last_sent_at": LONG_AGO}
JUST_BEFORE = {"first_sent_at": NOW - KEY_WALL + timedelta(seconds=1)}
DEAD = {"key_dead_at": LONG_AGO}


@pytest.mark.parametrize(
    ("kind", "known", "can_send", "step"),
    [
        (AUTHORIZE, {"outcome": DONE}, True, Step.NOTHING),
        (CAPTURE, {"outcome": REFUSED, "lease_until": NOW + timedelta(1)}, True, Step.NOTHING),
        *[(kind, {**UNSENT, "lease_until": NOW + timedelta(seconds=1)}, True, Step.WAIT) for kind in OperationKind],
        *[(kind, {**UNSENT, "lease_until": NOW}, True, Step.SEND) for kind in OperationKind],
        *[(kind, UNSENT, True, Step.SEND) for kind in OperationKind],
        (AUTHORIZE, UNSENT, False, Step.FIND),
        (AUTHORIZE, {}, True, Step.REPEAT),
        (AUTHORIZE, SENT, True, Step.REPEAT),
        (AUTHORIZE, JUST_BEFORE, True, Step.REPEAT),
        (AUTHORIZE, PAST_WALL, True, Step.FIND),
        (AUTHORIZE, DEAD, True, Step.FIND),
        (AUTHORIZE, {**SENT, **DEAD}, True, Step.WAIT),
        (AUTHORIZE, {}, False, Step.FIND),
        (AUTHORIZE, SENT, False, Step.WAIT),
        (AUTHORIZE, {**DEAD, "first_absent_at": seconds(29)}, True, Step.WAIT),
        (AUTHORIZE, {**DEAD, "first_absent_at": seconds(30)}, True, Step.FIND),
        *[(kind, SENT, True, Step.WAIT) for kind in (CAPTURE, VOID)],
        *[(kind, {**SENT, "last_sent_at": seconds(5)}, True, Step.READ) for kind in (CAPTURE, VOID)],
        *[(kind, PAST_WALL, True, Step.READ) for kind in (CAPTURE, VOID)],
    ],
)
def test_what_an_intent_needs(kind, known, can_send, step):
    """An intent alone says whether to send, repeat, read, look or wait; every wait has its end."""
    following = next_step(intent_of(kind, **known), NOW, Patience(quiet_seconds=5), can_send=can_send)
    assert following.step is step
    assert (following.until is not None) == (step is Step.WAIT)
    assert following.why


def test_a_repetition_keeps_reading_first():
    """A capture or a void that was sent is never sent again without a look, however long ago it was."""
    for kind in (CAPTURE, VOID):
        for age in (timedelta(0), timedelta(minutes=1), timedelta(days=3), timedelta(days=40)):
            sent = {"first_sent_at": NOW - age, "last_sent_at": NOW - age}
            assert next_step(intent_of(kind, **sent), NOW, Patience()).step in {Step.WAIT, Step.READ}


OUTCOMES = {
    ProviderStatus.AUTHORIZED: (DONE, None, None),
    ProviderStatus.REDIRECTED: (DONE, None, None),
    ProviderStatus.IN_REVIEW: (DONE, None, None),
    ProviderStatus.PENDING: (DONE, None, None),
    ProviderStatus.UNRECOGNISED: (None, None, None),
    ProviderStatus.CAPTURE_REQUESTED: (DONE, DONE, REFUSED),
    ProviderStatus.CAPTURED: (DONE, DONE, REFUSED),
    ProviderStatus.COLLECTED: (DONE, DONE, REFUSED),
    ProviderStatus.CAPTURE_REJECTED: (DONE, DONE, REFUSED),
    ProviderStatus.RETURNED: (DONE, DONE, REFUSED),
    ProviderStatus.DECLINED: (DECLINED, REFUSED, DONE),
    ProviderStatus.RELEASED: (DONE, REFUSED, DONE),
}


def reading_of(status: ProviderStatus, amount: Money | None, provider_id: str = "p1") -> ProviderPayment:
    return ProviderPayment(
        provider_id=provider_id, status=status, raw_status=status.value, reference="r", amount=amount
    )


@pytest.mark.parametrize("status", ProviderStatus)
def test_what_each_status_proves(status):
    """Each status proves one outcome of each kind of operation, or none."""
    reading = reading_of(status, Money(amount_minor=100, currency="EUR"))
    assert tuple(outcome_of(intent_of(kind), reading) for kind in (AUTHORIZE, CAPTURE, VOID)) == OUTCOMES[status]


@pytest.mark.parametrize(
    "amount", [None, Money(amount_minor=100, currency="USD"), Money(amount_minor=0, currency="EUR")]
)
@pytest.mark.parametrize("status", ProviderStatus)
def test_a_hold_that_cannot_be_booked_proves_nothing(status, amount):
    """An authorization in another currency, of nothing or of no readable amount is concluded only as declined."""
    expected = DECLINED if status is ProviderStatus.DECLINED else None
    assert outcome_of(intent_of(AUTHORIZE), reading_of(status, amount)) is expected


def test_of_several_found_the_one_with_money_is_adopted():
    """Among payments of one reference a declined or released one is adopted only when there is no other."""
    held, declined = (reading_of(s, None, s.value) for s in (ProviderStatus.AUTHORIZED, ProviderStatus.DECLINED))
    assert choose([declined, held]) is held
    assert choose([declined]) is declined
