"""Running a command: a connection, one event loop, errors turned into words and exit codes."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn

from pydantic import ValidationError
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.exits import Exit
from cli.output import print_refusals
from devstack.processes import StackError
from payments.refusals import Refusal
from runtime.settings import Settings
from runtime.temporal import connect
from starter import NoAnswer, PaymentError

# A question that no worker takes up within this and its own patience is not waited for any longer.
LONGEST_SILENCE_SECONDS = 10.0

_GONE = {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}


class Told(Exception):
    """Ends a command with one of our codes and, in words or as JSON, the reason and the remedy."""

    def __init__(self, code: Exit, *refusals: Refusal) -> None:
        super().__init__(code)
        self.code, self.refusals = code, refusals


def told(code: Exit, field: str, message: str, remedy: str) -> Told:
    """Return what ends a command, with its one reason."""
    return Told(code, Refusal(code=code.name.lower(), field=field, message=message, remedy=remedy))


def no_ledger(away: Exception) -> Told:
    """Return what ends a command that needs the ledger, where it cannot be read."""
    message = f"The ledger cannot be read: {(str(away).splitlines() or [repr(away)])[0]}."
    return told(Exit.FAILED, "PAYMENTS_LEDGER_URL", message, "payments doctor tells what is missing.")


def run(
    work: Callable[[Client], Coroutine[Any, Any, Exit]], *, as_json: bool = False, patience_seconds: float | None = 0.0
) -> NoReturn:
    """Connect to Temporal, do the work, and end with its exit code. Without patience it may take for ever."""
    silence = None if patience_seconds is None else patience_seconds + LONGEST_SILENCE_SECONDS

    async def connected() -> Exit:
        try:
            client = await connect()
        except (RuntimeError, ValueError, OSError) as error:
            raise told(
                Exit.UNREACHABLE, "TEMPORAL_ADDRESS", f"{_first_line(error)}.", "Then give the command again."
            ) from error
        try:
            return await _within(silence, work(client))
        except RPCError as failure:
            raise _of_server(failure) from failure

    run_alone(connected, as_json=as_json)


def run_alone(work: Callable[[], Awaitable[Exit]], *, as_json: bool = False) -> NoReturn:
    """Do work that needs no connection, and end with its exit code."""
    try:
        code = asyncio.run(_awaited(work))
    except Told as ended:
        print_refusals(ended.refusals, as_json=as_json)
        code = ended.code
    except PaymentError as refused:
        unknown = Refusal(code="refused", field="(message)", message=str(refused), remedy="See payments show.")
        print_refusals(refused.refusals or [unknown], as_json=as_json)
        code = Exit.REFUSED
    except StackError as failure:
        message, _, remedy = str(failure).partition(": ")
        print_refusals([Refusal(code="failed", field="(stack)", message=f"{message}:", remedy=remedy)], as_json=as_json)
        code = Exit.FAILED
    except KeyboardInterrupt:
        # What was asked goes on in the payment: the same command asks again.
        code = Exit.INTERRUPTED
    leave(code)


def read_settings() -> Settings:
    """Return what the environment says. Raises Told with each variable that is not well formed."""
    try:
        return Settings()
    except ValidationError as invalid:
        raise Told(Exit.FAILED, *of_settings(invalid)) from None


def of_settings(invalid: ValidationError, prefix: str = "PAYMENTS_") -> list[Refusal]:
    """Say which variables are wrong; their values may be secret."""
    return [
        Refusal(
            code="setting",
            field=f"{prefix}{str(error['loc'][0]).upper()}",
            message=f"{error['msg'].removeprefix('Value error, ')}.",
            remedy="Correct the variable; docs/operations.md lists what each may be.",
        )
        for error in invalid.errors(include_url=False, include_input=False)
    ]


async def _within(silence: float | None, work: Coroutine[Any, Any, Exit]) -> Exit:
    """Wait for the work, but not beyond `silence`, nor for its own end when that or Ctrl-C comes.

    A cancelled call of the Temporal SDK does not end as cancelled, so the work is a task that is left behind.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=silence)
    finally:
        if not task.done():
            asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    if not task.done():
        raise _silence(f"Nobody has answered for {silence:g} seconds; what was asked may still be done.")
    try:
        return task.result()
    except NoAnswer as no_answer:
        raise _silence(str(no_answer)) from no_answer


def _silence(message: str) -> Told:
    remedy = "See that a worker runs (payments worker), then give the same command again: nothing is done twice."
    return told(Exit.OPEN, "(worker)", message, remedy)


async def _awaited(work: Callable[[], Awaitable[Exit]]) -> Exit:
    return await work()


def _of_server(failure: RPCError) -> Told:
    if failure.status in _GONE:
        return told(
            Exit.UNREACHABLE,
            "TEMPORAL_ADDRESS",
            f"Temporal went away: {_first_line(failure)}",
            "Give the same command again when it is back: nothing is done twice.",
        )
    return told(
        Exit.FAILED,
        "(Temporal)",
        f"Temporal says: {_first_line(failure)}.",
        "Run payments doctor; it tells what is missing.",
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def leave(code: Exit) -> NoReturn:
    """End at once: the Temporal SDK's threads can crash a process that ends slowly, after its work is done."""
    for stream in (sys.stdout, sys.stderr):
        # Whoever read our output may have gone.
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
