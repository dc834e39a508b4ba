"""Telling, joined: a client, a receiver, a delivery, and a relay beside it for what no workflow delivers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from notify.delivery import Delivery
from notify.receiver import HttpReceiver, open_http
from notify.receiver import Targets as Targets  # noqa: PLC0414 (who tells has it from here)
from notify.relay import Relay, relaying
from payments.callbacks import Outbox
from payments.records import Clock, Records


@asynccontextmanager
async def telling(targets: Targets, outbox: Outbox, records: Records, clock: Clock) -> AsyncIterator[Delivery | None]:
    """Relay for the time of a block, and yield what workflows deliver with; None where nobody is told."""
    if not targets:
        yield None
        return
    async with open_http() as http:
        delivery = Delivery(outbox, HttpReceiver(http, targets, clock), records, clock)
        async with relaying(Relay(outbox, delivery, clock)):
            yield delivery
