"""What was acknowledged reaches its payment: once for many, after any failure, and never by guessing."""

import asyncio
import contextlib

import pytest

from gateway.relay import Relay
from tests.gateway.conftest import payment_event


async def test_each_payment_is_woken_once_for_its_events(gateway):
    """Events of one order that wait together make one signal; what was delivered makes none."""
    one, two = await gateway.opened("A1"), await gateway.opened("A2")
    for event_id, reference in (("e-1", one), ("e-2", one), ("e-3", two), ("e-4", one)):
        await gateway.post(payment_event(event_id, reference=reference))
        gateway.clock.pass_seconds(1)
    assert await gateway.relay.deliver() == 4
    assert sorted(gateway.woken.calls) == [("A1", "e-4"), ("A2", "e-3")]
    assert await gateway.relay.deliver() == 0
    assert {line.order_id for line in await gateway.lines()} == {"A1", "A2"}
    assert all(line.delivered_at for line in await gateway.lines())


async def test_a_refund_finds_its_payment_by_its_own_reference(gateway):
    """A refund's event carries the reference that the refund was sent with."""
    await gateway.opened("A1")
    refund = {"id": "r-1", "status": "REFUNDED", "refundOutput": {"references": {"merchantReference": "main-A1-r01"}}}
    event = payment_event(payment=None, type="refund.refunded", refund=refund)
    await gateway.post(event)
    await gateway.relay.deliver()
    [line] = await gateway.lines()
    assert "'main-A1-r01'" in line.quarantined
    assert gateway.woken.calls == []


async def test_what_matches_no_payment_is_quarantined_until_one_appears(gateway):
    """A reference that only looks like an order's wakes nobody; when its payment is in the books it is delivered."""
    await gateway.opened("A1")
    await gateway.post(payment_event("e-1", reference="main-A2-a01"))
    await gateway.post(payment_event("e-2", reference=None, payment_id="p-unknown"))
    await gateway.relay.deliver()
    assert gateway.woken.calls == []
    reasons = {line.event_id: line.quarantined for line in await gateway.inbox.listing()}
    assert "'main-A2-a01'" in reasons["e-1"]
    assert "p-unknown" in reasons["e-2"]
    await gateway.opened("A2")
    gateway.clock.pass_seconds(30)
    await gateway.relay.deliver()
    assert gateway.woken.calls == [("A2", "e-1")]
    assert [line.event_id for line in await gateway.inbox.listing()] == ["e-2"]


async def test_events_about_no_payment_wake_nobody(gateway):
    """A token's or a payout's event is over once it is kept, and needs nobody; an unknown thing's is shown."""
    for kind, thing in (("token", {"id": "t-1"}), ("payout", {"id": "o-1", "status": "x"})):
        await gateway.post(payment_event(f"e-{kind}", payment=None, type=f"{kind}.created", **{kind: thing}))
    await gateway.post(payment_event("e-new", payment=None, type="mandate.signed", mandate={"id": "m"}))
    await gateway.relay.deliver()
    assert gateway.woken.calls == []
    [line] = await gateway.inbox.listing()
    assert (line.event_id, "does not know" in line.quarantined) == ("e-new", True)
    assert "t-1" not in str(await gateway.lines())


@pytest.mark.parametrize("failure", [RuntimeError("connection refused"), TimeoutError(), OSError("reset")])
async def test_while_temporal_is_away_events_stay_and_come_again(gateway, failure):
    """A failed signal is put off ever longer, up to half a minute; one server is not asked for each of many orders."""
    for n in range(40):
        await gateway.post(payment_event(f"e-{n}", reference=await gateway.opened(f"A{n}")))
    gateway.woken.failing = failure
    tried = []
    for second in range(200):
        if count := await gateway.relay.deliver():
            tried.append((second, count))
        gateway.clock.pass_seconds(1)
    assert tried == [(second, 40) for second in (0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181)]
    gateway.clock.pass_seconds(30)
    gateway.woken.failing = None
    await gateway.relay.deliver()
    assert {order for order, _ in gateway.woken.calls} == {f"A{n}" for n in range(40)}
    assert await gateway.inbox.listing() == ()


async def test_one_that_cannot_be_delivered_holds_up_no_other(gateway):
    """A failure that nobody foresaw at one payment leaves the others delivered, and comes again."""
    one, two = await gateway.opened("A1"), await gateway.opened("A2")
    await gateway.post(payment_event("e-1", reference=one))
    await gateway.post(payment_event("e-2", reference=two))
    wake = gateway.woken.wake

    async def broken(key, **told):
        if key.order_id == "A1":
            raise ValueError("unforeseen")
        await wake(key, **told)

    gateway.woken.wake = broken
    await gateway.relay.deliver()
    assert gateway.woken.calls == [("A2", "e-2")]
    gateway.woken.wake = wake
    gateway.clock.pass_seconds(5)
    await gateway.relay.deliver()
    assert gateway.woken.calls == [("A2", "e-2"), ("A1", "e-1")]


async def test_two_relays_deliver_each_event_once(gateway):
    """Two gateways over one ledger do not wake a payment twice."""
    for n in range(30):
        await gateway.post(payment_event(f"e-{n}", reference=await gateway.opened(f"A{n}")))
    other = Relay(gateway.inbox, gateway.woken, gateway.clock)
    await asyncio.gather(gateway.relay.deliver(), other.deliver())
    assert len(gateway.woken.calls) == 30


async def test_it_begins_with_what_was_left_and_then_hears_of_news(gateway):
    """What a gateway before had acknowledged is delivered at the start; what comes later without waiting for a look."""
    left = await gateway.opened("A1")
    await gateway.post(payment_event("e-1", reference=left))
    later = await gateway.opened("A2")
    running = asyncio.create_task(gateway.relay.run())
    await _until(lambda: gateway.woken.calls == [("A1", "e-1")])
    await asyncio.sleep(0.1)
    await gateway.post(payment_event("e-2", reference=later))
    await asyncio.sleep(0.3)
    assert gateway.woken.calls == [("A1", "e-1"), ("A2", "e-2")]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _until(condition):
    for _ in range(200):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")
