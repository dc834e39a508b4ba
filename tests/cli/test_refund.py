"""`payments refund`, as a person or a script gives it."""

import asyncio

import pytest

from cli.exits import Exit
from tests.cli.test_commands import NUMBER, started

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def shown_as(run, order, state):
    """Return the payment's view once it is in a state."""
    for _ in range(100):
        ran = await run("show", order.order_id, "--json")
        if ran.document["state"] == state:
            return ran.document
        await asyncio.sleep(0.2)
    raise AssertionError(f"it never was {state}: {ran.out}")


async def collected(run, order) -> None:
    await started(run, order)
    assert (await run("capture", order.order_id, "--request-id", "s1")).code == Exit.DONE
    await shown_as(run, order, "collected")


async def test_an_order_is_refunded_in_two_parts(payments_command, new_order):
    """A part as people write amounts, the same again once, then all that is left; more is refused with the remedy."""
    order = new_order(23_979)
    await collected(payments_command, order)
    part = ("refund", order.order_id, "--request-id", "r1", "--amount", "79.79 USD", "--reason", "[/] one came back")
    first = await payments_command(*part)
    assert first.code == Exit.DONE, first.err
    assert "$79.79" in first.out
    again = await payments_command(*part, "--json")
    assert (again.code, again.document["amount"]) == (Exit.DONE, {"amount_minor": 7_979, "currency": "USD"})
    await shown_as(payments_command, order, "partially_refunded")
    above = await payments_command("refund", order.order_id, "--request-id", "r2", "--amount", "160.01 USD", "--json")
    assert (above.code, above.document["refusal"]["code"]) == (Exit.REFUSED, "amount_above_captured")
    assert "160.00" in above.document["refusal"]["remedy"]
    rest = await payments_command("refund", order.order_id, "--request-id", "r2")
    assert rest.code == Exit.DONE
    view = await shown_as(payments_command, order, "refunded")
    assert [refund["amount"]["amount_minor"] for refund in view["refunds"]] == [7_979, 16_000]
    shown = await payments_command("show", order.order_id)
    assert "$160.00 refunded (r2)" in shown.out
    nothing = await payments_command("refund", order.order_id, "--request-id", "r3")
    assert nothing.code == Exit.REFUSED
    assert "nothing is left to refund" in (nothing.out + nothing.err).replace("\n", " ")


async def test_a_refund_that_cannot_be_is_refused_before_or_by_the_payment(payments_command, new_order):
    """Bad arguments reach nobody and repeat no card number; a hold and an unknown order have nothing to refund."""
    order = new_order(10_000)
    await started(payments_command, order)
    for arguments, named in (
        (("--request-id", "r1", "--amount", "10.005 USD"), "more decimals"),
        (("--request-id", "r1", "--amount", "ten"), "amount"),
        (("--request-id", "a b"), "--request-id"),
        (("--request-id", "r1", "--reason", NUMBER), "card number"),
        (("--request-id", NUMBER), "card number"),
    ):
        ran = await payments_command("refund", order.order_id, *arguments)
        told = (ran.out + ran.err).replace("\n", " ")
        assert ran.code == Exit.BAD_INPUT, told
        assert named in told
        assert NUMBER not in told
    hold = await payments_command("refund", order.order_id, "--request-id", "r1", "--json")
    assert (hold.code, hold.document["refusal"]["code"]) == (Exit.REFUSED, "nothing_captured")
    unknown = await payments_command("refund", f"{order.order_id}-no", "--request-id", "r1")
    assert unknown.code == Exit.REFUSED
