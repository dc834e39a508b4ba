"""The outbox against the books: each event that the order service must hear of has its callback, and no other has."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from ledger.tables_outbox import outbox
from payments.events import RecordedEvent
from payments.notifications import TYPES, message_id
from payments.references import PaymentKey


def outbox_faults(
    connection: Connection, key: PaymentKey, recorded: tuple[RecordedEvent, ...], *, is_told: bool
) -> Iterator[str]:
    """Say, in words, which callbacks of an order are missing, or are not those of their events.

    Between two callbacks of an order none may be missing. Before the first and after the last one the books do not
    say whether anybody was to be told: `is_told` does, for what happened since the shop's first callback of all.
    """
    of_order = select(outbox.c.sequence, outbox.c.type, outbox.c.message_id).where(
        outbox.c.shop == key.shop, outbox.c.order_id == key.order_id
    )
    stored = {row["sequence"]: row for row in connection.execute(of_order).mappings()}
    must = {event.sequence: named for event in recorded if (named := TYPES.get(event.event.kind)) is not None}
    since = None
    if is_told:
        since = connection.execute(select(func.min(outbox.c.created_at)).where(outbox.c.shop == key.shop)).scalar()
    for event in recorded:
        number, kind = event.sequence, event.event.kind
        row = stored.get(number)
        if row is None:
            is_between = bool(stored) and min(stored) < number < max(stored)
            if number in must and (is_between or (since is not None and event.occurred_at >= since)):
                yield f"event {number} ({kind}) has no callback in the outbox: the order service is not told of it"
        elif number not in must:
            yield f"event {number} ({kind}) has the callback {row['type']}, and nobody is to be told of it"
        elif row["type"] != must[number]:
            yield f"the callback of event {number} is a {row['type']}, by the event a {must[number]}"
        elif row["message_id"] != message_id(key, number):
            yield f"the callback of event {number} is sent as {row['message_id']}, not as {message_id(key, number)}"
    for number in sorted(stored.keys() - {event.sequence for event in recorded}):
        yield f"the callback {number} is of no event"
