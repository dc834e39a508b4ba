"""Saying no: each refusal has a code, names the field and the remedy, and changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from payments.accounts import Account
from payments.commands import Capture, Void, content_hash
from payments.decide import AlreadyDone, Perform, Record, Refuse, decide, decide_due, next_due_at
from payments.events import (
    AnyEvent,
    AttemptAbsent,
    AuthorizationIntended,
    Authorized,
    CaptureIntended,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    Decline,
    Declined,
    HoldReleased,
    Opened,
    RejectedStage,
    Voided,
    VoidIntended,
    VoidRefused,
)
from payments.evolve import fold
from payments.methods import PaymentAction
from payments.money import Money
from payments.payment import Payment
from payments.references import PaymentKey
from payments.states import PaymentState

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = PaymentKey(order_id="o1")
HOLD = "main/o1/authorize/@start"
WINDOW = timedelta(days=2)
LIFE = timedelta(days=7)
S1 = Capture(request_id="s1", amount=Money(amount_minor=70, currency="EUR"))
OF_CAPTURE = {"subject": "main/o1/capture/s1", "authorization_id": HOLD, "amount_minor": 70}
OF_VOID = {"subject": "main/o1/void/v1", "authorization_id": HOLD}


def opened(action: PaymentAction = PaymentAction.PRE_AUTHORIZATION) -> Opened:
    return Opened(
        subject="main/o1",
        owed=Money(amount_minor=100, currency="EUR"),
        digest="d",
        account=Account(name="main").name,
        action=action,
        hold_seconds=int(LIFE.total_seconds()),
        window_seconds=int(WINDOW.total_seconds()),
    )


INTENDED = AuthorizationIntended(subject=HOLD, attempt=1, reference="r", amount_minor=100)
AUTHORIZED = Authorized(subject=HOLD, amount_minor=100, provider_id="p1", authorization_code=None, authorized_at=NOW)
DECLINED = Declined(subject=HOLD, decline=Decline(code="c", message="m"), provider_id="p1")
CAPTURING = CaptureIntended(**OF_CAPTURE, request_id="s1", request_hash=content_hash(S1), shipment_id=None)
REFUSED = CaptureRefused(**OF_CAPTURE, reason="no")
TAKEN = CaptureRequested(**OF_CAPTURE, reported_minor=70, rest_minor=30)
REJECTED = CaptureRejected(**OF_CAPTURE, stage=RejectedStage.REQUESTED)
VOIDING = VoidIntended(**OF_VOID, request_id="v1", request_hash=content_hash(Void(request_id="v1")), cause="request")
HELD = (INTENDED, AUTHORIZED)


def payment_of(*events: AnyEvent, action: PaymentAction = PaymentAction.PRE_AUTHORIZATION) -> Payment:
    return fold(KEY, (opened(action), *events))


def euros(amount: int) -> Money:
    return Money(amount_minor=amount, currency="EUR")


FINAL = PaymentAction.FINAL_AUTHORIZATION
REFUSALS = [
    ("not_authorized", "order", payment_of(), S1, NOW),
    ("operation_unresolved", "request_id", payment_of(INTENDED), S1, NOW),
    ("nothing_held", "order", payment_of(INTENDED, DECLINED), S1, NOW),
    ("nothing_held", "order", payment_of(*HELD, CAPTURING, TAKEN, REJECTED), Capture(request_id="s2"), NOW),
    ("operation_unresolved", "request_id", payment_of(*HELD, CAPTURING), Capture(request_id="s2"), NOW),
    ("operation_unresolved", "request_id", payment_of(*HELD, VOIDING), S1, NOW),
    ("already_captured", "amount", payment_of(*HELD, CAPTURING, TAKEN), Capture(request_id="s2"), NOW),
    ("window_ended", "order", payment_of(*HELD), S1, NOW + WINDOW),
    (
        "currency_differs",
        "amount.currency",
        payment_of(*HELD),
        Capture(request_id="s1", amount=Money(amount_minor=1, currency="USD")),
        NOW,
    ),
    ("amount_not_positive", "amount.amount_minor", payment_of(*HELD), Capture(request_id="s1", amount=euros(0)), NOW),
    ("amount_above_hold", "amount.amount_minor", payment_of(*HELD), Capture(request_id="s1", amount=euros(101)), NOW),
    ("final_authorization_is_whole", "amount.amount_minor", payment_of(*HELD, action=FINAL), S1, NOW),
    ("request_id_reused", "request_id", payment_of(*HELD, CAPTURING, REFUSED), Capture(request_id="s1"), NOW),
    ("request_id_reused", "request_id", payment_of(*HELD, CAPTURING, REFUSED), Void(request_id="s1"), NOW),
    ("already_captured", "order", payment_of(*HELD, CAPTURING, TAKEN), Void(request_id="v1"), NOW),
    ("operation_unresolved", "request_id", payment_of(*HELD, VOIDING), Void(request_id="v2"), NOW),
    ("operation_unresolved", "request_id", payment_of(INTENDED), Void(request_id="v1"), NOW),
]


@pytest.mark.parametrize(("code", "field", "payment", "command", "now"), REFUSALS, ids=[r[0] for r in REFUSALS])
def test_a_refusal_names_the_field_and_the_remedy(code, field, payment, command, now):
    """What is refused says what is wrong where, and what to do."""
    decision = decide(payment, command, now)
    assert isinstance(decision, Refuse)
    refusal = decision.refusal
    assert (refusal.code, refusal.field) == (code, field)
    assert refusal.message.endswith(".")
    assert refusal.remedy.endswith(".")
    assert str(refusal).startswith(f"{field}: ")


def test_a_request_again_gets_its_answer():
    """The same id with the same content is the same operation, whatever became of it, also from another asker."""
    for became in ((), (REFUSED,), (TAKEN,), (TAKEN, REJECTED)):
        payment = payment_of(*HELD, CAPTURING, *became)
        again = decide(payment, S1.model_copy(update={"asked_by": "somebody else"}), NOW)
        assert isinstance(again, AlreadyDone)
        assert again.operation_id == CAPTURING.subject


@pytest.mark.parametrize("action", PaymentAction)
def test_all_that_is_left_is_sent_as_a_number(action):
    """Without an amount all of the hold is asked for, with final authorizations too."""
    decision = decide(payment_of(*HELD, action=action), Capture(request_id="s1"), NOW)
    assert isinstance(decision, Perform)
    assert decision.operation.amount == euros(100)


def test_a_void_of_what_is_gone_is_done_already():
    """Releasing what was released, declined or ended is no error and asks nothing of anybody."""
    voided = (*HELD, VOIDING, Voided(**OF_VOID, amount_minor=100))
    for events in (voided, (INTENDED, DECLINED)):
        assert isinstance(decide(payment_of(*events), Void(request_id="v9"), NOW), AlreadyDone)


def test_a_void_of_what_never_arrived_abandons_it():
    """With the authorization proven absent nothing is asked of the provider: the payment is abandoned."""
    payment = payment_of(INTENDED, AttemptAbsent(subject=HOLD, evidence="not found", reference="r", watched_until=NOW))
    decision = decide(payment, Void(request_id="v1"), NOW)
    assert isinstance(decision, Record)
    assert fold(
        KEY,
        (
            opened(),
            INTENDED,
            AttemptAbsent(subject=HOLD, evidence="e", reference="r", watched_until=NOW),
            *decision.events,
        ),
    ).state is (PaymentState.ABANDONED)


def test_the_windows_end_voids_once_and_the_holds_end_books_it():
    """An unshipped payment is voided at its window's end; if that is refused it waits for the hold's own end."""
    held = payment_of(*HELD)
    assert decide_due(held, NOW + WINDOW - timedelta(seconds=1)) is None
    assert next_due_at(held) == NOW + WINDOW
    due = decide_due(held, NOW + WINDOW)
    assert isinstance(due, Perform)
    refused = VoidRefused(subject=due.operation.operation_id, authorization_id=HOLD, reason="no")
    payment = payment_of(*HELD, *due.events, refused)
    assert decide_due(payment, NOW + WINDOW) is None
    assert next_due_at(payment) == NOW + LIFE
    ended = decide_due(payment, NOW + LIFE)
    assert isinstance(ended, Record)
    assert [event.kind for event in ended.events] == ["hold_expired"]


def test_what_lapses_is_booked_by_its_date():
    """What a capture left of the hold is off the card when the hold ends, and the payment is over with its capture."""
    payment = payment_of(*HELD, CAPTURING, TAKEN)
    assert next_due_at(payment) == NOW + LIFE
    ended = decide_due(payment, NOW + LIFE)
    assert isinstance(ended, Record)
    assert isinstance(ended.events[0], HoldReleased)
    assert ended.events[0].amount_minor == 30
    assert ended.events[0].confirmed is False
