"""Disputes (`disputes_client.py` of the official Python SDK 6.3.0); they are made in `payments` and `captures`."""

from ingenico.api.base import Resource, plain
from ingenico.wire.disputes import Dispute


class DisputesApi(Resource):
    """`/disputes`. Its evidence goes to the file service: `files.DisputeFilesApi`."""

    async def get(self, dispute_id: str) -> Dispute:
        """`GET /disputes/{id}`: get dispute."""
        return await self._get(f"/disputes/{plain(dispute_id)}", Dispute)

    async def submit(self, dispute_id: str) -> Dispute:
        """`POST /disputes/{id}/submit`: submit dispute."""
        return await self._post(f"/disputes/{plain(dispute_id)}/submit", None, Dispute)

    async def cancel(self, dispute_id: str) -> Dispute:
        """`POST /disputes/{id}/cancel`: cancel dispute."""
        return await self._post(f"/disputes/{plain(dispute_id)}/cancel", None, Dispute)
