"""Several shipments of one order: captures one by one, doubled requests, lost answers, rejections and the end of it."""

import asyncio
from datetime import timedelta

import pytest

from payments.commands import Capture
from payments.methods import PaymentInstruction
from payments.provider import OutcomeUnknown, Refused, Unavailable
from payments.states import CaptureStage, PaymentState, ProviderStatus, RefundStatus
from payments.view import CommandResult
from tests.support.provider import Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

STEP = timedelta(seconds=10)
LOST = OutcomeUnknown("the connection was reset")


@pytest.fixture
def card():
    """A card on the account that takes several captures."""
    return PaymentInstruction(token="token-visa-approved", account="parts")


@pytest.fixture(autouse=True)
def nothing_is_left_on_its_way(skipping):
    """What is followed for ever slows every later test in which weeks pass."""
    yield
    provider = skipping.provider
    for provider_id, parts in provider.captured.items():
        on_their_way = [n for n, part in enumerate(parts) if part.status is ProviderStatus.CAPTURE_REQUESTED]
        if on_their_way:
            provider.move_captures(provider._orders[provider_id], ProviderStatus.COLLECTED, *on_their_way)


async def authorized(bench, new_order, card):
    order = new_order(10_000)
    await bench.payments.authorize(order, card)
    return order


async def ship(bench, order, request_id, amount, **more):
    money = None if amount is None else order.total.with_amount(amount)
    return await bench.payments.capture(order.key, request_id=request_id, amount=money, **more)


async def view_when(bench, order, is_so):
    for _ in range(300):
        view = await bench.payments.view(order.key)
        if is_so(view):
            return view
        await bench.pass_time(STEP)
    raise AssertionError(f"it never came: {view}")


async def test_three_shipments_are_three_captures(skipping, new_order, card):
    """Each shipment is captured by itself under a reference of its own; the last one ends the hold."""
    order = await authorized(skipping, new_order, card)
    view = await skipping.payments.view(order.key)
    assert (view.several_captures, view.may) == (True, ("capture", "void", "schedule_capture", "change_window"))
    first = await ship(skipping, order, "s1", 3_000)
    assert (first.result, first.state) == (CommandResult.DONE, PaymentState.PARTIALLY_CAPTURED)
    await ship(skipping, order, "s2", 3_000)
    view = await skipping.payments.view(order.key)
    assert (view.amounts.may_capture, view.amounts.lapsing) == (
        order.total.with_amount(4_000),
        order.total - order.total,
    )
    last = await ship(skipping, order, "s3", None)
    assert (last.amount, last.state) == (order.total.with_amount(4_000), PaymentState.CAPTURE_REQUESTED)
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert [c.amount.amount_minor for c in view.captures] == [3_000, 3_000, 4_000]
    assert len({c.transaction_id for c in view.captures}) == 3
    sent = skipping.provider.called(order.order_id, "capture_part")
    assert [call.reference[-4:] for call in sent] == ["-c01", "-c02", "-c03"]
    assert not view.attention
    assert await skipping.is_closed(order.key)


async def test_the_same_shipment_again_is_captured_once(bench, new_order, card):
    """A shipment repeated by update and signal is one capture; its id with other content is refused."""
    order = await authorized(bench, new_order, card)
    part = order.total.with_amount(3_000)
    asked = [bench.payments.capture(order.key, request_id="s1", amount=part) for _ in range(3)]
    await asyncio.gather(*asked, bench.payments.signal_capture(order.key, Capture(request_id="s1", amount=part)))
    other = await ship(bench, order, "s1", 3_001)
    assert (other.result, other.refusal.code) == (CommandResult.REFUSED, "request_id_reused")
    assert bench.provider.effects[order.order_id, "capture_part"] == 1
    twin = await ship(bench, order, "s2", 3_000)
    assert twin.result is CommandResult.DONE
    assert bench.provider.effects[order.order_id, "capture_part"] == 2


async def test_shipments_at_once_never_exceed_the_hold(skipping, new_order, card):
    """Of shipments signalled at the same time those are captured that the hold can pay; the rest is told to people."""
    order = await authorized(skipping, new_order, card)
    answers = await asyncio.gather(*(ship(skipping, order, f"s{n}", 4_000) for n in range(3)))
    assert sorted(answer.result for answer in answers) == ["done", "done", "refused"]
    [refused] = [answer.refusal for answer in answers if answer.refusal]
    assert (refused.code, "20.00" in refused.remedy) == ("amount_above_hold", True)
    assert skipping.provider.effects[order.order_id, "capture_part"] == 2


async def test_shipped_short_the_rest_lapses(skipping, new_order, card):
    """A final shipment of less than is held ends the hold: the rest lapses, and nothing more is captured."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    await ship(skipping, order, "s2", 2_000, final=True)
    more = await ship(skipping, order, "s3", 1_000)
    assert (more.result, more.refusal.code) == (CommandResult.REFUSED, "already_captured")
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.lapsing) == (PaymentState.CAPTURE_REQUESTED, order.total.with_amount(5_000))
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    await skipping.pass_time(timedelta(days=8))
    view = await skipping.payments.view(order.key)
    assert view.amounts.lapsing.amount_minor == 0
    assert await skipping.is_closed(order.key)


async def test_a_void_after_two_shipments_leaves_them(skipping, new_order, card):
    """Cancelling the rest of an order says at the provider that no capture follows; what was captured stays."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    await ship(skipping, order, "s2", 2_000)
    answer = await skipping.payments.void(order.key, request_id="v1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.CAPTURE_REQUESTED)
    assert (await skipping.payments.void(order.key, request_id="v1")).result is CommandResult.DONE
    view = await skipping.payments.view(order.key)
    assert (view.amounts.may_capture.amount_minor, view.amounts.lapsing.amount_minor) == (0, 5_000)
    assert skipping.provider.effects[order.order_id, "finalize"] == 1
    assert skipping.provider.effects[order.order_id, "void"] == 0
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert not view.attention


async def test_a_void_without_shipments_releases_the_hold(skipping, new_order, card):
    """With nothing captured the payment is cancelled whole, after a look at its captures."""
    order = await authorized(skipping, new_order, card)
    answer = await skipping.payments.void(order.key, request_id="v1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.VOIDED)
    assert [c.operation for c in skipping.provider.calls if c.order_id == order.order_id] == [
        "authorize",
        "read",
        "captures",
        "void",
    ]


async def test_a_void_spares_what_somebody_captured_in_the_console(skipping, new_order, card):
    """A capture that nobody here knows of would be cancelled with the payment: it is booked instead, and told."""
    order = await authorized(skipping, new_order, card)
    skipping.provider.take(order.order_id, order.total.with_amount(2_500), None)
    answer = await skipping.payments.void(order.key, request_id="v1")
    assert (answer.result, answer.state) == (CommandResult.FAILED, PaymentState.PARTIALLY_CAPTURED)
    view = await skipping.payments.view(order.key)
    assert view.amounts.may_capture == order.total.with_amount(7_500)
    assert any("nobody here asked for it" in told for told in view.attention)
    assert (await skipping.payments.void(order.key, request_id="v2")).result is CommandResult.DONE
    assert skipping.provider.effects[order.order_id, "void"] == 0


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_is_looked_for_by_its_reference(skipping, new_order, card, arrived):
    """A capture whose answer was lost, between two others, is found by its reference or sent again: once in all."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    skipping.provider.once(order.order_id, "capture_part", Fault(LOST, effect=arrived))
    await ship(skipping, order, "s2", 3_000, patience_seconds=0)
    view = await view_when(skipping, order, lambda view: len(view.captures) == 2 and not view.unknown_operation)
    assert view.captures[1].stage is CaptureStage.REQUESTED
    await ship(skipping, order, "s3", 3_000)
    assert skipping.provider.effects[order.order_id, "capture_part"] == 3
    sent = [call.reference[-4:] for call in skipping.provider.called(order.order_id, "capture_part")]
    assert sent == (["-c01", "-c02", "-c03"] if arrived else ["-c01", "-c02", "-c02", "-c03"])
    assert not (await skipping.payments.view(order.key)).attention


async def test_two_captures_under_one_reference_are_told_to_a_person(skipping, new_order, card):
    """A shipment that the provider captured twice is booked once; the other is a person's to refund."""
    order = await authorized(skipping, new_order, card)
    skipping.provider.once(order.order_id, "capture_part", Fault(LOST, effect=True))
    asked = asyncio.create_task(ship(skipping, order, "s1", 3_000, patience_seconds=0))
    await asked
    reference = skipping.provider.called(order.order_id, "capture_part")[0].reference
    skipping.provider.take(order.order_id, order.total.with_amount(3_000), reference)
    view = await view_when(skipping, order, lambda view: view.captures and not view.unknown_operation)
    assert any("more than once" in told for told in view.attention)
    assert view.amounts.capture_requested == order.total.with_amount(3_000)


async def test_a_total_that_moved_without_our_reference_is_not_repeated(skipping, new_order, card):
    """Something was captured and the answer to ours was lost: nothing is repeated, a person is told."""
    order = await authorized(skipping, new_order, card)
    skipping.provider.once(order.order_id, "capture_part", Fault(LOST))
    await ship(skipping, order, "s1", 3_000, patience_seconds=0)
    skipping.provider.take(order.order_id, order.total.with_amount(3_000), "somebody-else")
    view = await view_when(skipping, order, lambda view: view.attention)
    assert "Nothing is repeated" in view.attention[0]
    await skipping.pass_time(timedelta(hours=2))
    assert len(skipping.provider.called(order.order_id, "capture_part")) == 1
    skipping.provider.forget_captures(order.order_id)
    view = await view_when(skipping, order, lambda view: not view.unknown_operation)
    assert (view.captures[0].stage, view.attention) == (CaptureStage.REQUESTED, ())


async def test_a_rejected_shipment_does_not_reject_the_others(skipping, new_order, card):
    """One capture is rejected: its amount may be captured again while the payment takes captures, the others go on."""
    order = await authorized(skipping, new_order, card)
    for request_id in ("s1", "s2"):
        await ship(skipping, order, request_id, 3_000)
    skipping.provider.move_captures(order.order_id, ProviderStatus.CAPTURE_REJECTED, 0)
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED, 1)
    view = await view_when(skipping, order, lambda view: view.captures[1].stage is CaptureStage.COLLECTED)
    assert view.captures[0].stage is CaptureStage.REJECTED
    assert view.amounts.may_capture == order.total.with_amount(7_000)
    assert any("Stop the shipment" in told for told in view.attention)
    again = await ship(skipping, order, "s3", 7_000)
    assert (again.result, again.state) == (CommandResult.DONE, PaymentState.CAPTURE_REQUESTED)


async def test_a_shipment_rejected_after_the_last_one_lapses(skipping, new_order, card):
    """Once the payment takes no more captures a rejected one's amount is only waited for to leave the card."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    await ship(skipping, order, "s2", None)
    skipping.provider.move_captures(order.order_id, ProviderStatus.CAPTURE_REJECTED, 0)
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED, 1)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert (view.amounts.may_capture.amount_minor, view.amounts.lapsing.amount_minor) == (0, 3_000)
    assert view.amounts.collected == order.total.with_amount(7_000)


async def test_the_end_of_the_window_ends_the_captures(skipping, new_order, card):
    """What is not shipped when the window ends is let go of, and what was shipped stays."""
    order = new_order(10_000)
    await skipping.payments.authorize(order, card.model_copy(update={"window_seconds": 3600}))
    await ship(skipping, order, "s1", 3_000)
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED)
    await skipping.pass_time(timedelta(hours=2))
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert view.amounts.lapsing == order.total.with_amount(7_000)
    assert skipping.provider.effects[order.order_id, "finalize"] == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_the_end_of_captures_is_found_out(skipping, new_order, card, arrived):
    """That no capture follows is read, and said again if it was not heard."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    skipping.provider.once(order.order_id, "finalize", Fault(LOST, effect=arrived))
    await skipping.payments.void(order.key, request_id="v1", patience_seconds=0)
    view = await view_when(skipping, order, lambda view: view.amounts.lapsing.amount_minor)
    assert view.amounts.lapsing == order.total.with_amount(7_000)
    assert skipping.provider.effects[order.order_id, "finalize"] == 1


async def test_a_refused_shipment_leaves_the_hold(skipping, new_order, card):
    """What Ingenico refuses took nothing: the amount can be captured under another id, the other captures stand."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    skipping.provider.once(order.order_id, "capture_part", Fault(Refused("400", "not possible")))
    answer = await ship(skipping, order, "s2", 3_000)
    assert (answer.result, answer.state) == (CommandResult.FAILED, PaymentState.PARTIALLY_CAPTURED)
    assert (await ship(skipping, order, "s3", 7_000)).result is CommandResult.DONE
    assert skipping.provider.effects[order.order_id, "capture_part"] == 2


async def test_a_shipment_during_an_outage_is_captured_once(skipping, new_order, card):
    """While the provider is away a shipment waits; it is captured once when it is back, within its window."""
    order = await authorized(skipping, new_order, card)
    skipping.provider.outage(order.order_id, "capture_part", Unavailable("connection refused"))
    await ship(skipping, order, "s1", 3_000, patience_seconds=0)
    await skipping.pass_time(timedelta(hours=3))
    skipping.provider.heal(order.order_id)
    await view_when(skipping, order, lambda view: view.amounts.capture_requested.amount_minor == 3_000)
    assert skipping.provider.effects[order.order_id, "capture_part"] == 1


async def test_a_payment_cancelled_in_the_console_takes_no_shipment(skipping, new_order, card):
    """A capture of a payment that somebody cancelled is refused, looked for, and the hold is released."""
    order = await authorized(skipping, new_order, card)
    skipping.provider.move(order.order_id, ProviderStatus.RELEASED)
    await ship(skipping, order, "s1", 3_000, patience_seconds=0)
    view = await skipping.until(order.key, PaymentState.VOIDED, step=STEP)
    assert view.captures[0].stage is CaptureStage.REFUSED
    assert view.attention


async def test_a_refund_names_one_of_the_captures(skipping, new_order, card):
    """A refund of one shipment goes back from that capture, and never exceeds it."""
    order = await authorized(skipping, new_order, card)
    await ship(skipping, order, "s1", 3_000)
    await ship(skipping, order, "s2", None)
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    first = view.captures[0]
    above = await skipping.payments.refund(
        order.key, request_id="r1", amount=order.total.with_amount(3_001), capture_id=first.capture_id
    )
    assert above.refusal.code == "amount_above_captured"
    answer = await skipping.payments.refund(order.key, request_id="r2", capture_id=first.capture_id)
    assert (answer.result, answer.amount) == (CommandResult.DONE, order.total.with_amount(3_000))
    [sent] = skipping.provider.called(order.order_id, "refund")
    assert skipping.provider.refunded_of[sent.reference] == first.transaction_id
    skipping.provider.move_refunds(order.order_id, RefundStatus.REFUNDED)
    view = await skipping.until(order.key, PaymentState.PARTIALLY_REFUNDED, step=STEP)
    assert view.amounts.may_refund == order.total.with_amount(7_000)
