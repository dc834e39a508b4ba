"""What is timed: one lifecycle of each contender, from start to authorized and on to the queued capture."""

import itertools
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from bench.minimal import QUEUE, MinimalPayment
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.order import Address, Customer, Order
from payments.provider import AuthorizationRequest
from payments.view import AuthorizationResult, CommandResult
from starter import PaymentClient

RUN = uuid.uuid4().hex[:6]
NUMBERS = itertools.count(1)
CARD = PaymentInstruction(token="token-visa-approved")  # noqa: S106 (the simulator's)


@dataclass(frozen=True)
class Timed:
    """One lifecycle's times, in seconds, and where its history is."""

    authorized: float
    whole: float
    workflow_id: str | None = None


class Contender(Protocol):
    """Something that can play a lifecycle."""

    async def play(self) -> Timed:
        """Authorize an order and capture it."""
        ...


def new_order() -> Order:
    """Return an order that nobody had before."""
    return Order(
        order_id=f"B{RUN}-{next(NUMBERS)}",
        total=Money(amount_minor=10_000, currency="USD"),
        customer=Customer(customer_id="77", email="ruth.alder@example.org"),
        billing_address=Address(country_code="US", city="Rochester", street="23400 Caldwell Road"),
    )


class Direct:
    """The provider called by itself: what nobody remembers."""

    def __init__(self, http: httpx.AsyncClient, endpoint: str) -> None:
        credentials = AccountCredentials(
            merchant_id="1234",
            api_key_id="simulator-key",
            secret_api_key="simulator-secret",  # noqa: S106 (the simulator's)
            endpoint=endpoint,
        )
        self._provider = IngenicoProvider(ConnectClient(http), Accounts({"main": credentials}))

    async def play(self) -> Timed:
        """Call create and approve."""
        order = new_order()
        started = time.perf_counter()
        payment = await self._provider.authorize(
            AuthorizationRequest(
                account="main",
                idempotence_key=order.order_id,
                reference=order.order_id,
                amount=order.total,
                order=order,
                instruction=CARD,
            )
        )
        authorized = time.perf_counter()
        await self._provider.capture("main", payment.provider_id, order.total)
        return Timed(authorized - started, time.perf_counter() - started)


class Minimal:
    """The hand-written workflow of `bench.minimal`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def play(self) -> Timed:
        """Start it with an update, capture with another."""
        order = new_order()
        body: dict[str, Any] = {
            "cardPaymentMethodSpecificInput": {
                "token": CARD.token,
                "authorizationMode": "PRE_AUTHORIZATION",
                "requiresApproval": True,
            },
            "order": {
                "amountOfMoney": {"amount": order.total.amount_minor, "currencyCode": "USD"},
                "customer": {
                    "merchantCustomerId": "77",
                    "billingAddress": {"countryCode": "US", "city": "Rochester"},
                },
                "references": {"merchantReference": order.order_id},
            },
        }
        workflow_id = f"minimal-{order.order_id}"
        started = time.perf_counter()
        start = WithStartWorkflowOperation(
            MinimalPayment.run,
            {"body": json.dumps(body), "reference": order.order_id, "amount": order.total.amount_minor},
            id=workflow_id,
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await self._client.execute_update_with_start_workflow(
            MinimalPayment.authorization, start_workflow_operation=start
        )
        authorized = time.perf_counter()
        await self._client.get_workflow_handle(workflow_id).execute_update(MinimalPayment.capture)
        return Timed(authorized - started, time.perf_counter() - started, workflow_id)


class Ours:
    """PaymentWorkflow, through the client that an order service uses."""

    def __init__(self, client: Client) -> None:
        self._payments = PaymentClient(client, asked_by="bench")

    async def play(self) -> Timed:
        """Authorize and capture."""
        order = new_order()
        started = time.perf_counter()
        answer = await self._payments.authorize(order, CARD, patience_seconds=10)
        authorized = time.perf_counter()
        captured = await self._payments.capture(order.key, request_id="shipment-1")
        if answer.result is not AuthorizationResult.AUTHORIZED or captured.result is not CommandResult.DONE:
            raise RuntimeError(f"{order.order_id}: {answer.result}, {captured.result}")
        return Timed(authorized - started, time.perf_counter() - started, order.key.workflow_id)
