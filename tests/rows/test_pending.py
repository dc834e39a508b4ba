"""Who never answers: a customer who stays at the issuer's page, and a fraud review that nobody decides."""

from datetime import timedelta

import pytest

from devstack.checker import Totals
from devstack.customer import go_through
from payments.methods import LateSuccess, PaymentInstruction
from payments.order import Address
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.steps import challenged
from tests.support.witnesses import collected, operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, CANCEL, ACCEPT, LOOK = "payments.create", "payments.cancel", "payments.processchallenged", "payments.get"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def paid_unseen(months, order, asked):
    """Have the customer say yes while every look is lost, until the window is over and the payment is to be voided.

    Nothing but the look before the cancel can find it then.
    """
    answer = await months.payments.authorize(order, asked)
    await months.fault(order, "drop_before", LOOK, count=500)
    await go_through(answer.redirect_url)
    await months.pass_time(100 * MINUTE)
    is_due = "VoidIntended" in await months.witnesses.happened(order)
    await months.simulator.clear_faults()
    assert is_due, "the customer's window is over, and nobody gave the customer up"


@pytest.mark.row("F30")
async def test_an_abandoned_redirect_is_closed_at_the_provider(months, fresh):
    """After its window the payment is read, then cancelled once; nothing is held, and the order is told as declined."""
    order = fresh(10_000)
    answer = await months.payments.authorize(order, challenged())
    assert (answer.result, bool(answer.redirect_url)) == (AuthorizationResult.REDIRECT, True)
    await months.pass_time(HOUR)
    assert await months.sent(order, CANCEL) == []
    await months.pass_time(HOUR)
    assert (await months.books(order)).status == "CANCELLED"
    told = await months.payments.authorize(order, challenged())
    assert (told.result, told.reason) == (AuthorizationResult.DECLINED, "customer_did_not_return")
    log = operations(await months.sent(order, ""))
    assert (log.count(CANCEL), log[log.index(CANCEL) - 1]) == (1, LOOK)
    await months.witnesses.agree_on(order, Totals(payments=1))


@pytest.mark.row("F30")
async def test_a_late_success_is_found_and_released(months, fresh):
    """A yes that nobody saw is found by the look before the cancel: the hold is booked, then released."""
    order = fresh(10_000)
    await paid_unseen(months, order, challenged())
    view = await months.until(order, PaymentState.VOIDED, step=10 * MINUTE)
    assert (view.reason, (await months.books(order)).status) == ("customer_did_not_return", "CANCELLED")
    assert operations(await months.sent(order, CANCEL)) == [CANCEL]
    happened = await months.witnesses.happened(order)
    assert happened.index("Authorized") < happened.index("Voided")
    await months.witnesses.agree_on(order, released(order))


@pytest.mark.row("F30")
async def test_a_late_success_is_kept_where_it_counts(months, fresh):
    """The same yes, where the shop would rather have the money: authorized, late, and nothing is cancelled."""
    order = fresh(10_000)
    await paid_unseen(months, order, challenged(late_success=LateSuccess.KEEP))
    await months.until(order, PaymentState.AUTHORIZED, step=10 * MINUTE)
    assert await months.sent(order, CANCEL) == []
    assert (await months.books(order)).status == "PENDING_APPROVAL"
    shipped = await months.payments.capture(order.key, request_id="s1")
    assert (shipped.result, (await months.books(order)).capture_requested) == (CommandResult.DONE, 10_000)
    await months.pass_time(3 * DAY)
    await months.until(order, PaymentState.COLLECTED, step=6 * HOUR)
    await months.witnesses.agree_on(order, collected(order))


@pytest.mark.row("F50")
async def test_a_review_that_nobody_decides_is_refused_before_the_hold_ends(months, fresh):
    """People are told at once; days later the payment is cancelled, once, and the order told as declined."""
    order = fresh(10_000, billing_address=Address(country_code="FR", city="Calais"))
    asked = PaymentInstruction(token="token-visa-approved", review_deadline_seconds=4 * 86_400)
    answer = await months.payments.authorize(order, asked)
    assert answer.result is AuthorizationResult.IN_REVIEW
    [told] = (await months.payments.view(order.key)).attention
    assert "accept or refuse it before" in told
    assert (await months.payments.capture(order.key, request_id="s1")).refusal.code == "in_review"
    await months.pass_time(3 * DAY)
    assert await months.sent(order, CANCEL) == []
    await months.pass_time(DAY + HOUR)
    assert (await months.books(order)).status == "CANCELLED"
    ended = await months.payments.authorize(order, asked)
    assert (ended.result, ended.reason) == (AuthorizationResult.DECLINED, "review_not_decided")
    assert (await months.payments.view(order.key)).attention == ()
    assert operations(await months.sent(order, CANCEL)) == [CANCEL]
    assert await months.sent(order, ACCEPT) == []
    await months.witnesses.agree_on(order, Totals(payments=1))
