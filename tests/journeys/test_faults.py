"""Every failure of the provider at every operation ends in exactly one effect.

All cases are played at once, on an order each, since each is mostly waiting; every test looks at one of them.
"""

import asyncio
import itertools
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from payments.methods import PaymentInstruction
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationResult
from tests.support.orders import order as build_order
from tests.support.witnesses import collected, operations, prefix, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAULTS = {
    "drop_before": {"fault": "drop_before"},
    "drop_after": {"fault": "drop_after"},
    "fail_before": {"fault": "fail_before"},
    "fail_before_503": {"fault": "fail_before", "status": 503},
    "fail_after": {"fault": "fail_after"},
    "half_answer": {"fault": "half_answer"},
    "slow": {"fault": "slow", "seconds": 2.6},
    "twice": {"fault": "drop_after", "count": 2},
}
# After these the first request itself was carried out.
DONE_AT_FIRST = {"drop_after", "fail_after", "half_answer", "twice"}


@dataclass(frozen=True)
class Case:
    """What goes wrong, with which operation."""

    name: str
    operation: str
    faults: tuple[dict[str, object], ...] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.operation}-{self.name}"


OF_CREATE, OF_APPROVE, OF_CANCEL = [
    [Case(name, operation, ({**fault, "operation": operation},)) for name, fault in FAULTS.items()]
    for operation in ("payments.create", "payments.approve", "payments.cancel")
]
# The key replays its stored failure for ever: only looking for the reference helps, and a look may lag behind.
DEAD_KEYS = [
    Case("dead_key", "payments.create", ({"fault": "fail_after", "operation": "payments.create", "sticky": True},)),
    Case(
        "dead_key_and_lag",
        "payments.create",
        (
            {"fault": "fail_after", "operation": "payments.create", "sticky": True},
            {"fault": "lag", "operation": "payments.find", "seconds": 60},
        ),
    ),
]
NEVER_DONE = Case(
    "dead_key_never_done",
    "payments.create",
    ({"fault": "fail_before", "operation": "payments.create", "sticky": True},),
)
LOOKS_FAIL = [
    Case(
        "looks_fail",
        operation,
        (
            {"fault": "drop_after", "operation": operation},
            {"fault": "drop_before", "operation": "payments.get"},
            {"fault": "fail_before", "operation": "payments.get"},
            {"fault": "half_answer", "operation": "payments.get"},
        ),
    )
    for operation in ("payments.approve", "payments.cancel")
]
CASES = [*OF_CREATE, *OF_APPROVE, *OF_CANCEL, *DEAD_KEYS, NEVER_DONE, *LOOKS_FAIL]


async def _play(case: Case, order: Order, payments, simulator, witnesses) -> None:
    """Authorize and capture an order, or void it in the cases of cancel, with the faults ordered just before."""

    async def go_wrong(operation: str) -> None:
        for fault in case.faults if case.operation == operation else ():
            await simulator.fault(merchant_reference_prefix=prefix(order), **fault)

    card = PaymentInstruction(token="token-visa-approved")
    await go_wrong("payments.create")
    while (await payments.authorize(order, card, patience_seconds=10)).result is not AuthorizationResult.AUTHORIZED:
        pass
    if case.operation == "payments.cancel":
        await go_wrong("payments.cancel")
        await payments.void(order.key, request_id="cancelled")
        await witnesses.until(order, PaymentState.VOIDED)
    else:
        await go_wrong("payments.approve")
        await payments.capture(order.key, request_id="shipment-1")
        await witnesses.until(order, PaymentState.COLLECTED)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played(payments, simulator, witnesses) -> dict[Case, tuple[Order, BaseException | None]]:
    """Every case's order, and why it could not be played to its end."""
    from tests.conftest import NUMBERS, RUN

    orders = {case: build_order(f"T{RUN}-{next(NUMBERS)}", 10_000 + n) for n, case in enumerate(CASES)}
    ended = await asyncio.gather(
        *(asyncio.wait_for(_play(case, orders[case], payments, simulator, witnesses), 60) for case in CASES),
        return_exceptions=True,
    )
    return {case: (orders[case], end) for case, end in zip(CASES, ended, strict=True)}


async def _order(played, case: Case) -> Order:
    order, failure = played[case]
    if failure is not None:
        raise failure
    return order


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_every_fault_ends_in_one_effect(played, witnesses, case):
    """Books, ledger and view agree to the cent, and the provider did each operation once."""
    order = await _order(played, case)
    await witnesses.agree_on(order, released(order) if case.operation == "payments.cancel" else collected(order))
    assert await witnesses.effects(order) == [
        "payments.create",
        "payments.cancel" if case.operation == "payments.cancel" else "payments.approve",
    ]


@pytest.mark.parametrize("case", OF_CREATE, ids=str)
async def test_a_create_is_repeated_under_one_key(played, witnesses, case):
    """An authorization without a readable answer is asked for again under its first key, which finds the first."""
    order = await _order(played, case)
    sent = await witnesses.log(order, "payments.create")
    assert len(sent) >= 2
    assert len({request["idempotence_key"] for request in sent}) == 1
    assert len({request["merchant_reference"] for request in sent}) == 1
    if case.name in DONE_AT_FIRST:
        assert [request["replayed"] for request in sent] == [False, *[True] * (len(sent) - 1)]


@pytest.mark.parametrize("case", [*OF_APPROVE, *OF_CANCEL, *LOOKS_FAIL], ids=str)
async def test_a_capture_or_void_is_read_before_it_is_repeated(played, witnesses, case):
    """No key protects these: between two of them, and after the first, stands a look at the payment."""
    order = await _order(played, case)
    log = operations(await witnesses.log(order))
    if case.operation == "payments.cancel":
        # A cancel would take a capture with it: the payment is read before the first one too.
        assert log[:2] == ["payments.create", "payments.get"]
    assert log[log.index(case.operation) + 1] == "payments.get"
    pairs = set(itertools.pairwise(log))
    assert (case.operation, case.operation) not in pairs
    if case.name in DONE_AT_FIRST | {"looks_fail"}:
        assert log.count(case.operation) == 1


@pytest.mark.parametrize("case", DEAD_KEYS, ids=str)
async def test_a_dead_key_is_given_up_and_the_payment_found(played, witnesses, case):
    """A key that replays a failure is asked once more, then the reference is looked for, twice if it is not there."""
    order = await _order(played, case)
    log = [name for name in operations(await witnesses.log(order)) if name in {"payments.create", "payments.find"}]
    assert log == [
        "payments.create",
        "payments.create",
        "payments.find",
        *(["payments.find"] if case.name == "dead_key_and_lag" else []),
    ]


async def test_an_attempt_proven_absent_is_followed_by_another_under_a_key_of_its_own(played, witnesses):
    """Two looks that find nothing prove that nothing was done; only then a second key and reference are used."""
    order = await _order(played, NEVER_DONE)
    log = [
        request
        for request in await witnesses.log(order)
        if request["operation"] in {"payments.create", "payments.find"}
    ]
    # What is proven absent is looked for a while longer, beside everything else.
    assert operations(log)[:4] == ["payments.create", "payments.create", "payments.find", "payments.find"]
    assert sorted(operations(log)[4:], key=lambda name: name == "payments.find")[:2] in (
        ["payments.create"],
        ["payments.create", "payments.find"],
    )
    first, again, second = [request for request in log if request["operation"] == "payments.create"]
    assert first["idempotence_key"] == again["idempotence_key"] != second["idempotence_key"]
    assert first["merchant_reference"] != second["merchant_reference"]
    assert "AttemptAbsent" in await witnesses.happened(order)
