"""What the database itself refuses, whoever writes: triggers for both engines, as statements for a migration.

    unbalanced posting          at COMMIT, by `posting_sum`'s deferred key to a table that holds only 0
    hold below zero             by a CHECK on `holds`, which triggers keep from the entries
    events, entries             UPDATE, DELETE, REPLACE (and TRUNCATE)
    claims, operations          DELETE, REPLACE (and TRUNCATE); changing what identifies them
    outcome                     changing anything in an operation's row once it is stored
    second attempt              unless the one before it is proven absent
    kept balances               changing them by hand: PostgreSQL always, SQLite when they differ from the entries

A refusal is an IntegrityError whose message is the guard's name. No colon may stand in a statement: alembic would
read it as a parameter.
"""
# ruff: noqa: S608 (every word put into a statement is a constant of this file)

from collections.abc import Iterator

# What identifies a row and what was agreed on: frozen when it is written.
_FROZEN = {
    "claims": ("shop", "order_id", "digest", "account", "currency", "created_at"),
    "operations": (
        *("operation_id", "attempt", "shop", "order_id", "kind", "request_id", "request_hash", "authorization_id"),
        *("amount_minor", "currency", "account", "idempotence_key", "reference", "amount_as_sent", "created_at"),
    ),
}
_APPEND_ONLY = {"events": "event_append_only", "entries": "entry_append_only"}
_KEPT = {"claims": "claim_kept", "operations": "operation_kept", "zero": "zero_kept"}
_BALANCES = {"posting_sum": "posting_sum_kept", "holds": "hold_kept"}
_HOLDS = {"hold.open": "open_minor", "hold.reserved": "reserved_minor", "hold.lapsing": "lapsing_minor"}

_SAME_ORDER = "shop = NEW.shop AND order_id = NEW.order_id"
_SAME_POSTING = f"{_SAME_ORDER} AND sequence = NEW.sequence AND currency = NEW.currency"
# What has a merchant reference of its own; the others carry their authorization's.
HAS_REFERENCE = "kind IN ('authorize', 'refund', 'hosted_checkout')"
# One of several captures; a payment's only capture carries the authorization's reference as well.
HAS_CAPTURE_REFERENCE = "kind = 'capture' AND substr(reference, length(reference) - 3, 2) = '-c'"
# Each way in which a new row could push an old one out by REPLACE: the table's unique keys.
_TAKEN = {
    "claims": (_SAME_ORDER,),
    "operations": (
        "operation_id = NEW.operation_id AND attempt = NEW.attempt",
        "account = NEW.account AND idempotence_key = NEW.idempotence_key",
        f"{HAS_REFERENCE} AND NEW.{HAS_REFERENCE} AND account = NEW.account AND reference = NEW.reference",
        f"{HAS_CAPTURE_REFERENCE} AND NEW.kind = 'capture' AND account = NEW.account AND reference = NEW.reference",
        "kind = 'authorize' AND NEW.kind = 'authorize' AND account = NEW.account AND provider_id = NEW.provider_id",
        f"attempt = 1 AND NEW.attempt = 1 AND {_SAME_ORDER} AND request_id = NEW.request_id",
        "outcome IS NULL AND NEW.outcome IS NULL AND authorization_id = NEW.authorization_id",
    ),
    "events": (
        f"{_SAME_ORDER} AND sequence = NEW.sequence",
        f"{_SAME_ORDER} AND kind = NEW.kind AND subject = NEW.subject AND occurrence = NEW.occurrence",
    ),
    "entries": (f"{_SAME_ORDER} AND sequence = NEW.sequence AND line = NEW.line",),
    "posting_sum": (_SAME_POSTING,),
    "holds": ("authorization_id = NEW.authorization_id",),
    "zero": ("z = NEW.z",),
}
_NO_ABSENT_BEFORE = (
    "NEW.attempt > 1 AND NOT EXISTS (SELECT 1 FROM operations WHERE operation_id = NEW.operation_id"
    " AND attempt = NEW.attempt - 1 AND outcome = 'absent')"
)


def guards(dialect: str) -> Iterator[str]:
    """Yield the statements that put the guards up. `dialect` is SQLAlchemy's name: sqlite or postgresql."""
    yield "INSERT INTO zero (z) VALUES (0)"
    yield from {"sqlite": _sqlite, "postgresql": _postgresql}[dialect]()


def _changed(table: str, unequal: str) -> str:
    return " OR ".join(f"OLD.{column} {unequal} NEW.{column}" for column in _FROZEN[table])


def _refuse(name: str, event: str, table: str, when: str = "1 = 1") -> str:
    """SQLite's trigger that refuses a statement. The guard's name is the message."""
    guard = name.partition("_on_")[0]
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, '{guard}'); END"
    )


def not_replaced(table: str, guard: str) -> str:
    """SQLite's guard of a table's rows: REPLACE deletes without a DELETE trigger unless recursive_triggers is on."""
    taken = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {same})" for same in _TAKEN[table])
    return _refuse(f"{guard}_on_replace", "INSERT", table, taken)


def _sqlite() -> Iterator[str]:
    for table, guard in (_APPEND_ONLY | _KEPT | _BALANCES).items():
        yield _refuse(f"{guard}_on_delete", "DELETE", table)
        yield not_replaced(table, guard)
    for table, guard in _APPEND_ONLY.items():
        yield _refuse(f"{guard}_on_update", "UPDATE", table)
    yield _refuse("claim_frozen", "UPDATE", "claims", _changed("claims", "IS NOT"))
    yield _refuse("operation_frozen", "UPDATE", "operations", _changed("operations", "IS NOT"))
    yield _refuse("outcome_kept", "UPDATE", "operations", "OLD.outcome IS NOT NULL")
    yield _refuse(
        "provider_id_taken",
        "UPDATE OF provider_id",
        "operations",
        "NEW.kind = 'authorize' AND EXISTS (SELECT 1 FROM operations WHERE kind = 'authorize'"
        " AND account = NEW.account AND provider_id = NEW.provider_id AND rowid <> NEW.rowid)",
    )
    yield _refuse("attempt_needs_absence", "INSERT", "operations", _NO_ABSENT_BEFORE)
    yield from _sqlite_balances()


def _sqlite_balances() -> Iterator[str]:
    yield (
        "CREATE TRIGGER entries_summed AFTER INSERT ON entries FOR EACH ROW BEGIN"
        " INSERT INTO posting_sum (shop, order_id, sequence, currency, total)"
        " SELECT NEW.shop, NEW.order_id, NEW.sequence, NEW.currency, 0"
        f" WHERE NOT EXISTS (SELECT 1 FROM posting_sum WHERE {_SAME_POSTING});"
        f" UPDATE posting_sum SET total = total + NEW.amount_minor WHERE {_SAME_POSTING};"
        " END"
    )
    moves = "; ".join(f"UPDATE holds SET {_moved(a, c)} WHERE {_of(a)}" for a, c in _HOLDS.items())
    yield (
        "CREATE TRIGGER entries_held AFTER INSERT ON entries FOR EACH ROW"
        f" WHEN NEW.account IN ({', '.join(repr(a) for a in _HOLDS)}) BEGIN"
        " INSERT INTO holds (authorization_id, open_minor, reserved_minor, lapsing_minor)"
        " SELECT NEW.authorization_id, 0, 0, 0"
        " WHERE NOT EXISTS (SELECT 1 FROM holds WHERE authorization_id = NEW.authorization_id);"
        f" {moves};"
        " END"
    )
    summed = f"(SELECT coalesce(sum(amount_minor), 0) FROM entries WHERE {_SAME_POSTING})"
    moved = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in ("shop", "order_id", "sequence", "currency"))
    yield _refuse("posting_sum_kept_on_update", "UPDATE", "posting_sum", f"{moved} OR NEW.total IS NOT {summed}")
    yield _refuse("posting_sum_kept_on_insert", "INSERT", "posting_sum", "NEW.total IS NOT 0")
    differing = " OR ".join(f"NEW.{c} IS NOT {_entries_of(a)}" for a, c in _HOLDS.items())
    yield _refuse(
        "hold_kept_on_update",
        "UPDATE",
        "holds",
        f"OLD.authorization_id IS NOT NEW.authorization_id OR {differing}",
    )
    nothing = " OR ".join(f"NEW.{c} IS NOT 0" for c in _HOLDS.values())
    yield _refuse("hold_kept_on_insert", "INSERT", "holds", nothing)


def _moved(account: str, column: str) -> str:
    return f"{column} = {column} + CASE NEW.account WHEN '{account}' THEN NEW.amount_minor ELSE 0 END"


def _of(account: str) -> str:
    return f"authorization_id = NEW.authorization_id AND NEW.account = '{account}'"


def _entries_of(account: str) -> str:
    return (
        "(SELECT coalesce(sum(amount_minor), 0) FROM entries"
        f" WHERE authorization_id = NEW.authorization_id AND account = '{account}')"
    )


def _stop(name: str, event: str, table: str, when: str = "", each: str = "ROW") -> str:
    """PostgreSQL's trigger that refuses a statement."""
    guard = name.partition("_on_")[0]
    condition = f"WHEN ({when}) " if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} {condition}"
        f"EXECUTE FUNCTION ledger_refuse('{guard}')"
    )


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _postgresql() -> Iterator[str]:
    # ERRCODE makes it an IntegrityError, as SQLite's RAISE is.
    refusal = "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = {0};"
    yield _function("ledger_refuse", refusal.format("TG_ARGV[0]"))
    for table, guard in (_APPEND_ONLY | _KEPT | _BALANCES).items():
        yield _stop(f"{guard}_on_delete", "DELETE", table)
        yield _stop(f"{guard}_on_truncate", "TRUNCATE", table, each="STATEMENT")
    for table, guard in _APPEND_ONLY.items():
        yield _stop(f"{guard}_on_update", "UPDATE", table)
    for table, guard in _BALANCES.items():
        # Depth 0 is a statement that somebody wrote; the entries' own triggers write at depth 1.
        yield _stop(f"{guard}_on_write", "INSERT OR UPDATE", table, "pg_trigger_depth() = 0")
    yield _stop("claim_frozen", "UPDATE", "claims", _changed("claims", "IS DISTINCT FROM"))
    yield _stop("operation_frozen", "UPDATE", "operations", _changed("operations", "IS DISTINCT FROM"))
    yield _stop("outcome_kept", "UPDATE", "operations", "OLD.outcome IS NOT NULL")
    absence = f"IF {_NO_ABSENT_BEFORE} THEN {refusal.format(repr('attempt_needs_absence'))} END IF; RETURN NEW;"
    yield _function("ledger_attempt", absence)
    yield (
        "CREATE TRIGGER attempt_needs_absence BEFORE INSERT ON operations FOR EACH ROW"
        " EXECUTE FUNCTION ledger_attempt()"
    )
    moves = "; ".join(f"UPDATE holds SET {_moved(a, c)} WHERE {_of(a)}" for a, c in _HOLDS.items())
    yield _function(
        "ledger_entry",
        "INSERT INTO posting_sum (shop, order_id, sequence, currency, total)"
        " VALUES (NEW.shop, NEW.order_id, NEW.sequence, NEW.currency, 0) ON CONFLICT DO NOTHING;"
        f" UPDATE posting_sum SET total = total + NEW.amount_minor WHERE {_SAME_POSTING};"
        f" IF NEW.account IN ({', '.join(repr(a) for a in _HOLDS)}) THEN"
        " INSERT INTO holds (authorization_id, open_minor, reserved_minor, lapsing_minor)"
        " VALUES (NEW.authorization_id, 0, 0, 0) ON CONFLICT DO NOTHING;"
        f" {moves}; END IF; RETURN NULL;",
    )
    yield "CREATE TRIGGER entries_summed AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION ledger_entry()"
