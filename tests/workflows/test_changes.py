"""Orders edited after they were authorized, through the real workflow: what is owed, held and captured, to the unit."""

from datetime import timedelta

import pytest

from payments.methods import PaymentAction, PaymentInstruction
from payments.parts import AuthorizationStage
from payments.provider import OutcomeUnknown, Refused
from payments.states import CaptureStage, PaymentState, ProviderStatus, Purpose, RefundStatus
from payments.view import CommandResult
from tests.support.provider import DECLINED_TOKEN, SEVERAL, Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = OutcomeUnknown("no answer")
STEP = timedelta(seconds=5)


@pytest.fixture
def parts(card):
    """A card on an account whose payments take several captures."""
    return card.model_copy(update={"account": SEVERAL})


async def authorized(skipping, new_order, card, total=10_000):
    order = new_order(total)
    await skipping.payments.authorize(order, card)
    return order


async def ship(skipping, order, request_id, amount=None, **more):
    money = None if amount is None else order.total.with_amount(amount)
    return await skipping.payments.capture(order.key, request_id=request_id, amount=money, **more)


async def change(skipping, order, request_id, total, **more):
    return await skipping.payments.change(order.key, order.total.with_amount(total), request_id=request_id, **more)


def held(view):
    return [(a.purpose, a.stage, a.amount.amount_minor) for a in view.authorizations]


START, SUPPLEMENTARY = Purpose.START, Purpose.SUPPLEMENTARY
HELD, VOIDED = AuthorizationStage.HELD, AuthorizationStage.VOIDED


async def test_an_order_edited_down_keeps_its_hold_and_captures_less(skipping, new_order, card):
    """Nothing is asked of the provider; the rest is what the order owes, and what the hold has beyond it lapses."""
    order = await authorized(skipping, new_order, card)
    answer = await change(skipping, order, "e1", 6_000)
    assert (answer.result, answer.amount) == (CommandResult.DONE, order.total.with_amount(6_000))
    assert (await change(skipping, order, "e1", 6_000)).result is CommandResult.DONE
    above = await ship(skipping, order, "s0", 6_001)
    assert above.refusal.code == "amount_above_hold"
    shipped = await ship(skipping, order, "s1")
    assert (shipped.result, shipped.amount) == (CommandResult.DONE, order.total.with_amount(6_000))
    view = await skipping.payments.view(order.key)
    assert (view.amounts.owed, view.amounts.lapsing) == (shipped.amount, order.total.with_amount(4_000))
    assert [c.operation for c in skipping.provider.calls if c.order_id == order.order_id][:2] == [
        "authorize",
        "capture",
    ]


async def test_an_order_edited_up_is_held_twice_and_shipped_once(skipping, new_order, card):
    """The difference is a further authorization by the same card; one shipment is captured of both, each once."""
    order = await authorized(skipping, new_order, card)
    answer = await change(skipping, order, "e1", 13_000)
    assert (answer.result, answer.amount) == (CommandResult.DONE, order.total.with_amount(3_000))
    view = await skipping.payments.view(order.key)
    assert held(view) == [(START, HELD, 10_000), (SUPPLEMENTARY, HELD, 3_000)]
    assert (view.amounts.owed.amount_minor, view.amounts.may_capture.amount_minor) == (13_000, 13_000)
    assert skipping.provider.tokens[order.order_id] == [card.token, card.token]
    assert skipping.provider.by_merchant[order.order_id] == [False, True]
    shipped = await ship(skipping, order, "s1")
    assert (shipped.result, shipped.amount) == (CommandResult.DONE, order.total.with_amount(13_000))
    assert (await ship(skipping, order, "s1")).amount == order.total.with_amount(13_000)
    view = await skipping.payments.view(order.key)
    assert [c.amount.amount_minor for c in view.captures] == [10_000, 3_000]
    taken = [p.captured_minor for p in skipping.provider.of_order(order.order_id)]
    assert taken == [10_000, 3_000]
    skipping.provider.move(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    assert view.amounts.collected == order.total.with_amount(13_000)


async def test_two_shipments_over_two_holds_are_exact(skipping, new_order, parts):
    """Where a hold takes several captures the shipments are divided to the unit, the one that ends first used first."""
    order = await authorized(skipping, new_order, parts)
    await skipping.pass_time(timedelta(hours=1))
    await change(skipping, order, "e1", 13_000)
    first = await ship(skipping, order, "s1", 4_000, shipment_id="parcel 1")
    second = await ship(skipping, order, "s2", 9_000, shipment_id="parcel 2")
    assert (first.amount.amount_minor, second.amount.amount_minor) == (4_000, 9_000)
    view = await skipping.payments.view(order.key)
    assert [(c.amount.amount_minor, c.shipment_id) for c in view.captures] == [
        (4_000, "parcel 1"),
        (6_000, "parcel 2"),
        (3_000, "parcel 2"),
    ]
    assert view.state is PaymentState.CAPTURE_REQUESTED
    skipping.provider.move_captures(order.order_id, ProviderStatus.COLLECTED)
    view = await skipping.until(order.key, PaymentState.COLLECTED, step=STEP)
    last = view.captures[2]
    answer = await skipping.payments.refund(order.key, request_id="r1", capture_id=last.capture_id)
    assert (answer.result, answer.amount.amount_minor) == (CommandResult.DONE, 3_000)
    [sent] = skipping.provider.called(order.order_id, "refund")
    assert skipping.provider.refunded_of[sent.reference] == last.transaction_id
    skipping.provider.move_refunds(order.order_id, RefundStatus.REFUNDED)
    view = await skipping.until(order.key, PaymentState.PARTIALLY_REFUNDED, step=STEP)


async def test_holds_that_are_captured_once_lose_as_little_as_can_be(skipping, new_order, card):
    """A shipment of just what one hold has is captured of that one: the other waits for the next."""
    order = await authorized(skipping, new_order, card)
    await change(skipping, order, "e1", 13_000)
    await ship(skipping, order, "s1", 3_000)
    await ship(skipping, order, "s2", 10_000)
    view = await skipping.payments.view(order.key)
    assert [c.amount.amount_minor for c in view.captures] == [3_000, 10_000]
    assert view.amounts.lapsing.amount_minor == 0


async def test_a_declined_difference_leaves_the_order_as_it_was(skipping, new_order, card):
    """The new total is not owed, its asker hears so, and what is held can be shipped."""
    order = await authorized(skipping, new_order, card)
    named = PaymentInstruction(token=DECLINED_TOKEN)
    answer = await change(skipping, order, "e1", 13_000, payment=named)
    assert answer.result is CommandResult.FAILED
    assert "still owes 100.00 USD" in answer.message
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.owed, view.decline) == (PaymentState.AUTHORIZED, order.total, None)
    assert (await ship(skipping, order, "s1")).amount == order.total


async def test_a_difference_that_is_not_needed_any_more_is_released_whole(skipping, new_order, card):
    """Edited down again, the further hold is let go of first; it is never captured in part."""
    order = await authorized(skipping, new_order, card)
    await change(skipping, order, "e1", 13_000)
    answer = await change(skipping, order, "e2", 9_000)
    assert (answer.result, answer.amount.amount_minor) == (CommandResult.DONE, 9_000)
    view = await skipping.payments.view(order.key)
    assert held(view) == [(START, HELD, 10_000), (SUPPLEMENTARY, VOIDED, 3_000)]
    assert (await ship(skipping, order, "s1")).amount.amount_minor == 9_000
    assert skipping.provider.effects[order.order_id, "void"] == 1


async def test_a_void_releases_every_hold(skipping, new_order, card):
    """One request, one answer, each hold cancelled once."""
    order = await authorized(skipping, new_order, card)
    await change(skipping, order, "e1", 13_000)
    answer = await skipping.payments.void(order.key, request_id="v1")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.VOIDED)
    assert skipping.provider.effects[order.order_id, "void"] == 2
    view = await skipping.payments.view(order.key)
    assert held(view) == [(START, VOIDED, 10_000), (SUPPLEMENTARY, VOIDED, 3_000)]
    assert await skipping.is_closed(order.key)


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_of_the_difference_is_found_out(skipping, new_order, card, arrived):
    """The same key again: one further hold, and the order owes more once it is known."""
    order = await authorized(skipping, new_order, card)
    skipping.provider.once(order.order_id, "authorize", Fault(LOST, effect=arrived))
    answer = await change(skipping, order, "e1", 13_000, patience_seconds=0)
    assert answer.result is CommandResult.PENDING
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    view = await skipping.payments.view(order.key)
    assert held(view) == [(START, HELD, 10_000), (SUPPLEMENTARY, HELD, 3_000)]
    assert skipping.provider.effects[order.order_id, "authorize"] == 2
    assert view.amounts.owed.amount_minor == 13_000


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_of_the_second_part_captures_it_once(skipping, new_order, parts, arrived):
    """The first part stands, the second is looked for by its own reference."""
    order = await authorized(skipping, new_order, parts)
    await change(skipping, order, "e1", 13_000)
    asked = await ship(skipping, order, "s1", 9_000)
    assert asked.result is CommandResult.DONE
    skipping.provider.once(order.order_id, "capture_part", Fault(LOST, effect=arrived))
    await ship(skipping, order, "s2", patience_seconds=0)
    await skipping.until(order.key, PaymentState.CAPTURE_REQUESTED, step=STEP)
    again = await ship(skipping, order, "s2")
    assert (again.result, again.amount.amount_minor) == (CommandResult.DONE, 4_000)
    assert skipping.provider.effects[order.order_id, "capture_part"] == 3


async def test_a_part_that_is_refused_is_told_with_its_amount(skipping, new_order, card):
    """What was taken and what was not: the shipment is told to be short."""
    order = await authorized(skipping, new_order, card)
    await change(skipping, order, "e1", 13_000)
    real = skipping.provider.capture

    async def second_is_refused(account, provider_id, amount):
        if amount.amount_minor == 3_000:
            raise Refused("400", "not possible")
        return await real(account, provider_id, amount)

    skipping.provider.capture = second_is_refused
    try:
        answer = await ship(skipping, order, "s1")
    finally:
        skipping.provider.capture = real
    assert (answer.result, answer.amount.amount_minor) == (CommandResult.FAILED, 10_000)
    assert "100.00 USD of 130.00 USD" in answer.message
    view = await skipping.payments.view(order.key)
    assert [c.stage for c in view.captures] == [CaptureStage.REQUESTED, CaptureStage.REFUSED]
    assert view.amounts.may_capture.amount_minor == 3_000


async def test_what_cannot_be_changed_is_refused_in_words(skipping, new_order, card):
    """Below what is captured, a final authorization, nothing, another currency: each names the field and the remedy."""
    order = await authorized(skipping, new_order, card)
    assert (await change(skipping, order, "e1", 0)).refusal.code == "amount_not_positive"
    euros = order.total.model_copy(update={"currency": "EUR"})
    answer = await skipping.payments.change(order.key, euros, request_id="e2")
    assert (answer.refusal.code, answer.refusal.field) == ("currency_differs", "total.currency")
    await ship(skipping, order, "s1", 6_000)
    below = await change(skipping, order, "e3", 5_000)
    assert (below.refusal.code, below.refusal.field) == ("total_below_captured", "total.amount_minor")
    final = await authorized(skipping, new_order, card.model_copy(update={"action": PaymentAction.FINAL_AUTHORIZATION}))
    assert (await change(skipping, final, "e1", 9_000)).refusal.code == "final_authorization_is_whole"
    assert (await ship(skipping, final, "s1")).amount == final.total


async def test_a_payment_taken_up_from_the_ledger_asks_for_the_order_and_a_card(skipping, new_order, card):
    """Without its start a run has no card to ask: it says so, and takes what is sent with the request."""
    order = await authorized(skipping, new_order, card)
    await skipping.temporal.get_workflow_handle(order.key.workflow_id).terminate("a test")
    without = await change(skipping, order, "e1", 13_000)
    assert (without.refusal.code, without.refusal.field) == ("order_needed", "order")
    dearer = order.model_copy(update={"total": order.total.with_amount(13_000)})
    answer = await skipping.payments.change(order.key, dearer.total, request_id="e2", order=dearer, payment=card)
    assert answer.result is CommandResult.DONE
    assert skipping.provider.by_merchant[order.order_id] == [False, False]
