"""Events on their way: sent in the background, many objects at a time, one event of each object at a time."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
from httpx_aiohttp import HttpxAiohttpClient

from simulator.front import signing
from simulator.kernel.desk import Desk
from simulator.kernel.merchants import Merchant
from simulator.webhooks import deliveries, writing

log = logging.getLogger("simulator")

TICK = 0.05  # seconds between looks into the books: soon enough for a person who watches
GATHER = 0.005  # seconds in which answers are gathered to be noted in one commit
AT_A_TIME = 64  # events of one merchant under way: a receiver that hangs must not take the others' places
PATIENCE = 5.0  # seconds of real time for a receiver's answer


@asynccontextmanager
async def announcing(desk: Desk) -> AsyncIterator[None]:
    """Announce in the background while the application runs."""
    task = asyncio.create_task(_announce_forever(desk))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _announce_forever(desk: Desk) -> None:
    # Over aiohttp, which carries thousands of events a second where httpx's own transport carries hundreds.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=AT_A_TIME)
    async with HttpxAiohttpClient(timeout=PATIENCE, trust_env=False, limits=limits) as client:
        sender = Sender(desk, client)
        try:
            while True:
                await _go_on(sender)
        finally:
            await sender.stop()


async def _go_on(sender: "Sender") -> None:
    try:
        sender.step()
        await sender.wait()
    except Exception:
        # One bad moment must not silence all later events; what was due is still due.
        log.exception("webhooks pause for a second")
        await asyncio.sleep(1)


class Sender:
    """Carries deliveries to their receivers."""

    def __init__(self, desk: Desk, client: httpx.AsyncClient) -> None:
        """Nothing is under way."""
        self._desk = desk
        self._client = client
        self._flying: dict[int, tuple[sqlite3.Row, asyncio.Task[str]]] = {}

    async def stop(self) -> None:
        """Let go of what is under way: it was not acknowledged, so it is sent again after a restart."""
        tasks = [task for _, task in self._flying.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def wait(self) -> None:
        """Until something came back, or for a tick."""
        if not self._flying:
            await asyncio.sleep(TICK)
            return
        tasks = [task for _, task in self._flying.values()]
        await asyncio.wait(tasks, timeout=TICK, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(GATHER)

    def step(self) -> None:
        """Note what came back, write what has become due, send what may go."""
        receivers = [merchant for merchant in self._desk.merchants.all() if merchant.webhook_url]
        landed = [number for number, (_, task) in self._flying.items() if task.done()]
        changed = [row for merchant in receivers for row in writing.due(self._desk, merchant.merchant_id)]
        if landed or changed:
            with self._desk.books.transaction():
                for number in landed:
                    self._note(*self._flying.pop(number))
                writing.write(self._desk, changed)
        for merchant in receivers:
            self._send(merchant)

    def _note(self, row: sqlite3.Row, task: asyncio.Task[str]) -> None:
        result, now = task.result(), self._desk.clock.now()
        if result.startswith("2"):
            deliveries.delivered(self._desk.books, row, result, now)
        else:
            deliveries.failed(self._desk.books, row, result, now)

    def _send(self, merchant: Merchant) -> None:
        """Start as many tries as there are places; the account is read anew for each, so a new key signs at once."""
        under_way = sum(row["merchant_id"] == merchant.merchant_id for row, _ in self._flying.values())
        for row in deliveries.due(self._desk.books, merchant.merchant_id, self._desk.clock.now(), AT_A_TIME):
            if row["number"] not in self._flying and under_way < AT_A_TIME:
                under_way += 1
                task = asyncio.create_task(self._post(merchant, row["body"]))
                self._flying[row["number"]] = row, task

    async def _post(self, merchant: Merchant, body: bytes) -> str:
        """One try; tells the status of the answer, or why there was none."""
        key = merchant.webhook_keys[0]
        headers = {
            "Content-Type": "application/json",
            "X-GCS-KeyId": key.id,
            "X-GCS-Signature": signing.sign(key.secret, body),
        }
        try:
            answered = await self._client.post(merchant.webhook_url, content=body, headers=headers)
        except Exception as error:  # noqa: BLE001  (however a try fails, it failed; the books tell how)
            # httpx names a refused connection a timeout; what aiohttp raised tells them apart.
            return type(error.__cause__ or error.__context__ or error).__name__
        return str(answered.status_code)
