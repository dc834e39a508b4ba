"""A migrated ledger of its own for each test, once on SQLite and once on PostgreSQL, and an order to play in it."""

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import migrate
from ledger.database import Database
from ledger.operations import SqlRecords
from ledger.queries import Queries
from payments.decide import intended
from payments.events import AnyEvent, Authorized, CaptureIntended, CaptureRequested, Opened
from payments.methods import PaymentAction
from payments.money import Money
from payments.operations import Intent, IntentOutcome, Operation, OperationKind
from payments.records import Begun, Draft, Progress, Sender
from payments.references import PaymentKey, operation_id
from tests.support.postgres import Postgres, running_postgres

# A database of its own for each test costs as much as many tests. The superuser may step past the guards.
EMPTIED = """
SET session_replication_role = replica;
DELETE FROM entries; DELETE FROM events; DELETE FROM operations; DELETE FROM claims;
DELETE FROM posting_sum; DELETE FROM holds; DELETE FROM inbox; DELETE FROM redirects;
"""
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Books:
    """One order of 100.00 EUR and the calls that bring it along. `now` stands still until a test moves it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.records = SqlRecords(database)
        self.queries = Queries(database)
        self.now = START
        self.key = PaymentKey(order_id="FR1012401")

    def opening(self, key: PaymentKey | None = None, digest: str = "d" * 64) -> Opened:
        return Opened(
            subject=str(key or self.key),
            owed=Money(amount_minor=10_000, currency="EUR"),
            digest=digest,
            account="main",
            action=PaymentAction.PRE_AUTHORIZATION,
            hold_seconds=86_400,
            window_seconds=80_000,
        )

    def operation(
        self,
        kind: OperationKind,
        request_id: str,
        amount_minor: int = 10_000,
        attempt: int = 1,
        key: PaymentKey | None = None,
    ) -> Operation:
        key = key or self.key
        authorization_id = operation_id(key, "authorize", "@start")
        return Operation(
            operation_id=operation_id(key, kind, request_id),
            kind=kind,
            request_id=request_id,
            request_hash="h" * 64,
            authorization_id=authorization_id,
            attempt=attempt,
            amount=Money(amount_minor=amount_minor, currency="EUR"),
            account="main",
            provider_id=None if kind is OperationKind.AUTHORIZE else "0000012345",
        )

    def sender(self, owner: str = "worker-1", seconds: float = 5) -> Sender:
        return Sender(owner=owner, lease_until=self.now + timedelta(seconds=seconds))

    async def start(
        self,
        *,
        attempt: int = 1,
        known: int = 0,
        digest: str = "d" * 64,
        key: PaymentKey | None = None,
        owner: str = "worker-1",
    ) -> Begun:
        return await self.records.begin(
            key or self.key,
            self.draft(self.operation(OperationKind.AUTHORIZE, "@start", attempt=attempt, key=key)),
            self.sender(owner),
            lambda _payment, intent: (intended(intent),),
            opening=self.opening(key, digest),
            now=self.now,
            known=known,
        )

    async def begin(self, operation: Operation, events: Sequence[AnyEvent] = (), known: int = 0) -> Begun:
        return await self.records.begin(
            self.key,
            self.draft(operation),
            self.sender(),
            lambda _payment, _intent: events,
            opening=None,
            now=self.now,
            known=known,
        )

    async def conclude(
        self,
        intent: Intent,
        outcome: IntentOutcome,
        *events: AnyEvent,
        provider_id: str | None = None,
        known: int = 0,
    ) -> Progress:
        return await self.records.conclude(
            self.key,
            intent,
            outcome,
            lambda _payment: events,
            provider_id=provider_id,
            evidence="answered",
            now=self.now,
            known=known,
        )

    async def authorized(self) -> Intent:
        intent = (await self.start()).intent
        await self.conclude(intent, IntentOutcome.DONE, self.authorized_event(), provider_id="0000012345")
        return intent

    async def capturing(self, amount_minor: int = 4_000) -> Intent:
        operation = self.operation(OperationKind.CAPTURE, "shipment-1", amount_minor)
        return (await self.begin(operation, (self.capture_intended(amount_minor),))).intent

    def authorized_event(self, amount_minor: int = 10_000) -> Authorized:
        return Authorized(
            subject=operation_id(self.key, "authorize", "@start"),
            amount_minor=amount_minor,
            provider_id="0000012345",
            authorization_code="654321",
            authorized_at=self.now,
        )

    def capture_intended(self, amount_minor: int, request_id: str = "shipment-1") -> CaptureIntended:
        return CaptureIntended(
            subject=operation_id(self.key, "capture", request_id),
            authorization_id=operation_id(self.key, "authorize", "@start"),
            request_id=request_id,
            request_hash="h" * 64,
            shipment_id=request_id,
            amount_minor=amount_minor,
        )

    def capture_requested(self, amount_minor: int, reported_minor: int, rest_minor: int) -> CaptureRequested:
        return CaptureRequested(
            subject=operation_id(self.key, "capture", "shipment-1"),
            authorization_id=operation_id(self.key, "authorize", "@start"),
            amount_minor=amount_minor,
            reported_minor=reported_minor,
            rest_minor=rest_minor,
        )

    @staticmethod
    def draft(operation: Operation) -> Draft:
        return Draft(operation=operation, reference=None, amount_as_sent=operation.amount.amount_minor)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "template.sqlite"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_books(postgres: Postgres) -> str:
    name = postgres.create()
    migrate.upgrade(postgres.url(name))
    return name


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database without tables; on SQLite not even a file or its folder."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path}/new/folder/ledger.sqlite"
    postgres = request.getfixturevalue("postgres")
    return postgres.url(postgres.create())


@pytest.fixture
def url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A migrated database without an order in it. Only the engine that a test runs on is started."""
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.sqlite")
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    postgres, name = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_books")
    postgres.execute(EMPTIED, database=name)
    return postgres.url(name)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()


@pytest.fixture
def books(database: Database) -> Books:
    return Books(database)
