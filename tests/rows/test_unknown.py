"""Answers that do not come: found out by the key, by the reference or by reading, and never guessed."""

import asyncio
from datetime import datetime, timedelta

import pytest

from payments.commands import Void
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from tests.support.simulated import eventually
from tests.support.witnesses import collected, held, operations, refunded, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = PaymentInstruction(token="token-visa-approved")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
TAKEN = (
    PaymentState.CAPTURE_REQUESTED,
    PaymentState.PARTIALLY_CAPTURED,
    PaymentState.CAPTURED,
    PaymentState.COLLECTED,
)
CREATE, APPROVE, CAPTURE, FIND = "payments.create", "payments.approve", "payments.capture", "payments.find"


@pytest.mark.row("F4")
async def test_an_authorization_without_an_answer_is_asked_for_by_its_key(real, fresh):
    """The shop is told `unknown`; the same key brings the first answer, and one payment stands in the books."""
    order = fresh(10_000)
    await real.fault(order, "drop_after", CREATE, count=2)
    first = await real.payments.authorize(order, CARD, patience_seconds=0.2)
    assert first.result in {AuthorizationResult.UNKNOWN, AuthorizationResult.PENDING}
    await real.until(order, PaymentState.AUTHORIZED)
    await real.witnesses.agree_on(order, held(order))
    sent = await real.sent(order, CREATE)
    assert len({request["idempotence_key"] for request in sent}) == 1
    assert [request["replayed"] for request in sent] == [False, True, True]


@pytest.mark.row("F5")
@pytest.mark.parametrize("account", ["main", "parts"])
async def test_a_capture_without_an_answer_is_read_before_anything_is_repeated(real, fresh, account):
    """No key protects a capture: the payment is read, it is taken, and nothing is sent a second time."""
    order, operation = fresh(10_000), {"main": APPROVE, "parts": CAPTURE}[account]
    await real.payments.authorize(order, CARD.model_copy(update={"account": account}))
    await real.fault(order, "drop_after", operation)
    await real.payments.capture(order.key, request_id="s1", amount=order.total.with_amount(4_000))
    await real.until(order, *TAKEN)
    assert (await real.books(order)).capture_requested == 4_000
    log = operations(await real.sent(order, ""))
    assert log.count(operation) == 1
    assert log[log.index(operation) + 1] in {"payments.get", "payments.captures"}


@pytest.mark.row("F6")
@pytest.mark.parametrize("fault", ["fail_after", "fail_before"])
async def test_a_key_that_replays_a_failure_is_got_out_of(real, fresh, fault):
    """A stored failure is recognised: the reference is looked for; found it is adopted, absent twice sent anew."""
    order = fresh(10_000)
    await real.fault(order, fault, CREATE, sticky=True)
    await real.payments.authorize(order, CARD, patience_seconds=0)
    await real.until(order, PaymentState.AUTHORIZED)
    await real.witnesses.agree_on(order, held(order))
    log = [request for request in await real.sent(order, "") if request["operation"] in {CREATE, FIND}]
    looks = operations(log).count(FIND)
    keys = [request["idempotence_key"] for request in log if request["operation"] == CREATE]
    if fault == "fail_after":
        assert (looks, len(keys), len(set(keys))) == (1, 2, 1)
        return
    assert operations(log)[:4] == [CREATE, CREATE, FIND, FIND]
    assert (len(keys), len(set(keys))) == (3, 2)
    intents = await real.witnesses.queries.intents(order.key)
    assert [(i.operation.attempt, i.outcome.value) for i in intents] == [(1, "absent"), (2, "done")]


@pytest.mark.row("F7")
async def test_a_first_call_that_still_runs_is_waited_for(real, fresh):
    """409 says that the first request still runs: it is asked again later, and its answer is the only payment."""
    order = fresh(10_000)
    await real.fault(order, "slow", CREATE, seconds=4.5)
    await real.payments.authorize(order, CARD, patience_seconds=0)
    await real.until(order, PaymentState.AUTHORIZED)
    await asyncio.sleep(0.2)
    await real.witnesses.agree_on(order, held(order))
    sent = await real.sent(order, CREATE)
    assert 409 in {request["status"] for request in sent}
    assert len({request["idempotence_key"] for request in sent}) == 1
    assert await real.sent(order, FIND) == []


@pytest.mark.row("F8")
async def test_a_key_is_not_used_after_its_day(real, fresh):
    """A day without answers: an hour before the provider forgets the key, the reference is looked for instead."""
    order = fresh(10_000)
    await real.fault(order, "drop_after", CREATE)
    await real.fault(order, "drop_before", CREATE, count=100)

    async def asked_again(count):
        return len([1 for request in await real.sent(order, "") if request["operation"] in {CREATE, FIND}]) > count

    await real.payments.authorize(order, CARD, patience_seconds=0)
    assert await eventually(lambda: asked_again(1))
    async with real.later(23 * HOUR - 10 * MINUTE):
        before = len(await real.sent(order, CREATE))
        assert await eventually(lambda: asked_again(before))
        assert await real.sent(order, FIND) == []
        async with real.later(20 * MINUTE):
            before = len(await real.sent(order, CREATE))
            await real.payments.wake(order.key, event_id="e1", event_type="payment.created", account="main")
            assert await eventually(lambda: asked_again(before))
            sent = await real.sent(order, CREATE)
            times = [datetime.fromisoformat(request["at"]) for request in sent]
            assert 22 * HOUR < max(times) - min(times) < 23 * HOUR
            await real.until(order, PaymentState.AUTHORIZED)
    looked = [datetime.fromisoformat(request["at"]) for request in await real.sent(order, FIND)]
    assert looked
    assert min(looked) > max(times)
    creates = await real.sent(order, CREATE)
    assert len(creates) == len(sent)
    assert len({request["idempotence_key"] for request in creates}) == 1
    await real.witnesses.agree_on(order, held(order))


@pytest.mark.row("F43")
async def test_an_order_cancelled_over_an_unknown_capture_undoes_nothing(real, fresh):
    """The capture is proven first; a void that waited for it is refused, and the provider is asked for no cancel."""
    order = fresh(10_000)
    await real.payments.authorize(order, CARD)
    await real.fault(order, "drop_after", APPROVE)
    await real.payments.capture(order.key, request_id="s1", patience_seconds=0)
    answer = await real.payments.void(order.key, request_id="v1")
    await real.until(order, PaymentState.COLLECTED, PaymentState.VOIDED)
    assert (await real.books(order)).collected == 10_000
    assert await real.sent(order, "payments.cancel") == []
    await real.witnesses.agree_on(order, collected(order))
    assert (answer.result, answer.refusal.code) == (CommandResult.REFUSED, "already_captured")


@pytest.mark.row("F43")
async def test_an_order_cancelled_over_an_unknown_authorization_releases_what_is_found(real, fresh):
    """What is on the card is found out before it is released: the cancel is the last thing asked, and asked once."""
    order = fresh(10_000)
    await real.fault(order, "drop_after", CREATE, count=2)
    await real.payments.authorize(order, CARD, patience_seconds=0)
    await real.payments.signal_void(order.key, Void(request_id="v1"))
    await real.until(order, PaymentState.VOIDED, PaymentState.REFUSED)
    assert (await real.books(order)).voided == 10_000
    await real.witnesses.agree_on(order, released(order))
    log = operations(await real.sent(order, ""))
    assert log.count("payments.cancel") == 1
    assert log[:3] == [CREATE] * 3


@pytest.mark.row("F44")
async def test_a_timeout_is_no_decline_and_a_shipment_that_fails_is_refunded(real, fresh):
    """No order is told `declined` for want of an answer; when its goods cannot leave after all, the money goes back."""
    order = fresh(10_000)
    await real.fault(order, "drop_after", CREATE, count=2)
    first = await real.payments.authorize(order, CARD, patience_seconds=0.5)
    await real.until(order, PaymentState.AUTHORIZED, PaymentState.REFUSED)
    await real.witnesses.agree_on(order, held(order))
    assert first.result in {AuthorizationResult.UNKNOWN, AuthorizationResult.PENDING}
    assert (await real.payments.authorize(order, CARD)).result is AuthorizationResult.AUTHORIZED
    await real.payments.capture(order.key, request_id="s1")
    await real.until(order, PaymentState.COLLECTED)
    await real.payments.refund(order.key, request_id="r1", reason="the shipment was lost")
    await real.until(order, PaymentState.REFUNDED)
    await real.witnesses.agree_on(order, refunded(order))
    assert len({request["idempotence_key"] for request in await real.sent(order, CREATE)}) == 1
