"""Due changes become events: written with their bytes before anything is sent, so a repeat is the same event."""

import json
import sqlite3
import uuid
from collections.abc import Iterator

import orjson

from simulator.kernel import announcements
from simulator.kernel.clock import microseconds, webhook_stamp
from simulator.kernel.desk import Desk
from simulator.webhooks import deliveries, faults
from simulator.webhooks.deliveries import Event
from simulator.webhooks.sources import SOURCES, Told

_KINDS = json.dumps(list(SOURCES))

TOGETHER = 50  # objects whose changes are written in one transaction: requests wait meanwhile


def due(desk: Desk, merchant_id: str) -> list[sqlite3.Row]:
    """The objects of a merchant with a change that is due, the oldest change first."""
    return desk.books.rows(
        "SELECT kind, id, merchant_id, told FROM announcements WHERE merchant_id = ? AND next_at <= ?"
        " AND kind IN (SELECT value FROM json_each(?)) ORDER BY next_at LIMIT ?",
        merchant_id,
        desk.clock.now(),
        _KINDS,
        TOGETHER,
    )


def write(desk: Desk, objects: list[sqlite3.Row]) -> None:
    """Write the events of all due changes of these objects, in the order of the changes; in one transaction."""
    now = desk.clock.now()
    events = [event for row in objects for event in _events(desk, row, now)]
    for event in sorted(events, key=lambda event: event.created_at):
        _insert(desk, event, now)


def _events(desk: Desk, row: sqlite3.Row, now: int) -> Iterator[Event]:
    kind, object_id, merchant_id = row["kind"], row["id"], row["merchant_id"]
    told = SOURCES[kind](desk, merchant_id, object_id)
    times = [at for at, _ in told.changes]
    place = row["told"]
    while place < len(times) and times[place] <= now:
        yield _event(kind, merchant_id, object_id, told, place)
        place += 1
    announcements.told(desk.books, kind, object_id, place)
    announcements.plan(desk.books, kind, merchant_id, object_id, times)


def _event(kind: str, merchant_id: str, object_id: str, told: Told, place: int) -> Event:
    """The envelope is the official SDK's WebhooksEvent."""
    at, word = told.changes[place]
    event_id, event_type = str(uuid.uuid4()), f"{kind}.{word}"
    content = {
        "apiVersion": "v1",
        "id": event_id,
        "created": webhook_stamp(at),
        "merchantId": merchant_id,
        "type": event_type,
        kind: told.shown(place),
    }
    return Event(
        event_id=event_id,
        type=event_type,
        object_id=object_id,
        merchant_id=merchant_id,
        merchant_reference=told.reference,
        body=orjson.dumps(content),
        created_at=at,
    )


def _insert(desk: Desk, event: Event, now: int) -> None:
    """Line the event up, as it should be or as it was ordered to misbehave."""
    found = faults.QUEUE.find(desk.books, lambda fault: fault.meets(event.type, event.merchant_reference))
    if found is None:
        deliveries.insert(desk.books, event, now)
        return
    number, fault = found
    faults.QUEUE.use_up(desk.books, number)
    match fault.fault:
        case "drop":
            deliveries.insert(desk.books, event, None, fault=fault.fault)
        case "delay":
            deliveries.insert(desk.books, event, now + microseconds(fault.seconds or 0), fault=fault.fault)
        case "reorder":
            held = microseconds(fault.seconds or faults.LONGEST_HOLD)
            deliveries.insert(desk.books, event, now + held, alone=True, fault=fault.fault)
        case "duplicate":
            deliveries.insert(desk.books, event, now)
            deliveries.insert(desk.books, event, now, fault=fault.fault)
