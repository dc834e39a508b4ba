"""What the database itself refuses, tried with raw SQL past all of our code.

REFUSED is tried on both engines. What pushes a row out or slips past a type is spelt differently: REPLACED on SQLite,
OVERWRITTEN and TRUNCATED on PostgreSQL.
"""

import sqlite3

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError, IntegrityError

from ledger.database import Database
from ledger.tables_books import entries
from payments.operations import IntentOutcome

ENTRY = "INSERT INTO entries (shop, order_id, sequence, line, account, amount_minor, currency, authorization_id) VALUES"
AUTHORIZATION = "main/FR1012401/authorize/@start"
COLUMNS = (
    "operation_id, attempt, shop, order_id, kind, request_id, request_hash, authorization_id, amount_minor, currency, "
    "account, provider_id, idempotence_key, reference, amount_as_sent, created_at, first_sent_at, last_sent_at, "
    "key_dead_at, first_absent_at, lease_owner, lease_until, outcome, outcome_at, evidence"
)


def like(kind: str, **changes: str) -> str:
    """Insert an operation like the one of this kind, but for the columns given as SQL."""
    columns = [f"{changes.get(name, name)} AS {name}" for name in COLUMNS.split(", ")]
    return f"INSERT INTO operations ({COLUMNS}) SELECT {', '.join(columns)} FROM operations WHERE kind = '{kind}'"


ELSE = {"operation_id": "'other'", "idempotence_key": "'" + "0" * 40 + "'", "request_id": "'other'"}

# An order is authorized (events 1 to 3) and its capture of 40.00 is unresolved (event 4).
REFUSED = {
    "event_changed": ("UPDATE events SET body = '{}' WHERE sequence = 3", "event_append_only"),
    "event_removed": ("DELETE FROM events WHERE sequence = 4", "event_append_only"),
    "event_repeated": (
        (
            "INSERT INTO events SELECT shop, order_id, 9, kind, subject, occurrence, body, occurred_at, recorded_at"
            " FROM events WHERE sequence = 3"
        ),
        "event_append_only|events_once",
    ),
    "event_of_nobody": (
        (
            "INSERT INTO events SELECT shop, 'other', 1, kind, subject, occurrence, body, occurred_at, recorded_at"
            " FROM events WHERE sequence = 3"
        ),
        "FOREIGN KEY|foreign key",
    ),
    "entry_changed": ("UPDATE entries SET amount_minor = 1", "entry_append_only"),
    "entry_removed": ("DELETE FROM entries", "entry_append_only"),
    "entry_unbalanced": (f"{ENTRY} ('main', 'FR1012401', 3, 9, 'sale', -5, 'EUR', 'x')", "FOREIGN KEY|foreign key"),
    "entries_balanced_across_currencies": (
        (
            f"{ENTRY} ('main', 'FR1012401', 3, 8, 'sale', -5, 'EUR', 'x'),"
            " ('main', 'FR1012401', 3, 9, 'sale.pending', 5, 'USD', 'x')"
        ),
        "FOREIGN KEY|foreign key",
    ),
    "entries_balanced_across_events": (
        (
            f"{ENTRY} ('main', 'FR1012401', 3, 8, 'sale', -5, 'EUR', 'x'),"
            " ('main', 'FR1012401', 4, 9, 'sale.pending', 5, 'EUR', 'x')"
        ),
        "FOREIGN KEY|foreign key",
    ),
    "entry_without_event": (f"{ENTRY} ('main', 'FR1012401', 99, 1, 'sale', 0, 'EUR', 'x')", "FOREIGN KEY|foreign key"),
    "sum_changed": ("UPDATE posting_sum SET total = 5", "posting_sum_kept"),
    "sum_moved": ("UPDATE posting_sum SET sequence = 9 WHERE sequence = 3", "posting_sum_kept"),
    "sum_removed": ("DELETE FROM posting_sum", "posting_sum_kept"),
    "another_zero": ("INSERT INTO zero (z) VALUES (5)", "zero_is_zero"),
    "zero_changed": ("UPDATE zero SET z = 5", "zero_is_zero"),
    "zero_removed": ("DELETE FROM zero", "zero_kept"),
    "open_below_zero": (
        (
            f"{ENTRY} ('main', 'FR1012401', 4, 8, 'hold.open', -6001, 'EUR', '{AUTHORIZATION}'),"
            f" ('main', 'FR1012401', 4, 9, 'hold.contra', 6001, 'EUR', '{AUTHORIZATION}')"
        ),
        "holds_open",
    ),
    "reserved_below_zero": (
        (
            f"{ENTRY} ('main', 'FR1012401', 4, 8, 'hold.reserved', -4001, 'EUR', '{AUTHORIZATION}'),"
            f" ('main', 'FR1012401', 4, 9, 'hold.contra', 4001, 'EUR', '{AUTHORIZATION}')"
        ),
        "holds_reserved",
    ),
    "lapsing_below_zero": (
        (
            f"{ENTRY} ('main', 'FR1012401', 4, 8, 'hold.lapsing', -1, 'EUR', '{AUTHORIZATION}'),"
            f" ('main', 'FR1012401', 4, 9, 'hold.contra', 1, 'EUR', '{AUTHORIZATION}')"
        ),
        "holds_lapsing",
    ),
    "hold_changed": ("UPDATE holds SET open_minor = open_minor + 1", "hold_kept"),
    "hold_removed": ("DELETE FROM holds", "hold_kept"),
    "hold_made_up": ("INSERT INTO holds VALUES ('other', 5, 0, 0)", "hold_kept"),
    "second_unresolved": (like("capture", **ELSE), "operation_kept|operations_one_unresolved"),
    "same_key_twice": (
        like("authorize", operation_id="'other'", authorization_id="'other'", request_id="'other'", reference="'r'"),
        "operation_kept|operations_one_key",
    ),
    "same_reference_twice": (
        like("authorize", **ELSE, authorization_id="'other'", provider_id="NULL"),
        "operation_kept|operations_one_reference",
    ),
    "same_reference_of_two_captures": (
        like(
            "capture",
            operation_id="'other' || n",
            idempotence_key=f"'{'0' * 39}' || n",
            request_id="'other' || n",
            authorization_id="'third' || n",
            reference="'main-FR1012401-c01'",
        ).replace("FROM operations", "FROM operations, (SELECT 1 AS n UNION SELECT 2) AS twice"),
        "operation_kept|operations_one_capture_reference",
    ),
    "same_provider_id_twice": (
        like("authorize", **ELSE, authorization_id="'other'", reference="'r'"),
        "operation_kept|operations_one_provider_id",
    ),
    "same_request_twice": (
        like("capture", **(ELSE | {"request_id": "request_id", "outcome": "'done'"})),
        "operation_kept|operations_one_request",
    ),
    "second_attempt_of_a_done_one": (
        like("authorize", attempt="2", idempotence_key=ELSE["idempotence_key"], reference="'r'", provider_id="NULL"),
        "attempt_needs_absence",
    ),
    "authorization_of_another": (
        like("authorize", **ELSE, authorization_id="'third'", reference="'r'", provider_id="NULL"),
        "operations_authorization",
    ),
    "reference_changed": ("UPDATE operations SET reference = 'x' WHERE kind = 'capture'", "operation_frozen"),
    "outcome_changed": ("UPDATE operations SET outcome = 'refused' WHERE kind = 'authorize'", "outcome_kept"),
    "outcome_cleared": ("UPDATE operations SET outcome = NULL WHERE kind = 'authorize'", "outcome_kept"),
    "evidence_changed": ("UPDATE operations SET evidence = 'none' WHERE kind = 'authorize'", "outcome_kept"),
    "amount_changed": ("UPDATE operations SET amount_minor = 1 WHERE kind = 'capture'", "operation_frozen"),
    "key_changed": ("UPDATE operations SET idempotence_key = '' WHERE kind = 'capture'", "operation_frozen"),
    "operation_removed": ("DELETE FROM operations WHERE kind = 'capture'", "operation_kept"),
    "claim_removed": ("DELETE FROM claims", "claim_kept"),
    "claim_of_another_digest": ("UPDATE claims SET digest = 'other'", "claim_frozen"),
    "claim_twice": (
        "INSERT INTO claims SELECT * FROM claims",
        "claim_kept|claims_pkey",
    ),
}
REPLACED = {
    "event": (
        (
            "REPLACE INTO events SELECT shop, order_id, sequence, kind, subject, occurrence, '{}', occurred_at,"
            " recorded_at FROM events WHERE sequence = 3"
        ),
        "event_append_only",
    ),
    "event_by_its_subject": (
        (
            "REPLACE INTO events SELECT shop, order_id, 9, kind, subject, occurrence, '{}', occurred_at,"
            " recorded_at FROM events WHERE sequence = 3"
        ),
        "event_append_only",
    ),
    "entry": (
        f"REPLACE {ENTRY.removeprefix('INSERT')} ('main', 'FR1012401', 3, 1, 'sale', 0, 'EUR', 'x')",
        "append_only",
    ),
    "unresolved": (like("capture", **ELSE).replace("INSERT", "REPLACE", 1), "operation_kept"),
    "provider_id": (
        "UPDATE OR REPLACE operations SET kind = 'authorize', provider_id = '0000012345' WHERE kind = 'capture'",
        "operation_frozen|provider_id_taken",
    ),
    "claim": ("REPLACE INTO claims SELECT * FROM claims", "claim_kept"),
    "hold": ("REPLACE INTO holds SELECT authorization_id, 0, 0, 0 FROM holds", "hold_kept"),
    "sum": (
        "REPLACE INTO posting_sum SELECT shop, order_id, sequence, currency, 0 FROM posting_sum",
        "posting_sum_kept",
    ),
    "zero": ("REPLACE INTO zero (z) VALUES (0)", "zero_kept"),
}
# The same attempts as PostgreSQL spells them.
OVERWRITTEN = {
    "event": (
        (
            "INSERT INTO events SELECT * FROM events WHERE sequence = 3"
            " ON CONFLICT (shop, order_id, sequence) DO UPDATE SET body = '{}'"
        ),
        "event_append_only",
    ),
    "event_by_its_subject": (
        (
            "INSERT INTO events SELECT shop, order_id, 9, kind, subject, occurrence, body, occurred_at, recorded_at"
            " FROM events WHERE sequence = 3"
            " ON CONFLICT (shop, order_id, kind, subject, occurrence) DO UPDATE SET sequence = 9"
        ),
        "event_append_only",
    ),
    "entry": (
        (
            f"{ENTRY} ('main', 'FR1012401', 3, 1, 'sale', 0, 'EUR', 'x')"
            " ON CONFLICT (shop, order_id, sequence, line) DO UPDATE SET amount_minor = 0"
        ),
        "entry_append_only",
    ),
    "unresolved": (
        (
            f"{like('capture', **ELSE)} ON CONFLICT (authorization_id) WHERE outcome IS NULL"
            " DO UPDATE SET operation_id = 'other'"
        ),
        "operation_frozen",
    ),
    "provider_id": (
        "UPDATE operations SET kind = 'authorize', provider_id = '0000012345' WHERE kind = 'capture'",
        "operation_frozen",
    ),
    "claim": (
        "INSERT INTO claims SELECT * FROM claims ON CONFLICT (shop, order_id) DO UPDATE SET digest = 'other'",
        "claim_frozen",
    ),
    "hold": (
        "INSERT INTO holds SELECT * FROM holds ON CONFLICT (authorization_id) DO UPDATE SET open_minor = 0",
        "hold_kept",
    ),
    "sum": (
        (
            "INSERT INTO posting_sum SELECT * FROM posting_sum"
            " ON CONFLICT (shop, order_id, sequence, currency) DO UPDATE SET total = 0"
        ),
        "posting_sum_kept",
    ),
    "zero": ("INSERT INTO zero (z) VALUES (0) ON CONFLICT (z) DO UPDATE SET z = 5", "zero_is_zero"),
}
TABLES = ("claims", "operations", "events", "entries", "posting_sum", "holds", "zero")
TRUNCATED = {
    "claims": "claim_kept",
    "operations": "operation_kept",
    "events": "event_append_only",
    "entries": "entry_append_only",
    "posting_sum": "posting_sum_kept",
    "holds": "hold_kept",
    "zero": "zero_kept",
}


async def everything(database):
    def work(connection):
        return {t: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {t}").all())) for t in TABLES}

    return await database.read(work)


on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)


async def must_be_refused(books, statement, guard):
    """Whoever writes it, it is refused, nothing has changed, and the next transaction works."""
    await books.authorized()
    capture = await books.capturing(4_000)
    before = await everything(books.database)
    with pytest.raises(IntegrityError, match=guard):
        await books.database.write(lambda connection: connection.exec_driver_sql(statement))
    assert await everything(books.database) == before
    requested = books.capture_requested(4_000, 4_000, 6_000)
    assert await books.conclude(capture, IntentOutcome.DONE, requested, known=4)


@pytest.mark.parametrize(("statement", "guard"), REFUSED.values(), ids=list(REFUSED))
async def test_the_database_refuses(books, statement, guard):
    """What both engines spell alike."""
    await must_be_refused(books, statement, guard)


@on_sqlite
@pytest.mark.parametrize(("statement", "guard"), REPLACED.values(), ids=list(REPLACED))
async def test_sqlite_refuses_to_replace(books, statement, guard):
    """REPLACE is no way around append-only."""
    await must_be_refused(books, statement, guard)


@on_postgresql
@pytest.mark.parametrize(("statement", "guard"), OVERWRITTEN.values(), ids=list(OVERWRITTEN))
async def test_postgresql_refuses_to_overwrite(books, statement, guard):
    """ON CONFLICT DO UPDATE is no way around append-only."""
    await must_be_refused(books, statement, guard)


@on_postgresql
@pytest.mark.parametrize(("table", "guard"), TRUNCATED.items(), ids=list(TRUNCATED))
async def test_postgresql_refuses_to_truncate(books, table, guard):
    """TRUNCATE fires no trigger for a row, so it has one of its own."""
    await must_be_refused(books, f"TRUNCATE {table} CASCADE", guard)


@on_sqlite
@pytest.mark.parametrize(("statement", "guard"), REPLACED.values(), ids=list(REPLACED))
async def test_replace_is_refused_on_a_careless_connection(books, url, statement, guard):
    """A tool that knows none of our settings cannot replace a row either."""
    await books.authorized()
    await books.capturing(4_000)
    before = await everything(books.database)
    careless = sqlite3.connect(url.removeprefix("sqlite:///"))
    with pytest.raises(sqlite3.IntegrityError, match=guard):
        careless.execute(statement)
    careless.close()
    assert await everything(books.database) == before


HALF_A_CENT = (
    f"{ENTRY} ('main', 'FR1012401', 3, 8, 'sale', 12.5, 'EUR', 'x'),"
    " ('main', 'FR1012401', 3, 9, 'sale.pending', -12.5, 'EUR', 'x')"
)


async def test_half_a_cent_is_no_amount(books):
    """Code that hands over 12.5 is refused: by a CHECK on SQLite, by the driver before PostgreSQL could round it."""
    await books.authorized()
    before = await everything(books.database)
    half = {
        **books.key.model_dump(),
        "sequence": 3,
        "line": 9,
        "account": "sale",
        "amount_minor": 12.5,
        "currency": "EUR",
        "authorization_id": "x",
    }
    with pytest.raises(DBAPIError):
        await books.database.write(lambda connection: connection.execute(insert(entries), half))
    assert await everything(books.database) == before


@on_sqlite
async def test_half_a_cent_in_sql_is_refused_by_sqlite(books):
    """Its columns take any number; a CHECK does not."""
    await must_be_refused(books, HALF_A_CENT, "entries_amount")


@on_postgresql
async def test_half_a_cent_in_sql_is_rounded_by_postgresql(books):
    """PostgreSQL casts a literal before any guard sees it: what is stored is whole, and still sums to zero."""
    await books.authorized()
    await books.database.write(lambda connection: connection.exec_driver_sql(HALF_A_CENT))
    stored = "SELECT amount_minor FROM entries WHERE line IN (8, 9) ORDER BY line"
    assert await books.database.read(lambda c: c.exec_driver_sql(stored).scalars().all()) == [13, -13]


@on_postgresql
async def test_a_worker_needs_no_ownership(books, url, postgres):
    """A role that may only read, add and change plays an order; the guards are not its own to take down."""
    rights = (
        "DROP OWNED BY worker; DROP ROLE worker;",
        "CREATE ROLE worker LOGIN; GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO worker",
    )
    name = books.database.url.database
    postgres.execute(rights[1], database=name)
    worker = Database(url.replace("postgres@", "worker@"))
    try:
        theirs = type(books)(worker)
        await theirs.authorized()
        assert (await theirs.capturing()).outcome is None
        for forbidden in ("ALTER TABLE events DISABLE TRIGGER ALL", "TRUNCATE entries", "DELETE FROM claims"):
            with pytest.raises(DBAPIError, match=r"must be owner|permission denied"):
                await worker.write(lambda connection, said=forbidden: connection.exec_driver_sql(said))
    finally:
        await worker.close()
        postgres.execute(rights[0], database=name)
