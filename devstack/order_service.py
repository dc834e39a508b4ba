"""The demo's order service: a receiver of callbacks that verifies each and keeps the last status of every order.

It is what `docs/contract.md` asks of a receiver: it holds the signature against the body's bytes, knows a repeated
message by its id, lets no late one undo a newer, and answers only once it has written down what it was told.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SECRET = "whsec_" + base64.b64encode(b"the demo's own secret, 32 bytes.").decode()


@dataclass
class Standing:
    """What the order service knows of one order."""

    sequence: int = 0
    state: str = ""
    messages: set[str] = field(default_factory=set)


class OrderService:
    """Serves on loopback inside a `with` block. What it was told survives in `file`, like a shop's own database."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._orders: dict[str, Standing] = {}
        self.forged = 0
        """How many requests did not verify."""
        for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
            # A line that a killed demo left half written was never answered for: it comes again.
            with suppress(ValueError):
                self._keep(**json.loads(line))
        self._server: ThreadingHTTPServer | None = None
        self.url = ""
        """Where callbacks are posted, while it serves."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/payments"
        threading.Thread(target=self._server.serve_forever, name="order service", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def state(self, order_id: str) -> str | None:
        """Return the last status that was told of an order; None if nothing was."""
        with self._lock:
            standing = self._orders.get(order_id)
            return standing.state if standing else None

    def delivered(self, order_ids: Iterable[str]) -> int:
        """Return how many callbacks were delivered of these orders, repeated ones counted once."""
        with self._lock:
            return sum(len(self._orders[each].messages) for each in order_ids if each in self._orders)

    def receive(self, headers: dict[str, str], body: bytes) -> int:
        """Take one request in, and return the status to answer with."""
        if not verify(SECRET, headers, body):
            with self._lock:
                self.forged += 1
            return 401
        data: dict[str, Any] = json.loads(body)["data"]
        told = {
            "message": headers["webhook-id"],
            "order_id": data["order_id"],
            "sequence": data["sequence"],
            "state": data["state"],
        }
        with self._lock:
            with self._file.open("a", encoding="utf-8") as kept:
                kept.write(json.dumps(told) + "\n")
            self._keep(**told)
        return 204

    def _keep(self, message: str, order_id: str, sequence: int, state: str) -> None:
        standing = self._orders.setdefault(order_id, Standing())
        standing.messages.add(message)
        if sequence > standing.sequence:
            standing.sequence, standing.state = sequence, state

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receive = self.receive

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receive(headers, self.rfile.read(int(headers.get("content-length", 0))))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_told: object) -> None:
                """Keep the demo's screen to the demo."""

        return Handler


def verify(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a callback is signed with this secret."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, each) for each in headers.get("webhook-signature", "").split())
