"""Delivering one payment's callbacks: the first that waits, then the next, as far as it goes."""

import logging

from payments.callbacks import Callback, Outbox, Receiver, Rest, Round, given_up, tried_again_at
from payments.records import Clock, Records
from payments.references import PaymentKey

log = logging.getLogger("notify")

# Of slow answers; so that whoever delivers knows how long it may take.
MOST_AT_ONCE = 8


class Delivery:
    """Takes from the outbox, posts, notes what came of it. A workflow's activity and the relay share it."""

    def __init__(self, outbox: Outbox, receiver: Receiver, records: Records, clock: Clock) -> None:
        self._outbox = outbox
        self._receiver = receiver
        self._records = records
        self._clock = clock

    async def deliver(self, key: PaymentKey, *, known: int) -> Round:
        """Post a payment's callbacks in order until none waits or one has to; see `Deliveries.deliver`.

        A crash between a post and its note leads to the same post again, under the same id.
        """
        made = Round(reached=0)
        for _ in range(MOST_AT_ONCE):
            taken = await self._outbox.take(key, now=self._clock.now())
            if isinstance(taken, Rest):
                why = "" if taken.again_at is None else "the next callback is not due, or somebody is at it"
                return _with(made, reached=taken.reached, again_at=taken.again_at, why=why)
            made = await self._one(taken, made, known)
            if made.again_at is not None:
                return made
        return made

    async def _one(self, callback: Callback, made: Round, known: int) -> Round:
        answer = await self._receiver.post(callback)
        now = self._clock.now()
        if answer.accepted:
            await self._outbox.delivered(callback, now=now)
            return _with(made, reached=callback.sequence, delivered=made.delivered + 1)
        again = None if answer.gone else tried_again_at(callback, now)
        if again is not None:
            await self._outbox.postpone(callback, again, answer.why)
            return _with(made, reached=0, again_at=again, why=answer.why, silent=answer.silent)
        log.error("callback %s of %s is given up: %s", callback.message_id, callback.key, answer.why)
        # People first: after a crash in between it is tried once more, and they are told once.
        told = await self._records.record(callback.key, given_up, now=now, known=known)
        await self._outbox.give_up(callback, answer.why, now=now)
        return _with(made, reached=callback.sequence, events=told.events)


def _with(made: Round, **changes: object) -> Round:
    return made.model_copy(update=changes)
