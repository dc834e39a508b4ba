"""Commands that run processes: demo, dev, worker."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console

import worker as worker_process
from cli.exits import Exit
from cli.running import Told, of_settings, read_settings, run_alone, told
from devstack.demo import Demo
from devstack.stack import DEFAULT_PORT_BASE, Layout, Stack, worker_environment
from ingenico.accounts import AccountCredentials
from runtime.logs import configure_logs

Folder = Annotated[Path, typer.Option(help="Where databases and logs are kept.")]
PortBase = Annotated[
    int, typer.Option(help="Temporal's port; its UI, the simulator and the gateway 1000, 2000 and 3000 above.")
]


def demo(
    folder: Folder = Path(".payments"),
    port_base: PortBase = DEFAULT_PORT_BASE,
    stay: Annotated[bool | None, typer.Option(help="Stay up after the verdict (default: on a terminal).")] = None,
) -> None:
    """Start everything on this machine, play the stories' orders, and compare the books."""
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
            for name, value in worker_environment(layout).items():
                console.print(f"    export {name}={value}", markup=False, soft_wrap=True)
            command = Path(sys.executable).with_name("payments")
            console.print(
                f"    {command} start examples/orders/1-shipped.json --token token-visa-approved\n", soft_wrap=True
            )
            console.print(f"Temporal UI: {layout.ui_url}. Ctrl-C stops everything.")
            await stack.watch()
        finally:
            await asyncio.shield(stack.stop())
        return Exit.DONE

    run_alone(work)


def worker() -> None:
    """Run a worker, as the environment says (docs/operations.md), until SIGTERM or Ctrl-C."""

    async def work() -> Exit:
        settings = read_settings()
        try:
            AccountCredentials.model_validate(settings.credentials)
            configure_logs(settings.log_level)
        except ValidationError as invalid:
            raise Told(Exit.FAILED, *of_settings(invalid, "PAYMENTS_INGENICO_")) from None
        except ValueError as unknown:
            raise told(Exit.FAILED, "PAYMENTS_LOG_LEVEL", f"{unknown}.", "Use INFO, or DEBUG to see more.") from None
        try:
            await worker_process.run(settings)
        except RuntimeError as error:
            raise told(Exit.UNREACHABLE, "TEMPORAL_ADDRESS", f"{error}.", "Then give the command again.") from error
        return Exit.DONE

    run_alone(work)
