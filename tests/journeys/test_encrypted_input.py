"""A card that the customer's page encrypted, paid at a real simulator."""

import sqlite3

import pytest

from payments.methods import PaymentAction, PaymentInstruction
from payments.states import PaymentState
from payments.view import AuthorizationResult
from tests.support.sealed import encrypted
from tests.support.witnesses import collected, operations, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def pays(stack, **more) -> PaymentInstruction:
    return PaymentInstruction(encrypted_input=await encrypted(stack.layout.simulator_url), **more)


async def test_it_is_authorized_shipped_and_collected(stack, payments, witnesses, new_order):
    """What the page encrypted pays an order to its end, and stands in no row of the ledger and in no log."""
    order, instruction = new_order(), await pays(stack)
    answer = await payments.authorize(order, instruction)
    assert answer.result is AuthorizationResult.AUTHORIZED
    await payments.capture(order.key, request_id="s1")
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))
    part = instruction.encrypted_input.split(".")[3][:60]
    logs = [file.read_text(errors="replace") for file in (stack.layout.folder / "logs").glob("*.log")]
    with sqlite3.connect(f"file:{stack.layout.folder / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        rows = "\n".join(ledger.iterdump())
    ledger.close()
    assert not any(part in text for text in (rows, *logs))


async def test_a_sale_captures_at_once(stack, payments, witnesses, new_order):
    """The payment action is passed on with encrypted input too."""
    order = new_order()
    await payments.authorize(order, await pays(stack, action=PaymentAction.SALE))
    await witnesses.until(order, PaymentState.COLLECTED)
    await witnesses.agree_on(order, collected(order))


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "fail_after", "half_answer"])
async def test_a_lost_answer_is_one_payment(stack, payments, witnesses, new_order, fault):
    """Whatever became of the first request, its key is asked again, and the card is charged once."""
    order, instruction = new_order(), await pays(stack)
    where = {"operation": "payments.create", "merchant_reference_prefix": prefix(order)}
    await witnesses.simulator.fault(fault=fault, **where)
    await payments.authorize(order, instruction, patience_seconds=0)
    await witnesses.until(order, PaymentState.AUTHORIZED)
    log = await witnesses.log(order, "payments.create")
    assert len(log) == 2
    assert len({request["idempotence_key"] for request in log}) == 1
    await payments.void(order.key, request_id="v")


async def test_used_before_it_pays_no_second_order(stack, payments, witnesses, new_order):
    """The same input for another order is not accepted: a decline that says so, and nothing is held."""
    first, second, instruction = new_order(), new_order(), await pays(stack)
    assert (await payments.authorize(first, instruction)).result is AuthorizationResult.AUTHORIZED
    answer = await payments.authorize(second, instruction)
    assert (answer.result, answer.decline.code) == (AuthorizationResult.DECLINED, "input_not_accepted")
    assert "USED BEFORE" in answer.decline.message
    assert await witnesses.simulator.books(prefix(second)) == []
    assert operations(await witnesses.log(second)) == ["payments.create"]
    await payments.void(first.key, request_id="v")


async def test_input_of_another_account_declines(stack, payments, witnesses, new_order):
    """Input from a session of another merchant account is not accepted by the one that the order names."""
    order = new_order()
    blob = await encrypted(stack.layout.simulator_url, merchant_id="5678")
    answer = await payments.authorize(order, PaymentInstruction(encrypted_input=blob))
    assert (answer.result, answer.decline.code) == (AuthorizationResult.DECLINED, "input_not_accepted")
    assert await witnesses.simulator.books(prefix(order)) == []


async def test_input_of_an_expired_session_declines(stack, payments, simulator, witnesses, new_order):
    """Input that waited for longer than its session lives is not accepted."""
    order, instruction = new_order(), await pays(stack)
    await simulator.advance(2 * 3600 + 1)
    answer = await payments.authorize(order, instruction)
    assert (answer.result, answer.decline.code) == (AuthorizationResult.DECLINED, "input_not_accepted")
    assert "EXPIRED" in answer.decline.message
    assert await witnesses.simulator.books(prefix(order)) == []
