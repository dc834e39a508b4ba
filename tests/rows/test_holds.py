"""Rows about several authorizations of one order: at the provider each effect is there once, whatever was edited."""

import asyncio

import pytest
import pytest_asyncio

from devstack.checker import Totals
from devstack.stack import SHORT_HOLDS
from ledger.database import open_database
from ledger.queries import Queries
from payments.methods import PaymentInstruction
from payments.parts import AuthorizationStage
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.witnesses import Witnesses, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, APPROVE, CAPTURE, CANCEL = "payments.create", "payments.approve", "payments.capture", "payments.cancel"
DECLINED = PaymentInstruction(token="token-mastercard-declined")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def witnesses(stack, payments, simulator):
    """The provider's books and request log, our ledger, the workflow's view."""
    async with open_database(stack.layout.ledger) as database:
        yield Witnesses(payments, simulator, Queries(database))


def references(log):
    return [request["merchant_reference"] for request in log]


async def effects(witnesses, order):
    return [name for name in await witnesses.effects(order) if name != "payments.captures"]


async def test_a_hold_that_ends_is_followed_before_it_is_released(payments, witnesses, new_order):
    """The new hold is there before the old one is let go of; what ships is captured of the new one alone."""
    order = new_order(10_000)
    paid = PaymentInstruction(token="token-visa-approved", account=SHORT_HOLDS, reauthorize=True, window_seconds=600)
    await payments.authorize(order, paid)
    for _ in range(240):
        view = await payments.view(order.key)
        if view.authorizations[0].stage is AuthorizationStage.VOIDED:
            break
        await asyncio.sleep(0.25)
    assert (await effects(witnesses, order))[:3] == [CREATE, CREATE, CANCEL]
    answer = await payments.capture(order.key, request_id="s1")
    assert (answer.result, answer.amount) == (CommandResult.DONE, order.total)
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, Totals(payments=2, authorized=20_000, captured=10_000, collected=10_000))
    created = await witnesses.log(order, CREATE)
    assert len({request["idempotence_key"] for request in created}) == 2


@pytest.mark.row("F17")
async def test_an_order_edited_down_is_captured_for_less(real, fresh, card):
    """No second hold, no void: the one approve names the lower amount."""
    order = fresh(10_000)
    await real.payments.authorize(order, card)
    less = order.total.with_amount(7_000)
    assert (await real.payments.change(order.key, less, request_id="e1")).result is CommandResult.DONE
    above = await real.payments.capture(order.key, request_id="s0", amount=order.total)
    assert above.result is CommandResult.REFUSED
    assert above.refusal.code == "amount_above_hold"
    assert (await real.payments.capture(order.key, request_id="s1")).amount == less
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, Totals(payments=1, authorized=10_000, captured=7_000, collected=7_000))
    assert await effects(real.witnesses, order) == [CREATE, APPROVE]


@pytest.mark.row("F18")
async def test_an_order_edited_up_is_held_twice_and_paid_once(real, fresh, card):
    """The difference is a payment of its own; two shipments are divided over both, exact to the cent."""
    order = fresh(10_000)
    await real.payments.authorize(order, card.model_copy(update={"account": "parts"}))
    more = order.total.with_amount(13_000)
    assert (await real.payments.change(order.key, more, request_id="e1")).result is CommandResult.DONE
    assert (await real.payments.change(order.key, more, request_id="e1")).result is CommandResult.DONE
    first = await real.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(4_000))
    second = await real.payments.capture(order.key, request_id="s2")
    assert [answer.amount.amount_minor for answer in (first, second)] == [4_000, 9_000]
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, Totals(payments=2, authorized=13_000, captured=13_000, collected=13_000))
    assert await effects(real.witnesses, order) == [CREATE, CREATE, CAPTURE, CAPTURE, CAPTURE]
    assert references(await real.witnesses.log(order, CREATE)) == [f"{prefix(order)}a01", f"{prefix(order)}a02"]


async def test_a_declined_difference_charges_nothing(real, fresh, card):
    """What is held stays, the order owes what it did, and both are told."""
    order = fresh(10_000)
    await real.payments.authorize(order, card)
    answer = await real.payments.change(order.key, order.total.with_amount(13_000), request_id="e1", payment=DECLINED)
    assert answer.result is CommandResult.FAILED
    assert (await real.payments.view(order.key)).amounts.owed == order.total
    await real.payments.void(order.key, request_id="v1")
    await real.witnesses.agree_on(order, Totals(payments=2, authorized=10_000))


@pytest.mark.row("F31")
async def test_an_order_tried_twice_is_paid_once(real, fresh, card):
    """The first card is declined, the second one's answer is lost: one hold, one capture, the try that pays is told."""
    order = fresh(10_000)
    assert (await real.payments.authorize(order, DECLINED)).result is AuthorizationResult.DECLINED
    await real.simulator.fault(
        fault="drop_after", operation=CREATE, count=2, merchant_reference_prefix=f"{prefix(order)}a02"
    )
    both = await asyncio.gather(
        *(real.payments.retry(order, card, request_id="r1", patience_seconds=0.1) for _ in range(2))
    )
    assert all(answer.result is not AuthorizationResult.DECLINED for answer in both)
    await real.until(order, PaymentState.AUTHORIZED)
    refused = await real.payments.retry(order, card, request_id="r2")
    assert refused.result is AuthorizationResult.REFUSED
    assert refused.refusals[0].code == "nothing_to_retry"
    assert (await real.payments.capture(order.key, request_id="s1")).result is CommandResult.DONE
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, Totals(payments=2, authorized=10_000, captured=10_000, collected=10_000))
    tried = await real.witnesses.log(order, CREATE)
    assert {request["merchant_reference"][-3:] for request in tried} == {"a01", "a02"}
    assert len({request["idempotence_key"] for request in tried}) == 2
