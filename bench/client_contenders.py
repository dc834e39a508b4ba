"""Whose calls are measured by `bench.client`: ours, the official SDK's, and httpx with nothing around it.

The first two do the same work for each call: build the body from typed objects, sign, send, parse the answer.
"""

import asyncio
import itertools
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AsyncExitStack
from typing import Protocol, Self

import httpx
from httpx_aiohttp import AiohttpTransport
from pydantic import SecretStr
from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.address import Address
from worldline.connect.sdk.v1.domain.amount_of_money import AmountOfMoney
from worldline.connect.sdk.v1.domain.card_payment_method_specific_input import CardPaymentMethodSpecificInput
from worldline.connect.sdk.v1.domain.contact_details import ContactDetails
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.customer import Customer
from worldline.connect.sdk.v1.domain.order import Order
from worldline.connect.sdk.v1.domain.order_references import OrderReferences
from worldline.connect.sdk.v1.domain.personal_information import PersonalInformation
from worldline.connect.sdk.v1.domain.personal_name import PersonalName

from ingenico.accounts import AccountCredentials
from ingenico.client import Call, ConnectClient
from ingenico.transport import open_http
from ingenico.wire import cards, customer, money, order, payments

MERCHANT = "1234"
KEY_ID = "5e45c937b9db33ae"
SECRET = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg="  # noqa: S105 (published with the SDKs' signature vectors)
TOKEN = "token-visa-approved"  # noqa: S105 (the simulator's)
PAYMENT_ID = "000000123410000595980000100001"

_numbers = itertools.count(1)


class Contender(Protocol):
    """A client that can be kept busy. Entered and left in the loop that plays it."""

    async def __aenter__(self) -> Self:
        """Open connections' pool."""
        ...

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        ...

    async def play(self, seconds: float) -> int:
        """Keep as many calls going as the contender was made for, and return how many ended."""
        ...


class _Asynchronous:
    """Calls kept going by tasks of one loop."""

    def __init__(self, endpoint: str, at_once: int) -> None:
        self._endpoint = endpoint
        self._at_once = at_once
        self._stack = AsyncExitStack()

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def play(self, seconds: float) -> int:
        """Let each task call again until the time is over."""
        until = time.perf_counter() + seconds

        async def caller() -> int:
            calls = 0
            while time.perf_counter() < until:
                await self.call()
                calls += 1
            return calls

        return sum(await asyncio.gather(*(caller() for _ in range(self._at_once))))

    async def call(self) -> None:
        """Create one payment."""
        raise NotImplementedError


class Ours(_Asynchronous):
    """ConnectClient over `open_http`, as the worker has it."""

    async def __aenter__(self) -> Self:
        self._client = ConnectClient(await self._stack.enter_async_context(open_http()))
        self._credentials = AccountCredentials(
            merchant_id=MERCHANT, api_key_id=KEY_ID, secret_api_key=SECRET, endpoint=self._endpoint
        )
        return self

    async def call(self) -> None:
        """Create one payment."""
        number = next(_numbers)
        body = _our_body(f"main-{number}-a01").as_json()
        call = Call(method="POST", path="/payments", body=body, idempotence_key=f"{number:040d}")
        answer = await self._client.call(self._credentials, call, payments.CreatePaymentAnswer)
        _check(answer.payment.id)


class Sdk:
    """`connect-sdk-python3` with as many connections as callers. It blocks, so that a caller is a thread."""

    def __init__(self, endpoint: str, at_once: int) -> None:
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once)
        configuration = CommunicatorConfiguration(
            api_endpoint=endpoint,
            api_key_id=KEY_ID,
            secret_api_key=SECRET,
            authorization_type="v1HMAC",
            connect_timeout=5,
            socket_timeout=15,
            max_connections=at_once,
            integrator="Payment Lifecycle",
        )
        self._client = Factory.create_client_from_configuration(configuration)
        self._payments = self._client.v1().merchant(MERCHANT).payments()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._threads.shutdown()
        self._client.close()

    async def play(self, seconds: float) -> int:
        """Let each thread call again until the time is over; nothing else runs in the process meanwhile."""
        until = time.perf_counter() + seconds
        callers = [self._threads.submit(self._caller, until) for _ in range(self._at_once)]
        wait(callers)
        return sum(caller.result() for caller in callers)

    def _caller(self, until: float) -> int:
        calls = 0
        while time.perf_counter() < until:
            number = next(_numbers)
            answer = self._payments.create(
                _sdk_body(f"main-{number}-a01"), CallContext(idempotence_key=f"{number:040d}")
            )
            _check(answer.payment.id)
            calls += 1
        return calls


class Bare(_Asynchronous):
    """httpx over aiohttp: fixed bytes with fixed headers, and the answer's bytes unread by any parser."""

    async def __aenter__(self) -> Self:
        transport = AiohttpTransport(limits=httpx.Limits(max_connections=self._at_once, keepalive_expiry=30))
        client = httpx.AsyncClient(transport=transport, timeout=15)
        self._http = await self._stack.enter_async_context(client)
        self._url = f"{self._endpoint}/v1/{MERCHANT}/payments"
        self._body = _our_body("main-1-a01").as_json()
        self._headers = {
            "Content-Type": "application/json",
            "Date": "Fri, 06 Jun 2014 13:39:43 GMT",
            "X-GCS-ServerMetaInfo": "c" * 240,
            "X-GCS-Idempotence-Key": "k" * 40,
            "Authorization": f"GCS v1HMAC:{KEY_ID}:VfnXpPBQQoHZivTcAg0JvOWkhnzlPnaCPKpTQn/uMJM=",
        }
        return self

    async def call(self) -> None:
        """Send and read the same bytes once more."""
        response = await self._http.post(self._url, content=self._body, headers=self._headers)
        if response.status_code != 201 or not response.content:
            raise RuntimeError(response)


def _check(payment_id: object) -> None:
    if payment_id != PAYMENT_ID:
        raise RuntimeError(f"the answer speaks of payment {payment_id}")


def _our_body(reference: str) -> payments.CreatePaymentRequest:
    return payments.CreatePaymentRequest(
        order=order.Order(
            amount_of_money=money.AmountOfMoney(amount=2345, currency_code="CAD"),
            customer=customer.Customer(
                merchant_customer_id="77",
                locale="en_CA",
                billing_address=customer.Address(
                    street="23400 Caldwell Road", zip="K1A 0B1", city="Ottawa", country_code="CA"
                ),
                contact_details=customer.ContactDetails(email_address="ruth.alder@example.org"),
                personal_information=customer.PersonalInformation(
                    name=customer.PersonalName(first_name="Ruth", surname="Alder")
                ),
            ),
            references=order.OrderReferences(merchant_reference=reference),
        ),
        card_payment_method_specific_input=cards.CardPaymentMethodSpecificInput(
            authorization_mode="PRE_AUTHORIZATION", requires_approval=True, token=SecretStr(TOKEN)
        ),
    )


def _sdk_body(reference: str) -> CreatePaymentRequest:
    """Return the same body in the SDK's classes."""
    address = Address()
    address.street, address.zip, address.city, address.country_code = "23400 Caldwell Road", "K1A 0B1", "Ottawa", "CA"
    contact = ContactDetails()
    contact.email_address = "ruth.alder@example.org"
    name = PersonalName()
    name.first_name, name.surname = "Ruth", "Alder"
    person = PersonalInformation()
    person.name = name
    payer = Customer()
    payer.merchant_customer_id, payer.locale = "77", "en_CA"
    payer.billing_address, payer.contact_details = address, contact
    payer.personal_information = person
    amount = AmountOfMoney()
    amount.amount, amount.currency_code = 2345, "CAD"
    references = OrderReferences()
    references.merchant_reference = reference
    asked = Order()
    asked.amount_of_money, asked.customer, asked.references = amount, payer, references
    card = CardPaymentMethodSpecificInput()
    card.authorization_mode, card.requires_approval, card.token = "PRE_AUTHORIZATION", True, TOKEN
    request = CreatePaymentRequest()
    request.order, request.card_payment_method_specific_input = asked, card
    return request
