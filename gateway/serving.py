"""Running the gateway: settings become accounts, a ledger and a connection, and a server until it is told to stop."""

import asyncio
import signal
import socket
from pathlib import Path

import uvicorn

from gateway.app import build
from gateway.receiving import WebhookAccount
from gateway.relay import Relay
from ingenico.webhooks import KeyRing
from ledger.database import open_database
from ledger.inbox import Inbox
from runtime.clock import SystemClock
from runtime.settings import Settings
from runtime.temporal import connect
from starter import PaymentClient

# A stopping gateway lets deliveries end that are being kept.
GRACE_SECONDS = 10
# More at once would only wait for the ledger, whose writers take turns; who is turned away comes again.
MOST_AT_ONCE = 500


def accounts_of(settings: Settings) -> dict[str, WebhookAccount]:
    """Return what each merchant account receives by. Raises ValueError for a key whose secret is blank."""
    ring = KeyRing(settings.ingenico_webhook_keys)
    return {settings.account: WebhookAccount(settings.ingenico_merchant_id, ring)}


async def serve(
    settings: Settings, listener: socket.socket, *, certfile: Path | None = None, keyfile: Path | None = None
) -> None:
    """Serve on `listener` until SIGTERM or SIGINT. Temporal may be away: what comes is kept and delivered later."""
    clock = SystemClock()
    async with open_database(settings.ledger_url) as database:
        inbox = Inbox(database)
        relay = Relay(inbox, PaymentClient(await connect(lazy=True), asked_by="gateway"), clock)
        config = uvicorn.Config(
            build(accounts_of(settings), inbox, relay, clock),
            loop="asyncio",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ssl_certfile=certfile,
            ssl_keyfile=keyfile,
        )
        await _until_told(uvicorn.Server(config), listener)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError when the address is taken, or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio switches Nagle's delay of 40 ms off only for sockets that say it.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


async def _until_told(server: uvicorn.Server, listener: socket.socket) -> None:
    """Serve until a signal; uvicorn's own handling would raise the signal once more after a good end."""

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for told in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(told, stop)
    await server._serve(sockets=[listener])  # noqa: SLF001 (see above)
