"""A stack with a gateway, whose simulator tells of everything, and where looking by itself comes late."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from ingenico.transport import open_http
from ledger.database import open_database
from ledger.inbox import Inbox, InboxLine
from ledger.queries import Queries
from payments.order import Order
from starter import PaymentClient
from tests.support.witnesses import Witnesses

# Later than any event: what is seen before was told.
FOLLOW_SECONDS = 8.0


@dataclass(frozen=True)
class Announced:
    """What a test works on. `console` is somebody else at the same account."""

    stack: Stack
    payments: PaymentClient
    simulator: SimulatorControl
    witnesses: Witnesses
    inbox: Inbox
    console: IngenicoProvider

    async def events_of(self, order: Order) -> list[InboxLine]:
        """Return what the inbox holds of an order."""
        lines = await self.inbox.listing(everything=True, limit=1000)
        own = f"{order.shop}-{order.order_id}-"
        return [line for line in lines if (line.merchant_reference or "").startswith(own)]


@asynccontextmanager
async def announced_stack(folder: Path) -> AsyncIterator[Announced]:
    """Run it."""
    layout = Layout(
        folder,
        *free_ports(4),
        capture_delay_seconds=0.6,
        collect_delay_seconds=0.6,
        quiet_seconds=0.5,
        follow_seconds=FOLLOW_SECONDS,
    )
    stack = Stack(layout)
    credentials = AccountCredentials(
        merchant_id="1234",
        api_key_id="simulator-key",
        secret_api_key="simulator-secret",
        endpoint=layout.simulator_url,
    )
    try:
        payments = PaymentClient(await stack.start(), asked_by="tests")
        async with (
            SimulatorControl(layout.simulator_url) as simulator,
            open_database(layout.ledger) as database,
            open_http() as http,
        ):
            yield Announced(
                stack,
                payments,
                simulator,
                Witnesses(payments, simulator, Queries(database)),
                Inbox(database),
                IngenicoProvider(ConnectClient(http), Accounts({"main": credentials})),
            )
    finally:
        await stack.stop()
