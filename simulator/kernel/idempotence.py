"""First answers, kept 24 hours by merchant and key, and the keys whose first request still runs."""

from simulator.kernel import errors
from simulator.kernel.books import Books
from simulator.kernel.calls import Answer
from simulator.kernel.clock import DAY

KEPT = DAY  # the API reference: keys are stored 24 hours
HEADER = "X-GCS-Idempotence-Request-Timestamp"


def first_seen(at: int) -> dict[str, str]:
    """The header that marks a repeat: the time of the first request in milliseconds."""
    return {HEADER: str(at // 1000)}


def replay(books: Books, merchant_id: str, key: str, now: int) -> Answer | None:
    """The first answer, byte for byte, if its key is still kept."""
    row = books.row(
        "SELECT * FROM idempotence WHERE merchant_id = ? AND key = ? AND first_at > ?",
        merchant_id,
        key,
        now - KEPT,
    )
    if row is None:
        return None
    location = {"Location": row["location"]} if row["location"] else {}
    return Answer(status=row["status"], body=row["body"], headers={**location, **first_seen(row["first_at"])})


def remember_once(books: Books, merchant_id: str, key: str, first_at: int, answer: Answer) -> None:
    """Keep a first answer, unless there is one; a kept one older than 24 hours gives way."""
    books.write(
        "INSERT INTO idempotence (merchant_id, key, first_at, status, body, location) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (merchant_id, key) DO UPDATE SET first_at = ?3, status = ?4, body = ?5, location = ?6"
        " WHERE first_at <= ?7",
        merchant_id,
        key,
        first_at,
        answer.status,
        answer.body,
        answer.headers.get("Location"),
        first_at - KEPT,
    )


def in_progress(since: int) -> Answer:
    """The official sample's 409: the first request with this key is still running."""
    refused = errors.errors_answer(409, errors.api_error("1409", "DUPLICATE REQUEST IN PROGRESS", 409))
    return Answer(status=409, body=refused.body, headers=first_seen(since))


class Running:
    """Keys of requests under way. Kept in memory only: what was under way at a crash had no effect."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._since: dict[tuple[str, str], int] = {}

    def enter(self, merchant_id: str, key: str, at: int) -> Answer | None:
        """Claim a key, or tell that its first request is still running."""
        since = self._since.get((merchant_id, key))
        if since is None:
            self._since[merchant_id, key] = at
            return None
        return in_progress(since)

    def leave(self, merchant_id: str, key: str) -> None:
        """Give the key back."""
        self._since.pop((merchant_id, key), None)
