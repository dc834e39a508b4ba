"""The port `payments.provider.Provider`, implemented with Connect's v1 Server API for card payments."""

from ingenico import amounts, checkouts, requests
from ingenico.accounts import AccountCredentials, Accounts
from ingenico.api.base import PAGE
from ingenico.api.merchant import Merchant
from ingenico.capture_outcomes import provider_capture
from ingenico.client import ConnectClient
from ingenico.errors import DeclinedPayment
from ingenico.outcomes import provider_payment
from ingenico.refund_outcomes import provider_refund
from ingenico.wire.payments import CreatePaymentAnswer, PaymentAnswer
from payments.money import Money
from payments.provider import (
    AuthorizationRequest,
    CaptureRequest,
    CheckoutRequest,
    OpenedCheckout,
    OutcomeUnknown,
    ProviderCapture,
    ProviderCheckout,
    ProviderPayment,
    ProviderRefund,
    RefundRequest,
    Refused,
)


class IngenicoProvider:
    """Ingenico Connect as the engine's provider. The caller owns the HTTP client underneath and closes it."""

    def __init__(self, client: ConnectClient, accounts: Accounts) -> None:
        self._client = client
        self._accounts = accounts
        self._merchants: dict[AccountCredentials, Merchant] = {}

    def amount_as_sent(self, amount: Money) -> int:
        """Return `amount` with two implied decimals, whatever its currency: 12,680 JPY are 1268000."""
        return amounts.amount_as_sent(amount)

    async def authorize(self, request: AuthorizationRequest) -> ProviderPayment:
        """Create the payment: an authorization, or with a sale the capture as well. A decline is returned."""
        body = requests.create_payment(request)
        payments = self._of(request.account).payments
        payment = _created(await payments.create(body, idempotence_key=request.idempotence_key))
        if payment.reference not in {None, request.reference}:
            raise OutcomeUnknown(f"asked for {request.reference}, and the answer speaks of {payment.reference}")
        return payment

    async def open_checkout(self, request: CheckoutRequest) -> OpenedCheckout:
        """Create a hosted checkout. Its address is told by this answer alone."""
        answer = await self._of(request.account).hosted_checkouts.create(checkouts.create(request))
        if answer.merchant_reference not in {None, request.reference}:
            raise OutcomeUnknown(f"asked for {request.reference}, and the answer speaks of {answer.merchant_reference}")
        return checkouts.opened(answer, self._accounts.of(request.account).endpoint)

    async def read_checkout(self, account: str, checkout_id: str) -> ProviderCheckout:
        """Read a hosted checkout's status and its last payment."""
        try:
            answer = await self._of(account).hosted_checkouts.get(checkout_id)
        except Refused as refused:
            return checkouts.gone(checkout_id, refused)
        return checkouts.read(checkout_id, answer)

    async def close_checkout(self, account: str, checkout_id: str) -> None:
        """Delete a hosted checkout; one that is gone already is what was wanted."""
        try:
            await self._of(account).hosted_checkouts.delete(checkout_id)
        except Refused as refused:
            checkouts.gone(checkout_id, refused)

    async def read(self, account: str, provider_id: str) -> ProviderPayment:
        """Read one payment. Raises Refused when Connect knows none of this id."""
        payment = await self._of(account).payments.get(provider_id)
        return _of_id(provider_id, provider_payment(payment))

    async def find(self, account: str, reference: str) -> tuple[ProviderPayment, ...]:
        """Find all payments with exactly this merchant reference.

        Raises OutcomeUnknown when the pages hold fewer payments than Connect counts: absence would not be proven.
        """
        payments, seen = self._of(account).payments, dict[str, ProviderPayment]()
        while True:
            page = await payments.find(merchant_reference=reference, offset=len(seen))
            listed = page.payments or ()
            fresh = {payment.id: provider_payment(payment) for payment in listed if payment.id not in seen}
            seen |= fresh
            expected = page.total_count if page.total_count is not None else len(seen) + (len(listed) == PAGE)
            if len(seen) >= expected:
                return tuple(payment for payment in seen.values() if payment.reference == reference)
            if not fresh:
                raise OutcomeUnknown(f"Connect counts {expected} payments for {reference} and lists {len(seen)}")

    async def capture(self, account: str, provider_id: str, amount: Money) -> ProviderPayment:
        """Approve the payment for `amount`: its one capture, the rest of the hold lapses."""
        body = requests.approve_payment(amount)
        return _of_id(provider_id, _payment(await self._of(account).payments.approve(provider_id, body)))

    async def capture_part(self, request: CaptureRequest) -> ProviderCapture:
        """Make one of the captures of a payment in PENDING_CAPTURE, under a reference of its own."""
        payments = self._of(request.account).payments
        capture = provider_capture(await payments.capture(request.provider_id, requests.capture_payment(request)))
        if capture.reference not in {None, request.reference}:
            raise OutcomeUnknown(f"asked for {request.reference}, and the answer speaks of {capture.reference}")
        return capture

    async def captures(self, account: str, provider_id: str) -> tuple[ProviderCapture, ...]:
        """Read all captures of a payment."""
        answer = await self._of(account).payments.captures(provider_id)
        return tuple(provider_capture(capture) for capture in answer.captures or ())

    async def finalize(self, account: str, provider_id: str) -> ProviderPayment:
        """Say that no capture follows: the rest of the hold is let go of."""
        answer = await self._of(account).payments.finalize_capture(provider_id)
        return _of_id(provider_id, provider_payment(answer))

    async def void(self, account: str, provider_id: str) -> ProviderPayment:
        """Cancel the whole payment; `release` tells whether the issuer confirmed that the hold is gone."""
        return _of_id(provider_id, _payment(await self._of(account).payments.cancel(provider_id)))

    async def take_back(self, account: str, provider_id: str) -> ProviderPayment:
        """Take the capture out of its queue: the payment waits for its approval again."""
        return _of_id(provider_id, _payment(await self._of(account).payments.cancel_approval(provider_id)))

    async def accept(self, account: str, provider_id: str) -> ProviderPayment:
        """Let a payment under fraud review through; Connect calls it a challenged one."""
        return _of_id(provider_id, provider_payment(await self._of(account).payments.process_challenged(provider_id)))

    async def refund(self, request: RefundRequest) -> ProviderRefund:
        """Give `amount` back. A declined refund is returned; it exists at Connect and can be read."""
        merchant, body, key = self._of(request.account), requests.refund(request), request.idempotence_key
        if request.capture_id is None:
            answer = await merchant.payments.refund(request.provider_id, body, idempotence_key=key)
        else:
            answer = await merchant.captures.refund(request.capture_id, body, idempotence_key=key)
        refund = provider_refund(answer)
        if refund.reference not in {None, request.reference}:
            raise OutcomeUnknown(f"asked for {request.reference}, and the answer speaks of {refund.reference}")
        return refund

    async def refunds(self, account: str, provider_id: str) -> tuple[ProviderRefund, ...]:
        """Read all refunds of a payment."""
        answer = await self._of(account).payments.refunds(provider_id)
        return tuple(provider_refund(refund) for refund in answer.refunds or ())

    async def test_connection(self, account: str) -> None:
        """Return when Connect accepts the account's credentials."""
        answer = await self._of(account).services.test_connection()
        if answer.result != "OK":
            raise OutcomeUnknown(f"Connect's connection test says {answer.result!r}")

    def _of(self, account: str) -> Merchant:
        credentials = self._accounts.of(account)
        if credentials not in self._merchants:
            self._merchants[credentials] = Merchant(self._client, credentials)
        return self._merchants[credentials]


def _created(answer: CreatePaymentAnswer | DeclinedPayment) -> ProviderPayment:
    if isinstance(answer, DeclinedPayment):
        return provider_payment(answer.result.payment, errors=answer.errors)
    return provider_payment(answer.payment, action=answer.merchant_action)


def _payment(answer: PaymentAnswer) -> ProviderPayment:
    void = answer.card_payment_method_specific_output
    return provider_payment(answer.payment, void_response_id=void.void_response_id if void else None)


def _of_id(provider_id: str, payment: ProviderPayment) -> ProviderPayment:
    """An answer about another payment (two answers mixed up on one connection) is no answer."""
    if payment.provider_id != provider_id:
        raise OutcomeUnknown(f"asked about payment {provider_id}, and the answer speaks of {payment.provider_id}")
    return payment
