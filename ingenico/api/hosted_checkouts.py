"""Hosted checkouts (`hostedcheckouts_client.py` of the official Python SDK 6.3.0)."""

from ingenico.api.base import Resource, plain
from ingenico.wire.hosted_checkouts import CreateHostedCheckoutAnswer, CreateHostedCheckoutRequest, HostedCheckout


class HostedCheckoutsApi(Resource):
    """`/hostedcheckouts`."""

    async def create(self, body: CreateHostedCheckoutRequest) -> CreateHostedCheckoutAnswer:
        """`POST /hostedcheckouts`: create hosted checkout."""
        return await self._post("/hostedcheckouts", body, CreateHostedCheckoutAnswer)

    async def get(self, hosted_checkout_id: str) -> HostedCheckout:
        """`GET /hostedcheckouts/{id}`: get hosted checkout status."""
        return await self._get(f"/hostedcheckouts/{plain(hosted_checkout_id)}", HostedCheckout)

    async def delete(self, hosted_checkout_id: str) -> None:
        """`DELETE /hostedcheckouts/{id}`: delete hosted checkout; a payment that it made stays."""
        await self._done("DELETE", f"/hostedcheckouts/{plain(hosted_checkout_id)}")
