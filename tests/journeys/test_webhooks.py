"""Orders that Ingenico's events tell of: punctual, twice, out of order, late, never; and what the console does.

All are played at once, on an order each; every test looks at one of them.
"""

import asyncio
import time
from dataclasses import dataclass

import pytest
import pytest_asyncio

from payments.methods import PaymentInstruction
from payments.money import Money
from payments.order import Order
from payments.provider import AuthorizationRequest
from payments.states import PaymentState
from tests.support.announced import FOLLOW_SECONDS, Announced, announced_stack
from tests.support.orders import order as build_order
from tests.support.witnesses import collected, prefix, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

MISBEHAVIOUR = {
    "punctual": [],
    "twice": [{"fault": "duplicate", "count": 9}],
    "out of order": [{"fault": "reorder", "count": 2, "seconds": 2}],
    "late": [{"fault": "delay", "seconds": 1.5, "count": 9}],
    "twice, late and out of order": [
        {"fault": "duplicate", "count": 1},
        {"fault": "reorder", "count": 1, "seconds": 2},
        {"fault": "delay", "count": 1, "seconds": 1},
        {"fault": "duplicate", "count": 1},
    ],
    "the first lost": [{"fault": "drop", "count": 3}],
    "lost": [{"fault": "drop", "count": 9}],
}
CARD = PaymentInstruction(token="token-visa-approved")


@dataclass
class Played:
    """An order, and how long its capture took to be noticed."""

    order: Order
    seconds: float = 0.0


async def _shipped(stage: Announced, name: str, order: Order) -> Played:
    for fault in MISBEHAVIOUR[name]:
        await stage.simulator.event_fault(merchant_reference_prefix=prefix(order), **fault)
    await stage.payments.authorize(order, CARD)
    began = time.monotonic()
    await stage.payments.capture(order.key, request_id="s1")
    await stage.witnesses.until(order, PaymentState.COLLECTED)
    return Played(order, time.monotonic() - began)


async def _by_hand(stage: Announced, name: str, order: Order) -> Played:
    """Somebody captures or voids it in the console."""
    answer = await stage.payments.authorize(order, CARD)
    began = time.monotonic()
    if name == "captured by hand":
        await stage.console.capture("main", answer.transaction_id, order.total)
        await stage.witnesses.until(order, PaymentState.COLLECTED)
    else:
        await stage.console.void("main", answer.transaction_id)
        await stage.witnesses.until(order, PaymentState.VOIDED)
    return Played(order, time.monotonic() - began)


async def _refunded(stage: Announced, _name: str, order: Order) -> Played:
    await _shipped(stage, "punctual", order)
    began = time.monotonic()
    await stage.payments.refund(order.key, request_id="r1", amount=order.total.with_amount(1_000))
    await stage.witnesses.until(order, PaymentState.PARTIALLY_REFUNDED)
    return Played(order, time.monotonic() - began)


PLAYS = {
    **dict.fromkeys(MISBEHAVIOUR, _shipped),
    "captured by hand": _by_hand,
    "voided by hand": _by_hand,
    "refunded": _refunded,
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played(tmp_path_factory):
    """Play them all."""
    from tests.conftest import NUMBERS, RUN

    async with announced_stack(tmp_path_factory.mktemp("announced")) as stage:
        orders = {name: build_order(f"W{RUN}-{next(NUMBERS)}", 10_000 + n, "USD") for n, name in enumerate(PLAYS)}
        ended = await asyncio.gather(
            *(asyncio.wait_for(play(stage, name, orders[name]), 60) for name, play in PLAYS.items()),
            return_exceptions=True,
        )
        yield stage, dict(zip(PLAYS, ended, strict=True))


def _of(played, name) -> Played:
    ended = played[1][name]
    if isinstance(ended, BaseException):
        raise ended
    return ended


@pytest.mark.parametrize("name", MISBEHAVIOUR)
async def test_however_events_come_the_end_is_the_same(played, name):
    """Books, ledger and view agree to the cent, each thing happened once, and nobody has to look at anything."""
    stage, order = played[0], _of(played, name).order
    await stage.witnesses.agree_on(order, collected(order))
    assert await stage.witnesses.effects(order) == ["payments.create", "payments.approve"]
    assert not (await stage.payments.view(order.key)).attention
    happened = await stage.witnesses.happened(order)
    assert len(happened) == len(set(happened))


@pytest.mark.parametrize("name", ["punctual", "twice", "refunded"])
async def test_an_event_is_noticed_long_before_a_look_would_be_due(played, name):
    """What was told is booked within moments."""
    assert _of(played, name).seconds < FOLLOW_SECONDS - 2


async def test_what_is_lost_is_found_by_looking(played):
    """Without any event the capture is followed as ever."""
    lost = _of(played, "lost")
    assert lost.seconds >= FOLLOW_SECONDS - 1
    assert await played[0].events_of(lost.order) == []


async def test_an_event_that_comes_twice_is_kept_once(played):
    """Every delivery was acknowledged, each event stands in the inbox once and has woken its payment."""
    stage, order = played[0], _of(played, "twice").order
    deliveries = await stage.simulator.events(prefix(order))
    assert {delivery["state"] for delivery in deliveries} == {"delivered"}
    lines = await stage.events_of(order)
    assert len(deliveries) == 2 * len(lines) == 8
    assert all(line.delivered_at and line.order_id == order.order_id for line in lines)


async def test_a_payment_is_read_no_more_often_than_it_is_told_of(played):
    """Four events lead to at most four looks."""
    stage, order = played[0], _of(played, "punctual").order
    log = [request["operation"] for request in await stage.witnesses.log(order)]
    assert log.count("payments.get") <= 4


async def test_what_somebody_does_in_the_console_is_booked_and_told(played):
    """A capture and a void that nobody here asked for reach the books by their events, and a person is told."""
    stage = played[0]
    taken, gone = _of(played, "captured by hand"), _of(played, "voided by hand")
    await stage.witnesses.agree_on(taken.order, collected(taken.order))
    await stage.witnesses.agree_on(gone.order, released(gone.order))
    for order in (taken.order, gone.order):
        [told] = (await stage.payments.view(order.key)).attention
        assert "nobody here asked for it" in told


async def test_another_shops_events_are_quarantined(played):
    """A payment of the same account that is nobody's here wakes nobody, and is listed with the reason."""
    stage = played[0]
    await stage.console.authorize(
        AuthorizationRequest(
            account="main",
            idempotence_key="k" * 40,
            reference="another-shops-17",
            amount=Money(amount_minor=1_700, currency="EUR"),
            order=build_order("17", 1_700, "EUR"),
            instruction=CARD,
        )
    )
    for _ in range(100):
        lines = [line for line in await stage.inbox.listing() if line.merchant_reference == "another-shops-17"]
        if lines and lines[0].quarantined:
            break
        await asyncio.sleep(0.05)
    assert "'another-shops-17'" in lines[0].quarantined
