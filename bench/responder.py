"""The bare other side of `bench.client`: fixed bytes for each whole request, so that it is not what is measured.

A process of its own: `python -m bench.responder FILE` prints its port and serves until its standard input ends.
"""

import asyncio
import sys
from pathlib import Path
from typing import cast

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Responder(asyncio.Protocol):
    """One kept connection. Requests come one after another, as HTTP clients without pipelining send them."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer once head and body are whole: clients send them in one segment or in two."""
        self._received += data
        head, found, body = self._received.partition(_END_OF_HEAD)
        if found and len(body) >= _length(head):
            self._received = b""
            self._transport.write(self._answer)


def _length(head: bytes) -> int:
    lowered = head.lower()
    place = lowered.find(_LENGTH)
    return int(lowered[place + len(_LENGTH) :].split(b"\r\n", 1)[0]) if place >= 0 else 0


def created(body: bytes) -> bytes:
    """Return a 201 with this body, with the headers that Connect's own answers carry."""
    head = (
        "HTTP/1.1 201 Created",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Date: Thu, 10 Mar 2016 09:40:54 GMT",
        "Location: https://api.example.com/v1/1234/payments/000000123410000595980000100001",
        "Connection: keep-alive",
    )
    return "\r\n".join(head).encode() + _END_OF_HEAD + body


async def main(file: Path) -> None:
    """Listen on a free port of the loopback until nobody holds the other end of standard input."""
    answer = created(file.read_bytes())  # noqa: ASYNC240 (before anything is served)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Responder(answer), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    # Ended by its pid or, if its parent is killed, by the pipe that closes then.
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
