"""A provider over answers made up in the test, and one over a socket that misbehaves on order."""

import asyncio
import json
import socket
import struct
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from ingenico.accounts import AccountCredentials, Accounts
from ingenico.api.merchant import Merchant
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from ingenico.transport import open_http
from payments.methods import PaymentAction, PaymentInstruction
from payments.money import Money
from payments.order import Address, Customer, Order
from payments.provider import AuthorizationRequest

DATA = Path(__file__).parent / "data"


def credentials(endpoint="http://connect.test"):
    return AccountCredentials(
        merchant_id="1234", api_key_id="key-1", secret_api_key="secret-for-tests", endpoint=endpoint
    )


@pytest.fixture
def account():
    return credentials


@pytest.fixture
def recorded():
    """A recorded answer as bytes, by its file's name."""
    return lambda name: (DATA / "responses" / name).read_bytes()


@pytest.fixture
def asked():
    """An authorization request of 239.79 dollars; keywords replace parts of it."""

    def build(
        *,
        amount=None,
        action=PaymentAction.PRE_AUTHORIZATION,
        reference="main-FR1012401-a01",
        customer=None,
        billing=None,
        instruction=None,
        **order,
    ):
        amount = amount or Money(amount_minor=23979, currency="USD")
        return AuthorizationRequest(
            account="main",
            idempotence_key="k" * 40,
            reference=reference,
            amount=amount,
            order=Order(
                order_id="FR1012401",
                total=amount,
                customer=Customer(**{"customer_id": "11", "email": "amanda@example.com", **(customer or {})}),
                billing_address=Address(**{"country_code": "US", "street": "Main Street 1", **(billing or {})}),
                **order,
            ),
            instruction=PaymentInstruction(token="token-1", action=action, **(instruction or {})),
        )

    return build


@pytest.fixture
def payment_json():
    """A payment as Connect shows it."""

    def build(
        status="PENDING_APPROVAL",
        *,
        amount=23979,
        currency="USD",
        authorized=True,
        reference=None,
        provider_id="1",
        **output,
    ):
        references = {"paymentReference": "0"} | ({"merchantReference": reference} if reference else {})
        return {
            "id": provider_id,
            "status": status,
            "paymentOutput": {
                "amountOfMoney": {"amount": amount, "currencyCode": currency},
                "references": references,
                **output,
            },
            "statusOutput": {"isAuthorized": authorized, "statusCodeChangeDateTime": "20260101120000"},
        }

    return build


@pytest.fixture
async def answered():
    """Build a provider whose every call is answered by `handler(request)`, or always by one answer."""
    clients = []

    def build(handler=None, *, status=200, body=None, content=None, headers=None):
        content = json.dumps(body).encode() if content is None else content

        def once(request):
            return httpx.Response(status, content=content, headers=headers)

        client = httpx.AsyncClient(transport=httpx.MockTransport(handler or once))
        clients.append(client)
        return IngenicoProvider(ConnectClient(client), Accounts({"main": credentials()}))

    yield build
    for client in clients:
        await client.aclose()


@pytest.fixture
async def merchant(account):
    """Build a Merchant whose every request is kept and answered alike."""
    clients = []

    def build(*, status=200, body=None, seen=None, headers=None):
        def handle(request):
            if seen is not None:
                seen.append(request)
            content = b"" if body is None else json.dumps(body).encode()
            return httpx.Response(status, content=content, headers=headers)

        clients.append(httpx.AsyncClient(transport=httpx.MockTransport(handle)))
        return Merchant(ConnectClient(clients[-1]), account())

    yield build
    for client in clients:
        await client.aclose()


class Server:
    """A socket whose connections run `behave(connection)`; it counts what it was asked."""

    def __init__(self, behave):
        self.behave = behave
        self.requests = []
        self.asked = asyncio.Event()
        self.connections = 0
        self.tasks = []

    async def serve(self, reader, writer):
        self.connections += 1
        self.tasks.append(asyncio.current_task())
        try:
            await self.behave(Connection(self, reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Connection:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer

    async def head(self):
        """Read a request up to its body."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self):
        """Read one request whole and count it."""
        head = await self.head()
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = await self.reader.readexactly(length)
        self.server.requests.append((head, body))
        self.server.asked.set()
        return head, body

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body, status="200 OK"):
        content = json.dumps(body).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        await self.send(head.encode() + content)

    def reset(self):
        """End the connection by RST instead of FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@pytest.fixture
def misbehaving():
    """A context manager of provider and server, over a real socket and the real transport."""

    @asynccontextmanager
    async def opened(behave, *, call_seconds=2.0, scheme="http", **timeouts):
        server = Server(behave)
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=1024)
        server.listening = listening
        port = listening.sockets[0].getsockname()[1]
        limits = {"connect": 0.3, "read": 1.0, "write": 1.0, "pool": 0.5, **timeouts}
        http = open_http(httpx.Timeout(**limits))
        accounts = Accounts({"main": credentials(f"{scheme}://127.0.0.1:{port}")})
        try:
            yield IngenicoProvider(ConnectClient(http, call_seconds=call_seconds), accounts), server
        finally:
            await http.aclose()
            listening.close()
            for task in server.tasks:
                task.cancel()
            await asyncio.gather(*server.tasks, return_exceptions=True)
            await listening.wait_closed()

    return opened
