"""Every failure of the provider at a refund ends with the money back once, or not at all, and the books agreeing.

All cases are played at once, on an order each, since each is mostly waiting; every test looks at one of them.
"""

import asyncio
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from payments.methods import PaymentInstruction
from payments.order import Order
from payments.states import PaymentState, RefundStage
from payments.view import AuthorizationResult, CommandResult
from tests.support.orders import order as build_order
from tests.support.witnesses import collected, operations, prefix, refunded

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFUND, LIST = "payments.refund", "payments.refunds"
PART = 4_000


@dataclass(frozen=True)
class Case:
    """What goes wrong with a refund."""

    name: str
    faults: tuple[dict[str, object], ...] = field(hash=False)

    def __str__(self) -> str:
        return self.name


def at(operation: str, fault: str, **more: object) -> dict[str, object]:
    return {"operation": operation, "fault": fault, **more}


# The same key and body again finds the first answer, or does it now.
REPEATED = [
    Case("drop_before", (at(REFUND, "drop_before"),)),
    Case("drop_after", (at(REFUND, "drop_after"),)),
    Case("fail_before", (at(REFUND, "fail_before"),)),
    Case("fail_after", (at(REFUND, "fail_after"),)),
    Case("half_answer", (at(REFUND, "half_answer"),)),
    Case("in_progress", (at(REFUND, "drop_after"), at(REFUND, "in_progress"))),
    Case("slow", (at(REFUND, "slow", seconds=2.6),)),
    Case("twice", (at(REFUND, "drop_after", count=2),)),
]
# The key replays its stored failure for ever: only the payment's list of refunds helps, and it may lag or fail.
DEAD_KEYS = [
    Case("dead_key", (at(REFUND, "fail_after", sticky=True),)),
    Case("dead_key_and_lag", (at(REFUND, "fail_after", sticky=True), at(LIST, "lag", seconds=60))),
    Case(
        "dead_key_and_looks_fail",
        (at(REFUND, "fail_after", sticky=True), at(LIST, "drop_before"), at(LIST, "half_answer")),
    ),
]
NEVER_DONE = Case("dead_key_never_done", (at(REFUND, "fail_before", sticky=True),))
CASES = [*REPEATED, *DEAD_KEYS, NEVER_DONE]


async def _shipped(order: Order, payments, witnesses, token: str = "token-visa-approved") -> None:
    card = PaymentInstruction(token=token)
    while (await payments.authorize(order, card, patience_seconds=10)).result is not AuthorizationResult.AUTHORIZED:
        pass
    await payments.capture(order.key, request_id="shipment-1", patience_seconds=10)
    await witnesses.until(order, PaymentState.COLLECTED)


async def _play(case: Case, order: Order, payments, simulator, witnesses) -> None:
    """Ship an order and refund a part of it, with the faults ordered just before; then refund the rest."""
    await _shipped(order, payments, witnesses)
    for fault in case.faults:
        await simulator.fault(merchant_reference_prefix=prefix(order), **fault)
    await payments.refund(order.key, request_id="r1", amount=order.total.with_amount(PART))
    await witnesses.until(order, PaymentState.PARTIALLY_REFUNDED)
    await payments.refund(order.key, request_id="r2", patience_seconds=10)
    await witnesses.until(order, PaymentState.REFUNDED)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played(payments, simulator, witnesses) -> dict[Case, tuple[Order, BaseException | None]]:
    """Every case's order, and why it could not be played to its end."""
    from tests.conftest import NUMBERS, RUN

    orders = {case: build_order(f"R{RUN}-{next(NUMBERS)}", 10_000 + n) for n, case in enumerate(CASES)}
    ended = await asyncio.gather(
        *(asyncio.wait_for(_play(case, orders[case], payments, simulator, witnesses), 90) for case in CASES),
        return_exceptions=True,
    )
    return {case: (orders[case], end) for case, end in zip(CASES, ended, strict=True)}


async def _order(played, case: Case) -> Order:
    order, failure = played[case]
    if failure is not None:
        raise failure
    return order


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_every_fault_ends_with_the_money_back_once(played, witnesses, case):
    """Books, ledger and view agree to the cent, and the provider gave each of the two parts back once."""
    order = await _order(played, case)
    await witnesses.agree_on(order, refunded(order))
    assert await witnesses.effects(order) == ["payments.create", "payments.approve", REFUND, REFUND]


@pytest.mark.parametrize("case", REPEATED, ids=str)
async def test_a_refund_is_repeated_under_one_key(played, witnesses, case):
    """A refund without a readable answer is asked for again under its first key and reference."""
    order = await _order(played, case)
    *first, last = await witnesses.log(order, REFUND)
    assert len(first) >= 2
    assert len({request["idempotence_key"] for request in first}) == 1
    assert {intent.reference[-4:] for intent in await witnesses.queries.intents(order.key)} >= {"-r01", "-r02"}
    assert last["idempotence_key"] != first[0]["idempotence_key"]


@pytest.mark.parametrize("case", DEAD_KEYS, ids=str)
async def test_a_dead_key_is_given_up_and_the_refund_found(played, witnesses, case):
    """A key that replays a failure is asked once more, then the refund is looked for, twice if it is not there."""
    order = await _order(played, case)
    log = [name for name in operations(await witnesses.log(order)) if name in {REFUND, LIST}]
    looks = {"dead_key": 1, "dead_key_and_lag": 2, "dead_key_and_looks_fail": 3}[case.name]
    assert log[: 2 + looks] == [REFUND, REFUND, *[LIST] * looks]
    assert log.count(REFUND) == 3


async def test_a_refund_proven_absent_is_asked_for_under_another_key(played, witnesses):
    """Two looks that find nothing prove that nothing went back; only then a second key and reference are used."""
    order = await _order(played, NEVER_DONE)
    log = [request for request in await witnesses.log(order) if request["operation"] in {REFUND, LIST}]
    assert operations(log)[:5] == [REFUND, REFUND, LIST, LIST, REFUND]
    first, again, second, _rest = [request for request in log if request["operation"] == REFUND]
    assert first["idempotence_key"] == again["idempotence_key"] != second["idempotence_key"]
    refunds = [i for i in await witnesses.queries.intents(order.key) if i.operation.kind.value == "refund"]
    assert sorted((i.reference[-4:], i.outcome.value) for i in refunds) == [
        ("-r01", "absent"),
        ("-r02", "done"),
        ("-r03", "done"),
    ]


async def test_a_declined_refund_gives_nothing_back_and_is_told(payments, witnesses, new_order):
    """What the bank declines at once is a failed refund with its reason; the amount may be asked for again."""
    order = new_order(10_100)
    await _shipped(order, payments, witnesses, "token-visa-refund-declined")
    answer = await payments.refund(order.key, request_id="r1", patience_seconds=10)
    assert (answer.result, answer.state) == (CommandResult.FAILED, PaymentState.COLLECTED)
    view = await payments.view(order.key)
    assert (view.refunds[0].stage, view.amounts.may_refund) == (RefundStage.FAILED, order.total)
    assert view.refunds[0].reason
    assert any("did not reach the customer" in told for told in view.attention)
    await witnesses.agree_on(order, collected(order))


async def test_a_refund_rejected_later_gives_nothing_back_and_is_told(payments, witnesses, new_order):
    """What was accepted and rejected after is followed to that, and the books have the money again."""
    order = new_order(10_200)
    await _shipped(order, payments, witnesses, "token-visa-refund-rejected")
    answer = await payments.refund(order.key, request_id="r1", patience_seconds=10)
    assert (answer.result, answer.state) == (CommandResult.DONE, PaymentState.REFUNDING)
    view = await witnesses.until(order, PaymentState.COLLECTED)
    assert (view.refunds[0].stage, view.amounts.may_refund) == (RefundStage.FAILED, order.total)
    await witnesses.agree_on(order, collected(order))
