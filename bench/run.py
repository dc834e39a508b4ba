"""`make bench`: the same lifecycle by each contender, side by side in one run; absolute figures drift, ratios stay."""

import asyncio
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.lifecycles import Direct, Minimal, Ours
from bench.measure import Figures, measure
from bench.postgres import postgres
from devstack.processes import Child, free_ports
from devstack.stack import TEMPORAL_DYNAMIC_CONFIG, Layout, Stack
from ingenico.transport import open_http
from payments.resend import Patience

# Captures stay queued: what is followed later is not part of the lifecycle that is compared.
NEVER_SECONDS = 1e6


async def main() -> None:
    """Measure each contender on a fresh stack, print the table and the ratios."""
    console = Console(width=150)
    rows: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder, postgres(Path(folder) / "postgres") as url:
        contenders = (
            ("direct", "direct", None),
            ("minimal, default server", "minimal-default", None),
            ("minimal, tuned server", "minimal", None),
            ("ours, SQLite", "ours-sqlite", None),
            ("ours, PostgreSQL", "ours-postgresql", url),
        )
        for name, kind, ledger in contenders:
            console.print(f"==> {name}")
            rows[kind] = await _measured(name, kind, Path(folder) / kind, ledger)
    console.print(_table(list(rows.values())))
    for name, ratio in _ratios(rows).items():
        console.print(f"{name}: {ratio:.2f}", highlight=False)


async def _measured(name: str, kind: str, folder: Path, ledger: str | None) -> Figures:
    temporal, ui, simulator = free_ports(3)
    layout = replace(
        Layout(folder, temporal, ui, simulator, ledger_url=ledger),
        capture_delay_seconds=NEVER_SECONDS,
        collect_delay_seconds=NEVER_SECONDS,
        # As in production; the demo looks every second or so.
        follow_seconds=Patience().follow_seconds,
    )
    stack = Stack(layout)
    if kind == "minimal-default":
        tuned = {f"--dynamic-config-value={setting}" for setting in TEMPORAL_DYNAMIC_CONFIG}
        stack.temporal.command = [part for part in stack.temporal.command if part not in tuned]
    if kind.startswith("minimal"):
        environment = {
            "TEMPORAL_ADDRESS": layout.temporal_address,
            "PAYMENTS_INGENICO_ENDPOINT": layout.simulator_url,
        }
        command = [sys.executable, "-m", "bench.minimal"]
        stack.worker = Child("the minimal worker", command, folder / "logs" / "worker.log", environment)
    try:
        client = await stack.start()
        if kind == "direct":
            async with open_http() as http:
                return await measure(name, Direct(http, layout.simulator_url), {"client": os.getpid()})
        contender = Minimal(client) if kind.startswith("minimal") else Ours(client)
        processes = {"worker": stack.worker.pid, "server": stack.temporal.pid, "client": os.getpid()}
        return await measure(name, contender, processes, client)
    finally:
        await stack.stop()


def _ratios(rows: dict[str, Figures]) -> dict[str, float]:
    minimal = rows["minimal"]
    return {
        f"{engine} {figure} / minimal tuned": getattr(rows[engine], figure) / getattr(minimal, figure)
        for engine in ("ours-sqlite", "ours-postgresql")
        for figure in ("alone_p50", "alone_p95", "together_p50", "together_p95", "per_second")
    }


def _table(rows: list[Figures]) -> Table:
    table = Table(title="start to authorized in ms; lifecycles a second; CPU seconds per 1,000 lifecycles")
    headings = ("", "p50 alone", "p95", "p50 at 50", "p95", "/s alone", "/s at 50", "events", "tasks", "bytes")
    for heading in (*headings, "CPU worker", "server", "client"):
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)

    def cell(value: float | None, digits: int = 1) -> str:
        return "-" if value is None else f"{value:,.{digits}f}"

    for row in rows:
        table.add_row(
            row.name,
            cell(row.alone_p50),
            cell(row.alone_p95),
            cell(row.together_p50),
            cell(row.together_p95),
            cell(row.per_second_alone),
            cell(row.per_second),
            cell(row.events),
            cell(row.tasks),
            cell(row.history_bytes, 0),
            *(cell(row.cpu.get(each)) for each in ("worker", "server", "client")),
        )
    return table


if __name__ == "__main__":
    asyncio.run(main())
