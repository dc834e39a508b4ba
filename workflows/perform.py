"""How an activity is run: first at once in the worker, then insisted on, for as long as it takes."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError, is_cancelled_exception

from activities.messages import PaymentRequest, Told
from workflows import policies

R = TypeVar("R", bound=PaymentRequest)
Effect = Callable[[Any, R], Awaitable[Told]]


async def first_try(effect: Effect[R], request: R, summary: str) -> Told | None:
    """Run an effect as a local activity, once. None: it failed, and what it did is to be found out."""
    try:
        return await workflow.execute_local_activity_method(effect, request, summary=summary, **policies.FIRST_TRY)
    except FailureError as failure:
        if is_cancelled_exception(failure):
            raise
        return None


async def insist(effect: Effect[R], request: R, account: str, summary: str) -> Told:
    """Run an effect as an ordinary activity that is repeated until it has something to tell."""
    return await insisting(effect, request, account, summary)


def insisting(effect: Effect[R], request: R, account: str, summary: str) -> "workflow.ActivityHandle[Told]":
    """Start to insist: who hears that there is news may end the wait and begin anew."""
    return workflow.start_activity_method(
        effect, request, summary=summary, priority=policies.priority(account), **policies.INSIST
    )


async def surely(effect: Effect[R], request: R, account: str, summary: str) -> Told:
    """Run an effect on our own books: at once, and if that fails until it works."""
    told = await first_try(effect, request, summary)
    return told if told is not None else await insist(effect, request, account, summary)


def follow(effect: Effect[R], request: R, account: str, summary: str) -> "workflow.ActivityHandle[Told]":
    """Start looking, at growing intervals and beside the loop; a look without news leaves no trace."""
    return workflow.start_activity_method(
        effect,
        request,
        summary=summary,
        priority=policies.priority(account),
        **policies.FOLLOW,
    )


def look(effect: Effect[R], request: R, account: str, summary: str) -> "workflow.ActivityHandle[Told]":
    """Start a look beside the loop: the provider told that something happened."""
    return workflow.start_activity_method(
        effect, request, summary=summary, priority=policies.priority(account), **policies.LOOK
    )
