"""The gateway in the test's process, for the account `told`: started and ended at will."""

import asyncio
from dataclasses import dataclass
from typing import NoReturn

import uvicorn
from pydantic import SecretStr

from gateway.app import build
from gateway.receiving import WebhookAccount
from gateway.relay import Relay
from gateway.serving import listen
from ingenico.webhooks import KeyRing
from ledger.inbox import Inbox
from runtime.clock import SystemClock
from starter import PaymentClient

WEBHOOK_KEY = {"id": "told-key", "secret": "told-secret"}


class StillRelay(Relay):
    """A relay that ended before it delivered anything."""

    async def run(self) -> NoReturn:
        while True:
            await asyncio.Event().wait()


@dataclass
class Gateway:
    """The gateway, in this process; started and ended at will, on one port."""

    port: int
    inbox: Inbox
    payments: PaymentClient
    _server: uvicorn.Server | None = None
    _serving: asyncio.Task[None] | None = None

    async def start(self, *, relays: bool = True) -> None:
        """Serve; without its relay it acknowledges and delivers nothing."""
        account = WebhookAccount("4321", KeyRing({WEBHOOK_KEY["id"]: SecretStr(WEBHOOK_KEY["secret"])}))
        relay = (Relay if relays else StillRelay)(self.inbox, self.payments, SystemClock())
        app = build({"told": account}, self.inbox, relay, SystemClock())
        config = uvicorn.Config(app, ws="none", lifespan="on", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server._serve(sockets=[listen("127.0.0.1", self.port)]))
        while not self._server.started:  # noqa: ASYNC110 (uvicorn tells it by a flag alone)
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await self._serving
            self._server = self._serving = None
