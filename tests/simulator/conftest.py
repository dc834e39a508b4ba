"""A simulator on a loopback port, and a merchant who signs with the official SDK's own authenticator."""

import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlparse

import httpx
import pytest
from worldline.connect.sdk.authentication.v1hmac_authenticator import V1HMACAuthenticator
from worldline.connect.sdk.communication.request_header import RequestHeader
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration

from simulator.__main__ import listen, server
from simulator.settings import Settings

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
NAMES = itertools.count(1)


class Merchant:
    """Speaks to one simulator: signed requests to Connect, plain ones to the control API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=10)
        configuration = CommunicatorConfiguration(
            api_endpoint=url,
            authorization_type="v1HMAC",
            authorization_id="simulator-key",
            authorization_secret="simulator-secret",
            integrator="tests",
            connect_timeout=5,
            socket_timeout=5,
            max_connections=10,
        )
        self.configuration = configuration
        self.authenticator = V1HMACAuthenticator("simulator-key", "simulator-secret")

    def headers(self, method, path, *, body=False, key=None, date=None, resource=None):
        """Signed headers; `resource` signs another form of the path than the one that is sent."""
        given = {"Date": date or formatdate(usegmt=True)}
        if body:
            given["Content-Type"] = "application/json"
        if key is not None:
            given["X-GCS-Idempotence-Key"] = key
        signed = [RequestHeader(name, value) for name, value in given.items()]
        uri = urlparse(self.url + (resource or path))
        return {**given, "Authorization": self.authenticator.get_authorization(method, uri, signed)}

    def send(self, method, path, content=None, *, key=None, date=None):
        """One signed request."""
        body = None if content is None else json.dumps(content).encode()
        headers = self.headers(method, path, body=body is not None, key=key, date=date)
        return self.http.request(method, path, content=body, headers=headers)

    def raw(self, method, path, content=None, *, key=None):
        """The same request as bytes for a socket."""
        body = b"" if content is None else json.dumps(content).encode()
        headers = self.headers(method, path, body=bool(body), key=key)
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    def read_raw(self, request, *, timeout=5):
        """Everything a socket receives until the end; the error instead when the connection is reset."""
        with socket.create_connection(("127.0.0.1", urlparse(self.url).port), timeout=timeout) as connection:
            connection.sendall(request)
            received = b""
            try:
                while piece := connection.recv(65536):
                    received += piece
            except ConnectionResetError as error:
                return error
            return received

    def create(self, content=None, *, key=None, **changes):
        """A card payment; `changes` go to `order_body`."""
        return self.send("POST", "/v1/1234/payments", content or order_body(**changes), key=key)

    def created(self, **changes):
        """The id of a payment that was accepted."""
        answered = self.create(**changes)
        assert answered.status_code == 201, answered.text
        return answered.json()["payment"]["id"]

    def get(self, payment_id, query=""):
        return self.send("GET", f"/v1/1234/payments/{payment_id}{query}")

    def approve(self, payment_id, content=None, **options):
        return self.send("POST", f"/v1/1234/payments/{payment_id}/approve", content, **options)

    def cancel(self, payment_id, **options):
        return self.send("POST", f"/v1/1234/payments/{payment_id}/cancel", **options)

    def status(self, payment_id):
        return self.get(payment_id).json()["status"]

    def advance(self, seconds):
        answered = self.http.post("/simulator/clock/advance", json={"seconds": seconds})
        assert answered.status_code == 200, answered.text

    def fault(self, fault, **settings):
        answered = self.http.post("/simulator/faults", json={"fault": fault, **settings})
        assert answered.status_code == 201, answered.text

    def books(self, prefix=""):
        query = {"merchant_reference_prefix": prefix} if prefix else {}
        return self.http.get("/simulator/books", params=query).json()["payments"]

    def requests(self, **query):
        return self.http.get("/simulator/requests", params=query).json()["requests"]


def order_body(*, amount=12680, currency="EUR", reference=None, token="token-visa-approved", **card_input):
    """The body of create payment as the engine sends it."""
    return {
        "order": {
            "amountOfMoney": {"amount": amount, "currencyCode": currency},
            "customer": {"billingAddress": {"countryCode": "NL"}},
            "references": {"merchantReference": reference or f"test-{next(NAMES)}", "merchantOrderId": 7},
        },
        "cardPaymentMethodSpecificInput": {
            "token": token,
            "authorizationMode": "PRE_AUTHORIZATION",
            "requiresApproval": True,
            **card_input,
        },
    }


@contextmanager
def running(**settings) -> Iterator[Merchant]:
    """A simulator in a thread of this process."""
    listener = listen("127.0.0.1", 0)
    serving = server(Settings(**settings))
    thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, daemon=True)
    merchant = Merchant(f"http://127.0.0.1:{listener.getsockname()[1]}")
    thread.start()
    try:
        yield merchant
    finally:
        merchant.http.close()
        serving.should_exit = True
        thread.join(timeout=10)
        listener.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Merchant]:
    # Delays that no slow machine reaches by itself: tests move the clock.
    with running(capture_delay_seconds=60, collect_delay_seconds=60) as merchant:
        yield merchant


@pytest.fixture
def merchant(shared: Merchant) -> Iterator[Merchant]:
    """The shared simulator; no fault of an earlier test waits in it."""
    shared.http.delete("/simulator/faults")
    yield shared
    shared.http.delete("/simulator/faults")


@pytest.fixture
def start() -> Iterator[Callable[..., Merchant]]:
    """Starts a simulator with settings of its own, stopped at the end of the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(**settings))


@pytest.fixture
def body() -> Callable[..., dict]:
    return order_body


@pytest.fixture
def recorded() -> Callable[[str], dict]:
    """A recorded answer of the real platform, by name."""
    return lambda name: json.loads((DATA / f"{name}.json").read_text())


@pytest.fixture
def webhook_sample() -> Callable[[str], bytes]:
    return lambda name: (DATA / name).read_bytes()


class Process:
    """A simulator in a process of its own, to be killed."""

    def __init__(self, books: Path, *options: str) -> None:
        command = [sys.executable, "-m", "simulator", "--port", "0", "--data", str(books), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.line = self.process.stdout.readline()
        self.merchant = Merchant(self.line.split()[4].rstrip(","))

    def wait_until_up(self) -> Merchant:
        """The port listens before the line is printed, so the first request only has to wait."""
        assert self.merchant.http.get("/simulator/health").json() == {"status": "ok"}
        return self.merchant

    def end(self, how: int = signal.SIGKILL) -> int:
        self.merchant.http.close()
        self.process.send_signal(how)
        code = self.process.wait(timeout=10)
        self.process.stdout.close()
        return code


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts simulator processes on the same books, one after the other."""
    started: list[Process] = []

    def begin(*options: str) -> Process:
        started.append(Process(tmp_path / "books.sqlite", *options))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.end()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], object]:
    """Waits until something is true, five seconds at most."""

    def wait(condition: Callable[[], object]) -> object:
        deadline = time.monotonic() + 5
        while not (found := condition()):
            assert time.monotonic() < deadline, "did not happen within five seconds"
            time.sleep(0.02)
        return found

    return wait
