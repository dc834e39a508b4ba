"""Who saw an order's payment: the provider's books and request log, our ledger, the workflow's view."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from devstack.checker import Totals, differences, of_books, of_ledger, of_view
from devstack.simulator_control import SimulatorControl
from ledger.queries import Queries
from payments.order import Order
from payments.states import PaymentState
from payments.view import PaymentView
from starter import PaymentClient

# How often a payment is looked at: forty at once must leave the machine to those who do the work.
LOOK_SECONDS = 0.25
# What changes nothing at the provider.
LOOKS = {"payments.get", "payments.find", "payments.refunds", "hostedcheckouts.get"}


def prefix(order: Order) -> str:
    """Return how every merchant reference of an order starts."""
    return f"{order.shop}-{order.order_id}-"


@dataclass(frozen=True)
class Witnesses:
    """Asks them all."""

    payments: PaymentClient
    simulator: SimulatorControl
    queries: Queries

    async def until(self, order: Order, state: PaymentState, seconds: float = 40) -> PaymentView:
        """Wait until the payment is in a state."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            view = await self.payments.view(order.key)
            if view is not None and view.state is state:
                return view
            assert asyncio.get_running_loop().time() < deadline, (
                f"{order.order_id} is {view.state if view else 'gone'}, not {state}"
            )
            await asyncio.sleep(LOOK_SECONDS)

    async def agree_on(self, order: Order, totals: Totals) -> None:
        """Hold the three accounts against what must have come of an order, and see that no outcome is open."""
        [view, books, balances, events, intents] = await asyncio.gather(
            self.payments.view(order.key),
            self.simulator.books(prefix(order)),
            self.queries.balances(order.key),
            self.queries.events(order.key),
            self.queries.intents(order.key),
        )
        assert view is not None
        accounts = {
            "expected": totals,
            "provider": of_books(books),
            "ledger": of_ledger(balances, events),
            "workflow": of_view(view),
        }
        assert differences(accounts) == [], order.order_id
        assert [intent for intent in intents if intent.outcome is None] == []

    async def log(self, order: Order, operation: str = "") -> list[dict[str, Any]]:
        """Return what the provider was asked about an order, in order of arrival."""
        return await self.simulator.requests(prefix(order), operation)

    async def effects(self, order: Order) -> list[str]:
        """Return what the provider really did for an order."""
        did = [request for request in await self.log(order) if request["processed"]]
        return [request["operation"] for request in did if request["operation"] not in LOOKS]

    async def happened(self, order: Order) -> list[str]:
        """Return the kinds of an order's events in the ledger."""
        return [type(recorded.event).__name__ for recorded in await self.queries.events(order.key)]


def collected(order: Order) -> Totals:
    """What a shipped order comes to."""
    owed = order.total.amount_minor
    return Totals(payments=1, authorized=owed, captured=owed, collected=owed)


def refunded(order: Order, amount_minor: int | None = None) -> Totals:
    """What a shipped order comes to once all of it, or an amount, went back."""
    back = order.total.amount_minor if amount_minor is None else amount_minor
    return collected(order).model_copy(update={"refunded": back})


def released(order: Order) -> Totals:
    """What a cancelled order comes to."""
    return Totals(payments=1, authorized=order.total.amount_minor)


def held(order: Order) -> Totals:
    """What an authorized order comes to while nobody ships it."""
    return Totals(payments=1, authorized=order.total.amount_minor, capturable=order.total.amount_minor)


def declined() -> Totals:
    """What a declined order comes to."""
    return Totals(payments=1)


def operations(log: Iterable[dict[str, Any]]) -> list[str]:
    """Return the operations of a request log."""
    return [request["operation"] for request in log]
