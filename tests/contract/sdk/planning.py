"""A plan: how to bring the simulator into a state and call one method of the SDK, and what shall come of it.

A plan is a generator. It prepares, yields the arguments of the one call that it is about, is sent what came of it (the
typed answer, or the typed exception) and checks that against what the API's documentation promises.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import pytest
from worldline.connect.sdk.v1.api_exception import ApiException

from tests.contract.sdk.tape import Exchange
from tests.contract.sdk.world import ONE, World

Steps = Generator[tuple, object, None]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`ends` is None for an answer, else the very class of the exception."""

    method: str
    steps: Callable[[World], Steps]
    account: str
    status: int
    ends: type[ApiException] | None = None

    def __str__(self) -> str:
        return f"{self.method}-{self.steps.__name__}"


PLANS: list[Plan] = []


def succeeds(method: str, status: int = 200, *, account: str = ONE):
    """The decorated plan ends in a typed answer with this HTTP status."""

    def add(steps):
        PLANS.append(Plan(method=method, steps=steps, account=account, status=status))
        return steps

    return add


def refused(method: str, ends: type[ApiException], status: int, *, account: str = ONE):
    """The decorated plan ends in this exception, and no subclass of it."""

    def add(steps):
        PLANS.append(Plan(method=method, steps=steps, account=account, status=status, ends=ends))
        return steps

    return add


def play(plan: Plan, world: World) -> Exchange:
    """Carry a plan out and check what came of its call."""
    steps = plan.steps(world)
    arguments = next(steps)
    call = world.method(plan.method)
    if plan.ends is None:
        outcome = call(*arguments)
    else:
        with pytest.raises(ApiException) as caught:
            call(*arguments)
        outcome = caught.value
        assert type(outcome) is plan.ends, outcome
    exchange = world.tape.last
    assert exchange.status == plan.status, exchange.raw
    with pytest.raises(StopIteration):
        steps.send(outcome)
    return exchange


def answered(method: str) -> Plan:
    """The first plan of a method that succeeds."""
    return next(plan for plan in PLANS if plan.method == method and plan.ends is None)
