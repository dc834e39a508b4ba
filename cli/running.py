"""Running a command: a connection, one event loop, errors turned into words and exit codes."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn

from temporalio.client import Client
from temporalio.service import RPCError

from cli.exits import Exit
from cli.output import err, print_refusals
from devstack.processes import StackError
from runtime.temporal import connect
from starter import PaymentError
from starter.intake import OrderUnreadable


def run(work: Callable[[Client], Awaitable[Exit]], *, as_json: bool = False) -> NoReturn:
    """Connect to Temporal, do the work, and end with its exit code."""

    async def connected() -> Exit:
        try:
            client = await connect()
        except RuntimeError as error:
            err.print(f"[bold red]{error}[/]")
            return Exit.UNREACHABLE
        return await work(client)

    run_alone(connected, as_json=as_json)


def run_alone(work: Callable[[], Awaitable[Exit]], *, as_json: bool = False) -> NoReturn:
    """Do work that needs no connection, and end with its exit code."""
    try:
        code = asyncio.run(_awaited(work))
    except OrderUnreadable as unreadable:
        print_refusals(unreadable.refusals, as_json=as_json)
        code = Exit.BAD_INPUT
    except PaymentError as refused:
        if refused.refusals:
            print_refusals(refused.refusals, as_json=as_json)
        else:
            err.print(f"[bold red]{refused}[/]")
        code = Exit.REFUSED
    except (StackError, RPCError) as failure:
        err.print(f"[bold red]{failure}[/]")
        code = Exit.FAILED
    except KeyboardInterrupt:
        # What was asked goes on in the payment: the same command asks again.
        code = Exit.INTERRUPTED
    leave(code)


async def _awaited(work: Callable[[], Awaitable[Exit]]) -> Exit:
    return await work()


def leave(code: Exit) -> NoReturn:
    """End at once: the Temporal SDK's threads can crash a process that ends slowly, after its work is done."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
