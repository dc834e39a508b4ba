"""Answers that do not come: the provider away, answers lost, keys that die, credentials that are wrong."""

from datetime import timedelta

import pytest

from payments.commands import Capture, Void
from payments.methods import PaymentInstruction
from payments.parts import AuthorizationStage
from payments.provider import Misconfigured, OutcomeUnknown, Refused, Unavailable
from payments.references import idempotence_key, operation_id
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult, CommandResult
from tests.support.provider import Fault
from tests.support.workbench import QUIET_SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = PaymentInstruction(token="t")
HOUR = timedelta(hours=1)
AWAY = Unavailable("connection refused")
LOST = OutcomeUnknown("the connection was reset")


async def test_a_provider_that_is_away_for_hours_authorizes_once_it_is_back(skipping, new_order):
    """An order placed in an outage waits without adding history, and is authorized once when the provider is back."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", AWAY)
    answer = await skipping.payments.authorize(order, CARD, patience_seconds=0)
    assert answer.result is AuthorizationResult.PENDING
    await skipping.pass_time(timedelta(minutes=1))
    before = await skipping.history_length(order.key)
    await skipping.pass_time(5 * HOUR)
    assert await skipping.history_length(order.key) == before
    tries = len(skipping.provider.called(order.order_id, "authorize"))
    assert 60 <= tries <= 80
    skipping.provider.heal(order.order_id)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    assert skipping.provider.effects[order.order_id, "authorize"] == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_an_authorization_is_asked_for_with_the_same_key(skipping, new_order, arrived):
    """An unknown authorization is repeated under its own key until the truth is known, and holds the money once."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", *[Fault(LOST, effect=arrived)] * 3)
    answer = await skipping.payments.authorize(order, CARD, patience_seconds=0)
    assert answer.result in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(seconds=10))
    sent = skipping.provider.called(order.order_id, "authorize")
    assert len(sent) == 4
    assert {call.key for call in sent} == {
        idempotence_key("main", operation_id(order.key, "authorize", "@start"), attempt=1)
    }
    assert skipping.provider.effects[order.order_id, "authorize"] == 1
    kinds = await skipping.kinds(order.key)
    assert kinds == ["opened", "authorization_intended", "outcome_unknown", "authorized"]


async def test_who_asks_again_without_patience_is_told_what_is_known_by_now(skipping, new_order):
    """An update's id gives its first answer for ever, so a client that only looks asks under another one."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", AWAY)
    first = await skipping.payments.authorize(order, CARD, patience_seconds=0)
    assert first.result is AuthorizationResult.PENDING
    skipping.provider.heal(order.order_id)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    again = await skipping.payments.authorize(order, CARD, patience_seconds=0)
    assert again.result is AuthorizationResult.AUTHORIZED


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_a_capture_is_read_after_a_quiet_time_before_it_is_repeated(
    skipping, new_order, arrived
):
    """A capture has no key: the payment is read first, after the quiet time, and captured again only if it was not."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    skipping.provider.once(order.order_id, "capture", Fault(LOST, effect=arrived))
    await skipping.payments.signal_capture(order.key, Capture(request_id="s1"))
    await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED, step=timedelta(seconds=5))
    captures = skipping.provider.called(order.order_id, "capture")
    first_read = skipping.provider.called(order.order_id, "read")[0]
    assert len(captures) == (1 if arrived else 2)
    assert (first_read.at - captures[0].at).total_seconds() >= QUIET_SECONDS
    if not arrived:
        assert captures[1].at >= first_read.at
    assert skipping.provider.effects[order.order_id, "capture"] == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_a_void_releases_once(skipping, new_order, arrived):
    """A void whose answer was lost is read before it is repeated, and the hold is released by exactly one."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    skipping.provider.once(order.order_id, "void", Fault(LOST, effect=arrived))
    await skipping.payments.signal_void(order.key, Void(request_id="v1"))
    await skipping.until(order.key, PaymentState.VOIDED, step=timedelta(seconds=5))
    assert skipping.provider.effects[order.order_id, "void"] == 1
    assert len(skipping.provider.called(order.order_id, "void")) == (1 if arrived else 2)
    kinds = await skipping.kinds(order.key)
    assert kinds[-4:] == ["void_intended", "outcome_unknown", "voided", "hold_released"]


async def test_a_capture_refused_at_the_provider_takes_nothing_and_is_told(skipping, new_order):
    """A refused capture is read, shown to a person and answered `failed`; the hold stands for another try."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    skipping.provider.once(order.order_id, "capture", Fault(Refused("400", "amount is wrong", "amount")))
    answer = await skipping.payments.capture(order.key, request_id="s1")
    assert answer.result is CommandResult.FAILED
    view = await skipping.payments.view(order.key)
    assert view.state is PaymentState.AUTHORIZED
    assert "amount is wrong" in view.attention[0]
    again = await skipping.payments.capture(order.key, request_id="s2")
    assert again.result is CommandResult.DONE


async def test_after_the_keys_life_an_absent_authorization_is_sent_anew_under_a_new_key(skipping, new_order):
    """Past the wall the reference is looked for twice; proven absent, a second attempt has its own key and name."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", LOST)
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.pass_time(23 * HOUR - timedelta(minutes=10))
    assert not skipping.provider.called(order.order_id, "find")
    last_by_key = len(skipping.provider.called(order.order_id, "authorize"))
    await skipping.pass_time(timedelta(minutes=20))
    skipping.provider.heal(order.order_id)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    first, second = skipping.provider.called(order.order_id, "find")[:2]
    assert (second.at - first.at).total_seconds() >= 30
    sent = skipping.provider.called(order.order_id, "authorize")
    assert len({c.key for c in sent[:last_by_key]}) == 1
    assert sent[-1].key == idempotence_key("main", operation_id(order.key, "authorize", "@start"), attempt=2)
    assert sent[0].reference.endswith("-a01")
    assert sent[-1].reference.endswith("-a02")
    assert skipping.provider.effects[order.order_id, "authorize"] == 1
    kinds = [kind for kind in await skipping.kinds(order.key) if kind != "outcome_unknown"]
    assert kinds[-3:] == ["attempt_absent", "authorization_intended", "authorized"]


async def test_an_authorization_that_appears_after_it_was_proven_absent_is_released(skipping, new_order):
    """An absent attempt is looked for a day longer: a second hold is let go of, not left to the customer."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("a stored 500", key_is_dead=True)))
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    assert (await skipping.payments.view(order.key)).attention == ()
    late = skipping.provider.appear(order.order_id, f"main-{order.order_id}-a01", order.total)
    await skipping.pass_time(HOUR)
    view = await skipping.payments.view(order.key)
    assert (view.attention, view.state) == ((), PaymentState.AUTHORIZED)
    assert skipping.provider.payments[late].status is ProviderStatus.RELEASED
    assert skipping.provider.effects[order.order_id, "void"] == 1
    stages = {hold.transaction_id: hold.stage for hold in view.authorizations}
    assert stages[late] is AuthorizationStage.VOIDED
    assert stages[view.transaction_id] is AuthorizationStage.HELD
    assert view.amounts.may_capture == order.total


async def test_a_late_authorization_that_was_captured_is_shown_to_a_person(skipping, new_order):
    """Money that was taken under an absent attempt's reference is nobody's to release: a person refunds it."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("a stored 500", key_is_dead=True)))
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    late = skipping.provider.appear(order.order_id, f"main-{order.order_id}-a01", order.total)
    skipping.provider.set_status(late, ProviderStatus.COLLECTED)
    await skipping.pass_time(HOUR)
    view = await skipping.payments.view(order.key)
    assert late in view.attention[0]
    assert "appeared late" in view.attention[0]


async def test_what_never_appears_is_not_looked_for_for_ever(skipping, new_order):
    """After a day the watch ends by itself, and the payment closes when it is over."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("a stored 500", key_is_dead=True)))
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    await skipping.payments.void(order.key, request_id="v1")
    assert not await skipping.is_closed(order.key)
    await skipping.pass_time(24 * HOUR)
    assert await skipping.is_closed(order.key)
    assert "watch_ended" in await skipping.kinds(order.key)


async def test_past_the_keys_life_an_authorization_that_did_arrive_is_adopted(skipping, new_order):
    """An authorization whose answers were all lost is found by its reference after the wall, and adopted."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(LOST, effect=True))
    skipping.provider.outage(order.order_id, "authorize", LOST)
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.pass_time(24 * HOUR)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    assert len(skipping.provider.of_order(order.order_id)) == 1
    assert "attempt_absent" not in await skipping.kinds(order.key)


async def test_an_order_cancelled_before_its_authorization_arrived_is_abandoned(skipping, new_order):
    """With a void waiting, an attempt that is proven absent is not followed by another: nothing was ever held."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", LOST)
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.payments.signal_void(order.key, Void(request_id="v1"))
    await skipping.pass_time(24 * HOUR)
    await skipping.until(order.key, PaymentState.ABANDONED, step=timedelta(minutes=1))
    assert skipping.provider.of_order(order.order_id) == []
    kinds = [kind for kind in await skipping.kinds(order.key) if not kind.startswith("attention")]
    assert kinds[-2:] == ["attempt_absent", "abandoned"]
    again = await skipping.payments.authorize(order, CARD)
    assert again.result is AuthorizationResult.REFUSED
    assert await skipping.is_closed(order.key)


async def test_wrong_credentials_call_a_person_and_settle_by_themselves(skipping, new_order):
    """Credentials that are not accepted lose no payment: people are told, and once mended it goes on and says so."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", Misconfigured("403: 9002"))
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.pass_time(HOUR)
    view = await skipping.payments.view(order.key)
    assert "credentials of account main" in view.attention[0]
    assert len(view.attention) == 1
    skipping.provider.heal(order.order_id)
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    assert view.attention == ()
    assert (await skipping.kinds(order.key)).count("attention_needed") == 1


async def test_a_refused_authorization_ends_the_payment_and_says_why(skipping, new_order):
    """A request that the provider finds wrong is never repeated: it is answered `refused` and shown to people."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(Refused("21000020", "countryCode is wrong")))
    answer = await skipping.payments.authorize(order, CARD)
    assert answer.result is AuthorizationResult.REFUSED
    assert "countryCode is wrong" in answer.reason
    assert len(skipping.provider.called(order.order_id, "authorize")) == 1
    assert await skipping.is_closed(order.key)
    assert (await skipping.payments.view(order.key)).attention


async def test_an_authorization_whose_start_is_gone_is_found_but_never_sent(skipping, new_order):
    """A run without the order's start resolves an open authorization by looking alone, and releases what it finds."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(LOST, effect=True))
    skipping.provider.outage(order.order_id, "authorize", LOST)
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.pass_time(timedelta(seconds=10))
    await skipping.temporal.get_workflow_handle(order.key.workflow_id).terminate()
    sent = len(skipping.provider.called(order.order_id, "authorize"))
    await skipping.payments.signal_void(order.key, Void(request_id="v1"))
    await skipping.until(order.key, PaymentState.VOIDED, step=timedelta(seconds=10))
    assert len(skipping.provider.called(order.order_id, "authorize")) == sent
    assert skipping.provider.of_order(order.order_id)[0].status is ProviderStatus.RELEASED
