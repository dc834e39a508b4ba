"""The provider's events: early, twice, late, out of order, about nobody; each only wakes the payment it is about."""

import pytest

from payments.methods import PaymentInstruction
from payments.money import Money
from payments.provider import AuthorizationRequest
from payments.states import PaymentState
from tests.support.orders import order as build_order
from tests.support.simulated import eventually
from tests.support.witnesses import collected, held, operations, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOLD = PaymentInstruction(token="token-visa-approved", account="told")
# One for each status of a shipped payment.
EVENTS = {"payment.pending_approval", "payment.capture_requested", "payment.captured", "payment.paid"}


async def all_delivered(stage, order, count):
    async def whether():
        deliveries = await stage.simulator.events(prefix(order))
        lines = await stage.events_of(order)
        done = all(delivery["state"] == "delivered" for delivery in deliveries)
        return deliveries if len(lines) >= count and done and all(line.delivered_at for line in lines) else None

    return await eventually(whether)


@pytest.mark.row("F9")
async def test_an_event_before_the_answer_finds_its_payment(real, fresh):
    """While the answer to the create is still on its way, its event is known by the reference that was sent."""
    order = fresh(10_000)
    # Also the answers to what is sent again meanwhile.
    holds = [real.proxy.hold(lambda line, body: line.startswith("POST") and prefix(order) in body, processed=True)
             for _ in range(9)]  # fmt: skip
    try:
        await real.payments.authorize(order, TOLD, patience_seconds=0)
        await holds[0].reached()
        deliveries = await all_delivered(real, order, 1)
        view = await real.payments.view(order.key)
    finally:
        real.proxy.hold_no_more()
        await real.proxy.let_go()
    assert deliveries, "the event waits for an answer"
    assert [line.order_id for line in await real.events_of(order)] == [order.order_id]
    assert view.state in {PaymentState.OPENING, PaymentState.AUTHORIZING, PaymentState.UNKNOWN}
    await real.until(order, PaymentState.AUTHORIZED)
    await real.witnesses.agree_on(order, held(order))
    assert len({request["idempotence_key"] for request in await real.sent(order, "payments.create")}) == 1


@pytest.mark.row("F10")
async def test_an_event_that_comes_twice_is_one_event(real, fresh):
    """Both deliveries are acknowledged, the inbox holds one, and the payment is not looked at again for the second."""
    order = fresh(10_000)
    await real.simulator.event_fault(merchant_reference_prefix=prefix(order), fault="duplicate", count=9)
    await real.payments.authorize(order, TOLD)
    await real.payments.capture(order.key, request_id="s1")
    await real.until(order, PaymentState.COLLECTED)
    deliveries = await all_delivered(real, order, len(EVENTS))
    lines = await real.events_of(order)
    assert (len(deliveries), len(lines), {line.type for line in lines}) == (8, 4, EVENTS)
    await real.witnesses.agree_on(order, collected(order))
    assert await real.witnesses.effects(order) == ["payments.create", "payments.approve"]


@pytest.mark.row("F11")
async def test_an_old_event_moves_nothing_back(real, fresh):
    """The event of the authorization comes after that of the capture: the payment is read, and is what it is."""
    order = fresh(10_000)
    await real.simulator.event_fault(merchant_reference_prefix=prefix(order), fault="reorder", count=1)
    await real.payments.authorize(order, TOLD)
    await real.payments.capture(order.key, request_id="s1")
    await real.until(order, PaymentState.COLLECTED)
    assert await all_delivered(real, order, len(EVENTS))
    came = [delivery["type"] for delivery in sorted(
        await real.simulator.events(prefix(order)), key=lambda delivery: delivery["delivered_at"]
    )]  # fmt: skip
    assert came[:2] == ["payment.capture_requested", "payment.pending_approval"]
    view = await real.payments.view(order.key)
    assert (view.state, view.attention) == (PaymentState.COLLECTED, ())
    await real.witnesses.agree_on(order, collected(order))
    happened = await real.witnesses.happened(order)
    assert len(happened) == len(set(happened))
    assert "AttentionNeeded" not in happened


@pytest.mark.row("F12")
async def test_what_was_acknowledged_survives_the_gateway(real, fresh):
    """A gateway that ends between its acknowledgement and the delivery loses nothing: the next one delivers."""
    order = fresh(10_000)
    answer = await real.payments.authorize(order, TOLD)
    await all_delivered(real, order, 1)
    await real.gateway.stop()
    await real.gateway.start(relays=False)
    try:
        await real.console.capture("told", answer.transaction_id, order.total)

        async def acknowledged():
            deliveries = await real.simulator.events(prefix(order))
            types = {delivery["type"] for delivery in deliveries if delivery["state"] == "delivered"}
            return types if types == EVENTS else None

        assert await eventually(acknowledged) == EVENTS
    finally:
        await real.gateway.stop()
        await real.gateway.start()
    kept = {line.type for line in await real.events_of(order)}
    assert kept == EVENTS, "acknowledged and not kept"
    await real.until(order, PaymentState.COLLECTED)
    await real.witnesses.agree_on(order, collected(order))


@pytest.mark.row("F13")
async def test_an_event_about_nobody_is_kept_and_shown(real, fresh):
    """A payment that is nobody's here is touched by nobody; its event stands in quarantine with the reason."""
    order = fresh(1_700, "EUR")
    stranger = f"another-{order.order_id}"
    await real.console.authorize(
        AuthorizationRequest(
            account="told",
            idempotence_key=f"k-{stranger}",
            reference=stranger,
            amount=Money(amount_minor=1_700, currency="EUR"),
            order=build_order("17", 1_700, "EUR"),
            instruction=TOLD,
        )
    )

    async def shown():
        lines = await real.inbox.listing(limit=1000)
        return [line for line in lines if line.merchant_reference == stranger and line.quarantined]

    found = await eventually(shown)
    assert [stranger in line.quarantined for line in found] == [True]
    [line] = await real.simulator.books(stranger)
    assert (line.status, line.capture_requested, line.voided) == ("PENDING_APPROVAL", 0, 0)
    assert operations(await real.simulator.requests(stranger, "")) == ["payments.create"]
