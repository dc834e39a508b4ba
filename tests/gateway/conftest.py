"""A gateway over a ledger of its own, deliveries as Connect signs them, and payments that note who woke them."""

import base64
import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from gateway.app import build
from gateway.receiving import WebhookAccount
from gateway.relay import Relay
from ingenico.webhooks import KeyRing
from ledger import migrate
from ledger.database import Database
from ledger.inbox import Inbox
from ledger.operations import SqlRecords
from payments.references import PaymentKey

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY_ID, SECRET, MERCHANT = "key-1", "s3cret", "1234"
RECORDED = Path(__file__).parent.parent / "ingenico" / "data" / "responses"


class SetClock:
    """A clock that is told the time."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Woken:
    """Payments that note who woke them, and fail on order."""

    calls: list[tuple[str, str]] = field(default_factory=list)
    failing: Exception | None = None

    async def wake(self, key: PaymentKey, *, event_id, **_names) -> None:
        if self.failing is not None:
            raise self.failing
        self.calls.append((key.order_id, event_id))


@dataclass
class Gateway:
    """What a test works with."""

    http: httpx.AsyncClient
    inbox: Inbox
    relay: Relay
    woken: Woken
    clock: SetClock
    database: Database
    file: Path

    async def post(self, body, secret=SECRET, key_id=KEY_ID, **options) -> httpx.Response:
        told, headers = signed(body, secret, key_id)
        return await self.http.post("/webhooks/ingenico", content=told, headers=headers, **options)

    async def lines(self):
        return await self.inbox.listing(everything=True)

    async def opened(self, order_id: str, provider_id: str | None = None) -> str:
        """Write an order's authorization into the books and return its merchant reference."""
        books = books_of(self.database, order_id)
        intent = await books.authorized() if provider_id else (await books.start()).intent
        return intent.reference


def books_of(database: Database, order_id: str):
    from tests.ledger.conftest import Books

    books = Books(database)
    books.key = PaymentKey(order_id=order_id)
    books.records = SqlRecords(database)
    return books


def signed(body, secret=SECRET, key_id=KEY_ID):
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(secret.encode(), told, hashlib.sha256).digest()
    return told, [("X-GCS-KeyId", key_id), ("X-GCS-Signature", base64.b64encode(digest).decode())]


def payment_event(event_id="e-1", *, reference="main-A1-a01", payment_id="p-1", **fields):
    payment = {
        "id": payment_id,
        "status": "CAPTURED",
        "paymentOutput": {
            "references": {"merchantReference": reference, "paymentReference": "0"},
            "cardPaymentMethodSpecificOutput": {"card": {"cardholderName": "Ruth Alder", "cardNumber": "****7977"}},
        },
    }
    envelope = {"apiVersion": "v1", "id": event_id, "created": "2026-11-24T10:00:00.000+0100", "merchantId": MERCHANT}
    return {**envelope, "type": "payment.captured", "payment": payment, **fields}


def account(merchant_id=MERCHANT, **keys: str) -> WebhookAccount:
    return WebhookAccount(merchant_id, KeyRing({key: SecretStr(secret) for key, secret in keys.items()}))


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("gateway") / "template.sqlite"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def accounts() -> dict[str, WebhookAccount]:
    return {"main": account(**{KEY_ID: SECRET})}


@pytest.fixture
async def gateway(template, tmp_path, accounts) -> AsyncIterator[Gateway]:
    file = tmp_path / "ledger.sqlite"
    shutil.copy(template, file)
    database = Database(f"sqlite:///{file}")
    inbox, woken, clock = Inbox(database), Woken(), SetClock()
    relay = Relay(inbox, woken, clock)
    transport = httpx.ASGITransport(build(accounts, inbox, relay, clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        yield Gateway(http, inbox, relay, woken, clock, database, file)
    await database.close()
