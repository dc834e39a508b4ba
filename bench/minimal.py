"""The least that somebody would write by hand: authorize, wait for the capture signal, capture. No ledger, no doubt.

Its provider calls go through our own Connect client, so that only the engine differs. Run as a worker:
`python -m bench.minimal`.
"""

import asyncio
import os
import signal
from datetime import timedelta
from typing import Any

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.worker import PollerBehaviorAutoscaling, Worker

QUEUE = "minimal"
RETRY = RetryPolicy(initial_interval=timedelta(seconds=1))


@workflow.defn
class MinimalPayment:
    """One payment: authorize, wait, capture."""

    def __init__(self) -> None:
        self._authorized: dict[str, Any] | None = None
        self._captured = False
        self._ship = False

    @workflow.run
    async def run(self, order: dict[str, Any]) -> str:
        """Play the payment."""
        self._authorized = await workflow.execute_activity(
            "authorize", order, start_to_close_timeout=timedelta(seconds=30), retry_policy=RETRY
        )
        await workflow.wait_condition(lambda: self._ship)
        status: str = await workflow.execute_activity(
            "capture",
            {"id": self._authorized["id"], "amount": order["amount"]},
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RETRY,
        )
        self._captured = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        return status

    @workflow.update
    async def authorization(self) -> str:
        """Answer when authorized."""
        await workflow.wait_condition(lambda: self._authorized is not None)
        return "authorized"

    @workflow.update
    async def capture(self) -> str:
        """Capture and answer when it is queued."""
        self._ship = True
        await workflow.wait_condition(lambda: self._captured)
        return "capture_requested"


async def main() -> None:
    """Run the minimal worker."""
    from ingenico.accounts import AccountCredentials, Accounts  # noqa: PLC0415 (not in the sandbox)
    from ingenico.client import Call, ConnectClient  # noqa: PLC0415
    from ingenico.transport import open_http  # noqa: PLC0415
    from ingenico.wire.payments import PaymentAnswer  # noqa: PLC0415

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_http() as http:
        connect = ConnectClient(http)
        credentials = Accounts(
            {
                "main": AccountCredentials(
                    merchant_id="1234",
                    api_key_id="simulator-key",
                    secret_api_key="simulator-secret",  # noqa: S106 (the simulator's)
                    endpoint=os.environ["PAYMENTS_INGENICO_ENDPOINT"],
                )
            }
        ).of("main")

        @activity.defn(name="authorize")
        async def authorize(order: dict[str, Any]) -> dict[str, Any]:
            body = order["body"].encode()
            call = Call(method="POST", path="/payments", body=body, idempotence_key=order["reference"])
            answer = await connect.call(credentials, call, PaymentAnswer)
            return {"id": answer.payment.id}

        @activity.defn(name="capture")
        async def capture(asked: dict[str, Any]) -> str:
            body = f'{{"amount": {asked["amount"]}}}'.encode()
            call = Call(method="POST", path=f"/payments/{asked['id']}/approve", body=body)
            return (await connect.call(credentials, call, PaymentAnswer)).payment.status

        client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
        async with Worker(
            client,
            task_queue=QUEUE,
            workflows=[MinimalPayment],
            activities=[authorize, capture],
            workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
            activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        ):
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
