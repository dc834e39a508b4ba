"""What each exception class proves, and what the one HTTP client leaves out."""

import inspect
import ssl
from types import SimpleNamespace

import aiohttp
import httpx
import pytest
from aiohttp.client import IDEMPOTENT_METHODS

from ingenico import transport
from payments.money import Money
from payments.provider import Misconfigured, OutcomeUnknown, Refused, Unavailable


def exceptions_of(module):
    classes = [kind for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Exception)]
    return sorted(classes, key=lambda kind: kind.__name__)


def made(kind):
    """An instance without its constructor, which differs for each."""
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", exceptions_of(httpx), ids=lambda kind: kind.__name__)
def test_no_httpx_exception_by_itself_proves_that_nothing_was_sent(kind):
    """Every exception class of httpx, connect errors included, is unknown without aiohttp's word for it."""
    assert isinstance(transport.classify(kind.__new__(kind, "told")), OutcomeUnknown)


@pytest.mark.parametrize("kind", exceptions_of(aiohttp), ids=lambda kind: kind.__name__)
def test_aiohttp_exceptions_that_prove_nothing_was_sent(kind):
    """Of aiohttp's exception classes only those of the connecting prove it, beneath an httpx error or bare."""
    before = {
        "ClientConnectorError",
        "ClientConnectorDNSError",
        "ClientConnectorSSLError",
        "ClientConnectorCertificateError",
        "ClientProxyConnectionError",
        "ClientSSLError",
        "ConnectionTimeoutError",
        "UnixClientConnectorError",
    }
    beneath = OSError.__new__(kind) if issubclass(kind, OSError) else made(kind)
    error = httpx.ConnectTimeout("told")
    error.__cause__ = Printable.of(beneath)
    expected = Unavailable if kind.__name__ in before else OutcomeUnknown
    assert type(transport.classify(error)) is expected


class Printable:
    """Some of aiohttp's errors cannot be printed before their constructor ran."""

    @staticmethod
    def of(error):
        try:
            str(error)
        except (AttributeError, IndexError):
            kind = type(error)
            printable = type(kind.__name__, (kind,), {"__str__": lambda _: "told"})
            return printable.__new__(printable)
        return error


def test_post_is_never_repeated_by_the_transport():
    """The transport repeats some methods on a kept connection; the proof of *nothing sent* needs POST not to be one."""
    assert "POST" not in IDEMPOTENT_METHODS


@pytest.mark.parametrize(
    "error", [Refused("1", "wrong"), Unavailable("no"), OutcomeUnknown("?"), Misconfigured("no")], ids=repr
)
def test_errors_of_the_port_stay_what_they_are(error):
    """Classifying twice changes nothing."""
    assert transport.classify(error) is error


def test_reset_while_connecting_is_unavailable():
    """A reset inside the handshake is a connector error, whatever its number."""
    error = aiohttp.ClientConnectorError(SimpleNamespace(host="h", port=1, ssl=None), ConnectionResetError("reset"))
    assert isinstance(transport.classify(error), Unavailable)


async def test_client_ignores_the_environment(monkeypatch, misbehaving):
    """No proxy of the environment sees the payments, and no cookie comes back."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def with_cookie(connection):
        while True:
            await connection.request()
            body = b'{"result": "OK"}'
            await connection.send(
                b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    async with misbehaving(with_cookie) as (provider, server):
        await provider.test_connection("main")
        await provider.test_connection("main")
    assert b"cookie" not in server.requests[1][0].lower()
    assert server.connections == 1


async def test_limits_reach_the_transport():
    """Each of httpx's limits bounds what it is named for; aiohttp's `connect` spans the pool's wait and connecting."""
    async with transport.open_http() as http:
        limits = http._straight._timeout(http.timeout.as_dict())
    assert limits.total is None
    assert limits.connect == transport.POOL_SECONDS
    assert limits.sock_connect == transport.CONNECT_SECONDS
    assert limits.sock_read == transport.READ_SECONDS


async def test_connector_verifies_and_is_limited():
    """The session that is opened for calls has the pool's limit and a context that verifies names and certificates."""
    async with transport.open_http() as http, http._straight.get_client() as session:
        connector = session.connector
        assert connector.limit == transport.MAX_CONNECTIONS
        assert connector._ssl.verify_mode is ssl.CERT_REQUIRED
        assert connector._ssl.check_hostname


async def test_yen_are_sent_in_hundredths(misbehaving, payment_json):
    """What travels is a JSON number with two implied decimals."""

    async def approve(connection):
        await connection.request()
        await connection.answer({"payment": payment_json("CAPTURE_REQUESTED", amount=1268000, currency="JPY")})

    async with misbehaving(approve) as (provider, server):
        await provider.capture("main", "1", Money(amount_minor=12680, currency="JPY"))
    assert server.requests[0][1] == b'{"amount":1268000}'
