"""Payments (`payments_client.py` of the official Python SDK 6.3.0)."""

from ingenico.api.base import Resource, plain, search
from ingenico.api.refunding import refund_or_decline
from ingenico.errors import DeclinedPayment, DeclinedRefund, declined_payment, success
from ingenico.wire.captures import Capture, CapturePaymentRequest, CapturesAnswer
from ingenico.wire.disputes import CreateDisputeRequest, Dispute, DisputesAnswer
from ingenico.wire.payments import (
    ApprovePaymentRequest,
    CompletePaymentRequest,
    CreatePaymentAnswer,
    CreatePaymentRequest,
    FindPaymentsAnswer,
    Payment,
    PaymentAnswer,
    ThirdPartyStatusAnswer,
)
from ingenico.wire.refunds import Refund, RefundRequest, RefundsAnswer
from ingenico.wire.tokens import CreateTokenAnswer, TokenizePaymentRequest


class PaymentsApi(Resource):
    """`/payments`."""

    async def create(
        self, body: CreatePaymentRequest, *, idempotence_key: str
    ) -> CreatePaymentAnswer | DeclinedPayment:
        """`POST /payments`: create payment. The same key repeats the first answer for 24 hours."""
        answer = await self._send("POST", "/payments", body, key=idempotence_key)
        return declined_payment(answer) or success(answer, CreatePaymentAnswer, with_key=True)

    async def get(self, payment_id: str, *, return_operations: bool = False) -> Payment:
        """`GET /payments/{id}`: get payment, with its captures and refunds if asked for."""
        query = {"returnOperations": "true"} if return_operations else {}
        return await self._get(f"/payments/{plain(payment_id)}", Payment, query)

    async def find(
        self,
        *,
        merchant_reference: str | None = None,
        merchant_order_id: int | None = None,
        hosted_checkout_id: str | None = None,
        offset: int = 0,
    ) -> FindPaymentsAnswer:
        """`GET /payments`: find payments, one page of at most a hundred from `offset`."""
        query = search(
            merchant_reference=merchant_reference,
            merchant_order_id=merchant_order_id,
            hosted_checkout_id=hosted_checkout_id,
            offset=offset,
        )
        return await self._get("/payments", FindPaymentsAnswer, query)

    async def approve(self, payment_id: str, body: ApprovePaymentRequest) -> PaymentAnswer:
        """`POST /payments/{id}/approve`: the one capture of a payment in PENDING_APPROVAL; the rest lapses."""
        return await self._post(f"/payments/{plain(payment_id)}/approve", body, PaymentAnswer)

    async def capture(self, payment_id: str, body: CapturePaymentRequest) -> Capture:
        """`POST /payments/{id}/capture`: one of the captures of a payment in PENDING_CAPTURE."""
        return await self._post(f"/payments/{plain(payment_id)}/capture", body, Capture)

    async def captures(self, payment_id: str) -> CapturesAnswer:
        """`GET /payments/{id}/captures`: get captures of payment."""
        return await self._get(f"/payments/{plain(payment_id)}/captures", CapturesAnswer)

    async def finalize_capture(self, payment_id: str) -> Payment:
        """`POST /payments/{id}/finalizecapture`: no further capture will follow."""
        return await self._post(f"/payments/{plain(payment_id)}/finalizecapture", None, Payment)

    async def cancel(self, payment_id: str) -> PaymentAnswer:
        """`POST /payments/{id}/cancel`: nothing more can be done with the payment, and its hold is let go if possible.

        The reference says "will also try to reverse an authorization on a card"; whether the issuer did is in this
        answer alone.
        """
        return await self._post(f"/payments/{plain(payment_id)}/cancel", None, PaymentAnswer)

    async def cancel_approval(self, payment_id: str) -> PaymentAnswer:
        """`POST /payments/{id}/cancelapproval`: undo capture payment, while it is still in the capture queue."""
        return await self._post(f"/payments/{plain(payment_id)}/cancelapproval", None, PaymentAnswer)

    async def refund(self, payment_id: str, body: RefundRequest, *, idempotence_key: str) -> Refund | DeclinedRefund:
        """`POST /payments/{id}/refund`: create refund. The same key repeats the first answer for 24 hours."""
        path = f"/payments/{plain(payment_id)}/refund"
        return refund_or_decline(await self._send("POST", path, body, key=idempotence_key))

    async def refunds(self, payment_id: str) -> RefundsAnswer:
        """`GET /payments/{id}/refunds`: get refunds of payment."""
        return await self._get(f"/payments/{plain(payment_id)}/refunds", RefundsAnswer)

    async def process_challenged(self, payment_id: str) -> Payment:
        """`POST /payments/{id}/processchallenged`: approves challenged payment; `cancel` is how it is turned down."""
        return await self._post(f"/payments/{plain(payment_id)}/processchallenged", None, Payment)

    async def complete(self, payment_id: str, body: CompletePaymentRequest) -> CreatePaymentAnswer | DeclinedPayment:
        """`POST /payments/{id}/complete`: complete payment, from PENDING_COMPLETION."""
        answer = await self._send("POST", f"/payments/{plain(payment_id)}/complete", body)
        return declined_payment(answer) or success(answer, CreatePaymentAnswer)

    async def tokenize(self, payment_id: str, body: TokenizePaymentRequest) -> CreateTokenAnswer:
        """`POST /payments/{id}/tokenize`: create a token from payment, after it succeeded."""
        return await self._post(f"/payments/{plain(payment_id)}/tokenize", body, CreateTokenAnswer)

    async def third_party_status(self, payment_id: str) -> ThirdPartyStatusAnswer:
        """`GET /payments/{id}/thirdpartystatus`: third party status poll."""
        return await self._get(f"/payments/{plain(payment_id)}/thirdpartystatus", ThirdPartyStatusAnswer)

    async def dispute(self, payment_id: str, body: CreateDisputeRequest) -> Dispute:
        """`POST /payments/{id}/dispute`: create dispute."""
        return await self._post(f"/payments/{plain(payment_id)}/dispute", body, Dispute)

    async def disputes(self, payment_id: str) -> DisputesAnswer:
        """`GET /payments/{id}/disputes`: get disputes."""
        return await self._get(f"/payments/{plain(payment_id)}/disputes", DisputesAnswer)
