"""Order services that are told: one in memory behind the port, one over HTTP that verifies what it gets."""

import asyncio
import base64
import contextlib
import json
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks.webhooks import Webhook

from payments.callbacks import Answer, Callback

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, ok").decode()
ANOTHER_SECRET = "whsec_" + base64.b64encode(b"another one of thirty-two bytes!").decode()
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TAKEN = Answer(accepted=True)
AWAY = Answer(accepted=False, why="no answer: ConnectError", silent=True)
BROKEN = Answer(accepted=False, why="HTTP 500")
GONE = Answer(accepted=False, why="HTTP 410", gone=True)


def key_of(secret: str) -> bytes:
    """Return the key that a secret holds."""
    return base64.b64decode(secret.removeprefix("whsec_"))


@dataclass
class FakeReceiver:
    """Implements `payments.callbacks.Receiver`. Answers are per order, so tests may share one."""

    posts: dict[str, list[Callback]] = field(default_factory=lambda: defaultdict(list))
    """Everything that was posted, by order, accepted or not."""
    taken: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """The bodies that were accepted."""
    now: dict[str, Answer] = field(default_factory=dict)
    """What an order's posts are answered until it is taken out."""
    hanging: dict[str, asyncio.Event] = field(default_factory=dict)
    """An order's posts get no answer before this is set."""

    async def post(self, callback: Callback) -> Answer:
        order = callback.key.order_id
        self.posts[order].append(callback)
        if order in self.hanging:
            await self.hanging[order].wait()
        answer = self.now.get(order, TAKEN)
        if answer.accepted:
            self.taken[order].append(json.loads(callback.body))
        return answer

    def types(self, order_id: str) -> list[str]:
        """Return the types of what an order service has taken, in order."""
        return [body["type"] for body in self.taken[order_id]]


@dataclass
class OrderService:
    """An HTTP server on loopback. `answers` are given one after the other, then 204; each may be a status or bytes."""

    answers: list[int | bytes | Callable[[], Any]] = field(default_factory=list)
    secret: str = SECRET
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    """Headers and bodies whose signature is good, refused ones included."""
    raw: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    """The same as they came."""
    forged: int = 0
    url: str = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            named = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in named}
            status = self._taken(headers, await reader.readexactly(int(headers["content-length"])))
            answer = self.answers.pop(0) if self.answers and status == 204 else status
            if callable(answer):
                answer = await answer()
            writer.write(answer if isinstance(answer, bytes) else _answer(answer))
            await writer.drain()

    def _taken(self, headers: dict[str, str], body: bytes) -> int:
        try:
            self.got.append((headers, Webhook(self.secret).verify(body, headers)))
        except Exception:  # noqa: BLE001 (whatever the library finds wrong)
            self.forged += 1
            return 401
        self.raw.append((headers, body))
        return 204

    @asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator["OrderService"]:
        """Listen for the time of a block."""
        async with serving(self._serve, port) as address:
            self.url = f"http://{address}/payments"
            yield self

    def bodies(self, order_id: str) -> list[dict[str, Any]]:
        """Return what it was told of an order, each message once, in the order of arrival."""
        seen: dict[str, dict[str, Any]] = {}
        for headers, body in self.got:
            if body["data"]["order_id"] == order_id:
                seen.setdefault(headers["webhook-id"], body)
        return list(seen.values())


@asynccontextmanager
async def serving(handle: Handler, port: int = 0, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve connections on loopback for the time of a block, and leave none open; yield the address."""
    handlers: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(task := asyncio.current_task())
        try:
            await handle(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass
        finally:
            handlers.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in list(handlers):
            task.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)


def _answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    told = {"content-length": str(len(body)), **headers}
    lines = [f"HTTP/1.1 {status} told", *(f"{name}: {value}" for name, value in told.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def redirect(to: str) -> bytes:
    """Return an answer that sends its asker somewhere else."""
    return _answer(307, location=to)
