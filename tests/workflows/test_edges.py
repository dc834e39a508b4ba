"""What a payment concludes at its edges: where the provider, the console or an operator does the unexpected."""

import asyncio
from datetime import timedelta

import pytest

from payments.commands import Capture
from payments.methods import PaymentInstruction
from payments.provider import OutcomeUnknown, Refused
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult, CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")
CARD = PaymentInstruction(token="token-approved")
HOUR = timedelta(hours=1)


async def test_a_void_never_takes_a_capture_with_it_that_was_made_in_the_console(skipping, new_order):
    """Before a void is sent the payment is read: a capture that nobody here made is booked and shown, not undone."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    skipping.provider.move(order.order_id, ProviderStatus.CAPTURE_REQUESTED)
    answer = await skipping.payments.void(order.key, request_id="v1")
    assert answer.result is CommandResult.FAILED
    assert not skipping.provider.called(order.order_id, "void")
    view = await skipping.payments.view(order.key)
    assert view.state is PaymentState.CAPTURE_REQUESTED
    assert "nobody here asked" in view.attention[0]


async def test_a_capture_that_is_cancelled_later_is_no_sale(skipping, new_order):
    """A capture that Ingenico accepted and somebody cancelled brings no money: it is booked back and a person told."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    await skipping.payments.capture(order.key, request_id="s1")
    skipping.provider.move(order.order_id, ProviderStatus.RELEASED)
    view = await skipping.until(order.key, PaymentState.CAPTURE_REJECTED, step=HOUR)
    assert view.amounts.captured.amount_minor == view.amounts.capture_requested.amount_minor == 0
    assert "does not come" in view.attention[0]


async def test_a_refusal_of_a_repeated_capture_waits_for_a_second_reading(skipping, new_order):
    """After a lost yes a repetition is refused and a read may lag: the capture is found, not called off."""
    order = new_order()
    await skipping.payments.authorize(order, CARD)
    not_pending = Refused("410110", "UNKNOWN ORDER OR NOT PENDING", wrong_state=True)
    skipping.provider.once(
        order.order_id, "capture", Fault(OutcomeUnknown("reset")), Fault(not_pending), Fault(not_pending)
    )
    await skipping.payments.capture(order.key, request_id="s1", patience_seconds=0)
    await skipping.pass_time(timedelta(minutes=10))
    kinds = await skipping.kinds(order.key)
    assert "capture_refused" not in kinds
    await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED, step=timedelta(minutes=1))
    assert skipping.provider.effects[order.order_id, "capture"] == 1


async def test_an_outcome_that_stays_open_for_an_hour_calls_a_person(skipping, new_order):
    """Nothing is given up by a timer, and nobody is left waiting in silence; the call settles by itself."""
    order = new_order()
    skipping.provider.outage(order.order_id, "authorize", OutcomeUnknown("no answer"))
    await skipping.payments.authorize(order, CARD, patience_seconds=0)
    await skipping.pass_time(2 * HOUR)
    view = await skipping.payments.view(order.key)
    assert "is open since" in view.attention[0]
    skipping.provider.heal(order.order_id)
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(minutes=1))
    assert view.attention == ()


async def test_who_asks_after_a_void_is_not_told_to_ship(skipping, new_order):
    """The same question after the hold is gone has another answer: `released`, never the first `authorized`."""
    order = new_order()
    assert (await skipping.payments.authorize(order, CARD)).result is AuthorizationResult.AUTHORIZED
    await skipping.payments.void(order.key, request_id="v1")
    again = await skipping.payments.authorize(order, CARD)
    assert again.result is AuthorizationResult.RELEASED
    assert again.state is PaymentState.VOIDED


async def test_a_signal_for_an_order_without_a_payment_is_seen_by_people(bench, new_order):
    """A capture that comes before its payment is started is no log line: its run asks for a person."""
    order = new_order()
    await bench.payments.signal_capture(order.key, Capture(request_id="s1"))
    handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
    await handle.result()
    attributes = (await handle.describe()).search_attributes
    assert attributes["NeedsAttention"] == [True]
    answer = await bench.payments.authorize(order, CARD)
    assert answer.result is AuthorizationResult.AUTHORIZED


async def test_cancelling_the_workflow_ends_no_payment(bench, new_order):
    """A cancellation in the Temporal UI would leave a hold on a card: the payment goes on and tells people."""
    order = new_order()
    await bench.payments.authorize(order, CARD)
    await bench.temporal.get_workflow_handle(order.key.workflow_id).cancel()
    answer = await bench.payments.capture(order.key, request_id="s1")
    assert answer.result is CommandResult.DONE
    view = await bench.payments.view(order.key)
    assert "cancel" in view.attention[0]
    assert bench.provider.effects[order.order_id, "capture"] == 1


async def test_cancelling_the_workflow_while_it_captures_ends_no_payment(bench, new_order):
    """The cancellation breaks the capture's activity off, not the payment: it is asked for once, and answered."""

    async def cancelled_meanwhile(_number):
        order = new_order()
        await bench.payments.authorize(order, CARD)
        handle = bench.temporal.get_workflow_handle(order.key.workflow_id)
        answer, _ = await asyncio.gather(bench.payments.capture(order.key, request_id="s1"), handle.cancel())
        assert answer.result is CommandResult.DONE
        assert bench.provider.effects[order.order_id, "capture"] == 1
        for _ in range(100):
            if (view := await bench.payments.view(order.key)).attention:
                break
            await asyncio.sleep(0.05)
        assert "cancel" in view.attention[0]

    await asyncio.gather(*(cancelled_meanwhile(number) for number in range(12)))
