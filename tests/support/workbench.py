"""Our own workers in the test's process, over a provider in memory and a real ledger in a file."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import temporalio.client
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from ledger import migrate
from ledger.database import open_database
from ledger.operations import SqlRecords
from ledger.outbox import SqlOutbox
from ledger.queries import Queries
from notify.delivery import Delivery
from notify.relay import Relay
from payments.accounts import Account
from payments.events import AnyEvent
from payments.references import PaymentKey
from payments.resend import Patience
from payments.states import PaymentState
from payments.view import PaymentView
from runtime.queries import QueriesWait
from starter import PaymentClient
from tests.support.provider import FakeProvider
from tests.support.receiver import FakeReceiver
from tests.support.sandbox import sandbox
from tests.support.skipping import skip
from worker import workers

QUIET_SECONDS = 5.0
ABSENCE_SECONDS = 30.0


class SetClock:
    """A clock that is told the time."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at


class TellTime(temporalio.client.Interceptor, Interceptor):
    """Tells the clock the server's time before each activity: on a time-skipping server only the server knows it."""

    def __init__(self, clock: SetClock, time_of: Callable[[], Any]) -> None:
        self._clock, self._time_of = clock, time_of

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Telling(next, self._clock, self._time_of)


class _Telling(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, clock: SetClock, time_of: Callable[[], Any]) -> None:
        super().__init__(following)
        self._clock, self._time_of = clock, time_of

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        self._clock.at = await self._time_of()
        return await super().execute_activity(input)


@dataclass
class Workbench:
    """What a test works with."""

    temporal: Client
    payments: PaymentClient
    provider: FakeProvider
    queries: Queries
    records: SqlRecords
    clock: SetClock
    env: WorkflowEnvironment | None = None
    receiver: FakeReceiver | None = None
    """The order service, where it is told."""
    outbox: SqlOutbox | None = None
    relay: Relay | None = None

    async def pass_time(self, time: timedelta) -> None:
        """Let time pass on the server; what is due in it happens."""
        await skip(self.env, time)

    async def until(self, key: PaymentKey, state: PaymentState, *, step: timedelta = timedelta(0)) -> PaymentView:
        """Wait until a payment is in a state; `step` of the server's time passes between looks."""
        for _ in range(400):
            view = await self.payments.view(key)
            if view is not None and view.state is state:
                return view
            if step and self.env is not None:
                await self.pass_time(step)
            await asyncio.sleep(0.02)
        raise AssertionError(f"the payment is {view.state if view else 'nowhere'}, not {state}")

    async def story(self, key: PaymentKey) -> list[AnyEvent]:
        """Return what the ledger says happened."""
        return [recorded.event for recorded in await self.queries.events(key)]

    async def kinds(self, key: PaymentKey) -> list[str]:
        """Return the kinds of what happened."""
        return [event.kind for event in await self.story(key)]

    async def history_length(self, key: PaymentKey) -> int:
        """Return how many events the workflow's history has."""
        return (await self.temporal.get_workflow_handle(key.workflow_id).describe()).history_length

    async def is_closed(self, key: PaymentKey) -> bool:
        """Whether the payment's workflow closes within a moment."""
        for _ in range(100):
            if (await self.temporal.get_workflow_handle(key.workflow_id).describe()).close_time is not None:
                return True
            await asyncio.sleep(0.02)
        return False


@asynccontextmanager
async def workbench(
    temporal: Client,
    folder: Path,
    clock: SetClock,
    env: WorkflowEnvironment | None = None,
    receiver: FakeReceiver | None = None,
) -> AsyncIterator[Workbench]:
    """Run our workers over a provider in memory and a new ledger; with a receiver, payments are told of."""
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    provider = FakeProvider(clock)
    accounts = {
        "main": Account(name="main"),
        "parts": Account(name="parts"),
        "long": Account(name="long", honours_pre_authorization=True),
    }
    async with open_database(url) as database:
        records = SqlRecords(database, notifies=lambda _key: receiver is not None)
        outbox = SqlOutbox(database)
        delivery = Delivery(outbox, receiver, records, clock) if receiver is not None else None
        # The server that skips time never asks a query again that was given no answer.
        running = workers(
            temporal,
            provider=provider,
            records=records,
            clock=clock,
            accounts=accounts,
            patience=Patience(quiet_seconds=QUIET_SECONDS, absence_seconds=ABSENCE_SECONDS, follow_seconds=1),
            runner=sandbox() if env is not None else QueriesWait(sandbox()),
            deliveries=delivery,
        )
        async with AsyncExitStack() as stack:
            for worker in running:
                await stack.enter_async_context(worker)
            client = PaymentClient(temporal, asked_by="tests")
            relay = Relay(outbox, delivery, clock) if delivery is not None else None
            yield Workbench(temporal, client, provider, Queries(database), records, clock, env, receiver, outbox, relay)
