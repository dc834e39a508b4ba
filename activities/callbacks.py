"""Callbacks to the order service, delivered for a payment whose workflow is open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import Delivered, PaymentRequest
from activities.operations import BENIGN, NOT_YET
from payments.callbacks import Deliveries
from payments.records import Clock

# A worker that was killed amid a post is missed after a few of these.
HEARTBEAT_SECONDS = 4.0


class CallbackActivities:
    """Delivers what waits in the outbox. A receiver that is away leaves no trace in the history."""

    def __init__(self, deliveries: Deliveries, clock: Clock) -> None:
        self._deliveries = deliveries
        self._clock = clock

    @property
    def effects(self) -> tuple[Callable[..., Awaitable[Delivered]], ...]:
        """Every activity of this class, for a worker to register."""
        return (self.deliver_callbacks,)

    @activity.defn
    async def deliver_callbacks(self, request: PaymentRequest) -> Delivered:
        """Post a payment's callbacks in order until none waits; while one has to wait, fail as NotYet."""
        async with _heartbeat():
            made = await self._deliveries.deliver(request.key, known=request.known)
        if made.again_at is None or made.events:
            return Delivered(events=made.events, reached=made.reached)
        # A retry that comes a hair too early would only wait once more.
        wait = max(timedelta(0), made.again_at - self._clock.now()) + timedelta(milliseconds=20)
        raise ApplicationError(made.why, type=NOT_YET, category=BENIGN, next_retry_delay=wait)


@asynccontextmanager
async def _heartbeat() -> AsyncIterator[None]:
    """Let Temporal know that this process lives, for as long as a receiver takes its time."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            activity.heartbeat()

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
