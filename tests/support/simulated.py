"""Our own workers and gateway in the test's process, over a simulator as a process and a real ledger in a file.

What the provider did is asked of its own books and request log; what guards us can be taken out of this process.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner

from devstack.processes import Child, free_ports
from devstack.simulator_control import BookLine, SimulatorControl
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from ingenico.transport import open_http
from ledger import migrate
from ledger.database import open_database
from ledger.inbox import Inbox, InboxLine
from ledger.operations import SqlRecords
from ledger.queries import Queries
from payments.accounts import Account
from payments.order import Order
from payments.records import Clock
from payments.resend import Patience
from payments.states import PaymentState
from payments.view import PaymentView
from runtime.queries import production_runner
from starter import PaymentClient
from tests.support.own_gateway import WEBHOOK_KEY, Gateway
from tests.support.proxy import Proxy
from tests.support.skipping import end_run, skip, time_of
from tests.support.witnesses import Witnesses, prefix
from worker import workers

T = TypeVar("T")

# Each account and what it is boarded with; `told` alone is told of by events, and a proxy stands before it.
MERCHANTS: dict[str, dict[str, Any]] = {
    "main": {"merchant_id": "1234"},
    "parts": {"merchant_id": "5678", "multiple_captures": True},
    "told": {"merchant_id": "4321"},
    "careful": {"merchant_id": "8765", "refunds_require_approval": True},
}
KEY = {"id": "simulator-key", "secret": "simulator-secret"}
# Between two looks of a test at a payment.
LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Pace:
    """How fast the provider moves and how patient we are. Seconds."""

    capture: float
    collect: float
    refund: float
    quiet: float
    absence: float
    follow: float


# On real time everything is over in moments; where time is skipped it lasts as long as it does at a bank.
MOMENTS = Pace(capture=0.3, collect=0.3, refund=0.3, quiet=0.3, absence=0.3, follow=0.4)
DAYS = Pace(capture=2 * 86400, collect=86400, refund=14 * 86400, quiet=25, absence=30, follow=60)


class ShiftedClock:
    """The machine's clock, and how far ahead of it we are to think that we are."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Simulated:
    """What a test works with. `console` is somebody else at the same accounts."""

    temporal: Client
    payments: PaymentClient
    simulator: SimulatorControl
    witnesses: Witnesses
    console: IngenicoProvider
    console_client: ConnectClient
    inbox: Inbox
    gateway: Gateway
    proxy: Proxy
    clock: Clock
    env: WorkflowEnvironment | None = None
    credentials: dict[str, AccountCredentials] = field(default_factory=dict)
    _ahead: timedelta = timedelta(0)

    async def fault(self, order: Order, fault: str, operation: str, **more: object) -> None:
        """Have the next call of an operation about an order go wrong."""
        await self.simulator.fault(fault=fault, operation=operation, merchant_reference_prefix=prefix(order), **more)

    async def books(self, order: Order) -> BookLine:
        """Return an order's line in the provider's books; there must be one payment, and one only."""
        lines = await self.simulator.books(prefix(order))
        assert len(lines) == 1, f"{len(lines)} payments in the books for {order.order_id}"
        return lines[0]

    async def sent(self, order: Order, operation: str) -> list[dict[str, Any]]:
        """Return the requests of one operation that reached the provider, in order of arrival."""
        return await self.witnesses.log(order, operation)

    async def events_of(self, order: Order) -> list[InboxLine]:
        """Return what the inbox holds of an order."""
        lines = await self.inbox.listing(everything=True, limit=1000)
        return [line for line in lines if (line.merchant_reference or "").startswith(prefix(order))]

    async def pass_time(self, time: timedelta) -> None:
        """Let time pass, where it is skipped; the simulator comes along."""
        assert self.env is not None
        await skip(self.env, time)
        await self.catch_up()

    async def catch_up(self) -> datetime:
        """Bring the simulator's clock to the Temporal server's, and return the time."""
        if self.env is None:
            return datetime.now(UTC)
        now = await time_of(self.env)
        behind = now - datetime.now(UTC) - self._ahead
        if behind > timedelta(seconds=0.5):
            self._ahead += behind
            await self.simulator.advance(behind.total_seconds())
        return now

    @asynccontextmanager
    async def later(self, time: timedelta) -> AsyncIterator[None]:
        """Have us and the simulator think that so much time has passed, on real time; we think otherwise afterwards."""
        assert isinstance(self.clock, ShiftedClock)
        self.clock.ahead += time
        await self.simulator.advance(time.total_seconds())
        try:
            yield
        finally:
            self.clock.ahead -= time

    async def until(self, order: Order, *states: PaymentState, step: timedelta = timedelta(0)) -> PaymentView:
        """Wait for one of these states: some eight seconds, or forty steps where time is skipped."""
        for _ in range(40 if step else 160):
            view = await self.payments.view(order.key)
            if view is not None and view.state in states:
                return view
            if step:
                await self.pass_time(step)
            await asyncio.sleep(0.01 if step else LOOK_SECONDS)
        raise AssertionError(f"{order.order_id} is {view.state if view else 'nowhere'}, not {states}")

    async def is_closed(self, order: Order) -> bool:
        """Whether the payment's workflow closes within a moment."""
        for _ in range(100):
            if (await self.temporal.get_workflow_handle(order.key.workflow_id).describe()).close_time is not None:
                return True
            await asyncio.sleep(0.02)
        return False

    async def give_up(self, order: Order) -> None:
        """End an order's workflow by force: what a test leaves behind must not run beside the next one."""
        handle = self.temporal.get_workflow_handle(order.key.workflow_id)
        if self.env is not None:
            await end_run(self.env, handle)
            return
        with suppress(RPCError):
            await handle.terminate("the test is over")


def credentials_at(urls: dict[str, str]) -> dict[str, AccountCredentials]:
    """Return each account's credentials, spoken to at its own address."""
    return {
        name: AccountCredentials(
            merchant_id=merchant["merchant_id"],
            api_key_id=KEY["id"],
            secret_api_key=SecretStr(KEY["secret"]),
            endpoint=urls[name],
        )
        for name, merchant in MERCHANTS.items()
    }


@asynccontextmanager
async def simulated(
    temporal: Client, folder: Path, clock: Clock, pace: Pace, env: WorkflowEnvironment | None = None
) -> AsyncIterator[Simulated]:
    """Run simulator, gateway and workers, over a new ledger."""
    simulator_port, gateway_port, proxy_port = free_ports(3)
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with AsyncExitStack() as stack:
        child = _simulator(folder, simulator_port, gateway_port, pace)
        await child.start()
        stack.push_async_callback(child.stop)
        address = f"http://127.0.0.1:{simulator_port}"
        await _answers(address)
        proxy = Proxy(simulator_port, proxy_port)
        await proxy.listen()
        stack.push_async_callback(proxy.close)
        direct = credentials_at(dict.fromkeys(MERCHANTS, address))
        ours = credentials_at(dict.fromkeys(MERCHANTS, address) | {"told": proxy.url})
        database = await stack.enter_async_context(open_database(url))
        control = await stack.enter_async_context(SimulatorControl(address))
        http = await stack.enter_async_context(open_http())
        somebody = ConnectClient(http)
        payments = PaymentClient(temporal, asked_by="tests")
        inbox = Inbox(database)
        gateway = Gateway(gateway_port, inbox, payments)
        stage = Simulated(
            temporal,
            payments,
            control,
            Witnesses(payments, control, Queries(database)),
            IngenicoProvider(somebody, Accounts(direct)),
            somebody,
            inbox,
            gateway,
            proxy,
            clock,
            env,
            direct,
        )
        if env is None:
            await gateway.start()
            stack.push_async_callback(gateway.stop)
        # The server that skips time never asks a query again that was given no answer.
        for worker in workers(
            temporal,
            provider=IngenicoProvider(ConnectClient(http), Accounts(ours)),
            records=SqlRecords(database),
            clock=clock,
            accounts={name: Account(name=name) for name in MERCHANTS},
            patience=Patience(quiet_seconds=pace.quiet, absence_seconds=pace.absence, follow_seconds=pace.follow),
            # As in production: what is taken out of this process is taken out of its workflows too.
            runner=UnsandboxedWorkflowRunner() if env is not None else production_runner(),
        ):
            await stack.enter_async_context(worker)
        yield stage


def _simulator(folder: Path, port: int, gateway_port: int, pace: Pace) -> Child:
    told = {"webhook_url": f"http://127.0.0.1:{gateway_port}/webhooks/ingenico", "webhook_keys": [WEBHOOK_KEY]}
    merchants = [
        {**merchant, "api_keys": [KEY], **(told if name == "told" else {})} for name, merchant in MERCHANTS.items()
    ]
    file = folder / "merchants.json"
    file.write_text(json.dumps(merchants), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "simulator", f"--port={port}", f"--merchants={file}"),
        *(f"--capture-delay={pace.capture:g}", f"--collect-delay={pace.collect:g}", f"--refund-delay={pace.refund:g}"),
    ]
    return Child("the simulator", command, folder / "simulator.log")


async def eventually(what: Callable[[], Awaitable[T]], seconds: float = 5.0) -> T:
    """Return what a question is answered with once that is true, or at the end of its time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not (answer := await what()) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 (of others)
        await asyncio.sleep(0.05)
    return answer


async def _answers(address: str) -> None:
    async with httpx.AsyncClient(timeout=2.0) as http:
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if (await http.get(f"{address}/simulator/health")).is_success:
                    return
            await asyncio.sleep(0.05)
    raise AssertionError("the simulator does not answer")
