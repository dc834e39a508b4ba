"""Money that goes back: never more than came, not before it can, not before it is allowed."""

import asyncio

import pytest

from ingenico.api.merchant import Merchant
from ingenico.wire.refunds import ApproveRefundRequest
from payments.methods import PaymentInstruction
from payments.states import PaymentState, RefundStage
from payments.view import CommandResult
from tests.support.witnesses import refunded

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = PaymentInstruction(token="token-visa-approved")
REFUND = "payments.refund"


async def shipped(stage, order, card=CARD):
    await stage.payments.authorize(order, card)
    await stage.payments.capture(order.key, request_id="s1")
    await stage.until(order, PaymentState.COLLECTED)


@pytest.mark.row("F20")
async def test_two_refunds_at_once_never_exceed_what_was_captured(real, fresh):
    """The second of two refunds of 60 on 100 reserves against what the first left: it is refused and never sent."""
    order = fresh(10_000)
    await shipped(real, order)
    part = order.total.with_amount(6_000)
    answers = await asyncio.gather(
        *(real.payments.refund(order.key, request_id=f"r{n}", amount=part) for n in range(2))
    )
    sent = await real.sent(order, REFUND)
    assert [request["status"] for request in sent] == [201]
    assert sorted(answer.result for answer in answers) == [CommandResult.DONE, CommandResult.REFUSED]
    await real.until(order, PaymentState.PARTIALLY_REFUNDED)
    await real.witnesses.agree_on(order, refunded(order, 6_000))
    assert (await real.books(order)).refunded == 6_000


@pytest.mark.row("F22")
async def test_a_refund_that_must_be_approved_is_paid_when_it_is(real, fresh):
    """Where the account has a person approve refunds it waits, says so, and counts as paid once the provider paid."""
    order = fresh(10_000)
    await shipped(real, order, CARD.model_copy(update={"account": "careful"}))
    await real.payments.refund(order.key, request_id="r1")
    await asyncio.sleep(1)
    view = await real.payments.view(order.key)
    assert ((await real.books(order)).refunded, view.amounts.refunded.amount_minor) == (0, 0)
    assert view.state is PaymentState.REFUNDING
    [told] = view.attention
    assert "approve" in told
    [there] = await real.console.refunds("careful", view.transaction_id)
    somebody = Merchant(real.console_client, real.credentials["careful"])
    await somebody.refunds.approve(there.refund_id, ApproveRefundRequest(amount=order.total.amount_minor))
    view = await real.until(order, PaymentState.REFUNDED)
    assert (view.refunds[0].stage, view.attention) == (RefundStage.REFUNDED, ())
    await real.witnesses.agree_on(order, refunded(order))
