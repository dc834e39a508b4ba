"""Changes on the way to a hold: answers that say no, wait or never come, and what becomes of each."""

from datetime import timedelta

import pytest

from devstack.checker import Totals
from devstack.customer import cancel, go_through
from payments.commands import ReviewDecision, Void
from payments.methods import LateSuccess, PaymentInstruction
from payments.order import Address
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.shoppers import on_a_page, pays_by_card, shop
from tests.support.steps import CARD, challenged
from tests.support.witnesses import held, prefix, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, CANCEL, LOOK, ACCEPT = "payments.create", "payments.cancel", "payments.get", "payments.processchallenged"
CLOSE = "hostedcheckouts.delete"
NOTHING = Totals(payments=1)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CALAIS = Address(country_code="FR", city="Calais")


async def sent_away(stage, order, **more):
    answer = await stage.payments.authorize(order, challenged(**more))
    assert answer.result is AuthorizationResult.REDIRECT
    return answer.redirect_url


async def doubted(stage, order, **more):
    answer = await stage.payments.authorize(order, CARD.model_copy(update=more))
    assert answer.result is AuthorizationResult.IN_REVIEW
    return (await stage.payments.view(order.key)).transaction_id


async def reviewed(stage, order, decision, fault):
    await doubted(stage, order)
    if fault != "none":
        await stage.fault(order, fault, {ReviewDecision.REFUSE: CANCEL, ReviewDecision.ACCEPT: ACCEPT}[decision])
    await stage.payments.review(order.key, request_id="v1", decision=decision, patience_seconds=0)


async def test_a_token_that_nobody_knows_is_refused(months, fresh):
    """The provider takes no such request: refused, and nothing is in the books."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, PaymentInstruction(token="token-of-nobody"))
    assert answer.result is AuthorizationResult.REFUSED
    assert await months.simulator.books(prefix(order)) == []


@pytest.mark.parametrize(
    ("instruction", "city", "becomes"),
    [
        (PaymentInstruction(token="token-mastercard-declined"), "Lyon", PaymentState.DECLINED),
        (challenged(), "Lyon", PaymentState.REDIRECTED),
        (CARD, "Calais", PaymentState.IN_REVIEW),
    ],
    ids=["declined", "redirected", "in_review"],
)
async def test_a_lost_answer_says_what_it_said(months, fresh, instruction, city, becomes):
    """An answer that is lost three times is asked for by its key, and is what it was."""
    order = fresh(10_000, billing_address=Address(country_code="FR", city=city))
    await months.fault(order, "drop_after", CREATE, count=4)
    await months.payments.authorize(order, instruction, patience_seconds=0)
    await months.until(order, becomes, step=MINUTE)
    await months.witnesses.agree_on(order, NOTHING)


async def test_cancelled_before_anything_arrived(months, fresh):
    """No answer, nothing found, and the order cancelled meanwhile: nothing is sent again."""
    order = fresh(10_000)
    await months.fault(order, "drop_before", CREATE, count=500)
    await months.payments.authorize(order, CARD, patience_seconds=0)
    await months.payments.signal_void(order.key, Void(request_id="v1"))
    await months.until(order, PaymentState.ABANDONED, step=2 * HOUR)
    await months.simulator.clear_faults()
    assert await months.simulator.books(prefix(order)) == []


async def test_a_declined_card_is_followed_by_another(months, fresh):
    """The first card says no, the second one holds."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, PaymentInstruction(token="token-mastercard-declined"))
    assert answer.result is AuthorizationResult.DECLINED
    assert (await months.payments.retry(order, CARD, request_id="r1")).result is AuthorizationResult.AUTHORIZED
    await months.witnesses.agree_on(order, Totals(payments=2, authorized=10_000, capturable=10_000))


@pytest.mark.parametrize("cancelled", [True, False], ids=["cancelled", "given up"])
async def test_what_stays_at_the_issuer_is_given_up(months, fresh, cancelled):
    """After the challenge it waits for somebody: given up at its window's end, or when the order is cancelled."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, challenged(token="token-visa-completion"))
    mac, _ = await go_through(answer.redirect_url)
    await months.payments.customer_returned(order.key, mac)
    await months.until(order, PaymentState.PENDING, step=MINUTE)
    if cancelled:
        await months.payments.void(order.key, request_id="v1", patience_seconds=0)
    await months.until(order, PaymentState.ABANDONED, PaymentState.DECLINED, step=12 * HOUR)
    await months.witnesses.agree_on(order, NOTHING)


async def test_a_stored_failure_is_left_behind_and_sent_anew(months, fresh):
    """The key answers its failure for ever and nothing is found: another attempt, under another key, holds."""
    order = fresh(10_000)
    await months.fault(order, "fail_before", CREATE, sticky=True)
    await months.payments.authorize(order, CARD, patience_seconds=0)
    await months.until(order, PaymentState.AUTHORIZED, step=MINUTE)
    await months.witnesses.agree_on(order, held(order))


async def test_the_customer_comes_back_and_is_believed_after_a_look(months, fresh):
    """Confirmed at the issuer's page: authorized."""
    order = fresh(10_000)
    mac, _ = await go_through(await sent_away(months, order))
    answer = await months.payments.customer_returned(order.key, mac)
    assert answer.result is AuthorizationResult.AUTHORIZED
    await months.witnesses.agree_on(order, held(order))


async def test_the_customer_says_no_at_the_page(months, fresh):
    """Cancelled at the issuer's page: declined."""
    order = fresh(10_000)
    mac = await cancel(await sent_away(months, order))
    answer = await months.payments.customer_returned(order.key, mac)
    assert answer.result is AuthorizationResult.DECLINED
    await months.witnesses.agree_on(order, NOTHING)


async def test_confirmed_and_then_doubted(months, fresh):
    """The customer went through, and the fraud review has the payment."""
    order = fresh(10_000, billing_address=CALAIS)
    mac, _ = await go_through(await sent_away(months, order))
    answer = await months.payments.customer_returned(order.key, mac)
    assert answer.result is AuthorizationResult.IN_REVIEW
    await months.payments.review(order.key, request_id="v", decision=ReviewDecision.REFUSE)
    await months.witnesses.agree_on(order, NOTHING)


async def test_who_stayed_away_may_pay_by_another_card(months, fresh):
    """After the window the first payment is cancelled; another card of the same order is held."""
    order = fresh(10_000)
    await sent_away(months, order)
    await months.until(order, PaymentState.ABANDONED, step=5 * MINUTE)
    answer = await months.payments.retry(order, CARD, request_id="r1")
    assert answer.result is AuthorizationResult.AUTHORIZED
    await months.witnesses.agree_on(order, Totals(payments=2, authorized=10_000, capturable=10_000))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_the_cancel_of_one_who_stayed_away_is_lost(months, fresh, fault):
    """Whatever becomes of the cancel, the payment ends as what it is at the provider."""
    order = fresh(10_000)
    await sent_away(months, order)
    await months.fault(order, fault, CANCEL, count=3)
    await months.pass_time(2 * HOUR)
    await months.until(order, PaymentState.ABANDONED, step=10 * MINUTE)
    await months.witnesses.agree_on(order, NOTHING)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "none"])
async def test_a_doubted_payment_is_refused_by_a_person(months, fresh, fault):
    """The reviewer says no: cancelled, also when the answer is lost."""
    order = fresh(10_000, billing_address=CALAIS)
    await reviewed(months, order, ReviewDecision.REFUSE, fault)
    await months.until(order, PaymentState.DECLINED, PaymentState.ABANDONED, PaymentState.VOIDED, step=MINUTE)
    await months.witnesses.agree_on(order, NOTHING)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "none"])
async def test_a_doubted_payment_is_accepted_by_a_person(months, fresh, fault):
    """The reviewer says yes: held, also when the answer is lost."""
    order = fresh(10_000, billing_address=CALAIS)
    await reviewed(months, order, ReviewDecision.ACCEPT, fault)
    await months.until(order, PaymentState.AUTHORIZED, step=MINUTE)
    await months.witnesses.agree_on(order, held(order))


async def test_a_doubted_payment_is_accepted_in_the_console(months, fresh):
    """Somebody accepts it beside us: found by a look."""
    order = fresh(10_000, billing_address=CALAIS)
    await months.console.accept("main", await doubted(months, order))
    await months.until(order, PaymentState.AUTHORIZED, step=HOUR)
    await months.witnesses.agree_on(order, held(order))


async def test_a_doubted_payment_is_cancelled_in_the_console(months, fresh):
    """Somebody refuses it beside us: found by a look."""
    order = fresh(10_000, billing_address=CALAIS)
    await months.console.void("main", await doubted(months, order))
    await months.until(order, PaymentState.VOIDED, PaymentState.ABANDONED, PaymentState.DECLINED, step=HOUR)
    await months.witnesses.agree_on(order, NOTHING)


async def test_a_doubted_order_is_cancelled(months, fresh):
    """The shop cancels an order in review."""
    order = fresh(10_000, billing_address=CALAIS)
    await doubted(months, order)
    answer = await months.payments.void(order.key, request_id="v1")
    assert answer.result is CommandResult.DONE
    await months.witnesses.agree_on(order, NOTHING)


@pytest.mark.parametrize("late", list(LateSuccess))
async def test_paid_while_the_page_is_closed(months, fresh, late):
    """A customer who pays in the last moment is found when the page is closed."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, on_a_page(late_success=late))
    assert answer.result is AuthorizationResult.REDIRECT
    await months.fault(order, "drop_before", "hostedcheckouts.get", count=500)
    await shop(answer.redirect_url, pays_by_card())
    await months.pass_time(100 * MINUTE)
    await months.simulator.clear_faults()
    becomes = {LateSuccess.KEEP: PaymentState.AUTHORIZED}.get(late, PaymentState.VOIDED)
    await months.until(order, becomes, step=10 * MINUTE)
    await months.witnesses.agree_on(order, held(order) if late is LateSuccess.KEEP else released(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
async def test_the_closing_of_a_page_is_lost(months, fresh, fault):
    """Nobody pays, and the answer to the closing of the page does not come."""
    order = fresh(10_000)
    await months.payments.authorize(order, on_a_page())
    await months.fault(order, fault, CLOSE, count=2)
    await months.pass_time(2 * HOUR)
    await months.until(order, PaymentState.ABANDONED, step=10 * MINUTE)
    assert await months.simulator.books(prefix(order)) == []


async def test_paid_on_the_page(months, fresh):
    """A card typed on the hosted page is found by a look, and held."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, on_a_page())
    await shop(answer.redirect_url, pays_by_card())
    await months.until(order, PaymentState.AUTHORIZED, step=MINUTE)
    await months.witnesses.agree_on(order, held(order))
