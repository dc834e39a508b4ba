"""What a call puts on the wire and into the log, and what is kept from one call to the next."""

import asyncio
import gzip
import json
import logging
import traceback

import aiohttp
import httpx
import pytest

from ingenico import client as client_module
from ingenico import transport
from ingenico.accounts import AccountCredentials
from ingenico.api.merchant import Merchant
from ingenico.client import Call, ConnectClient
from ingenico.errors import Answer
from ingenico.transport import open_http
from payments.provider import OutcomeUnknown, Unavailable

CARD, IBAN, NAME = "4567350000427977", "NL53INGB0000000036", "Wile E. Coyote"
BODY = json.dumps({"card": CARD, "iban": IBAN, "name": NAME}).encode()
TOKEN = "tok-secret"
CREATE = Call(method="POST", path="/payments", body=BODY, idempotence_key="key-of-the-attempt")


async def answered_by(handler, account, call):
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        return await ConnectClient(http).send(account, call)


def headers_of(head):
    lines = head.decode().strip().split("\r\n")[1:]
    return [tuple(line.split(": ", 1)) for line in lines]


async def test_debug_log_tells_the_call_and_nothing_secret(account, caplog):
    """Method, path, status, time and key; no body either way, no query's value, no signature, no secret, no token."""
    caplog.set_level(logging.DEBUG)
    sent = []

    def handler(request):
        sent.append(request)
        return httpx.Response(201, content=BODY)

    query = {"merchantReference": "coyote", "email": "wile@example.com"}
    await answered_by(handler, account(), CREATE)
    await answered_by(handler, account(), Call(method="GET", path="/payments", query=query))
    await answered_by(handler, account(), Call(method="DELETE", path="/tokens/secret-token"))
    lines = [record.getMessage() for record in caplog.records if record.name == "ingenico"]
    beginnings = [line.split(" in ")[0] for line in lines]
    assert beginnings == [
        "POST /v1/1234/payments: 201",
        "GET /v1/1234/payments?merchantReference=*&email=*: 201",
        "DELETE /v1/1234/tokens/*: 201",
    ]
    assert lines[0].endswith(" ms, key key-of-the-attempt")
    signatures = [request.headers["authorization"].rsplit(":", 1)[1] for request in sent]
    hidden = [CARD, IBAN, NAME, "coyote", "wile@example.com", "secret-for-tests", "secret-token", *signatures]
    assert not [secret for secret in hidden if secret in "\n".join(lines)]


async def test_debug_log_tells_failures_by_name_alone(account, caplog):
    """A failed call leaves a line too, and not the failure's message, which may quote anything."""
    caplog.set_level(logging.DEBUG, logger="ingenico")

    def broken(_):
        raise httpx.ReadError(CARD)

    with pytest.raises(OutcomeUnknown):
        await answered_by(broken, account(), CREATE)
    async with open_http() as http:
        with pytest.raises(Unavailable):
            await ConnectClient(http).send(account("http://127.0.0.1:1"), CREATE)
    lines = [record.getMessage() for record in caplog.records if record.name == "ingenico"]
    assert [line.split(" in ")[0] for line in lines] == [
        "POST /v1/1234/payments: OutcomeUnknown",
        "POST /v1/1234/payments: Unavailable",
    ]
    assert CARD not in caplog.text


async def test_debug_log_tells_a_cancelled_call(account, caplog):
    """A call that its caller gave up may have been sent: the log says that it was."""
    caplog.set_level(logging.DEBUG, logger="ingenico")
    asked = asyncio.Event()

    async def silent(_):
        asked.set()
        await asyncio.Event().wait()

    call = asyncio.create_task(answered_by(silent, account(), CREATE))
    await asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert "/payments: cancelled in" in caplog.text


async def test_log_that_is_off_costs_nothing(account, caplog, monkeypatch):
    """Above the debug level no line is even prepared."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(ConnectClient, "_logged", None)
    answer = await answered_by(lambda _: httpx.Response(200), account(), CREATE)
    assert answer.status == 200
    assert not [record for record in caplog.records if record.name == "ingenico"]


async def test_date_is_written_once_a_second(account, monkeypatch):
    """The header follows the clock, and not each call."""
    now = [1767268800.25]
    monkeypatch.setattr(client_module.time, "time", lambda: now[0])
    seen = []

    def handler(request):
        seen.append(request.headers["date"])
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        connect = ConnectClient(http)
        for moment in (1767268800.25, 1767268800.99, 1767268801.0, 1767268800.5):
            now[0] = moment
            await connect.send(account(), CREATE)
    first, second = "Thu, 01 Jan 2026 12:00:00 GMT", "Thu, 01 Jan 2026 12:00:01 GMT"
    assert seen == [first, first, second, first]


async def test_accounts_share_nothing(account):
    """One client speaks for several accounts: each its own key, its own host; a renewed key counts at once."""
    seen = []

    def handler(request):
        seen.append((request.url.host, request.headers["host"], request.headers["authorization"]))
        return httpx.Response(200)

    renewed = account().model_copy(update={"api_key_id": "key-2"})
    other = AccountCredentials(
        merchant_id="5678", api_key_id="key-3", secret_api_key="another", endpoint="http://other.test:8443"
    )
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        connect = ConnectClient(http)
        for each in (account(), renewed, other, account()):
            await connect.send(each, CREATE)
    assert [host for host, _, _ in seen] == ["connect.test", "connect.test", "other.test", "connect.test"]
    assert [host for _, host, _ in seen] == ["connect.test", "connect.test", "other.test:8443", "connect.test"]
    assert [key.split(":")[1] for _, _, key in seen] == ["key-1", "key-2", "key-3", "key-1"]
    assert len({key for _, _, key in seen}) == 3


async def test_each_header_travels_once(misbehaving, asked, payment_json):
    """Neither of the two libraries underneath adds a second one of what is already there."""

    async def answer_anything(connection):
        while True:
            await connection.request()
            await connection.answer({"payment": payment_json(), "result": "OK"})

    async with misbehaving(answer_anything) as (provider, server):
        await provider.test_connection("main")
        await provider.authorize(asked())
        await provider.void("main", "1")
    lengths = []
    for head, body in server.requests:
        names = [name.lower() for name, _ in headers_of(head)]
        assert sorted(names) == sorted(set(names))
        lengths.append((dict(headers_of(head)).get("Content-Length"), len(body)))
    assert lengths == [(None, 0), (str(lengths[1][1]), lengths[1][1]), ("0", 0)]


async def test_compressed_answer_is_read(misbehaving):
    """We say that we understand gzip, so a list of payments may come as such."""

    async def compressed(connection):
        await connection.request()
        content = gzip.compress(b'{"result": "OK"}')
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(content)}\r\n\r\n"
        await connection.send(head.encode() + content)

    async with misbehaving(compressed) as (provider, _):
        await provider.test_connection("main")


async def test_no_redirect_is_followed_over_any_client(account):
    """Whatever the client that was given would do, a redirect is an answer."""
    asked = []

    def moved(request):
        asked.append(request.url.path)
        return httpx.Response(307, headers={"Location": "https://elsewhere.test/"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(moved), follow_redirects=True) as http:
        answer = await ConnectClient(http).send(account(), CREATE)
    assert answer.status == 307
    assert asked == ["/v1/1234/payments"]


@pytest.mark.parametrize("key", ["a\r\nX-Injected: 1", "clé", "", " ", " a", "a\tb"])
async def test_key_that_is_no_header_is_not_sent(misbehaving, key):
    """What would end a header early, is no ASCII, or would be no key at all stays here; still not called unsent."""

    async def answer_anything(connection):
        await connection.request()
        await connection.answer({})

    async with misbehaving(answer_anything) as (provider, server):
        with pytest.raises(OutcomeUnknown):
            await provider._client.send(
                provider._accounts.of("main"), Call(method="POST", path="/payments", body=b"{}", idempotence_key=key)
            )
    assert not server.requests


async def test_closed_client_sends_nothing(account):
    """After its end the client opens no new connections."""
    http = open_http()
    await http.aclose()
    with pytest.raises(OutcomeUnknown, match="closed"):
        await ConnectClient(http).send(account("http://127.0.0.1:1"), CREATE)
    assert not isinstance(http._straight.client, aiohttp.ClientSession)


async def test_two_hundred_calls_have_a_connection_each(misbehaving, account):
    """A slow provider makes nobody wait for a connection, so nobody is told that it is not there."""
    everybody = asyncio.Barrier(200)

    async def together(connection):
        await connection.request()
        await everybody.wait()
        await connection.answer({"result": "OK"})

    async with misbehaving(together, pool=10.0, connect=10.0, read=30.0, call_seconds=60.0) as (provider, server):
        await asyncio.gather(*(provider.test_connection("main") for _ in range(200)))
    assert server.connections == 200 <= transport.MAX_CONNECTIONS


async def test_limits_of_time_are_the_clients(account):
    """A request that is built without httpx's client carries the client's limits all the same."""
    seen = []
    limits = httpx.Timeout(connect=1, read=2, write=3, pool=4)

    def handler(request):
        seen.append(request.extensions["timeout"])
        return httpx.Response(200)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler), timeout=limits) as http:
        await ConnectClient(http).send(account(), CREATE)
    assert seen == [limits.as_dict()]


async def test_call_and_answer_print_no_content():
    """What is sent holds tokens in the open, and so may what is answered."""
    call = Call(method="POST", path="/payments", body=b"tok-secret", idempotence_key="k")
    answer = Answer(status=201, content=b"tok-secret")
    assert "tok-secret" not in repr(call) + repr(answer)


async def garbage(connection):
    await connection.request()
    await connection.send(b"HTTP/9 tok-answered\r\n\r\n")


async def reset(connection):
    await connection.request()
    connection.reset()


@pytest.mark.parametrize("behave", [garbage, reset])
async def test_failure_repeats_neither_answer_nor_address_of_a_token(misbehaving, behave):
    """Not in its message, and not in what stands behind it and would be printed or stored with it."""
    async with misbehaving(behave) as (provider, _):
        merchant = Merchant(provider._client, provider._accounts.of("main"))
        with pytest.raises(OutcomeUnknown) as raised:
            await merchant.tokens.delete(TOKEN)
    told = "".join(traceback.format_exception(raised.value))
    for quoted in (TOKEN, "tok-answered", "v1HMAC"):
        assert quoted not in told
