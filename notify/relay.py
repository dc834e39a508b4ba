"""The relay: what no workflow delivers. A payment closes without waiting for ever; what it leaves is delivered here."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import NoReturn

from payments.callbacks import Deliveries, Outbox, Round
from payments.records import Clock
from payments.references import PaymentKey

log = logging.getLogger("notify")

# A workflow delivers its own within moments of their due time: what is due for longer has nobody else.
OVERDUE_AFTER = timedelta(minutes=1)
LOOK_SECONDS = 10.0
AT_A_TIME = 8


class Relay:
    """Delivers overdue callbacks for as long as `run` runs. Several may run, beside any number of workflows."""

    def __init__(
        self,
        outbox: Outbox,
        deliveries: Deliveries,
        clock: Clock,
        *,
        overdue_after: timedelta = OVERDUE_AFTER,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._outbox = outbox
        self._deliveries = deliveries
        self._clock = clock
        self._overdue_after = overdue_after
        self._look_seconds = look_seconds

    async def run(self) -> NoReturn:
        """Deliver what is overdue, look again after a while, for ever. What fails is logged and comes again."""
        while True:
            try:
                await self.deliver()
            except Exception:
                log.exception("the relay of callbacks could not go on; it does in a moment")
            await asyncio.sleep(self._look_seconds)

    async def deliver(self) -> int:
        """Deliver what is overdue now, and return how many callbacks that were.

        A shop whose receiver gives no answer is left alone until the next look, so that it holds up no other.
        """
        delivered, away, failed = 0, frozenset[str](), set[PaymentKey]()
        while True:
            before = self._clock.now() - self._overdue_after
            keys = await self._outbox.overdue(before, without=away, limit=AT_A_TIME + len(failed))
            keys = tuple(key for key in keys if key not in failed)[:AT_A_TIME]
            if not keys:
                return delivered
            rounds = await asyncio.gather(*(self._one(key) for key in keys))
            for key, made in zip(keys, rounds, strict=True):
                if made is None:
                    failed.add(key)
                else:
                    delivered += made.delivered
                    away |= {key.shop} if made.silent else set()

    async def _one(self, key: PaymentKey) -> Round | None:
        try:
            return await self._deliveries.deliver(key, known=0)
        except Exception:
            # One that cannot be delivered holds up no other.
            log.exception("callbacks of %s are not delivered yet", key)
            return None


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[None]:
    """Run a relay for the time of a block."""
    running = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
