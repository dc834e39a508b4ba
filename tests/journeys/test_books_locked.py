"""Our own books out of reach for a while: payments wait for them and lose nothing."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from ledger.database import database_url, sqlite_path
from payments.commands import Capture
from payments.states import PaymentState
from payments.view import AuthorizationResult
from tests.support.witnesses import collected, operations, released

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Longer than a first try (2.5 s) and than a writer waits for the file (5 s): both ways of failing are met.
LOCKED_SECONDS = 6.0


async def test_while_the_ledger_is_locked_payments_wait_and_then_go_on(stack, payments, witnesses, new_order, card):
    """An intent that cannot be written sends nothing; an outcome that cannot be written is found out again."""
    fresh, shipped, cancelled = [[new_order(total + n) for n in range(3)] for total in (31_000, 32_000, 33_000)]
    for order in [*shipped, *cancelled]:
        await payments.authorize(order, card)
    file = sqlite_path(database_url(stack.layout.ledger))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        locked_until = asyncio.get_running_loop().time() + LOCKED_SECONDS
        answers = await asyncio.gather(
            *(payments.authorize(order, card, patience_seconds=1) for order in fresh),
            *(payments.capture(order.key, request_id="shipment-1", patience_seconds=1) for order in shipped),
            *(payments.void(order.key, request_id="cancelled", patience_seconds=1) for order in cancelled),
        )
        assert {answer.result.value for answer in answers} == {"pending"}
        for order in fresh:
            assert await witnesses.log(order) == []
        for order in [*shipped, *cancelled]:
            assert operations(await witnesses.log(order)) == ["payments.create"]
        await asyncio.sleep(locked_until - asyncio.get_running_loop().time())
        other.execute("ROLLBACK")
    for order in fresh:
        while (await payments.authorize(order, card, patience_seconds=10)).result is not AuthorizationResult.AUTHORIZED:
            pass
        await payments.signal_capture(order.key, Capture(request_id="shipment-1"))
    for order in [*fresh, *shipped]:
        await witnesses.until(order, PaymentState.COLLECTED)
        await witnesses.agree_on(order, collected(order))
        assert await witnesses.effects(order) == ["payments.create", "payments.approve"]
    for order in cancelled:
        await witnesses.until(order, PaymentState.VOIDED)
        await witnesses.agree_on(order, released(order))
        assert await witnesses.effects(order) == ["payments.create", "payments.cancel"]
