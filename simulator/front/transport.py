"""Answers that break off: the server's protocol shows its transport to the application, which cuts it.

A dropped connection is reset before any byte of an answer; half an answer promises its full length, sends half of
the body and is closed. Both are what a client meets when a proxy or a network fails, down to the socket.
"""

import asyncio
import socket
import struct

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

KEY = "transport"


class ExposedProtocol(H11Protocol):
    """uvicorn's protocol, with the connection's transport in the state of each request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport where the application finds it."""
        assert isinstance(transport, asyncio.Transport)
        super().connection_made(transport)
        self.app_state = {**self.app_state, KEY: transport}


async def _gone(receive: Receive) -> None:
    """Wait until the server has seen the end of the connection: only then it does not answer by itself."""
    while (await receive())["type"] != "http.disconnect":
        pass


class Dropped(Response):
    """No answer at all: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Abort the connection; lingering for no time makes the kernel send a reset."""
        transport: asyncio.Transport = scope["state"][KEY]
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        await _gone(receive)


class HalfAnswered(Response):
    """A full header and half of the body it promises."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the first half, then close."""
        body = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        transport: asyncio.Transport = scope["state"][KEY]
        transport.close()
        await _gone(receive)
