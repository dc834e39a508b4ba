"""Calls to the provider on behalf of an intent, and what is written when no answer that speaks of it comes."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from activities.outcomes import NOTHING_LEARNED, Errand, Outcomes, Pass
from payments.operations import Intent
from payments.provider import Misconfigured, Refused, Unavailable
from payments.provider import OutcomeUnknown as NoReadableAnswer
from payments.records import Amendment

T = TypeVar("T")

NOTHING_SENT = Amendment(nothing_was_sent=True)


async def send(outcomes: Outcomes, errand: Errand, intent: Intent, sending: Awaitable[T], seconds: float) -> T | Pass:
    """Send, within `seconds`, and return the answer; or the pass that says why there is none. Raises Refused."""
    try:
        async with asyncio.timeout(seconds):
            return await sending
    except Unavailable as unavailable:
        return await outcomes.amend(errand, intent, NOTHING_SENT, str(unavailable))
    except Misconfigured as misconfigured:
        return await outcomes.misconfigured(errand, intent, str(misconfigured), NOTHING_SENT)
    except NoReadableAnswer as unknown:
        return await outcomes.unknown(errand, intent, str(unknown), key_is_dead=unknown.key_is_dead)
    except TimeoutError:
        return await outcomes.unknown(errand, intent, f"no answer within {seconds:.3g} s")


async def read_first(
    outcomes: Outcomes, errand: Errand, intent: Intent, reading: Awaitable[T], seconds: float
) -> T | Pass:
    """Read, within `seconds`, before anything is sent; a reading that fails leaves it unsent, to be tried again."""
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except Misconfigured as misconfigured:
        return await outcomes.misconfigured(errand, intent, str(misconfigured), NOTHING_SENT)
    except (Refused, Unavailable, NoReadableAnswer, TimeoutError) as failure:
        why = f"reading before the {intent.operation.kind.value} failed: {failure or 'no answer'}"
        return await outcomes.amend(errand, intent, NOTHING_SENT, why)


async def look(outcomes: Outcomes, errand: Errand, intent: Intent, looking: Awaitable[T]) -> T | Pass:
    """Look at the provider. A look that fails teaches nothing and changes nothing."""
    try:
        async with asyncio.timeout(errand.limit_seconds):
            return await looking
    except Refused as refused:
        return await outcomes.not_shown(errand, intent, refused)
    except (Unavailable, NoReadableAnswer, TimeoutError) as failure:
        return await outcomes.unknown(errand, intent, f"looking failed: {failure or 'no answer'}")
    except Misconfigured as misconfigured:
        return await outcomes.misconfigured(errand, intent, str(misconfigured), NOTHING_LEARNED)


def provider_id(intent: Intent) -> str:
    """Return the payment at the provider that an operation concerns. Raises ValueError without one."""
    if intent.operation.provider_id is None:
        raise ValueError(f"{intent.operation.operation_id} has no payment at the provider")
    return intent.operation.provider_id
