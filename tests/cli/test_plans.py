"""`payments take-back`, `schedule` and `window`, as a person or a script gives them."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from cli.exits import Exit
from devstack.simulator_control import SimulatorControl
from tests.cli.test_commands import NUMBER, own, started
from tests.cli.test_refund import shown_as
from tests.support.witnesses import operations, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERED_BY_NOBODY = {"TEMPORAL_ADDRESS": "127.0.0.1:9"}


def soon(**later) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat(timespec="seconds")


async def test_a_queued_capture_is_taken_back(payments_command, queueing, new_order):
    """While it is queued its amount is held again, once; without a capture there is nothing to take back."""
    order, there = new_order(), {"TEMPORAL_ADDRESS": queueing.layout.temporal_address}

    async def run(*args, **more):
        return await payments_command(*args, **more, **there)

    # The worker of a stack that starts just now may need longer than a command has patience; started again is once.
    for _ in range(4):
        told = await run("start", "-", "--patience", "10", stdin=own(order))
        if told.code == Exit.DONE:
            break
    nothing = await run("take-back", order.order_id, "--request-id", "t0", "--json")
    assert (nothing.code, nothing.document["refusal"]["code"]) == (Exit.REFUSED, "nothing_queued")
    assert (await run("capture", order.order_id, "--request-id", "s1")).code == Exit.DONE
    back = ("take-back", order.order_id, "--request-id", "t1", "--reason", "[/] not in stock")
    first, again = await run(*back), await run(*back, "--json")
    assert (first.code, "authorized" in first.out) == (Exit.DONE, True), first.words
    assert (again.code, again.document["state"]) == (Exit.DONE, "authorized")
    async with SimulatorControl(queueing.layout.simulator_url) as simulator:
        log = await simulator.requests(prefix(order), "payments.cancelapproval")
        [line] = await simulator.books(prefix(order))
    assert (operations(log), line.status) == (["payments.cancelapproval"], "PENDING_APPROVAL")


async def test_a_capture_is_planned_given_up_and_planned_again(payments_command, simulator, new_order):
    """A plan is shown, replaced and given up; one whose time comes is captured with the amount that was named."""
    order = new_order()
    await started(payments_command, order)
    plan = ("schedule", order.order_id, "--request-id")
    later = await payments_command(*plan, "p1", "--at", soon(hours=2), "--amount", "40.00 USD")
    assert later.code == Exit.DONE, later.words
    shown = await payments_command("show", order.order_id)
    assert "capture of $40.00 at" in shown.out
    assert (await payments_command(*plan, "p2", "--cancel")).code == Exit.DONE
    assert "planned" not in (await payments_command("show", order.order_id)).out
    assert await simulator.requests(prefix(order), "payments.approve") == []
    assert (await payments_command(*plan, "p3", "--at", soon(seconds=3), "--amount", "60.00 USD")).code == Exit.DONE
    view = await shown_as(payments_command, order, "collected")
    assert [capture["amount"]["amount_minor"] for capture in view["captures"]] == [6_000]
    [line] = await simulator.books(prefix(order))
    assert line.collected == 6_000


async def test_a_window_is_moved(payments_command, new_order):
    """To a time, or so many seconds after the authorization; beyond the hold it is refused with the longest."""
    order = new_order()
    await started(payments_command, order)
    move = ("window", order.order_id, "--request-id")
    until = soon(days=2)
    assert (await payments_command(*move, "w1", "--until", until)).code == Exit.DONE
    view = (await payments_command("show", order.order_id, "--json")).document
    assert datetime.fromisoformat(view["expires_at"]) == datetime.fromisoformat(until)
    assert (await payments_command(*move, "w2", "--seconds", "3600")).code == Exit.DONE
    shorter = (await payments_command("show", order.order_id, "--json")).document["expires_at"]
    assert datetime.fromisoformat(shorter) < datetime.fromisoformat(until)
    beyond = await payments_command(*move, "w3", "--seconds", str(29 * 86_400), "--json")
    assert (beyond.code, beyond.document["refusal"]["code"]) == (Exit.REFUSED, "window_beyond_hold")
    assert "at most" in beyond.document["refusal"]["remedy"]
    both = await payments_command(*move, "w4", "--seconds", "60", "--until", until, "--json")
    assert (both.code, both.document["refusal"]["code"]) == (Exit.REFUSED, "one_end")


WRONG = {
    "take-back without an id": (["take-back", "X"], "--request-id"),
    "take-back of a card number": (["take-back", "X", "--request-id", "t", "--capture", NUMBER], "--capture:"),
    "take-back for a card number": (["take-back", "X", "--request-id", "t", "--reason", NUMBER], "--reason:"),
    "take-back of no order": (["take-back", "a/b", "--request-id", "t"], "ORDER:"),
    "schedule tomorrow": (["schedule", "X", "--request-id", "p", "--at", "tomorrow"], "--at: .* Write it such as"),
    "schedule without a zone": (["schedule", "X", "--request-id", "p", "--at", "2126-12-01T09:00"], "--at: .*zone"),
    "schedule of half a cent": (
        ["schedule", "X", "--request-id", "p", "--at", "2126-12-01T09:00Z", "--amount", "1.005 USD"],
        "--amount: .* Write amount and currency",
    ),
    "schedule for a card number": (["schedule", "X", "--request-id", "p", "--shipment", NUMBER], "--shipment:"),
    "schedule under the engine's id": (["schedule", "X", "--request-id", "@p", "--cancel"], "--request-id: .*A-Z"),
    "a window of nothing": (["window", "X", "--request-id", "w", "--seconds", "0"], "--seconds: .*180 days"),
    "a window of 181 days": (["window", "X", "--request-id", "w", "--seconds", "15638400"], "--seconds: .*180 days"),
    "a window without a zone": (["window", "X", "--request-id", "w", "--until", "2126-12-01T09:00"], "--until: .*zone"),
    "a window in words": (["window", "X", "--request-id", "w", "--seconds", "long"], "--seconds"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_input_names_the_option_and_the_remedy(payments_command, case):
    """What is wrong is said with the option that people typed, before anybody is asked; no number is repeated."""
    args, told = WRONG[case]
    ran = await payments_command(*args, **ANSWERED_BY_NOBODY)
    assert ran.code == Exit.BAD_INPUT, ran.words
    assert re.search(told, ran.words), ran.words
    assert NUMBER not in ran.words
