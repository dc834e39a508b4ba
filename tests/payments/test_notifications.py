"""What the order service is told: each kind of event is told or silent on purpose, and what is told says enough."""

import json
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from payments.callbacks import FIRST_WAIT, GIVEN_UP_AFTER, LONGEST_WAIT, Callback, given_up, sent_again, tried_again_at
from payments.events import (
    AnyEvent,
    AttentionNeeded,
    AuthorizationIntended,
    Authorized,
    CaptureIntended,
    CaptureRequested,
    Decline,
    Declined,
    HoldReleased,
    Opened,
    OutcomeUnknown,
    RecordedEvent,
    RefundAsked,
    Refunded,
    Voided,
)
from payments.evolve import evolve, fold
from payments.methods import PaymentAction
from payments.money import Money
from payments.notifications import TYPES, message_id, notification_of
from payments.payment import Payment
from payments.references import PaymentKey

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = PaymentKey(order_id="FR1012401")
HOLD = "main/FR1012401/authorize/@start"
PARCEL = "main/FR1012401/capture/shipment-7"
BACK = "main/FR1012401/refund/return-1"
OPENED = Opened(
    subject=str(KEY),
    owed=Money(amount_minor=23_979, currency="USD"),
    digest="d" * 64,
    account="main",
    action=PaymentAction.PRE_AUTHORIZATION,
    hold_seconds=86_400,
    window_seconds=80_000,
)
INTENDED = AuthorizationIntended(subject=HOLD, attempt=1, reference="main-FR1012401-a01", amount_minor=23_979)
AUTHORIZED = Authorized(
    subject=HOLD, amount_minor=23_979, provider_id="p-1", authorization_code="OK1131", authorized_at=NOW
)
SHIPPED = CaptureIntended(
    subject=PARCEL,
    authorization_id=HOLD,
    request_id="shipment-7",
    request_hash="h" * 64,
    shipment_id="parcel-7",
    amount_minor=20_000,
)
QUEUED = CaptureRequested(
    subject=PARCEL, authorization_id=HOLD, amount_minor=20_000, reported_minor=20_000, rest_minor=3_979
)
ASKED_BACK = RefundAsked(
    subject=BACK,
    authorization_id=HOLD,
    capture_id=PARCEL,
    request_id="return-1",
    request_hash="h" * 64,
    amount_minor=5_000,
    give_up_at=NOW,
    reason="Ruth Alder did not like it",
)


def told(*events):
    """Return what is told of the last event of a story."""
    payment = fold(KEY, events)
    return notification_of(payment, RecordedEvent(sequence=payment.sequence, occurred_at=NOW, event=events[-1]))


def test_every_kind_of_event_is_told_or_silent_on_purpose():
    """A new kind of event must be placed in the table: nothing is left untold by being forgotten."""
    kinds = {kind.model_fields["kind"].default for kind in get_args(get_args(AnyEvent)[0])}
    assert set(TYPES) == kinds
    named = [name for name in TYPES.values() if name is not None]
    assert len(set(named)) == len(named)
    assert all(name.startswith("payment.") for name in named)


def test_a_callback_tells_status_ids_code_and_amounts():
    """What an order service books: state, transaction id, authorization code, amounts, and the event's place."""
    callback = told(OPENED, INTENDED, AUTHORIZED)
    assert (callback.type, callback.timestamp) == ("payment.authorized", NOW)
    data = callback.data
    assert (data.shop, data.order_id, data.sequence, data.state) == ("main", "FR1012401", 3, "authorized")
    assert (data.transaction_id, data.authorization_code) == ("p-1", "OK1131")
    assert data.merchant_reference == "main-FR1012401-a01"
    assert data.amounts.may_capture == Money(amount_minor=23_979, currency="USD")
    assert data.expires_at == NOW + timedelta(seconds=80_000)
    assert (data.about.kind, data.about.operation_id, data.about.transaction_id) == ("authorization", HOLD, "p-1")


def test_a_capture_and_a_refund_say_whose_they_are():
    """The shipment, the request and the amount of one operation stand beside the payment's sums."""
    data = told(OPENED, INTENDED, AUTHORIZED, SHIPPED, QUEUED).data
    about = data.about
    assert (about.kind, about.request_id, about.shipment_id) == ("capture", "shipment-7", "parcel-7")
    assert (about.amount.amount_minor, data.amounts.capture_requested.amount_minor) == (20_000, 20_000)
    story = (OPENED, INTENDED, AUTHORIZED, SHIPPED, QUEUED, ASKED_BACK)
    data = told(*story, Refunded(subject=BACK, authorization_id=HOLD, amount_minor=5_000)).data
    assert (data.about.kind, data.about.request_id, data.about.amount.amount_minor) == ("refund", "return-1", 5_000)
    assert data.amounts.refunded.amount_minor == 5_000


@pytest.mark.parametrize(
    ("event", "named", "reason"),
    [
        (OutcomeUnknown(subject=HOLD, authorization_id=HOLD, reason="reset"), "payment.unknown", "reset"),
        (
            Declined(subject=HOLD, decline=Decline(code="430330", message="Not authorised"), provider_id="p-1"),
            "payment.declined",
            "Not authorised",
        ),
        (AttentionNeeded(subject="x", sentence="Look at it."), "payment.needs_attention", "Look at it."),
    ],
)
def test_why_is_told_in_words(event, named, reason):
    """What did not happen, or needs somebody, says why."""
    callback = told(OPENED, INTENDED, event)
    assert (callback.type, callback.data.reason) == (named, reason)
    assert callback.data.needs_attention == (named == "payment.needs_attention")


def test_what_follows_at_once_is_silent():
    """An intent, and the card's own bookkeeping, lead to no callback."""
    assert told(OPENED) is None
    assert told(OPENED, INTENDED) is None
    assert told(OPENED, INTENDED, AUTHORIZED, SHIPPED) is None
    voided = Voided(subject=HOLD, authorization_id=HOLD, amount_minor=23_979)
    gone = HoldReleased(subject=HOLD, authorization_id=HOLD, amount_minor=23_979, confirmed=True)
    assert told(OPENED, INTENDED, AUTHORIZED, voided).type == "payment.voided"
    assert told(OPENED, INTENDED, AUTHORIZED, voided, gone) is None


def test_nothing_that_a_person_wrote_goes_out():
    """A refund's reason is free text for our own people: it stays here."""
    callback = told(OPENED, INTENDED, AUTHORIZED, SHIPPED, QUEUED, ASKED_BACK)
    assert callback.type == "payment.refund_asked"
    assert "Ruth" not in callback.model_dump_json()


def test_the_body_is_json_with_exact_amounts():
    """Amounts are integers of minor units, times end in Z."""
    body = json.loads(told(OPENED, INTENDED, AUTHORIZED).model_dump_json())
    assert body["data"]["amounts"]["owed"] == {"amount_minor": 23_979, "currency": "USD"}
    assert body["timestamp"] == "2026-11-24T09:00:00Z"


def test_a_message_has_one_id_for_ever():
    """It is made of the payment and the event's place alone, and needs no full stop."""
    one = message_id(KEY, 3)
    assert one == message_id(PaymentKey(order_id="FR1012401"), 3)
    names = {message_id(KEY, n) for n in range(1, 50)} | {message_id(PaymentKey(shop="b", order_id="FR1012401"), 3)}
    assert len(names) == 50
    assert one.replace("_", "").isalnum()


def test_the_timetable_doubles_and_ends():
    """From 5 seconds to 6 hours between two tries, for three days, then never again."""
    callback = Callback(key=KEY, sequence=3, message_id="m", body="{}", attempts=1, give_up_at=NOW + GIVEN_UP_AFTER)
    at, waits = NOW, []
    for attempt in range(1, 1000):
        again = tried_again_at(callback.model_copy(update={"attempts": attempt}), at)
        if again is None:
            break
        waits.append(again - at)
        at = again
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert max(waits) == LONGEST_WAIT
    assert GIVEN_UP_AFTER <= at - NOW <= GIVEN_UP_AFTER + LONGEST_WAIT
    assert 15 <= len(waits) <= 40


def test_people_are_told_once_and_settle_it_by_sending_again():
    """Ten callbacks that were given up are one thing to look at."""
    payment = fold(KEY, (OPENED, INTENDED, AUTHORIZED))
    assert sent_again(payment) == ()
    [needed] = given_up(payment)
    assert "payments callbacks --resend FR1012401" in needed.sentence
    payment = evolve(payment, needed)
    assert given_up(payment) == ()
    for event in sent_again(payment):
        payment = evolve(payment, event)
    assert payment.attention == ()
    [needed] = given_up(payment)
    assert needed.occurrence > 1
    assert isinstance(evolve(payment, needed), Payment)
