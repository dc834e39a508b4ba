"""The worker: the composition root that joins rules, provider and books, and runs payments until it is told to stop."""

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker, WorkflowRunner

from activities.callbacks import CallbackActivities
from activities.operations import OperationActivities
from activities.recording import RecordingActivities
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from ingenico.transport import open_http
from ledger.database import Database
from ledger.operations import SqlRecords
from ledger.outbox import SqlOutbox
from notify.telling import Targets, telling
from payments.accounts import Account
from payments.callbacks import Deliveries
from payments.provider import Provider
from payments.records import Clock, Records
from payments.resend import Patience
from runtime.clock import SystemClock
from runtime.logs import configure_logs
from runtime.queries import production_runner
from runtime.settings import Settings
from runtime.temporal import connect
from workflows.contract import CALLBACK_QUEUE, PROVIDER_QUEUE, QUEUE
from workflows.payment import PaymentWorkflow

# A stopping worker lets its calls end: the provider's answer is worth more than a second's haste.
GRACE = timedelta(seconds=20)
# A killed worker's cached payments are handed to others after this; the default of 10 s is a customer's wait.
STICKY = timedelta(seconds=1)


def workers(
    client: Client,
    *,
    provider: Provider,
    records: Records,
    clock: Clock,
    accounts: dict[str, Account],
    patience: Patience,
    runner: WorkflowRunner,
    deliveries: Deliveries | None = None,
) -> tuple[Worker, ...]:
    """Return a process's workers: for workflows and first tries, for what is insisted on, for callbacks if any.

    They have queues of their own, so that an outage's backlog of retries never holds up a new order.
    """
    operations = OperationActivities(
        provider, records, clock, accounts, sender=f"{os.getpid()}@{socket.gethostname()}", patience=patience
    )
    activities = (*operations.effects, *RecordingActivities(records, clock).effects)
    pollers = PollerBehaviorAutoscaling()
    shared: dict[str, Any] = {
        "graceful_shutdown_timeout": GRACE,
        "activity_task_poller_behavior": pollers,
        "disable_eager_activity_execution": True,
    }
    payments = Worker(
        client,
        task_queue=QUEUE,
        workflows=[PaymentWorkflow],
        activities=activities,
        workflow_runner=runner,
        sticky_queue_schedule_to_start_timeout=STICKY,
        workflow_task_poller_behavior=pollers,
        **shared,
    )
    insisting = Worker(client, task_queue=PROVIDER_QUEUE, activities=activities, **shared)
    callbacks = () if deliveries is None else CallbackActivities(deliveries, clock).effects
    tellers = [Worker(client, task_queue=CALLBACK_QUEUE, activities=callbacks, **shared)] if callbacks else []
    return payments, insisting, *tellers


async def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then let go gracefully."""
    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    credentials = {name: AccountCredentials.model_validate(told) for name, told in settings.all_credentials.items()}
    async with AsyncExitStack() as stack:
        database = Database(settings.ledger_url)
        stack.push_async_callback(database.close)
        connect_client = ConnectClient(await stack.enter_async_context(open_http()))
        clock, targets = SystemClock(), Targets(settings.callback_receivers)
        records = SqlRecords(database, notifies=targets.has)
        for worker in workers(
            await connect(),
            provider=IngenicoProvider(connect_client, Accounts(credentials)),
            records=records,
            clock=clock,
            accounts=settings.all_terms,
            patience=settings.patience,
            runner=production_runner(),
            deliveries=await stack.enter_async_context(telling(targets, SqlOutbox(database), records, clock)),
        ):
            await stack.enter_async_context(worker)
        await stop.wait()


def main() -> None:
    """Read the environment and run."""
    settings = Settings()
    configure_logs(settings.log_level)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
