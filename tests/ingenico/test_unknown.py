"""Calls whose outcome is unknown, over real sockets: the transport's own exception classes would double a charge."""

import asyncio

import httpx
import pytest

from ingenico import transport
from payments.provider import OutcomeUnknown


async def reset_at_once(connection):
    connection.reset()


async def reset_before_the_body(connection):
    await connection.head()
    connection.reset()


async def reset_within_the_body(connection):
    await connection.head()
    await connection.reader.readexactly(40)
    connection.reset()


async def reset_after_the_body(connection):
    await connection.request()
    connection.reset()


async def closed_after_the_body(connection):
    await connection.request()


async def half_a_status_line(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 20")


async def half_a_body(connection):
    await connection.request()
    await connection.send(b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"payment": {"id"')


async def half_a_chunked_body(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{")


async def reset_within_the_answer(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
    await asyncio.sleep(0.05)
    connection.reset()


async def garbage(connection):
    await connection.request()
    await connection.send(b"\x00\x01\x02 this is no HTTP\r\n\r\n")


async def garbage_in_chunks(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")


async def wrongly_compressed(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello")


async def no_json(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello")


async def moved_elsewhere(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")


UNREADABLE = [
    reset_at_once,
    reset_before_the_body,
    reset_within_the_body,
    reset_after_the_body,
    closed_after_the_body,
    half_a_status_line,
    half_a_body,
    half_a_chunked_body,
    reset_within_the_answer,
    garbage,
    garbage_in_chunks,
    wrongly_compressed,
    no_json,
    moved_elsewhere,
]


@pytest.mark.parametrize("behave", UNREADABLE, ids=lambda behave: behave.__name__)
async def test_without_a_readable_answer_the_outcome_is_unknown(misbehaving, asked, behave):
    """Whatever breaks once a connection stands leaves the outcome unknown, and no second request is sent."""
    async with misbehaving(behave) as (provider, server):
        with pytest.raises(OutcomeUnknown):
            await provider.authorize(asked())
    assert server.connections == 1


async def test_reset_after_the_post_is_raised_by_the_transport_as_connect_timeout(misbehaving, asked):
    """The reason for this file: by its class alone this failure would be taken for nothing sent."""
    async with misbehaving(reset_after_the_body) as (provider, server):
        with pytest.raises(OutcomeUnknown) as raised:
            await provider.authorize(asked())
    assert isinstance(raised.value.__cause__, httpx.ConnectTimeout)
    assert len(server.requests) == 1


async def answer_once(connection):
    """Answer the first request, read the second whole, then reset: what a pooled connection may do."""
    await connection.request()
    await connection.answer({"result": "OK"})
    await connection.request()
    if connection.server.stops_listening:
        connection.server.listening.close()
    connection.reset()


@pytest.mark.parametrize("stops_listening", [False, True], ids=["listening", "gone"])
async def test_reset_on_a_reused_connection_is_unknown(misbehaving, asked, stops_listening):
    """A kept connection that breaks after the POST was read is unknown and is not tried again by itself."""
    async with misbehaving(answer_once) as (provider, server):
        server.stops_listening = stops_listening
        await provider.test_connection("main")
        with pytest.raises(OutcomeUnknown):
            await provider.authorize(asked())
    assert server.connections == 1
    assert len(server.requests) == 2


async def test_connection_closed_while_idle_is_replaced(misbehaving, payment_json):
    """A kept connection that ended between two calls costs no call."""

    async def one_answer_each(connection):
        await connection.request()
        await connection.answer({"payment": payment_json("CANCELLED")})

    async with misbehaving(one_answer_each) as (provider, server):
        await provider.void("main", "1")
        await asyncio.sleep(0.05)
        await provider.void("main", "1")
    assert server.connections == 2


async def test_silence_ends_at_the_read_limit_as_unknown(misbehaving, asked):
    """Without an answer's first byte a call ends by its read limit."""

    async def silent(connection):
        await connection.request()
        await asyncio.Event().wait()

    async with misbehaving(silent, read=0.1) as (provider, _):
        with pytest.raises(OutcomeUnknown):
            await provider.authorize(asked())


async def test_call_ends_at_its_total_limit_as_unknown(misbehaving, asked):
    """An answer that trickles never trips the read limit, and the total one is no bare TimeoutError."""

    async def trickle(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n")
        while True:
            await connection.send(b" ")
            await asyncio.sleep(0.02)

    async with misbehaving(trickle, call_seconds=0.2) as (provider, _):
        with pytest.raises(OutcomeUnknown):
            async with asyncio.timeout(2):
                await provider.authorize(asked())


async def test_unwritable_request_ends_at_the_total_limit(misbehaving):
    """The transport has no limit for writing: the total one ends a request that the other side never reads."""

    async def read_nothing(connection):
        connection.writer.transport.pause_reading()
        await asyncio.Event().wait()

    async with misbehaving(read_nothing, call_seconds=0.3, read=5.0) as (provider, server):
        port = server.listening.sockets[0].getsockname()[1]
        with pytest.raises(OutcomeUnknown):
            async with asyncio.timeout(2), transport.classified(0.3):
                await provider._client._http.post(f"http://127.0.0.1:{port}/", content=b"x" * 20_000_000)


async def test_cancellation_passes(misbehaving, asked):
    """Who cancels a call hears of it as cancellation, not as an answer."""

    async def silent(connection):
        await connection.request()
        await asyncio.Event().wait()

    async with misbehaving(silent) as (provider, server):
        call = asyncio.create_task(provider.authorize(asked()))
        await server.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_limit_of_the_caller_passes(misbehaving, asked):
    """A caller's own shorter limit stays the caller's TimeoutError."""

    async def silent(connection):
        await connection.request()
        await asyncio.Event().wait()

    async with misbehaving(silent) as (provider, _):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await provider.authorize(asked())
