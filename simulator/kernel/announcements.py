"""What is still to be told by webhook: for each object, how many of its changes were, and when the next one is due.

An object's changes are a list in time that only grows at its end; the future ones may still be replaced. So a number
tells how far the telling has come, and a restart loses nothing.
"""

from collections.abc import Sequence

from simulator.kernel.books import Books

# The kinds of objects that events are about; the room `webhooks` knows how each one's event is written.
PAYMENT, REFUND, TOKEN, PAYOUT, DISPUTE = "payment", "refund", "token", "payout", "dispute"


def plan(books: Books, kind: str, merchant_id: str, object_id: str, changes: Sequence[int]) -> None:
    """Note when the next of `changes` (their times in order, future ones included) is due."""
    told = books.count("SELECT max(told) FROM announcements WHERE kind = ? AND id = ?", kind, object_id)
    books.write(
        "INSERT INTO announcements (kind, id, merchant_id, told, next_at) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT (kind, id) DO UPDATE SET next_at = ?5",
        kind,
        object_id,
        merchant_id,
        told,
        changes[told] if told < len(changes) else None,
    )


def told(books: Books, kind: str, object_id: str, places: int) -> None:
    """Note how many changes were told; `plan` follows in the same transaction."""
    books.write("UPDATE announcements SET told = ? WHERE kind = ? AND id = ?", places, kind, object_id)
