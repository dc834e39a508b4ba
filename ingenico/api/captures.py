"""Captures (`captures_client.py` of the official Python SDK 6.3.0)."""

from ingenico.api.base import Resource, plain
from ingenico.api.refunding import refund_or_decline
from ingenico.errors import DeclinedRefund
from ingenico.wire.captures import Capture
from ingenico.wire.disputes import CreateDisputeRequest, Dispute, DisputesAnswer
from ingenico.wire.refunds import Refund, RefundRequest


class CapturesApi(Resource):
    """`/captures`."""

    async def get(self, capture_id: str) -> Capture:
        """`GET /captures/{id}`: get capture."""
        return await self._get(f"/captures/{plain(capture_id)}", Capture)

    async def refund(self, capture_id: str, body: RefundRequest, *, idempotence_key: str) -> Refund | DeclinedRefund:
        """`POST /captures/{id}/refund`: create refund of one capture. The same key repeats the first answer."""
        path = f"/captures/{plain(capture_id)}/refund"
        return refund_or_decline(await self._send("POST", path, body, key=idempotence_key))

    async def dispute(self, capture_id: str, body: CreateDisputeRequest) -> Dispute:
        """`POST /captures/{id}/dispute`: create dispute."""
        return await self._post(f"/captures/{plain(capture_id)}/dispute", body, Dispute)

    async def disputes(self, capture_id: str) -> DisputesAnswer:
        """`GET /captures/{id}/disputes`: get disputes."""
        return await self._get(f"/captures/{plain(capture_id)}/disputes", DisputesAnswer)
