"""Signed events for each change of status, posted in the background; at least once, in order for each payment.

Envelope and signature: the official SDK's WebhooksEvent and its signature test vector. How often the platform tries
again is not published; here a few times, then the event is given up and the next one follows.
"""

import asyncio
import json
import logging
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx

from simulator.front import signing
from simulator.kernel import announcements
from simulator.kernel.calls import Json
from simulator.kernel.clock import webhook_stamp
from simulator.kernel.desk import Desk
from simulator.payments import bodies, changes, ids, records, timeline
from simulator.payments.records import Payment

log = logging.getLogger("simulator")

PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds between tries: a receiver that restarts misses nothing
TICK = 0.05  # seconds between looks into the books: soon enough for a person who watches
TOGETHER = 20  # payments announced at the same time
NAMES = uuid.UUID("6f1c1f0e-3a57-4d0b-9d9b-7d3f3f6f2c11")  # event ids derive from payment and place


def event(kind: str, payment: Payment, place: int, object_id: str) -> Json:
    """The event of a change of status, with the object as it was then; the same id at each try."""
    life = timeline.unfold(payment)
    refund = kind == announcements.REFUND
    change = (life.refunds[ids.refund_place(object_id)].moments if refund else life.moments)[place]
    then = timeline.as_of(payment, change.at)
    assert then is not None
    return {
        "apiVersion": "v1",
        "id": str(uuid.uuid5(NAMES, f"{object_id} {place}")),
        "created": webhook_stamp(change.at),
        "merchantId": payment.merchant_id,
        "type": f"{kind}.{change.status.lower()}",
        kind: _refund(then, object_id, change.at) if refund else bodies.payment_body(then, change.at),
    }


def _refund(payment: Payment, refund_id: str, at: int) -> Json:
    return bodies.refund_body(payment, timeline.unfold(payment, at).refunds[ids.refund_place(refund_id)])


@asynccontextmanager
async def announcing(desk: Desk) -> AsyncIterator[None]:
    """Announce in the background while the application runs, if there is somebody to tell."""
    if not desk.settings.webhook_url:
        yield
        return
    task = asyncio.create_task(_announce_forever(desk))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _announce_forever(desk: Desk) -> None:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        while True:
            try:
                told = await _announce_due(desk, client)
            except Exception:
                # One bad moment must not silence all later events; what was due is still due.
                log.exception("webhooks pause for a second")
                await asyncio.sleep(1)
                continue
            if not told:
                await asyncio.sleep(TICK)


async def _announce_due(desk: Desk, client: httpx.AsyncClient) -> int:
    due = desk.books.rows(
        "SELECT kind, merchant_id, id, told FROM announcements WHERE next_at <= ? AND kind IN (?, ?)"
        " ORDER BY next_at LIMIT ?",
        desk.clock.now(),
        announcements.PAYMENT,
        announcements.REFUND,
        TOGETHER,
    )
    await asyncio.gather(*(_announce(desk, client, row) for row in due))
    return len(due)


async def _announce(desk: Desk, client: httpx.AsyncClient, due: sqlite3.Row) -> None:
    payment = records.load(desk.books, due["merchant_id"], ids.payment_of(due["id"]))
    assert payment is not None
    told = event(due["kind"], payment, due["told"], due["id"])
    if not await _deliver(desk, client, told):
        log.warning("webhook given up: %s of %s", told["type"], due["id"])
    with desk.books.transaction():
        announcements.told(desk.books, due["kind"], due["id"], due["told"] + 1)
        current = records.load(desk.books, payment.merchant_id, payment.payment_id)
        assert current is not None
        changes.announce(desk, current)


async def _deliver(desk: Desk, client: httpx.AsyncClient, told: Json) -> bool:
    """Post until it is acknowledged with 2xx or the tries are used up."""
    body = json.dumps(told).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GCS-KeyId": desk.settings.webhook_key_id,
        "X-GCS-Signature": signing.sign(desk.settings.webhook_secret, body),
    }
    for pause in (*PAUSES, None):
        with suppress(httpx.HTTPError):
            answered = await client.post(desk.settings.webhook_url, content=body, headers=headers)
            if answered.is_success:
                return True
        if pause is not None:
            await asyncio.sleep(pause)
    return False
