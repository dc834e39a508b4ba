"""Refunds (`refunds_client.py` of the official Python SDK 6.3.0); they are made in `payments` and `captures`."""

from ingenico.api.base import Resource, plain, search
from ingenico.wire.refunds import ApproveRefundRequest, FindRefundsAnswer, Refund


class RefundsApi(Resource):
    """`/refunds`."""

    async def get(self, refund_id: str) -> Refund:
        """`GET /refunds/{id}`: get refund."""
        return await self._get(f"/refunds/{plain(refund_id)}", Refund)

    async def find(
        self,
        *,
        merchant_reference: str | None = None,
        merchant_order_id: int | None = None,
        hosted_checkout_id: str | None = None,
        offset: int = 0,
    ) -> FindRefundsAnswer:
        """`GET /refunds`: find refunds, one page of at most a hundred from `offset`."""
        query = search(
            merchant_reference=merchant_reference,
            merchant_order_id=merchant_order_id,
            hosted_checkout_id=hosted_checkout_id,
            offset=offset,
        )
        return await self._get("/refunds", FindRefundsAnswer, query)

    async def approve(self, refund_id: str, body: ApproveRefundRequest) -> None:
        """`POST /refunds/{id}/approve`: approve refund, from PENDING_APPROVAL. Answers nothing: read it afterwards."""
        await self._done("POST", f"/refunds/{plain(refund_id)}/approve", body)

    async def cancel(self, refund_id: str) -> None:
        """`POST /refunds/{id}/cancel`: cancel refund, from PENDING_APPROVAL or REFUND_REQUESTED. Cannot be undone."""
        await self._done("POST", f"/refunds/{plain(refund_id)}/cancel")

    async def cancel_approval(self, refund_id: str) -> None:
        """`POST /refunds/{id}/cancelapproval`: undo approve refund."""
        await self._done("POST", f"/refunds/{plain(refund_id)}/cancelapproval")
