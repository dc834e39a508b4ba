"""Commands that run processes: demo, dev, worker."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import worker as worker_process
from cli.exits import Exit
from cli.running import run_alone
from devstack.demo import Demo
from devstack.stack import DEFAULT_PORT_BASE, Layout, Stack

Folder = Annotated[Path, typer.Option(help="Where databases and logs are kept.")]
PortBase = Annotated[int, typer.Option(help="Temporal's port; its UI and the simulator 1000 and 2000 above.")]


def demo(
    folder: Folder = Path(".payments"),
    port_base: PortBase = DEFAULT_PORT_BASE,
    stay: Annotated[bool | None, typer.Option(help="Stay up after the verdict (default: on a terminal).")] = None,
) -> None:
    """Start everything on this machine, play six orders, and compare the books."""
    console = Console()
    stays = console.is_terminal if stay is None else stay

    async def work() -> Exit:
        return Exit(await Demo(Layout.at(folder.absolute(), port_base), console, stays).run())

    run_alone(work)


def dev(folder: Folder = Path(".payments"), port_base: PortBase = DEFAULT_PORT_BASE) -> None:
    """Start everything on this machine and play nothing: for trying things out. Ctrl-C stops it."""
    console = Console(highlight=False)

    async def work() -> Exit:
        layout = Layout.at(folder.absolute(), port_base)
        stack = Stack(layout, say=lambda what: console.print(f"[bold]==>[/] {what}"))
        try:
            await stack.start()
            console.print("\nIn another terminal:\n")
            console.print(f"    export TEMPORAL_ADDRESS={layout.temporal_address}")
            console.print("    payments start examples/orders/1-shipped.json --token token-visa-approved\n")
            console.print(f"Temporal UI: {layout.ui_url}. Ctrl-C stops everything.")
            await asyncio.Event().wait()
        finally:
            await asyncio.shield(stack.stop())
        return Exit.DONE

    run_alone(work)


def worker() -> None:
    """Run a worker, as the environment says (docs/operations.md), until SIGTERM or Ctrl-C."""
    worker_process.main()
