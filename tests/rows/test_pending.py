"""Rows F30 and F50: a customer who never comes back from 3-D Secure, and a fraud review that nobody decides."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from devstack.checker import Totals
from devstack.customer import SHOP, go_through
from ledger.database import open_database
from ledger.queries import Queries
from payments.methods import LateSuccess, PaymentInstruction, ThreeDSecure
from payments.order import Address
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.witnesses import Witnesses, operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, CANCEL, ACCEPT = "payments.create", "payments.cancel", "payments.processchallenged"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def watching(stack, payments, simulator) -> AsyncIterator[Witnesses]:
    """The provider's books, our ledger and the workflow's view."""
    async with open_database(stack.layout.ledger) as database:
        yield Witnesses(payments, simulator, Queries(database))


def challenged(**more: object) -> PaymentInstruction:
    """A card whose issuer wants to see the customer."""
    return PaymentInstruction(token="token-visa-challenge", return_url=SHOP, three_d_secure=ThreeDSecure(), **more)


def doubtful(new_order):
    """An order whose billing city the fraud service doubts."""
    return new_order(billing_address=Address(country_code="FR", city="Calais"))


async def statuses(watching, order):
    """Return how the provider's books have the order's payments."""
    return [line.status for line in await watching.simulator.books(f"{order.shop}-{order.order_id}-")]


async def test_f30_an_abandoned_redirect_is_closed_at_the_provider(payments, watching, new_order):
    """After its window the payment is read, then cancelled once; nothing is held, and the order is told as declined."""
    order = new_order()
    asked = challenged(redirect_window_seconds=4)
    answer = await payments.authorize(order, asked)
    assert (answer.result, bool(answer.redirect_url)) == (AuthorizationResult.REDIRECT, True)
    await watching.until(order, PaymentState.ABANDONED)
    told = await payments.authorize(order, asked)
    assert (told.result, told.reason) == (AuthorizationResult.DECLINED, "customer_did_not_return")
    assert await statuses(watching, order) == ["CANCELLED"]
    assert operations(await watching.log(order, CANCEL)) == [CANCEL]
    log = operations(await watching.log(order))
    assert log[log.index(CANCEL) - 1] == "payments.get"
    await watching.agree_on(order, Totals(payments=1))


@pytest.mark.parametrize("rule", LateSuccess)
async def test_f30_a_late_success_is_found_and_treated_by_rule(payments, watching, new_order, rule):
    """A customer who says yes while nobody sees it is found at the window's end: released, or kept, by the rule."""
    order = new_order()
    asked = challenged(redirect_window_seconds=5, late_success=rule)
    answer = await payments.authorize(order, asked)
    # Every look is lost until the window is over, so nothing but the look before the cancel can find it.
    prefix = f"{order.shop}-{order.order_id}-"
    await watching.simulator.fault(
        fault="drop_before", operation="payments.get", count=500, merchant_reference_prefix=prefix
    )
    await go_through(answer.redirect_url)
    for _ in range(200):
        if "VoidIntended" in await watching.happened(order):
            break
        await asyncio.sleep(0.2)
    await watching.simulator.clear_faults()
    if rule is LateSuccess.KEEP:
        await watching.until(order, PaymentState.AUTHORIZED)
        assert await watching.log(order, CANCEL) == []
        assert await statuses(watching, order) == ["PENDING_APPROVAL"]
        assert (await payments.void(order.key, request_id="end")).result is CommandResult.DONE
        return
    view = await watching.until(order, PaymentState.VOIDED)
    assert (view.reason, await statuses(watching, order)) == ("customer_did_not_return", ["CANCELLED"])
    await watching.agree_on(order, released(order))


async def test_f50_a_review_that_nobody_decides_is_refused_before_the_hold_ends(payments, watching, new_order):
    """People are told at once; at the deadline the payment is cancelled, once, and the order told as declined."""
    order = doubtful(new_order)
    asked = PaymentInstruction(token="token-visa-approved", review_deadline_seconds=4)
    answer = await payments.authorize(order, asked)
    assert answer.result is AuthorizationResult.IN_REVIEW
    view = await payments.view(order.key)
    assert "accept or refuse it before" in view.attention[0]
    assert (await payments.capture(order.key, request_id="s1")).refusal.code == "in_review"
    await watching.until(order, PaymentState.ABANDONED)
    told = await payments.authorize(order, asked)
    assert (told.result, told.reason) == (AuthorizationResult.DECLINED, "review_not_decided")
    assert (await payments.view(order.key)).attention == ()
    assert await statuses(watching, order) == ["CANCELLED"]
    assert operations(await watching.log(order, CANCEL)) == [CANCEL]
    assert await watching.log(order, ACCEPT) == []
    await watching.agree_on(order, Totals(payments=1))
