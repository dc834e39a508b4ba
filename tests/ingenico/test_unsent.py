"""Calls that provably sent nothing, over real sockets: these alone may be repeated without asking."""

import asyncio
import json
import random
import socket

import aiohttp
import httpx
import pytest

from ingenico import transport
from ingenico.accounts import Accounts
from ingenico.client import ConnectClient
from ingenico.provider import IngenicoProvider
from payments.provider import OutcomeUnknown, ProviderError, Unavailable


def provider_at(account, port, http, call_seconds=2.0):
    accounts = Accounts({"main": account(f"http://127.0.0.1:{port}")})
    return IngenicoProvider(ConnectClient(http, call_seconds=call_seconds), accounts)


async def accept_nothing(connection):
    await asyncio.Event().wait()


async def test_refused_connection_is_unavailable(account, asked):
    """Nobody listens, so nothing was sent."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    async with transport.open_http() as http:
        with pytest.raises(Unavailable):
            await provider_at(account, port, http).authorize(asked())


async def test_connect_timeout_is_unavailable(account, asked):
    """A full backlog leaves the handshake unanswered, so nothing was sent."""
    fillers = []
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        try:
            for _ in range(4):
                filler = socket.socket()
                filler.settimeout(0)
                filler.connect_ex(("127.0.0.1", port))
                fillers.append(filler)
            await asyncio.sleep(0.05)
            timeout = httpx.Timeout(connect=0.2, read=1, write=1, pool=0.4)
            async with transport.open_http(timeout) as http:
                with pytest.raises(Unavailable) as raised:
                    await provider_at(account, port, http).authorize(asked())
        finally:
            for filler in fillers:
                filler.close()
    assert isinstance(raised.value.__cause__.__cause__, aiohttp.ConnectionTimeoutError)


async def test_silent_tls_handshake_is_unavailable(misbehaving, asked):
    """Before TLS stands no byte of the request travels."""
    async with misbehaving(accept_nothing, scheme="https") as (provider, server):
        with pytest.raises(Unavailable):
            await provider.authorize(asked())
    assert server.connections == 1


async def test_failed_tls_handshake_is_unavailable(misbehaving, asked):
    """An answer that is no TLS ends the handshake before the request."""

    async def speak_plainly(connection):
        await connection.reader.read(100)
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with misbehaving(speak_plainly, scheme="https") as (provider, _):
        with pytest.raises(Unavailable):
            await provider.authorize(asked())


async def test_no_free_connection_is_unavailable(misbehaving, asked, monkeypatch):
    """A call that waited in vain for its turn has sent nothing."""
    monkeypatch.setattr(transport, "MAX_CONNECTIONS", 1)

    async def read_and_wait(connection):
        await connection.request()
        await asyncio.Event().wait()

    async with misbehaving(read_and_wait, pool=0.2, read=2.0) as (provider, server):
        first = asyncio.create_task(provider.authorize(asked()))
        await server.asked.wait()
        with pytest.raises(Unavailable):
            await provider.authorize(asked())
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert len(server.requests) == 1


async def test_unavailable_was_never_received(misbehaving, asked, payment_json, monkeypatch):
    """Among hundreds of calls over few, often broken connections, none called unsent was read by the server."""
    monkeypatch.setattr(transport, "MAX_CONNECTIONS", 3)
    chance = random.Random(20261124)
    received, outcomes = set(), {}

    async def unreliable(connection):
        while True:
            _, body = await connection.request()
            received.add(json.loads(body)["order"]["references"]["merchantReference"])
            await asyncio.sleep(chance.random() * 0.01)
            if chance.random() < 0.2:
                connection.reset()
                return
            await connection.answer({"payment": payment_json()})
            if chance.random() < 0.3:
                return

    async def caller(provider, caller_number):
        for number in range(12):
            reference = f"main-{caller_number}.{number}-a01"
            try:
                await provider.authorize(asked(reference=reference))
            except ProviderError as error:
                outcomes[reference] = type(error)

    # Half a second of work for the server in all, asked by forty who wait a twentieth for their turn.
    async with misbehaving(unreliable, pool=0.05) as (provider, _):
        await asyncio.gather(*(caller(provider, number) for number in range(40)))
    unsent = {reference for reference, kind in outcomes.items() if kind is Unavailable}
    assert not unsent & received
    assert set(outcomes.values()) == {Unavailable, OutcomeUnknown}
