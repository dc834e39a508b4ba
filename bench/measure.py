"""Measuring a contender: alone, at many at once, its history, and what it costs in CPU."""

import asyncio
import os
import statistics
import time
from collections.abc import Mapping, Sequence

import psutil
from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from bench.lifecycles import Contender, Timed

WARM_UP = 20
ALONE = 60
AT_ONCE = 50
TOGETHER = 500


class Figures(BaseModel):
    """One row of the table. Milliseconds, per second, seconds of CPU per 1,000 lifecycles."""

    name: str
    alone_p50: float
    alone_p95: float
    together_p50: float
    together_p95: float
    per_second_alone: float
    per_second: float
    events: float | None = None
    tasks: float | None = None
    history_bytes: float | None = None
    cpu: dict[str, float] = {}


async def measure(
    name: str, contender: Contender, processes: Mapping[str, int], client: Client | None = None
) -> Figures:
    """Play lifecycles alone and many at once. `processes` names whose CPU is counted, by pid."""
    for _ in range(WARM_UP):
        await contender.play()
    started = time.perf_counter()
    alone = [await contender.play() for _ in range(ALONE)]
    alone_seconds = time.perf_counter() - started
    before = {each: _cpu_seconds(pid) for each, pid in processes.items()}
    together, seconds = await _together(contender)
    spent = {each: _cpu_seconds(pid) - before[each] for each, pid in processes.items()}
    figures = Figures(
        name=name,
        alone_p50=_percentile(alone, 50),
        alone_p95=_percentile(alone, 95),
        together_p50=_percentile(together, 50),
        together_p95=_percentile(together, 95),
        per_second_alone=ALONE / alone_seconds,
        per_second=TOGETHER / seconds,
        cpu={each: used * 1000 / TOGETHER for each, used in spent.items()},
    )
    return await _with_history(figures, client, alone[:5]) if client else figures


async def _together(contender: Contender) -> tuple[list[Timed], float]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one() -> Timed:
        async with places:
            return await contender.play()

    started = time.perf_counter()
    played = await asyncio.gather(*(one() for _ in range(TOGETHER)))
    return list(played), time.perf_counter() - started


async def _with_history(figures: Figures, client: Client, sample: Sequence[Timed]) -> Figures:
    """Count what a lifecycle leaves in Temporal up to the queued capture."""
    events, tasks, size = [], [], []
    for timed in sample:
        if timed.workflow_id is None:
            continue
        history = await client.get_workflow_handle(timed.workflow_id).fetch_history()
        until = _until_capture(history.events)
        events.append(len(until))
        tasks.append(sum(e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for e in until))
        size.append(sum(e.ByteSize() for e in until))
    update = {
        "events": statistics.mean(events),
        "tasks": statistics.mean(tasks),
        "history_bytes": statistics.mean(size),
    }
    return figures.model_copy(update=update)


def _until_capture(events: Sequence[HistoryEvent]) -> list[HistoryEvent]:
    """Cut a history after the second update's completion: what comes then is following, which others don't do."""
    completed = 0
    for place, event in enumerate(events):
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            completed += 1
            if completed == 2:
                return list(events[: place + 1])
    return list(events)


def _cpu_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    # The servers are children of guards; the bench itself is everybody's parent and counts alone.
    tree = [process] if pid == os.getpid() else [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in tree)


def _percentile(played: Sequence[Timed], percent: int) -> float:
    cuts = statistics.quantiles([timed.authorized for timed in played], n=100, method="inclusive")
    return cuts[percent - 1] * 1000
