"""Mandates of product 771 (`mandates_client.py` of the official Python SDK 6.3.0)."""

from ingenico.api.base import Resource, plain
from ingenico.errors import success
from ingenico.wire.mandates import CreateMandateAnswer, CreateMandateRequest, GetMandateAnswer


class MandatesApi(Resource):
    """`/mandates`."""

    async def create(self, body: CreateMandateRequest) -> CreateMandateAnswer:
        """`POST /mandates`: create mandate, whose reference Connect makes up unless the body names one."""
        return await self._post("/mandates", body, CreateMandateAnswer)

    async def create_with_reference(self, reference: str, body: CreateMandateRequest) -> CreateMandateAnswer:
        """`PUT /mandates/{reference}`: create mandate under a reference by which it can be read."""
        return success(await self._send("PUT", f"/mandates/{plain(reference)}", body), CreateMandateAnswer)

    async def get(self, reference: str) -> GetMandateAnswer:
        """`GET /mandates/{reference}`: get mandate."""
        return await self._get(f"/mandates/{plain(reference)}", GetMandateAnswer)

    async def block(self, reference: str) -> GetMandateAnswer:
        """`POST /mandates/{reference}/block`: block mandate."""
        return await self._post(f"/mandates/{plain(reference)}/block", None, GetMandateAnswer)

    async def unblock(self, reference: str) -> GetMandateAnswer:
        """`POST /mandates/{reference}/unblock`: unblock mandate."""
        return await self._post(f"/mandates/{plain(reference)}/unblock", None, GetMandateAnswer)

    async def revoke(self, reference: str) -> GetMandateAnswer:
        """`POST /mandates/{reference}/revoke`: revoke mandate."""
        return await self._post(f"/mandates/{plain(reference)}/revoke", None, GetMandateAnswer)
