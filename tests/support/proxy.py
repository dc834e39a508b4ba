"""A proxy between worker and provider that holds a request or its answer, so that a kill lands exactly there."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

Match = Callable[[str, str], bool]
"""Of a request line such as `POST /v1/1234/payments` and the body."""


class Hold:
    """One request that will not get through, or whose answer will not: `await hold.reached()`."""

    def __init__(self, match: Match, *, processed: bool) -> None:
        self.match = match
        self.processed = processed
        self._reached = asyncio.Event()

    def reach(self) -> None:
        """Say that the request has come so far."""
        self._reached.set()

    async def reached(self, seconds: float = 20) -> None:
        """Wait until the request has come so far."""
        await asyncio.wait_for(self._reached.wait(), seconds)


class Proxy:
    """Forwards each request on a connection of its own, unless told to hold it. It runs in the test's event loop."""

    def __init__(self, target_port: int, port: int) -> None:
        self.port = port
        self._target_port = target_port
        self._holds: list[Hold] = []
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where the worker is sent."""
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def refuse(self) -> None:
        """Refuse connections, as a machine does on which nothing listens; let what is under way end first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._serving:
            await asyncio.wait(self._serving)

    def hold(self, match: Match, *, processed: bool) -> Hold:
        """Hold the next request that matches: before it reaches the provider, or after it was processed there."""
        hold = Hold(match, processed=processed)
        self._holds.append(hold)
        return hold

    def hold_no_more(self) -> None:
        """Let through what would have been held and has not come."""
        self._holds.clear()

    async def let_go(self) -> None:
        """Close what is held; nothing of it goes on."""
        for task in self._serving:
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)

    async def close(self) -> None:
        """End."""
        await self.let_go()
        await self.refuse()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._serving.discard(task)
            writer.transport.abort() if task.cancelling() else writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, body = await _message(reader)
        hold = self._take(head.partition(b"\r\n")[0].decode(), body.decode())
        if hold is not None and not hold.processed:
            hold.reach()
            await asyncio.Event().wait()
        their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        try:
            their_writer.write(head + body)
            head, body = await _message(their_reader)
        finally:
            their_writer.close()
        if hold is not None:
            hold.reach()
            await asyncio.Event().wait()
        # One request a connection: a kept one that is closed between two requests would look like a lost answer.
        writer.write(head[:-2] + b"connection: close\r\n\r\n" + body)
        await writer.drain()

    def _take(self, line: str, body: str) -> Hold | None:
        for hold in self._holds:
            if hold.match(line, body):
                self._holds.remove(hold)
                return hold
        return None


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    return head, await reader.readexactly(int(headers.get(b"content-length", b"0")))
