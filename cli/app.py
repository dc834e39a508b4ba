"""`payments`: what a person at a terminal can do."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from devstack.demo import Demo
from devstack.processes import StackError
from devstack.stack import DEFAULT_PORT_BASE, Layout

app = typer.Typer(no_args_is_help=True, add_completion=True, help="Payments over Ingenico Connect, durably.")

INTERRUPTED = 130


@app.callback()
def payments() -> None:
    """Payments over Ingenico Connect, one durable workflow per order."""


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its databases and logs.")] = Path(".payments"),
    port_base: Annotated[int, typer.Option(help="Temporal's port; UI and simulator 1000 and 2000 above.")] = (
        DEFAULT_PORT_BASE
    ),
    stay: Annotated[bool | None, typer.Option(help="Stay up after the verdict (default: on a terminal).")] = None,
) -> None:
    """Start everything on this machine, play six orders, and compare the books."""
    console = Console()
    stays = console.is_terminal if stay is None else stay
    try:
        code = asyncio.run(Demo(Layout.at(folder.absolute(), port_base), console, stays).run())
    except StackError as failure:
        console.print(f"[bold red]{failure}[/]", highlight=False)
        code = 1
    except KeyboardInterrupt:
        code = INTERRUPTED
    _leave(code)


def main() -> None:
    """Run the command line."""
    app()


def _leave(code: int) -> None:
    """End at once: the Temporal SDK's threads can crash a process that ends slowly, after its work is done."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
