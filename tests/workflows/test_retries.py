"""The same order paid in another way after a decline, through the real workflow: one hold, whatever fails."""

import asyncio
from datetime import timedelta

import pytest

from payments.hosted_checkout import HostedCheckout
from payments.methods import LateSuccess, PaymentInstruction
from payments.parts import AuthorizationStage
from payments.provider import OutcomeUnknown, Refused, Unavailable
from payments.states import PaymentState, ProviderStatus, Purpose
from payments.view import AuthorizationResult, CommandResult
from tests.support.provider import DECLINED_FOR_GOOD_TOKEN, DECLINED_TOKEN, REDIRECT_TOKEN, Fault

pytestmark = pytest.mark.asyncio(loop_scope="session")

DECLINED = PaymentInstruction(token=DECLINED_TOKEN)
LOST = OutcomeUnknown("no answer")
MINUTE = timedelta(minutes=1)


async def declined(skipping, new_order, payment=DECLINED):
    """An order whose first card was declined, and whose workflow has closed."""
    order = new_order()
    answer = await skipping.payments.authorize(order, payment)
    assert answer.result is AuthorizationResult.DECLINED
    assert answer.may_retry_until is not None
    assert await skipping.is_closed(order.key)
    return order


async def test_a_declined_order_is_paid_with_another_card(skipping, new_order, card):
    """The payment is taken up from the ledger, the other card is asked under a reference and key of its own."""
    order = await declined(skipping, new_order)
    answer = await skipping.payments.retry(order, card, request_id="r1")
    assert (answer.result, answer.amount) == (AuthorizationResult.AUTHORIZED, order.total)
    assert answer.operation_id == f"main/{order.order_id}/authorize/r1"
    assert answer.merchant_reference.endswith("-a02")
    assert answer.decline is None
    assert skipping.provider.tokens[order.order_id] == [DECLINED_TOKEN, card.token]
    first, second = skipping.provider.called(order.order_id, "authorize")
    assert first.key != second.key
    view = await skipping.payments.view(order.key)
    assert [(a.purpose, a.stage) for a in view.authorizations] == [
        (Purpose.START, AuthorizationStage.DECLINED),
        (Purpose.RETRY, AuthorizationStage.HELD),
    ]
    shipped = await skipping.payments.capture(order.key, request_id="s1")
    assert (shipped.result, shipped.amount) == (CommandResult.DONE, order.total)
    assert skipping.provider.effects[order.order_id, "capture"] == 1


async def test_the_same_try_twice_asks_once(skipping, new_order, card):
    """A repeated request id is the same try; the order service may ask with the start as well."""
    order = await declined(skipping, new_order)
    first, second = await asyncio.gather(*(skipping.payments.retry(order, card, request_id="r1") for _ in range(2)))
    assert first.result is second.result is AuthorizationResult.AUTHORIZED
    assert len(skipping.provider.called(order.order_id, "authorize")) == 2
    again = await skipping.payments.authorize(order, DECLINED)
    assert again.result is AuthorizationResult.AUTHORIZED
    assert skipping.provider.effects[order.order_id, "authorize"] == 2
    other = await skipping.payments.retry(order, DECLINED, request_id="r1")
    assert other.refusals[0].code == "request_id_reused"


async def test_a_card_that_was_declined_for_good_is_not_asked_again(skipping, new_order, card):
    """A hard decline stands for its card; another one is fine. A soft one may be asked again."""
    stolen = PaymentInstruction(token=DECLINED_FOR_GOOD_TOKEN)
    order = await declined(skipping, new_order, stolen)
    refused = await skipping.payments.retry(order, stolen, request_id="r1")
    assert (refused.result, refused.refusals[0].code) == (AuthorizationResult.REFUSED, "card_declined_for_good")
    assert refused.refusals[0].field == "payment.token"
    assert "another card" in refused.refusals[0].remedy
    assert len(skipping.provider.called(order.order_id, "authorize")) == 1
    assert (await skipping.payments.retry(order, card, request_id="r2")).result is AuthorizationResult.AUTHORIZED
    soft = await declined(skipping, new_order)
    again = await skipping.payments.retry(soft, DECLINED, request_id="r1")
    assert (again.result, again.decline.may_retry) == (AuthorizationResult.DECLINED, True)


async def test_after_the_window_the_order_starts_anew(skipping, new_order, card):
    """A try that comes too late is refused, and nothing is asked of the provider."""
    order = await declined(skipping, new_order)
    await skipping.pass_time(timedelta(minutes=31))
    late = await skipping.payments.retry(order, card, request_id="r1")
    assert (late.result, late.refusals[0].code) == (AuthorizationResult.REFUSED, "retry_window_ended")
    assert len(skipping.provider.called(order.order_id, "authorize")) == 1
    longer = await declined(skipping, new_order, DECLINED.model_copy(update={"retry_window_seconds": 7200}))
    await skipping.pass_time(timedelta(minutes=31))
    assert (await skipping.payments.retry(longer, card, request_id="r1")).result is AuthorizationResult.AUTHORIZED


async def test_an_order_that_is_paid_takes_no_second_hold(skipping, new_order, card):
    """Neither while it is held nor once it is captured or cancelled."""
    order = new_order()
    await skipping.payments.authorize(order, card)
    assert (await skipping.payments.retry(order, card, request_id="r1")).refusals[0].code == "nothing_to_retry"
    await skipping.payments.void(order.key, request_id="v1")
    assert (await skipping.payments.retry(order, card, request_id="r2")).refusals[0].code == "nothing_to_retry"
    assert skipping.provider.effects[order.order_id, "authorize"] == 1


async def test_what_comes_along_is_the_order_that_was_started(skipping, new_order, card):
    """Another total, another account that nobody has: refused in words, and the order may still be paid."""
    order = await declined(skipping, new_order)
    dearer = order.model_copy(update={"total": order.total.with_amount(20_000)})
    assert (await skipping.payments.retry(dearer, card, request_id="r1")).refusals[0].code == "total_differs"
    nobody = card.model_copy(update={"account": "nobody"})
    assert (await skipping.payments.retry(order, nobody, request_id="r2")).refusals[0].code == "unknown_account"
    elsewhere = card.model_copy(update={"account": "parts"})
    answer = await skipping.payments.retry(order, elsewhere, request_id="r3")
    assert (answer.result, answer.several_captures) == (AuthorizationResult.AUTHORIZED, True)
    assert (await skipping.payments.view(order.key)).authorizations[-1].account == "parts"


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_of_a_try_is_found_out(skipping, new_order, card, arrived):
    """The key repeats the answer: one hold. No other try begins meanwhile."""
    order = await declined(skipping, new_order)
    skipping.provider.once(order.order_id, "authorize", Fault(LOST, effect=arrived), Fault(LOST))
    answer = await skipping.payments.retry(order, card, request_id="r1", patience_seconds=0)
    assert answer.result in {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN}
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=timedelta(seconds=5))
    assert skipping.provider.effects[order.order_id, "authorize"] == 2
    assert len({call.key for call in skipping.provider.called(order.order_id, "authorize")}) == 2
    assert (await skipping.payments.retry(order, card, request_id="r1")).result is AuthorizationResult.AUTHORIZED


async def test_a_try_that_never_arrived_is_made_again_and_its_late_hold_released(skipping, new_order, card):
    """Proven absent, asked again under another key: when the first appears after all, it is let go of."""
    order = await declined(skipping, new_order)
    skipping.provider.once(order.order_id, "authorize", Fault(OutcomeUnknown("a stored 500", key_is_dead=True)))
    await skipping.payments.retry(order, card, request_id="r1", patience_seconds=0)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=MINUTE)
    sent = [call.reference[-4:] for call in skipping.provider.called(order.order_id, "authorize")]
    assert sent == ["-a01", "-a02", "-a03"]
    late = skipping.provider.appear(order.order_id, f"main-{order.order_id}-a02", order.total)
    await skipping.pass_time(timedelta(hours=1))
    assert skipping.provider.payments[late].status is ProviderStatus.RELEASED
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.may_capture) == (PaymentState.AUTHORIZED, order.total)
    assert view.attention == ()


async def test_a_refused_order_is_paid_with_what_the_provider_takes(skipping, new_order, card):
    """A refusal leaves a word for people, which is settled once the order is paid."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(Refused("400", "no such token")))
    answer = await skipping.payments.authorize(order, DECLINED)
    assert answer.result is AuthorizationResult.REFUSED
    assert (await skipping.payments.view(order.key)).attention
    answer = await skipping.payments.retry(order, card, request_id="r1")
    assert answer.result is AuthorizationResult.AUTHORIZED
    assert (await skipping.payments.view(order.key)).attention == ()


async def test_an_outage_during_a_try_asks_once(skipping, new_order, card):
    """While the provider is away the try waits, and its asker hears that it does."""
    order = await declined(skipping, new_order)
    skipping.provider.outage(order.order_id, "authorize", Unavailable("connection refused"))
    answer = await skipping.payments.retry(order, card, request_id="r1", patience_seconds=0)
    assert answer.result is AuthorizationResult.PENDING
    await skipping.pass_time(timedelta(minutes=10))
    skipping.provider.heal(order.order_id)
    await skipping.until(order.key, PaymentState.AUTHORIZED, step=MINUTE)
    assert skipping.provider.effects[order.order_id, "authorize"] == 2


async def test_no_token_stands_in_the_books(skipping, new_order, card):
    """Neither the start's nor the try's card is named in any event or intent."""
    order = await declined(skipping, new_order)
    await skipping.payments.retry(order, card, request_id="r1")
    story = [event.model_dump_json() for event in await skipping.story(order.key)]
    intents = [intent.model_dump_json() for intent in await skipping.queries.intents(order.key)]
    assert len(intents) == 2
    for token in (DECLINED_TOKEN, card.token):
        assert not any(token in written for written in (*story, *intents))


BACK = "https://shop.example/back"
AT_THE_BANK = PaymentInstruction(token=REDIRECT_TOKEN, return_url=BACK)


def on_a_page(**more) -> PaymentInstruction:
    return PaymentInstruction(hosted_checkout=HostedCheckout(return_url=BACK), **more)


@pytest.mark.parametrize("first", [AT_THE_BANK, on_a_page()], ids=["at the bank", "on the page"])
async def test_who_never_came_back_pays_in_another_way(skipping, new_order, card, first):
    """A customer who was given up may be asked again for a while, from when that became known."""
    order = new_order()
    await skipping.payments.authorize(order, first)
    early = await skipping.payments.retry(order, card, request_id="r1")
    assert (early.result, early.refusals[0].code) == (AuthorizationResult.REFUSED, "nothing_to_retry")
    await skipping.until(order.key, PaymentState.ABANDONED, step=MINUTE)
    told = await skipping.payments.authorize(order, first)
    assert (told.result, told.reason) == (AuthorizationResult.DECLINED, "customer_did_not_return")
    assert told.may_retry_until is not None
    answer = await skipping.payments.retry(order, card, request_id="r2")
    assert (answer.result, answer.amount) == (AuthorizationResult.AUTHORIZED, order.total)
    shipped = await skipping.payments.capture(order.key, request_id="s1")
    assert (shipped.result, shipped.amount) == (CommandResult.DONE, order.total)


async def test_an_order_that_was_cancelled_is_not_paid_in_another_way(skipping, new_order, card):
    """Whoever cancelled it does not want it paid."""
    order = new_order()
    await skipping.payments.authorize(order, AT_THE_BANK)
    await skipping.payments.void(order.key, request_id="v1")
    await skipping.until(order.key, PaymentState.ABANDONED, step=MINUTE)
    refused = await skipping.payments.retry(order, card, request_id="r1")
    assert (refused.result, refused.refusals[0].code) == (AuthorizationResult.REFUSED, "retry_window_ended")


@pytest.mark.parametrize("rule", list(LateSuccess))
async def test_a_page_paid_late_is_released_when_another_card_paid(skipping, new_order, card, rule):
    """Whichever pays first wins, whatever the order says of late payments: two holds would be two charges."""
    order = new_order()
    await skipping.payments.authorize(order, on_a_page(late_success=rule))
    [page] = skipping.provider.pages(order.order_id)
    await skipping.until(order.key, PaymentState.ABANDONED, step=MINUTE)
    assert (await skipping.payments.retry(order, card, request_id="r1")).result is AuthorizationResult.AUTHORIZED
    page.deleted = False
    skipping.provider.pay(page)
    await skipping.pass_time(timedelta(hours=1))
    view = await skipping.payments.view(order.key)
    assert (view.state, view.amounts.may_capture) == (PaymentState.AUTHORIZED, order.total)
    assert [a.stage for a in view.authorizations] == [AuthorizationStage.VOIDED, AuthorizationStage.HELD]
    assert skipping.provider.effects[order.order_id, "void"] == 1
