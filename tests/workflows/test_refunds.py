"""Money that goes back: refunds in parts, asked too early, asked at once, lost answers, and refunds that fail."""

import asyncio
from datetime import timedelta

import pytest

from payments.commands import Refund
from payments.provider import OutcomeUnknown, ProviderRefund, Refused, Unavailable
from payments.references import idempotence_key, operation_id
from payments.states import PaymentState, ProviderStatus, RefundStage, RefundStatus
from payments.view import CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

STEP = timedelta(seconds=10)
LOST = OutcomeUnknown("the connection was reset")


async def collected(bench, new_order, card):
    """An order whose whole amount was captured and collected; its workflow has closed."""
    order = new_order(10_000)
    await bench.payments.authorize(order, card)
    await bench.payments.capture(order.key, request_id="s1")
    bench.provider.move(order.order_id, ProviderStatus.COLLECTED)
    await bench.until(order.key, PaymentState.COLLECTED, step=STEP)
    return order


async def paid_out(bench, order, state):
    bench.provider.move_refunds(order.order_id, RefundStatus.REFUNDED)
    return await bench.until(order.key, state, step=STEP)


async def test_refunded_in_two_parts(skipping, new_order, card):
    """Two partial refunds, each with its own reference and key, leave nothing to refund, and the books say so."""
    order = await collected(skipping, new_order, card)
    first = await skipping.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(4_000))
    assert (first.result, first.amount) == (CommandResult.DONE, order.total.with_amount(4_000))
    view = await paid_out(skipping, order, PaymentState.PARTIALLY_REFUNDED)
    assert view.amounts.may_refund == order.total.with_amount(6_000)
    second = await skipping.payments.refund(order.key, request_id="r2")
    assert second.amount == order.total.with_amount(6_000)
    view = await paid_out(skipping, order, PaymentState.REFUNDED)
    assert (view.amounts.refunded, view.amounts.may_refund) == (order.total, order.total.with_amount(0))
    sent = skipping.provider.called(order.order_id, "refund")
    assert [call.reference[-3:] for call in sent] == ["r01", "r02"]
    assert len({call.key for call in sent}) == 2
    assert skipping.provider.effects[order.order_id, "refund"] == 2
    assert not view.attention


async def test_the_same_refund_again_is_refunded_once(bench, new_order, card):
    """A refund repeated by update and signal goes back once; another content under its id is refused."""
    order = await collected(bench, new_order, card)
    part = order.total.with_amount(3_000)
    asked = [bench.payments.refund(order.key, request_id="r1", amount=part) for _ in range(3)]
    await asyncio.gather(*asked, bench.payments.signal_refund(order.key, Refund(request_id="r1", amount=part)))
    other = await bench.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(3_001))
    assert (other.result, other.refusal.code) == (CommandResult.REFUSED, "request_id_reused")
    assert bench.provider.effects[order.order_id, "refund"] == 1


async def test_two_refunds_at_once_never_exceed_what_was_captured(skipping, new_order, card):
    """Of two refunds of more than half each, asked at the same time, one is refused with what is left."""
    order = await collected(skipping, new_order, card)
    part = order.total.with_amount(6_000)
    answers = await asyncio.gather(
        *(skipping.payments.refund(order.key, request_id=f"r{n}", amount=part) for n in range(2))
    )
    assert sorted(answer.result for answer in answers) == [CommandResult.DONE, CommandResult.REFUSED]
    [refused] = [answer.refusal for answer in answers if answer.refusal]
    assert (refused.code, refused.field) == ("amount_above_captured", "amount.amount_minor")
    assert "40.00" in refused.remedy
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_a_refund_asked_before_settlement_waits_until_it_can_go(skipping, new_order, card):
    """A refund of a queued capture is accepted, sent to nobody, and goes once the money is there."""
    order = new_order(10_000)
    await skipping.payments.authorize(order, card)
    await skipping.payments.capture(order.key, request_id="s1")
    answer = await skipping.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(2_500))
    assert (answer.result, answer.state) == (CommandResult.PENDING, PaymentState.REFUNDING)
    above = await skipping.payments.refund(order.key, request_id="r2", amount=order.total.with_amount(7_501))
    assert above.refusal.code == "amount_above_captured"
    await skipping.pass_time(timedelta(hours=5))
    assert skipping.provider.called(order.order_id, "refund") == []
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    for _ in range(100):
        await skipping.pass_time(timedelta(minutes=10))
        if skipping.provider.called(order.order_id, "refund"):
            break
    await paid_out(skipping, order, PaymentState.PARTIALLY_REFUNDED)
    again = await skipping.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(2_500))
    assert again.result is CommandResult.DONE
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_a_refund_whose_capture_never_settles_is_told_to_people(skipping, new_order, card):
    """After two weeks in the queue a person is told, once; when the money is there the refund goes by itself."""
    order = new_order(10_000)
    await skipping.payments.authorize(order, card)
    await skipping.payments.capture(order.key, request_id="s1")
    await skipping.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(6_000))
    for _ in range(13):
        await skipping.pass_time(timedelta(days=1))
    assert (await skipping.payments.view(order.key)).attention == ()
    for _ in range(3):
        await skipping.pass_time(timedelta(days=1))
    [told] = (await skipping.payments.view(order.key)).attention
    assert "60.00 USD has waited since it was asked for (its capture is not settled yet)" in told
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    for _ in range(100):
        await skipping.pass_time(timedelta(hours=1))
        if skipping.provider.called(order.order_id, "refund"):
            break
    view = await paid_out(skipping, order, PaymentState.PARTIALLY_REFUNDED)
    assert (view.attention, skipping.provider.effects[order.order_id, "refund"]) == ((), 1)


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_a_refund_is_asked_for_with_the_same_key(skipping, new_order, card, arrived):
    """An unknown refund is repeated under its own key until the truth is known, and the money goes back once."""
    order = await collected(skipping, new_order, card)
    skipping.provider.once(order.order_id, "refund", *[Fault(LOST, effect=arrived)] * 3)
    await skipping.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await paid_out_when_asked(skipping, order)
    sent = skipping.provider.called(order.order_id, "refund")
    assert len(sent) == 4
    assert {call.key for call in sent} == {idempotence_key("main", operation_id(order.key, "refund", "r1"), attempt=1)}
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def paid_out_when_asked(bench, order):
    for _ in range(100):
        await bench.pass_time(STEP)
        view = await bench.payments.view(order.key)
        if view.refunds and view.refunds[0].stage is RefundStage.REQUESTED:
            return await paid_out(bench, order, PaymentState.REFUNDED)
    raise AssertionError("the refund was never accepted")


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_key_that_replays_a_failure_is_got_out_of(skipping, new_order, card, arrived):
    """A stored failure under the key: the refund is looked for, and only if it is absent asked under another key."""
    order = await collected(skipping, new_order, card)
    dead = OutcomeUnknown("HTTP 500, replayed", key_is_dead=True)
    skipping.provider.once(order.order_id, "refund", Fault(LOST, effect=arrived), Fault(dead))
    await skipping.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await paid_out_when_asked(skipping, order)
    keys = {call.key for call in skipping.provider.called(order.order_id, "refund")}
    assert len(keys) == (1 if arrived else 2)
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_an_outage_delays_a_refund(skipping, new_order, card):
    """While the provider is away the refund waits, and goes once when it is back."""
    order = await collected(skipping, new_order, card)
    skipping.provider.outage(order.order_id, "refund", Unavailable("connection refused"))
    answer = await skipping.payments.refund(order.key, request_id="r1", patience_seconds=0)
    assert answer.result is CommandResult.PENDING
    await skipping.pass_time(timedelta(hours=3))
    skipping.provider.heal(order.order_id)
    await paid_out_when_asked(skipping, order)
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_a_refused_refund_frees_its_amount_and_is_told_to_people(skipping, new_order, card):
    """What Ingenico refuses is told with the reason; the amount can be asked for again under another id."""
    order = await collected(skipping, new_order, card)
    skipping.provider.once(order.order_id, "refund", Fault(Refused("400", "not possible")))
    answer = await skipping.payments.refund(order.key, request_id="r1")
    assert (answer.result, answer.state) == (CommandResult.FAILED, PaymentState.COLLECTED)
    view = await skipping.payments.view(order.key)
    assert view.amounts.may_refund == order.total
    assert any("refused the refund" in told for told in view.attention)
    again = await skipping.payments.refund(order.key, request_id="r2")
    assert again.result is CommandResult.DONE
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_a_refund_rejected_later_opens_the_balance_again(skipping, new_order, card):
    """A refund that the bank rejects after it was accepted is told to people and may be asked again."""
    order = await collected(skipping, new_order, card)
    await skipping.payments.refund(order.key, request_id="r1")
    skipping.provider.move_refunds(order.order_id, RefundStatus.FAILED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert (view.refunds[0].stage, view.amounts.may_refund) == (RefundStage.FAILED, order.total)
    assert any("did not reach the customer" in told for told in view.attention)
    assert (await skipping.payments.refund(order.key, request_id="r2")).result is CommandResult.DONE


async def test_nothing_captured_is_nothing_to_refund(skipping, new_order, card):
    """A refund of a mere authorization is refused with the remedy, and nothing is lost."""
    order = new_order()
    await skipping.payments.authorize(order, card)
    answer = await skipping.payments.refund(order.key, request_id="r1")
    assert (answer.result, answer.refusal.code) == (CommandResult.REFUSED, "nothing_captured")
    assert "Void" in answer.refusal.remedy
    assert skipping.provider.effects[order.order_id, "refund"] == 0


async def test_a_refund_that_waits_for_a_capture_that_is_rejected_ends(skipping, new_order, card):
    """No money came, so none goes back: the refund fails with the reason, and the payment is over."""
    order = new_order(10_000)
    await skipping.payments.authorize(order, card)
    await skipping.payments.capture(order.key, request_id="s1")
    skipping.provider.close_queue(order.order_id)
    answer = await skipping.payments.refund(order.key, request_id="r1")
    assert answer.result is CommandResult.PENDING
    skipping.provider.move(order.order_id, ProviderStatus.CAPTURE_REJECTED)
    view = await skipping.until(order.key, PaymentState.CAPTURE_REJECTED, step=timedelta(minutes=10))
    assert view.refunds[0].stage is RefundStage.FAILED
    assert "no money that could go back" in view.refunds[0].reason
    assert await skipping.is_closed(order.key)
    assert skipping.provider.called(order.order_id, "refund") == []


async def test_a_refund_that_is_refused_after_a_lost_answer_is_settled_soon(skipping, new_order, card):
    """The refusal of a repetition proves nothing: two looks settle it, and another attempt follows within minutes."""
    order = await collected(skipping, new_order, card)
    refused = Refused("400", "not possible")
    skipping.provider.once(order.order_id, "refund", Fault(LOST, effect=False), Fault(refused, effect=False))
    await skipping.payments.refund(order.key, request_id="r1", patience_seconds=0)
    await paid_out_when_asked(skipping, order)
    sent = skipping.provider.called(order.order_id, "refund")
    assert [call.reference[-3:] for call in sent] == ["r01", "r01", "r02"]
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_beside_a_refund_of_unknown_origin_nothing_is_repeated(skipping, new_order, card):
    """While the payment shows a refund that nobody here asked for, a lost one is not sent again; people are told."""
    order = await collected(skipping, new_order, card)
    [payment] = skipping.provider.of_order(order.order_id)
    stray = ProviderRefund(
        refund_id=f"{payment.provider_id}-x",
        status=RefundStatus.REQUESTED,
        raw_status="REFUND_REQUESTED",
        reference=None,
        amount=order.total.with_amount(1_000),
    )
    skipping.provider.refunded[stray.refund_id] = stray
    dead = OutcomeUnknown("HTTP 500, replayed", key_is_dead=True)
    skipping.provider.once(order.order_id, "refund", Fault(LOST, effect=False), Fault(dead))
    part = order.total.with_amount(4_000)
    await skipping.payments.refund(order.key, request_id="r1", amount=part, patience_seconds=0)
    await skipping.pass_time(timedelta(hours=2))
    view = await skipping.payments.view(order.key)
    assert any("nobody here asked for" in told and stray.refund_id in told for told in view.attention)
    assert view.refunds[0].stage is RefundStage.INTENDED
    assert len(skipping.provider.called(order.order_id, "refund")) == 2
    skipping.provider.refunded[stray.refund_id] = stray.model_copy(update={"status": RefundStatus.FAILED})
    for _ in range(100):
        await skipping.pass_time(timedelta(minutes=1))
        if skipping.provider.effects[order.order_id, "refund"]:
            break
    await paid_out(skipping, order, PaymentState.PARTIALLY_REFUNDED)
    assert skipping.provider.effects[order.order_id, "refund"] == 1


async def test_a_refund_on_its_way_is_followed_by_the_payments_next_run(skipping, new_order, card):
    """Whoever ends the workflow by force ends no refund: the next message takes it up and follows it."""
    order = await collected(skipping, new_order, card)
    part = order.total.with_amount(4_000)
    await skipping.payments.refund(order.key, request_id="r1", amount=part)
    await skipping.temporal.get_workflow_handle(order.key.workflow_id).terminate()
    again = await skipping.payments.refund(order.key, request_id="r1", amount=part)
    assert again.result is CommandResult.DONE
    await paid_out(skipping, order, PaymentState.PARTIALLY_REFUNDED)
    assert await skipping.is_closed(order.key)
    assert skipping.provider.effects[order.order_id, "refund"] == 1
