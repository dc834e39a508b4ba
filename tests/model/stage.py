"""Where a sequence is played: our workers in this process, the real Connect client, and the simulator as a process.

The time-skipping server's time is the only time: workers and simulator are told it before anything is done.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

import httpx
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

import worker
from devstack.processes import Child, free_ports
from devstack.simulator_control import SimulatorControl
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from ingenico.transport import open_http
from ledger import migrate
from ledger.database import Database, open_database
from ledger.operations import SqlRecords
from ledger.queries import Queries
from payments.accounts import Account
from payments.provider import Provider
from payments.references import PaymentKey
from payments.resend import Patience
from starter import PaymentClient
from tests.model.words import DELAY
from tests.support.skipping import end_run, skip, skipping_server, time_of
from tests.support.workbench import SetClock, TellTime

PATIENCE = Patience(quiet_seconds=5, absence_seconds=30, follow_seconds=1800)
# Both count pre-authorizations for thirty days; "parts" takes several captures.
ACCOUNTS = {name: Account(name=name, honours_pre_authorization=True) for name in ("main", "parts")}
_MERCHANTS = {"main": "1234", "parts": "1235"}
_KEY = {"api_key_id": "simulator-key", "secret_api_key": "simulator-secret"}
# Clocks nearer than this are one.
_APART_SECONDS = 0.05
_START_SECONDS = 30.0


@dataclass
class Stage:
    """Servers, workers and witnesses. `provider` may be replaced by one that misbehaves."""

    env: WorkflowEnvironment
    temporal: Client
    payments: PaymentClient
    simulator: SimulatorControl
    http: httpx.AsyncClient
    """The simulator's control API, for what `SimulatorControl` does not do."""
    provider: Provider
    records: SqlRecords
    database: Database
    queries: Queries
    clock: SetClock
    _ahead_seconds: float = 0.0
    """How far the simulator is ahead of real time."""
    _passing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _telling: asyncio.Lock = field(default_factory=asyncio.Lock)
    _workers: tuple[Worker, ...] = ()

    async def now(self) -> datetime:
        """Return the server's time, once the simulator has it too."""
        async with self._telling:
            now = await time_of(self.env)
            behind = now.timestamp() - time.time() - self._ahead_seconds
            if behind > _APART_SECONDS:
                await self.simulator.advance(behind)
                self._ahead_seconds += behind
            return now

    async def pass_time(self, span: timedelta) -> None:
        """Let time pass on the server; what is due in it happens."""
        # One at a time: the server miscounts when several let go of its time at once.
        async with self._passing:
            await skip(self.env, span)
        await self.now()

    async def engage(self) -> None:
        """Begin with new workers, which know of no payment but by its history."""
        # No cache: each task replays the whole history, and what would not replay blocks the payment at once. A cache
        # would also hold its payments after the worker is gone: this server does not let go of a sticky queue.
        # Without `debug_mode` a busy machine would pass for a workflow that does not yield.
        with patch.object(worker, "Worker", partial(Worker, max_cached_workflows=0, debug_mode=True)):
            self._workers = worker.workers(
                self.temporal,
                provider=self.provider,
                records=self.records,
                clock=self.clock,
                accounts=ACCOUNTS,
                patience=PATIENCE,
                runner=UnsandboxedWorkflowRunner(),
            )
        for each in self._workers:
            await each.__aenter__()

    async def dismiss(self) -> None:
        """Let go of the workers: what is under way is finished, what is cached forgotten."""
        leaving, self._workers = self._workers, ()
        await asyncio.gather(*(each.shutdown() for each in leaving))
        for each in leaving:
            await each.__aexit__(None, None, None)

    async def replace_workers(self) -> None:
        """Replace the workers: the new ones know every open payment by its history alone."""
        await self.dismiss()
        await self.engage()

    async def forget_faults(self) -> None:
        """Take back what was ordered to go wrong and has not yet."""
        (await self.http.delete("/simulator/faults")).raise_for_status()

    async def has_faults(self) -> bool:
        """Whether something is ordered to go wrong and has not yet."""
        answer = await self.http.get("/simulator/faults")
        return bool(answer.raise_for_status().json()["faults"])

    async def end(self, key: PaymentKey) -> None:
        """Terminate a payment's run: what it waits for would come at the next one's time."""
        async with self._passing:
            await end_run(self.env, self.temporal.get_workflow_handle(key.workflow_id))


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Start it all."""
    async with AsyncExitStack() as stack:
        url = await _simulator(folder, stack)
        clock = SetClock()
        found: list[Stage] = []

        async def time_of_server() -> datetime:
            return await found[0].now() if found else datetime.now(UTC)

        env = await stack.enter_async_context(skipping_server(TellTime(clock, time_of_server)))
        ledger = f"sqlite:///{folder / 'ledger.sqlite'}"
        await asyncio.to_thread(migrate.upgrade, ledger)
        database = await stack.enter_async_context(open_database(ledger))
        credentials = {
            name: AccountCredentials(merchant_id=merchant, endpoint=url, **_KEY)
            for name, merchant in _MERCHANTS.items()
        }
        client = ConnectClient(await stack.enter_async_context(open_http()))
        stage = Stage(
            env=env,
            temporal=env.client,
            payments=PaymentClient(env.client, asked_by="model", silence_seconds=60),
            simulator=await stack.enter_async_context(SimulatorControl(url)),
            http=await stack.enter_async_context(httpx.AsyncClient(base_url=url)),
            provider=IngenicoProvider(client, Accounts(credentials)),
            records=SqlRecords(database),
            database=database,
            queries=Queries(database),
            clock=clock,
        )
        found.append(stage)
        await stage.now()
        await stage.engage()
        try:
            yield stage
        finally:
            await stage.dismiss()


async def _simulator(folder: Path, stack: AsyncExitStack) -> str:
    """Start the simulator, with a second account that takes several captures, and return its address."""
    key = {"id": _KEY["api_key_id"], "secret": _KEY["secret_api_key"]}
    merchants = folder / "merchants.json"
    several = {"merchant_id": _MERCHANTS["parts"], "api_keys": [key], "multiple_captures": True}
    merchants.write_text(json.dumps([several]), encoding="utf-8")
    [port] = free_ports(1)
    delay = DELAY.total_seconds()
    command = [
        sys.executable,
        "-m",
        "simulator",
        f"--port={port}",
        f"--merchants={merchants}",
        *(f"--{what}-delay={delay:g}" for what in ("capture", "collect", "refund")),
    ]
    child = Child("the simulator", command, folder / "simulator.log")
    await child.start()
    stack.push_async_callback(child.stop)
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url) as http, asyncio.timeout(_START_SECONDS):
        while True:
            child.must_run()
            with contextlib.suppress(httpx.HTTPError):
                (await http.get("/simulator/health")).raise_for_status()
                return url
            await asyncio.sleep(0.05)
