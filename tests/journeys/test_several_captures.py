"""Several shipments of one order on real servers, on an account whose payments take several captures."""

import asyncio

import pytest

from devstack.checker import Totals
from devstack.stack import SEVERAL_CAPTURES
from payments.methods import PaymentInstruction
from payments.states import PaymentState
from payments.view import CommandResult
from tests.conftest import NUMBERS, RUN
from tests.support.orders import order as build_order
from tests.support.witnesses import collected, operations, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

CREATE, CAPTURE, FINALIZE = "payments.create", "payments.capture", "payments.finalizecapture"


@pytest.fixture
def card():
    """A card on the account that takes several captures."""
    return PaymentInstruction(token="token-visa-approved", account=SEVERAL_CAPTURES)


async def ship(payments, order, request_id, amount=None, **more):
    part = None if amount is None else order.total.with_amount(amount)
    return await payments.capture(order.key, request_id=request_id, amount=part, **more)


async def effects(witnesses, order):
    """Return what was done at the provider, in the simulator's words, without looks."""
    return [name for name in await witnesses.effects(order) if name != "payments.captures"]


def shipped(order, amount):
    return Totals(payments=1, authorized=order.total.amount_minor, captured=amount, collected=amount)


async def test_three_shipments(payments, witnesses, new_order, card):
    """Three parcels are three captures, each with a reference of its own, and all witnesses agree to the cent."""
    order = new_order(23_979)
    assert (await payments.authorize(order, card)).several_captures is True
    first = await ship(payments, order, "s1", 8_000)
    assert (first.result, first.state) == (CommandResult.DONE, PaymentState.PARTIALLY_CAPTURED)
    await ship(payments, order, "s2", 8_000)
    await ship(payments, order, "s3")
    view = await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))
    assert await effects(witnesses, order) == [CREATE, CAPTURE, CAPTURE, CAPTURE]
    assert [c.merchant_reference for c in view.captures] == [f"{prefix(order)}c0{n}" for n in (1, 2, 3)]
    assert not view.attention


async def test_shipped_short(payments, witnesses, new_order, card):
    """A last shipment of less than is left ends the hold; nothing more is captured and the rest lapses."""
    order = new_order(10_000)
    await payments.authorize(order, card)
    await ship(payments, order, "s1", 3_000)
    await ship(payments, order, "s2", 2_000, final=True)
    late = await ship(payments, order, "s3", 1_000)
    assert late.refusal.code == "already_captured"
    view = await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, shipped(order, 5_000))
    assert view.amounts.lapsing == order.total.with_amount(5_000)
    assert await effects(witnesses, order) == [CREATE, CAPTURE, CAPTURE]


async def test_a_void_after_two_shipments(payments, witnesses, new_order, card):
    """The rest of an order is cancelled after two shipments: those stay, and the provider takes no more captures."""
    order = new_order(10_000)
    await payments.authorize(order, card)
    await ship(payments, order, "s1", 3_000)
    await ship(payments, order, "s2", 3_000)
    assert (await payments.void(order.key, request_id="v1")).result is CommandResult.DONE
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, shipped(order, 6_000))
    assert await effects(witnesses, order) == [CREATE, CAPTURE, CAPTURE, FINALIZE]


LOST = {
    "drop_before": [{"fault": "drop_before"}],
    "drop_after": [{"fault": "drop_after"}],
    "fail_before": [{"fault": "fail_before"}],
    "fail_after": [{"fault": "fail_after"}],
    "half_answer": [{"fault": "half_answer"}],
    "slow": [{"fault": "slow", "seconds": 2.6}],
    "lists_lag": [
        {"fault": "drop_after"},
        {"fault": "lag", "operation": "payments.captures", "seconds": 2},
    ],
    "all_looks_lag": [
        {"fault": "drop_after"},
        {"fault": "lag", "operation": "payments.captures", "seconds": 2},
        {"fault": "lag", "operation": "payments.get", "seconds": 2},
    ],
    "looks_fail": [
        {"fault": "drop_after"},
        {"fault": "drop_before", "operation": "payments.captures"},
        {"fault": "fail_before", "operation": "payments.get"},
    ],
}


@pytest.mark.parametrize("faults", LOST.values(), ids=LOST)
async def test_a_lost_answer_ends_in_one_capture(payments, simulator, witnesses, card, faults):
    """Whatever goes wrong with the second of three shipments, each is captured once, and nobody is needed."""
    order = build_order(f"T{RUN}-{next(NUMBERS)}")
    await payments.authorize(order, card)
    await ship(payments, order, "s1", 3_000)
    # What lags by two seconds knows the payment by then.
    await asyncio.sleep(2.2 if len(faults) > 1 else 0)
    for fault in faults:
        await simulator.fault(**{"operation": CAPTURE, "merchant_reference_prefix": prefix(order), **fault})
    while (await ship(payments, order, "s2", 3_000)).result is not CommandResult.DONE:
        pass
    await ship(payments, order, "s3")
    view = await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))
    assert await effects(witnesses, order) == [CREATE, CAPTURE, CAPTURE, CAPTURE]
    assert not view.attention
    sent = operations(await witnesses.log(order))
    first, second, third = [place for place, name in enumerate(sent) if name == CAPTURE][:3]
    if sent.count(CAPTURE) > 3:
        # Sent again: only after two looks that found nothing.
        assert sent[second:third].count("payments.captures") >= 2
    assert first < second


async def test_a_lost_answer_to_the_end_of_captures(payments, simulator, witnesses, new_order, card):
    """That no capture follows is found out by reading, and said once."""
    order = new_order(10_000)
    await payments.authorize(order, card)
    await ship(payments, order, "s1", 3_000)
    await simulator.fault(fault="drop_after", operation=FINALIZE, merchant_reference_prefix=prefix(order))
    while (await payments.void(order.key, request_id="v1")).result is not CommandResult.DONE:
        pass
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, shipped(order, 3_000))
    assert await effects(witnesses, order) == [CREATE, CAPTURE, FINALIZE]


async def test_a_refund_of_one_shipment(payments, simulator, witnesses, new_order, card):
    """One shipment comes back: its capture is refunded, by that capture's own name."""
    order = new_order(10_000)
    await payments.authorize(order, card)
    await ship(payments, order, "s1", 4_000)
    await ship(payments, order, "s2")
    view = await witnesses.until(order, PaymentState.COLLECTED)
    first = view.captures[0].capture_id
    answer = await payments.refund(order.key, request_id="r1", capture_id=first)
    assert (answer.result, answer.amount) == (CommandResult.DONE, order.total.with_amount(4_000))
    await witnesses.until(order, PaymentState.PARTIALLY_REFUNDED)
    [line] = await simulator.books(prefix(order))
    assert line.refunded == 4_000
    assert "captures.refund" in await effects(witnesses, order)
