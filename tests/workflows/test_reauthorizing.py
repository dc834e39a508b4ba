"""Holds that end before the order ships, where a month passes in a moment: the new one first, then the old."""

from datetime import timedelta

import pytest

from payments.methods import PaymentAction, PaymentInstruction
from payments.parts import AuthorizationStage
from payments.provider import OutcomeUnknown
from payments.states import PaymentState, ProviderStatus, Purpose
from payments.view import AuthorizationResult, CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY = timedelta(days=1)
LONG = PaymentInstruction(token="token-visa-approved", account="long", reauthorize=True, window_seconds=80 * 86_400)
HELD, VOIDED = AuthorizationStage.HELD, AuthorizationStage.VOIDED
START, AGAIN = Purpose.START, Purpose.REAUTHORIZATION


async def authorized(skipping, new_order, payment=LONG):
    order = new_order()
    await skipping.payments.authorize(order, payment)
    return order


async def held(skipping, order):
    view = await skipping.payments.view(order.key)
    return [(a.purpose, a.stage) for a in view.authorizations]


async def pass_days(skipping, days):
    for _ in range(days):
        await skipping.pass_time(DAY)


async def test_a_hold_that_ends_is_followed_by_another(skipping, new_order):
    """Thirty days are not enough: the card is asked again, and the old hold released once the new one is there."""
    order = await authorized(skipping, new_order)
    await pass_days(skipping, 28)
    assert await held(skipping, order) == [(START, HELD)]
    await pass_days(skipping, 2)
    assert await held(skipping, order) == [(START, VOIDED), (AGAIN, HELD)]
    calls = [c.operation for c in skipping.provider.calls if c.order_id == order.order_id]
    assert calls == ["authorize", "authorize", "read", "void"]
    assert skipping.provider.by_merchant[order.order_id] == [False, True]
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.may_capture, view.attention) == (PaymentState.AUTHORIZED, order.total, ())
    assert view.merchant_reference.endswith("-a02")
    shipped = await skipping.payments.capture(order.key, request_id="s1")
    assert (shipped.result, shipped.amount) == (CommandResult.DONE, order.total)


async def test_a_hold_is_followed_for_as_long_as_the_order_waits_and_no_longer(skipping, new_order):
    """Eighty days are two successors; then what is not shipped is let go of."""
    order = await authorized(skipping, new_order)
    await pass_days(skipping, 79)
    assert await held(skipping, order) == [(START, VOIDED), (AGAIN, VOIDED), (AGAIN, HELD)]
    await pass_days(skipping, 2)
    view = await skipping.payments.view(order.key)
    assert view.state is PaymentState.VOIDED
    assert skipping.provider.effects[order.order_id, "authorize"] == 3
    assert skipping.provider.effects[order.order_id, "void"] == 3
    assert await skipping.is_closed(order.key)


async def test_a_card_that_is_not_authorized_anew_keeps_its_hold_until_it_ends(skipping, new_order):
    """People are told in time to ship or to ask the customer; the old hold is neither released early nor doubled."""
    order = await authorized(skipping, new_order)
    skipping.provider.declining.add(order.order_id)
    await pass_days(skipping, 29)
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.may_capture) == (PaymentState.AUTHORIZED, order.total)
    assert "was not authorized anew" in view.attention[0]
    assert "Not authorised" in view.attention[0]
    shipped = await skipping.payments.capture(order.key, request_id="s1")
    assert shipped.result is CommandResult.DONE
    assert skipping.provider.effects[order.order_id, "void"] == 0


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_of_the_successor_is_found_out_before_the_old_hold_is_released(
    skipping, new_order, arrived
):
    """The old hold stands until the new one is known; a shipment waits for it."""
    order = await authorized(skipping, new_order)
    await pass_days(skipping, 28)
    skipping.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("no answer"), effect=arrived))
    await pass_days(skipping, 2)
    assert await held(skipping, order) == [(START, VOIDED), (AGAIN, HELD)]
    assert skipping.provider.effects[order.order_id, "authorize"] == 2
    assert skipping.provider.effects[order.order_id, "void"] == 1


async def test_a_release_that_is_lost_is_asked_for_until_it_is_answered(skipping, new_order):
    """A superseded hold has its release under way, whatever becomes of the answer."""
    order = await authorized(skipping, new_order)
    await pass_days(skipping, 28)
    skipping.provider.once(order.order_id, "void", Fault(OutcomeUnknown("no answer")))
    await pass_days(skipping, 2)
    assert await held(skipping, order) == [(START, VOIDED), (AGAIN, HELD)]
    assert skipping.provider.effects[order.order_id, "void"] == 1


async def test_without_its_card_a_run_tells_people(skipping, new_order):
    """A payment that was taken up from the ledger has no token: it says so in time, once, and voids at the end."""
    order = await authorized(skipping, new_order)
    await skipping.temporal.get_workflow_handle(order.key.workflow_id).terminate("a test")
    await skipping.payments.wake(order.key, event_id="1", event_type="payment.pending_approval", account="long")
    await pass_days(skipping, 29)
    view = await skipping.payments.view(order.key)
    assert len(view.attention) == 1
    assert "keeps no card" in view.attention[0]
    assert view.state is PaymentState.AUTHORIZED
    await pass_days(skipping, 2)
    assert (await skipping.payments.view(order.key)).state is PaymentState.VOIDED
    assert skipping.provider.effects[order.order_id, "authorize"] == 1


async def test_what_was_captured_is_not_held_anew(skipping, new_order):
    """Only what still waits is asked for again; a captured order is left alone."""
    order = await authorized(skipping, new_order)
    await skipping.payments.capture(order.key, request_id="s1")
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await pass_days(skipping, 31)
    assert skipping.provider.effects[order.order_id, "authorize"] == 1


async def test_a_final_authorization_is_not_followed(skipping, new_order):
    """It cannot be released, so the start that asks for it is refused with the remedy."""
    order = new_order()
    final = LONG.model_copy(update={"action": PaymentAction.FINAL_AUTHORIZATION})
    answer = await skipping.payments.authorize(order, final)
    assert (answer.result, answer.refusals[0].field) == (AuthorizationResult.REFUSED, "payment.reauthorize")
