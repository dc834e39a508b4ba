"""An authorization that is pending: the customer elsewhere, a fraud review, an issuer that takes its time."""

import asyncio
from datetime import timedelta

import pytest

from payments.commands import Review, ReviewDecision
from payments.events import Declined, GivenUp
from payments.methods import LateSuccess, PaymentInstruction
from payments.provider import OutcomeUnknown, Refused
from payments.states import PaymentState, ProviderStatus
from payments.view import AuthorizationResult, CommandResult
from starter.errors import PaymentError
from tests.support.provider import PENDING_TOKEN, REDIRECT_TOKEN, REVIEW_TOKEN, Fault, return_mac

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOST = OutcomeUnknown("the connection was reset")
STEP = timedelta(seconds=10)
BACK = "https://shop.example/back"


@pytest.fixture
def away():
    """A card whose issuer wants to see the customer."""
    return PaymentInstruction(token=REDIRECT_TOKEN, return_url=BACK)


@pytest.fixture
def doubted():
    """A card that the fraud service doubts."""
    return PaymentInstruction(token=REVIEW_TOKEN)


def mac_of(bench, order):
    return return_mac(bench.provider.of_order(order.order_id)[0].provider_id)


def counted(bench, order, operation):
    return bench.provider.effects[order.order_id, operation]


async def test_a_customer_is_sent_away_and_returns(skipping, new_order, away):
    """The address is answered however often it is asked for, and the return brings the outcome."""
    order = new_order()
    answer = await skipping.payments.authorize(order, away)
    again = await skipping.payments.authorize(order, away)
    assert (answer.result, answer.state) == (AuthorizationResult.REDIRECT, PaymentState.REDIRECTED)
    assert answer.redirect_url == again.redirect_url
    assert answer.redirect_url.startswith("https://issuer.example/")
    assert answer.waits_until is not None
    refused = await skipping.payments.capture(order.key, request_id="s1")
    assert refused.refusal.code == "not_authorized_yet"
    skipping.provider.move(order.order_id, ProviderStatus.AUTHORIZED)
    back = await skipping.payments.customer_returned(order.key, mac_of(skipping, order))
    assert (back.result, back.amount, back.redirect_url) == (AuthorizationResult.AUTHORIZED, order.total, None)
    twice = await skipping.payments.customer_returned(order.key, mac_of(skipping, order))
    assert twice.result is AuthorizationResult.AUTHORIZED
    assert (await skipping.payments.capture(order.key, request_id="s1-again")).result is CommandResult.DONE
    assert counted(skipping, order, "authorize") == 1
    assert skipping.provider.called(order.order_id, "void") == []


async def test_a_wrong_return_is_refused_and_loses_nothing(skipping, new_order, away):
    """What no customer of this payment brings is refused with the field, before and after the return."""
    order = new_order()
    await skipping.payments.authorize(order, away)
    for wrong in ("mac-of-somebody-else", "mac-"):
        with pytest.raises(PaymentError) as refused:
            await skipping.payments.customer_returned(order.key, wrong)
        assert [r.field for r in refused.value.refusals] == ["return_mac"]
    skipping.provider.move(order.order_id, ProviderStatus.AUTHORIZED)
    await skipping.payments.customer_returned(order.key, mac_of(skipping, order))
    with pytest.raises(PaymentError):
        await skipping.payments.customer_returned(order.key, "mac-of-somebody-else")
    assert (await skipping.payments.view(order.key)).state is PaymentState.AUTHORIZED
    await skipping.payments.void(order.key, request_id="v")


async def test_a_return_before_the_customer_is_through_stays_a_redirect(skipping, new_order, away):
    """Whoever comes back without having said yes is still awaited, and a decline there is told."""
    order = new_order()
    first = await skipping.payments.authorize(order, away)
    early = await skipping.payments.customer_returned(order.key, mac_of(skipping, order))
    assert (early.result, early.redirect_url) == (AuthorizationResult.REDIRECT, first.redirect_url)
    skipping.provider.move(order.order_id, ProviderStatus.DECLINED)
    late = await skipping.payments.customer_returned(order.key, mac_of(skipping, order))
    assert (late.result, late.state) == (AuthorizationResult.DECLINED, PaymentState.DECLINED)
    assert await skipping.is_closed(order.key)
    closed = await skipping.payments.customer_returned(order.key, mac_of(skipping, order))
    assert closed.result is AuthorizationResult.DECLINED


@pytest.mark.parametrize("order_of_news", ["event, then return", "return, then event", "neither"])
async def test_the_event_and_the_return_end_the_same(skipping, new_order, away, order_of_news):
    """Whichever comes first tells the outcome, and when both are lost a look finds it."""
    order = new_order()
    await skipping.payments.authorize(order, away)
    skipping.provider.move(order.order_id, ProviderStatus.AUTHORIZED)

    async def event():
        await skipping.payments.wake(order.key, event_id="e1", event_type="payment.pending_approval", account="main")

    async def customer():
        await skipping.payments.customer_returned(order.key, mac_of(skipping, order))

    doings = {"event, then return": (event, customer), "return, then event": (customer, event), "neither": ()}
    for do in doings[order_of_news]:
        await do()
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    assert view.amounts.authorized == order.total
    assert (await skipping.kinds(order.key)).count("authorized") == 1
    await skipping.payments.void(order.key, request_id="v")


async def test_an_abandoned_customer_is_given_up_after_the_window(skipping, new_order, away):
    """After the window the payment is cancelled at the provider, once, and the order told as declined."""
    order = new_order()
    await skipping.payments.authorize(order, away)
    await skipping.pass_time(timedelta(minutes=80))
    assert counted(skipping, order, "void") == 0
    await skipping.pass_time(timedelta(minutes=11))
    view = await skipping.until(order.key, PaymentState.ABANDONED)
    assert (view.reason, view.amounts.authorized.amount_minor) == ("customer_did_not_return", 0)
    assert counted(skipping, order, "void") == 1
    answer = await skipping.payments.authorize(order, away)
    assert (answer.result, answer.reason) == (AuthorizationResult.DECLINED, "customer_did_not_return")
    assert await skipping.is_closed(order.key)


@pytest.mark.parametrize(
    ("rule", "state", "kinds"),
    [
        (LateSuccess.RELEASE, PaymentState.VOIDED, ["void_intended", "authorized", "voided", "hold_released"]),
        (LateSuccess.KEEP, PaymentState.AUTHORIZED, ["void_intended", "authorized", "void_refused"]),
    ],
)
async def test_a_late_success_is_found_and_treated_by_rule(skipping, new_order, rule, state, kinds):
    """A customer who says yes in the last moment is found: kept, or booked and released."""
    order = new_order()
    late = PaymentInstruction(token=REDIRECT_TOKEN, return_url=BACK, late_success=rule, redirect_window_seconds=600)
    skipping.provider.outage(order.order_id, "read", OutcomeUnknown("lost"))
    await skipping.payments.authorize(order, late)
    skipping.provider.move(order.order_id, ProviderStatus.AUTHORIZED)
    await skipping.pass_time(timedelta(minutes=11))
    assert counted(skipping, order, "void") == 0
    skipping.provider.heal(order.order_id)
    await skipping.until(order.key, state, step=STEP)
    assert [k for k in await skipping.kinds(order.key) if not k.startswith(("attention", "outcome"))][3:] == kinds
    assert counted(skipping, order, "void") == (1 if rule is LateSuccess.RELEASE else 0)
    if rule is LateSuccess.KEEP:
        await skipping.payments.void(order.key, request_id="v")
    else:
        assert (await skipping.payments.authorize(order, late)).reason == "customer_did_not_return"


async def test_what_cannot_be_cancelled_and_succeeds_later_is_released(skipping, new_order, away):
    """A cancel that is refused leaves the customer awaited; a success after that is released, not kept silently."""
    order = new_order()
    skipping.provider.uncancellable[order.order_id] = {ProviderStatus.REDIRECTED}
    await skipping.payments.authorize(order, away)
    await skipping.pass_time(timedelta(minutes=91))
    view = await skipping.until(order.key, PaymentState.REDIRECTED, step=STEP)
    assert view.attention
    skipping.provider.move(order.order_id, ProviderStatus.AUTHORIZED)
    view = await skipping.until(order.key, PaymentState.VOIDED, step=timedelta(minutes=10))
    assert counted(skipping, order, "void") == 1
    assert view.amounts.may_capture.amount_minor == 0


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_giving_up_is_found_out(skipping, new_order, away, arrived):
    """The cancel of an abandoned payment whose answer was lost is read, and had its effect once."""
    order = new_order()
    skipping.provider.once(order.order_id, "void", Fault(LOST, effect=arrived))
    await skipping.payments.authorize(order, away)
    await skipping.pass_time(timedelta(minutes=91))
    view = await skipping.until(order.key, PaymentState.ABANDONED, step=STEP)
    assert view.reason == "customer_did_not_return"
    assert counted(skipping, order, "void") == 1


async def test_a_lost_answer_to_the_start_still_brings_the_address(skipping, new_order, away):
    """The key repeats its first answer, address included."""
    order = new_order()
    skipping.provider.once(order.order_id, "authorize", Fault(LOST, effect=True))
    await skipping.payments.authorize(order, away, patience_seconds=0)
    await skipping.until(order.key, PaymentState.REDIRECTED, step=STEP)
    answer = await skipping.payments.authorize(order, away)
    assert answer.redirect_url.startswith("https://issuer.example/")
    assert counted(skipping, order, "authorize") == 1
    await skipping.payments.void(order.key, request_id="v")


async def test_an_order_cancelled_while_its_customer_is_away_is_cancelled_there(skipping, new_order, away):
    """A void of a redirected payment cancels it at the provider; nothing was held."""
    order = new_order()
    await skipping.payments.authorize(order, away)
    answer = await skipping.payments.void(order.key, request_id="v")
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.ABANDONED)
    told = await skipping.payments.authorize(order, away)
    assert (told.result, told.reason) == (AuthorizationResult.REFUSED, "cancelled")
    assert skipping.provider.of_order(order.order_id)[0].status is ProviderStatus.RELEASED


async def test_a_redirected_payment_survives_a_new_run(bench, new_order, away):
    """Another run of the workflow knows the address and the customer again, from the ledger."""
    order = new_order()
    first = await bench.payments.authorize(order, away)
    await bench.temporal.get_workflow_handle(order.key.workflow_id).terminate("a test")
    assert (await bench.payments.authorize(order, away)).redirect_url == first.redirect_url
    await bench.temporal.get_workflow_handle(order.key.workflow_id).terminate("a test")
    bench.provider.move(order.order_id, ProviderStatus.AUTHORIZED)
    back = await bench.payments.customer_returned(order.key, mac_of(bench, order))
    assert back.result is AuthorizationResult.AUTHORIZED
    await bench.payments.void(order.key, request_id="v")


async def test_an_accepted_review_is_authorized(skipping, new_order, doubted):
    """Nothing is captured in review, people are told until it is decided, and acceptance brings the hold."""
    order = new_order()
    answer = await skipping.payments.authorize(order, doubted)
    assert (answer.result, answer.state) == (AuthorizationResult.IN_REVIEW, PaymentState.IN_REVIEW)
    view = await skipping.payments.view(order.key)
    assert "accept or refuse" in view.attention[0]
    assert view.may == ("review", "void")
    refused = await skipping.payments.capture(order.key, request_id="s1")
    assert (refused.refusal.code, "review" in refused.refusal.remedy) == ("in_review", True)
    accepted = await skipping.payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT)
    assert (accepted.result, accepted.state) == (CommandResult.DONE, PaymentState.AUTHORIZED)
    again = await skipping.payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT)
    assert again.result is CommandResult.DONE
    other = await skipping.payments.review(order.key, request_id="r2", decision=ReviewDecision.REFUSE)
    assert other.refusal.code == "not_in_review"
    assert not (await skipping.payments.view(order.key)).attention
    assert counted(skipping, order, "accept") == 1
    await skipping.payments.void(order.key, request_id="v")


async def test_a_refused_review_is_cancelled(skipping, new_order, doubted):
    """Refusing cancels at the provider and is told as declined, with the reason."""
    order = new_order()
    await skipping.payments.authorize(order, doubted)
    refused = await skipping.payments.review(order.key, request_id="r1", decision=ReviewDecision.REFUSE)
    assert (refused.result, refused.state) == (CommandResult.DONE, PaymentState.ABANDONED)
    told = await skipping.payments.authorize(order, doubted)
    assert (told.result, told.reason) == (AuthorizationResult.DECLINED, "review_refused")
    assert not (await skipping.payments.view(order.key)).attention
    assert counted(skipping, order, "void") == 1
    assert skipping.provider.called(order.order_id, "accept") == []


async def test_a_review_that_nobody_decides_is_refused_at_its_deadline(skipping, new_order):
    """Before the hold could end the review is refused, and the reason says that nobody decided."""
    order = new_order()
    doubted = PaymentInstruction(token=REVIEW_TOKEN, review_deadline_seconds=2 * 86400)
    await skipping.payments.authorize(order, doubted)
    await skipping.pass_time(timedelta(hours=47))
    assert (await skipping.payments.view(order.key)).state is PaymentState.IN_REVIEW
    await skipping.pass_time(timedelta(hours=2))
    view = await skipping.until(order.key, PaymentState.ABANDONED)
    assert view.reason == GivenUp.REVIEW_NOT_DECIDED.value
    assert counted(skipping, order, "void") == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_an_acceptance_is_read_and_done_once(skipping, new_order, doubted, arrived):
    """No key protects an acceptance: it is read, and sent again only if it did not arrive."""
    order = new_order()
    await skipping.payments.authorize(order, doubted)
    skipping.provider.once(order.order_id, "accept", Fault(LOST, effect=arrived))
    await skipping.payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT, patience_seconds=0)
    view = await skipping.until(order.key, PaymentState.AUTHORIZED, step=STEP)
    assert view.unknown_operation is None
    assert len(skipping.provider.called(order.order_id, "accept")) == (1 if arrived else 2)
    assert counted(skipping, order, "accept") == 1
    await skipping.payments.void(order.key, request_id="v")


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_to_a_refusal_is_read(skipping, new_order, doubted, arrived):
    """A review that was refused is cancelled once, whatever became of the answer."""
    order = new_order()
    await skipping.payments.authorize(order, doubted)
    skipping.provider.once(order.order_id, "void", Fault(LOST, effect=arrived))
    refuse = Review(request_id="r1", decision=ReviewDecision.REFUSE)
    await skipping.payments.signal_review(order.key, refuse)
    view = await skipping.until(order.key, PaymentState.ABANDONED, step=STEP)
    assert view.reason == "review_refused"
    assert counted(skipping, order, "void") == 1


@pytest.mark.parametrize(
    ("becomes", "state"),
    [
        (ProviderStatus.CAPTURE_REQUESTED, PaymentState.CAPTURE_REQUESTED),
        (ProviderStatus.PENDING, PaymentState.PENDING),
        (ProviderStatus.DECLINED, PaymentState.DECLINED),
    ],
)
async def test_an_acceptance_may_lead_elsewhere(skipping, new_order, doubted, becomes, state):
    """What the provider makes of an accepted payment is booked as what it is, and a capture is told to people."""
    order = new_order()
    skipping.provider.after_review[order.order_id] = becomes
    await skipping.payments.authorize(order, doubted)
    answer = await skipping.payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT)
    assert answer.state is state
    view = await skipping.payments.view(order.key)
    assert any("nobody here asked" in told for told in view.attention) == (state is PaymentState.CAPTURE_REQUESTED)
    if state is not PaymentState.DECLINED:
        skipping.provider.move(order.order_id, ProviderStatus.DECLINED)
        rejected = PaymentState.CAPTURE_REJECTED if view.captures else PaymentState.DECLINED
        await skipping.until(order.key, rejected, step=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("becomes", "state"),
    [
        (ProviderStatus.AUTHORIZED, PaymentState.AUTHORIZED),
        (ProviderStatus.RELEASED, PaymentState.ABANDONED),
        (ProviderStatus.DECLINED, PaymentState.DECLINED),
    ],
)
async def test_a_review_decided_in_the_console_is_noticed(skipping, new_order, doubted, becomes, state):
    """An event, or a look by itself, finds what somebody decided at the provider; the same decision here is done."""
    order = new_order()
    await skipping.payments.authorize(order, doubted)
    skipping.provider.move(order.order_id, becomes)
    await skipping.until(order.key, state, step=STEP)
    decision = ReviewDecision.ACCEPT if state is PaymentState.AUTHORIZED else ReviewDecision.REFUSE
    late = await skipping.payments.review(order.key, request_id="r1", decision=decision)
    assert late.result is CommandResult.ALREADY_DONE
    assert skipping.provider.called(order.order_id, "accept") == []
    if state is PaymentState.AUTHORIZED:
        await skipping.payments.void(order.key, request_id="v")


async def test_an_acceptance_that_is_refused_leaves_the_review_open(skipping, new_order, doubted):
    """A refused acceptance is read, told to people, and the review can still be refused."""
    order = new_order()
    await skipping.payments.authorize(order, doubted)
    skipping.provider.once(order.order_id, "accept", Fault(Refused("9999", "not allowed")))
    answer = await skipping.payments.review(order.key, request_id="r1", decision=ReviewDecision.ACCEPT)
    assert (answer.result, answer.state) == (CommandResult.FAILED, PaymentState.IN_REVIEW)
    done = await skipping.payments.review(order.key, request_id="r2", decision=ReviewDecision.REFUSE)
    assert done.state is PaymentState.ABANDONED


async def test_two_people_decide_at_once(skipping, new_order, doubted):
    """Of two decisions one takes effect; the other is told what became of it."""
    order = new_order()
    await skipping.payments.authorize(order, doubted)
    decide = skipping.payments.review
    answers = await asyncio.gather(
        decide(order.key, request_id="r1", decision=ReviewDecision.ACCEPT),
        decide(order.key, request_id="r2", decision=ReviewDecision.REFUSE),
    )
    assert sorted(answer.result.value for answer in answers) == ["done", "refused"]
    assert counted(skipping, order, "accept") + counted(skipping, order, "void") == 1
    await skipping.payments.void(order.key, request_id="v")


async def test_an_issuer_that_takes_its_time_is_asked_until_it_answers(skipping, new_order):
    """A payment that waits for the issuer answers `pending`, and is read until the answer is there."""
    order = new_order()
    slow = PaymentInstruction(token=PENDING_TOKEN)
    answer = await skipping.payments.authorize(order, slow, patience_seconds=0)
    await skipping.until(order.key, PaymentState.PENDING, step=STEP)
    answer = await skipping.payments.authorize(order, slow, patience_seconds=0)
    assert answer.result is AuthorizationResult.PENDING
    skipping.provider.move(order.order_id, ProviderStatus.DECLINED)
    await skipping.until(order.key, PaymentState.DECLINED, step=STEP)
    assert any(isinstance(event, Declined) for event in await skipping.story(order.key))
