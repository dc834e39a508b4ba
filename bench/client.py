"""`make bench-client`: calls a second and CPU per call of our client, the official SDK and bare httpx, in one run.

All call the same bare responder, a process of its own. The rounds of the three are interleaved, so that whatever else
the machine does meets all of them; what to read is ratios.
"""

import asyncio
import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.client_contenders import Bare, Contender, Ours, Sdk

AT_ONCE = (1, 50, 200)
ROUNDS = 7
ROUND_SECONDS = 1.0
WARM_UP_SECONDS = 0.7
RECORDED = Path(__file__).parents[1] / "tests/ingenico/data/responses/sdk-createPayment.json"

CONTENDERS: Mapping[str, type[Ours | Sdk | Bare]] = {"ours": Ours, "SDK": Sdk, "bare httpx": Bare}


@dataclass(frozen=True, kw_only=True)
class Round:
    """What one contender did in one round."""

    per_second: float
    cpu_microseconds: float
    """Of this process alone, threads included, for each call."""


Rounds = Mapping[str, list[Round]]


@contextmanager
def responder() -> Iterator[str]:
    """Run the other side and give its address."""
    command = [sys.executable, "-m", "bench.responder", str(RECORDED)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
        try:
            if child.stdout is None:
                raise RuntimeError("the responder has no standard output")
            yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        finally:
            child.terminate()


async def measured(endpoint: str, at_once: int) -> Rounds:
    """Play the rounds of all contenders at this concurrency, one contender after another in each round."""
    rounds: dict[str, list[Round]] = {name: [] for name in CONTENDERS}
    async with AsyncExitStack() as stack:
        opened: dict[str, Contender] = {}
        for name, make in CONTENDERS.items():
            opened[name] = await stack.enter_async_context(make(endpoint, at_once))
            await opened[name].play(WARM_UP_SECONDS)
        for _ in range(ROUNDS):
            for name, contender in opened.items():
                rounds[name].append(await _round(contender))
    return rounds


async def _round(contender: Contender) -> Round:
    gc.collect()
    started, cpu = time.perf_counter(), time.process_time()
    calls = await contender.play(ROUND_SECONDS)
    used, passed = time.process_time() - cpu, time.perf_counter() - started
    return Round(per_second=calls / passed, cpu_microseconds=used / calls * 1e6)


def figures(results: Mapping[int, Rounds]) -> Table:
    """Tabulate medians, and the least and most of all rounds."""
    table = Table(title=f"medians of {ROUNDS} rounds of {ROUND_SECONDS:g} s (least to most)")
    table.add_column("")
    for heading in ("at once", "calls/s", "", "CPU µs per call", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for at_once, rounds in results.items():
        for name, played in rounds.items():
            calls = [each.per_second for each in played]
            cpu = [each.cpu_microseconds for each in played]
            table.add_row(name, str(at_once), *_spread(calls), *_spread(cpu))
        table.add_section()
    return table


def _spread(values: list[float]) -> tuple[str, str]:
    return f"{statistics.median(values):,.0f}", f"({min(values):,.0f} to {max(values):,.0f})"


def ratios(results: Mapping[int, Rounds]) -> Table:
    """Tabulate ours by the others, round by round beside each other, with the targets."""
    table = Table(title="ratios: the median round (least to most)")
    for heading in ("", "at once", "ratio", "", "target", ""):
        table.add_column(heading, justify="right" if heading in {"at once", "ratio"} else "left", no_wrap=True)
    for at_once, rounds in results.items():
        by_sdk = list(zip(rounds["ours"], rounds["SDK"], strict=True))
        by_bare = list(zip(rounds["ours"], rounds["bare httpx"], strict=True))
        calls = [ours.per_second / sdk.per_second for ours, sdk in by_sdk]
        cpu = [ours.cpu_microseconds / sdk.cpu_microseconds for ours, sdk in by_sdk]
        bare = [ours.cpu_microseconds / bare.cpu_microseconds for ours, bare in by_bare]
        # A rate is a matter of many callers: alone it is a latency, shown to compare.
        wanted = ("", "") if at_once == 1 else _target(calls, least=3.0)
        table.add_row("calls/s, ours / SDK", str(at_once), *_ratio(calls), *wanted)
        table.add_row("CPU per call, ours / SDK", str(at_once), *_ratio(cpu), *_target(cpu, most=1 / 3))
        table.add_row("CPU per call, ours / bare", str(at_once), *_ratio(bare), *_target(bare, most=1.5))
        table.add_section()
    return table


def _ratio(values: list[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.2f}", f"({min(values):.2f} to {max(values):.2f})"


def _target(values: list[float], *, least: float = 0.0, most: float = float("inf")) -> tuple[str, str]:
    """Return the target and whether the median meets it."""
    wanted = f">= {least:.2f}" if least else f"<= {most:.2f}"
    return wanted, "met" if least <= statistics.median(values) <= most else "missed"


def main() -> None:
    """Measure and print; what is slow is told, and is no failure."""
    console = Console(width=110)
    results: dict[int, Rounds] = {}
    with responder() as endpoint:
        for at_once in AT_ONCE:
            console.print(f"==> {at_once} at once", highlight=False)
            results[at_once] = asyncio.run(measured(endpoint, at_once))
    console.print(figures(results), ratios(results))


if __name__ == "__main__":
    main()
