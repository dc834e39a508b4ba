"""The relay: what was acknowledged reaches its payment, whatever ended between the two.

It takes what is due from the inbox, a batch at a time, sends each payment one signal for all of its events, and notes
that. A signal that was sent and not noted is sent again: a payment that is woken twice looks twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NoReturn, Protocol

from temporalio.service import RPCError

from ledger.database import UNAVAILABLE
from ledger.inbox import Inbox, Waiting
from payments.records import Clock
from payments.references import PaymentKey

log = logging.getLogger("gateway")

# How often it looks for what others left: a relay that was killed, a try that was put off.
LOOK_SECONDS = 1.0
# A signal takes milliseconds. Shorter than an event's lease, so that two relays rarely send the same.
SECONDS_TO_SIGNAL = 4.0
AT_A_TIME = 16
LONGEST_WAIT = timedelta(seconds=30)
# What the Temporal client raises while its server is away.
_AWAY = (RPCError, RuntimeError, OSError)
# Kinds of which no payment is told: there is nothing to read of one.
_ABOUT_NO_PAYMENT = frozenset({"token", "payout"})


class Wakes(Protocol):
    """What of `starter.PaymentClient` wakes a payment."""

    def wake(
        self, key: PaymentKey, *, event_id: str, event_type: str, account: str, provider_id: str | None = None
    ) -> Awaitable[None]:
        """Tell the payment that something happened at the provider."""
        ...


class Relay:
    """Delivers from the inbox for as long as `run` runs."""

    def __init__(self, inbox: Inbox, payments: Wakes, clock: Clock) -> None:
        self._inbox = inbox
        self._payments = payments
        self._clock = clock
        self._news = asyncio.Event()
        self._is_away = False

    def nudge(self) -> None:
        """Look at once: something new stands in the inbox."""
        self._news.set()

    async def run(self) -> NoReturn:
        """Deliver what is due, wait for more, for ever. What fails is logged and comes again."""
        while True:
            self._news.clear()
            try:
                delivered = await self.deliver()
            except UNAVAILABLE as away:
                log.warning("the inbox cannot be read: %s", type(away).__name__)
                delivered = 0
            except Exception:
                log.exception("the relay could not go on; it does in a moment")
                delivered = 0
            if not delivered:
                await self._wait()

    async def deliver(self) -> int:
        """Deliver one batch of what is due, and return how many events that were."""
        waiting = await self._inbox.undelivered(now=self._clock.now())
        by_payment = sorted(waiting, key=lambda event: str(event.key))
        places, self._is_away = asyncio.Semaphore(AT_A_TIME), False

        async def one(key: PaymentKey | None, events: Sequence[Waiting]) -> None:
            async with places:
                try:
                    await (self._without_payment(events) if key is None else self._wake(key, events))
                except Exception:
                    # One that cannot be delivered holds up no other; when its lease is over it comes again.
                    log.exception("events of %s are not delivered yet", key)

        groups = [(key, list(events)) for key, events in groupby(by_payment, key=lambda event: event.key)]
        await asyncio.gather(*(one(key, events) for key, events in groups))
        return len(waiting)

    async def _wake(self, key: PaymentKey, events: Sequence[Waiting]) -> None:
        """Wake a payment, once for all of its events. One server that is away is not asked for each of many."""
        last = max(events, key=lambda event: event.received_at)
        if self._is_away:
            await self._postpone(events)
            return
        try:
            async with asyncio.timeout(SECONDS_TO_SIGNAL):
                await self._payments.wake(
                    key,
                    event_id=last.event_id,
                    event_type=last.type,
                    account=last.account,
                    provider_id=last.object_id,
                )
        except _AWAY as away:
            self._is_away = True
            log.warning("payment %s is not woken yet: %s", key, (str(away).splitlines() or [type(away).__name__])[0])
            await self._postpone(events)
            return
        await self._inbox.delivered(events, key, now=self._clock.now())

    async def _postpone(self, events: Sequence[Waiting]) -> None:
        tries = min(event.attempts for event in events)
        wait = min(LONGEST_WAIT, timedelta(seconds=2 ** min(tries - 1, 10)))
        await self._inbox.postpone(events, self._clock.now() + wait)

    async def _without_payment(self, events: Sequence[Waiting]) -> None:
        now = self._clock.now()
        over = [event for event in events if event.kind in _ABOUT_NO_PAYMENT]
        odd = [(event, _why(event)) for event in events if event.kind not in _ABOUT_NO_PAYMENT]
        for event, why in odd:
            if event.attempts == 1:
                log.warning("event %s (%s) is quarantined: %s", event.event_id, event.type, why)
        if over:
            await self._inbox.delivered(over, None, now=now)
        if odd:
            await self._inbox.quarantine(odd, now=now)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._news.wait()
        except TimeoutError:
            return


def _why(event: Waiting) -> str:
    """Say why no payment was woken."""
    if event.kind is None:
        return "it is about a kind of thing that this version does not know"
    names = [
        *([f"the reference {event.merchant_reference!r}"] if event.merchant_reference else []),
        *([f"the id {event.payment_id} at Ingenico"] if event.payment_id else []),
    ]
    if not names:
        return f"a {event.kind} without a reference: nothing tells whose it is"
    return f"no payment of account {event.account} here has {' or '.join(names)}"
