"""The gateway's application: what it is made of, joined; `gateway.serving` runs it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from fastapi import FastAPI

from gateway import problems, webhooks
from gateway.problems import Problem
from gateway.receiving import WebhookAccount
from gateway.relay import Relay
from ledger.database import UNAVAILABLE
from ledger.inbox import Inbox, InboxCounts
from payments.records import Clock


def build(accounts: Mapping[str, WebhookAccount], inbox: Inbox, relay: Relay, clock: Clock) -> FastAPI:
    """Return the application. Its relay delivers for as long as it runs, and begins with what was left."""

    @contextlib.asynccontextmanager
    async def relaying(_app: FastAPI) -> AsyncIterator[None]:
        delivering = asyncio.create_task(relay.run())
        try:
            yield
        finally:
            delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await delivering

    app = FastAPI(title="Payments", lifespan=relaying, openapi_url=None)
    app.add_exception_handler(Problem, problems.answer)
    app.include_router(webhooks.router(accounts, inbox, clock, relay.nudge))

    @app.get("/health")
    async def health() -> dict[str, str]:
        """Say that the process runs."""
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> InboxCounts:
        """Say that events can be kept, and what waits. Temporal may be away: events are acknowledged all the same."""
        try:
            return await inbox.counts()
        except UNAVAILABLE as away:
            raise Problem(503, "no_ledger", "The ledger does not answer, or lacks its tables.") from away

    return app
