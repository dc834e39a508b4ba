"""What was acknowledged is delivered: whatever was killed, or away, between the two."""

import asyncio
import base64
import hashlib
import hmac
import json

import httpx
import pytest
import pytest_asyncio

from payments.methods import PaymentInstruction
from payments.states import PaymentState
from tests.support.announced import announced_stack
from tests.support.processes import kill

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = PaymentInstruction(token="token-visa-approved")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def announced(tmp_path_factory):
    """A stack with a gateway."""
    async with announced_stack(tmp_path_factory.mktemp("announced")) as stage:
        yield stage


async def post(stage, event_id, reference):
    """Post an event as Connect does; nothing else tells of it."""
    told = {"id": "p", "status": "CANCELLED", "paymentOutput": {"references": {"merchantReference": reference}}}
    event = {"apiVersion": "v1", "id": event_id, "merchantId": "1234", "type": "payment.cancelled", "payment": told}
    body = json.dumps(event).encode()
    signature = base64.b64encode(hmac.new(b"simulator-webhook-secret", body, hashlib.sha256).digest()).decode()
    headers = {"X-GCS-KeyId": "simulator-webhook-key", "X-GCS-Signature": signature}
    async with httpx.AsyncClient() as http:
        return await http.post(stage.stack.layout.webhook_url, content=body, headers=headers)


async def voided_by_hand(stage, order):
    """An order that somebody voided in the console, of which no event has told yet."""
    await stage.simulator.event_fault(fault="drop", count=9, merchant_reference_prefix=f"main-{order.order_id}-")
    answer = await stage.payments.authorize(order, CARD)
    await stage.console.void("main", answer.transaction_id)
    return answer.merchant_reference


async def waits(stage, event_id):
    [line] = [line for line in await stage.inbox.listing() if line.event_id == event_id]
    return line


async def delivered(stage, event_id):
    for _ in range(400):
        if event_id not in {line.event_id for line in await stage.inbox.listing()}:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{event_id} is not delivered: {await waits(stage, event_id)}")


async def test_while_temporal_is_away_events_are_acknowledged_and_delivered_later(announced, new_order):
    """A gateway without Temporal acknowledges what it keeps, says so, and delivers by itself once Temporal is back."""
    order = new_order()
    reference = await voided_by_hand(announced, order)
    await kill(announced.stack.temporal)
    assert (await post(announced, "e-away", reference)).status_code == 200
    await asyncio.sleep(1.5)
    line = await waits(announced, "e-away")
    assert (line.delivered_at, line.quarantined) == (None, None)
    assert line.attempts >= 1
    await announced.stack.temporal.start()
    await announced.stack.temporal_answers()
    await delivered(announced, "e-away")
    await announced.witnesses.until(order, PaymentState.VOIDED)


async def test_a_gateway_killed_between_acknowledging_and_delivering_loses_nothing(announced, new_order):
    """What one gateway acknowledged and had not delivered when it was killed, the next one delivers."""
    order = new_order()
    reference = await voided_by_hand(announced, order)
    await kill(announced.stack.temporal)
    assert (await post(announced, "e-killed", reference)).status_code == 200
    await kill(announced.stack.gateway)
    assert (await waits(announced, "e-killed")).delivered_at is None
    await announced.stack.temporal.start()
    await announced.stack.temporal_answers()
    assert (await waits(announced, "e-killed")).delivered_at is None
    await announced.stack.start_gateway()
    await delivered(announced, "e-killed")
    await announced.witnesses.until(order, PaymentState.VOIDED)


async def test_while_the_gateway_is_away_events_come_again(announced, new_order):
    """A gateway that is gone for a moment misses nothing: what it did not acknowledge is posted again."""
    order = new_order()
    await announced.payments.authorize(order, CARD)
    await kill(announced.stack.gateway)
    await announced.payments.capture(order.key, request_id="s1")
    await announced.stack.start_gateway()
    await announced.witnesses.until(order, PaymentState.COLLECTED, seconds=30)
    for _ in range(100):
        if len(await announced.events_of(order)) == 4:
            break
        await asyncio.sleep(0.1)
    assert {line.type for line in await announced.events_of(order)} == {
        "payment.pending_approval",
        "payment.capture_requested",
        "payment.captured",
        "payment.paid",
    }
