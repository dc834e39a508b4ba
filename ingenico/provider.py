"""The port `payments.provider.Provider`, implemented with Connect's v1 Server API for card payments."""

import re

from ingenico import amounts, requests, wire_payments
from ingenico.accounts import Accounts
from ingenico.client import Call, ConnectClient
from ingenico.errors import declined, success
from ingenico.outcomes import provider_payment
from payments.money import Money
from payments.provider import AuthorizationRequest, OutcomeUnknown, ProviderPayment, Refused

# The most that Connect lists at once (`find_payments_params.py` of the official Python SDK).
PAGE = 100

# RFC 3986's unreserved characters. The signature covers path and query as sent, the SDKs disagree on escapes, and a
# segment of dots would be resolved away on the road.
_UNESCAPED = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]+")


class IngenicoProvider:
    """Ingenico Connect as the engine's provider. The caller owns the HTTP client underneath and closes it."""

    def __init__(self, client: ConnectClient, accounts: Accounts) -> None:
        self._client = client
        self._accounts = accounts

    def amount_as_sent(self, amount: Money) -> int:
        """Return `amount` with two implied decimals, whatever its currency: 12,680 JPY are 1268000."""
        return amounts.amount_as_sent(amount)

    async def authorize(self, request: AuthorizationRequest) -> ProviderPayment:
        """Create the payment: an authorization, or with a sale the capture as well. A decline is returned."""
        body = requests.create_payment(request).as_json()
        call = Call(method="POST", path="/payments", body=body, idempotence_key=request.idempotence_key)
        answer = await self._client.send(self._accounts.of(request.account), call)
        payment = declined(answer)
        if payment is None:
            payment = _payment(success(answer, wire_payments.PaymentAnswer, with_key=True))
        if payment.reference not in {None, request.reference}:
            raise OutcomeUnknown(f"asked for {request.reference}, and the answer speaks of {payment.reference}")
        return payment

    async def read(self, account: str, provider_id: str) -> ProviderPayment:
        """Read one payment. Raises Refused when Connect knows none of this id."""
        call = Call(method="GET", path=f"/payments/{_plain(provider_id)}")
        payment = await self._client.call(self._accounts.of(account), call, wire_payments.Payment)
        return _of_id(provider_id, provider_payment(payment))

    async def find(self, account: str, reference: str) -> tuple[ProviderPayment, ...]:
        """Find all payments with exactly this merchant reference.

        Raises OutcomeUnknown when the pages hold fewer payments than Connect counts: absence would not be proven.
        """
        seen: dict[str, ProviderPayment] = {}
        while True:
            page = await self._page(account, reference, offset=len(seen))
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
        body = requests.approve_payment(amount).as_json()
        call = Call(method="POST", path=f"/payments/{_plain(provider_id)}/approve", body=body)
        answer = await self._client.call(self._accounts.of(account), call, wire_payments.PaymentAnswer)
        return _of_id(provider_id, _payment(answer))

    async def void(self, account: str, provider_id: str) -> ProviderPayment:
        """Cancel the whole payment; `release` tells whether the issuer confirmed that the hold is gone."""
        call = Call(method="POST", path=f"/payments/{_plain(provider_id)}/cancel")
        answer = await self._client.call(self._accounts.of(account), call, wire_payments.PaymentAnswer)
        return _of_id(provider_id, _payment(answer))

    async def test_connection(self, account: str) -> None:
        """Return when Connect accepts the account's credentials."""
        call = Call(method="GET", path="/services/testconnection")
        answer = await self._client.call(self._accounts.of(account), call, wire_payments.ConnectionAnswer)
        if answer.result != "OK":
            raise OutcomeUnknown(f"Connect's connection test says {answer.result!r}")

    async def _page(self, account: str, reference: str, offset: int) -> wire_payments.FindPaymentsAnswer:
        query = {"merchantReference": _plain(reference), "offset": str(offset), "limit": str(PAGE)}
        call = Call(method="GET", path="/payments", query=query)
        return await self._client.call(self._accounts.of(account), call, wire_payments.FindPaymentsAnswer)


def _payment(answer: wire_payments.PaymentAnswer) -> ProviderPayment:
    void = answer.card_payment_method_specific_output
    return provider_payment(answer.payment, void_response_id=void.void_response_id if void else None)


def _of_id(provider_id: str, payment: ProviderPayment) -> ProviderPayment:
    """An answer about another payment (two answers mixed up on one connection) is no answer."""
    if payment.provider_id != provider_id:
        raise OutcomeUnknown(f"asked about payment {provider_id}, and the answer speaks of {payment.provider_id}")
    return payment


def _plain(value: str) -> str:
    """Raises Refused for what cannot be put into a signed address; none of our own names needs an escape."""
    if not _UNESCAPED.fullmatch(value):
        raise Refused("not_addressable", f"{value!r} is no id or reference of ours: letters, digits and . _ ~ - only")
    return value
