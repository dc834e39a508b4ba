"""The statuses of a document over time, those still to come included: what is asked fixes the future, until the next.

Kept in the document's content as a list in order of time. Nothing is moved by a timer: a reading takes what has come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simulator.kernel.documents import Document

_FIELD = "history"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """From `at` on the object has this status."""

    at: int
    status: str


def begun(document: Document, moments: Sequence[Moment]) -> Document:
    """A new document with its first moments."""
    return _with(document, moments)


def went_on(document: Document, now: int, ahead: Sequence[Moment]) -> Document:
    """Something was asked at `now`: what lay ahead gives way to what lies ahead from here."""
    return _with(document, [*(moment for moment in moments(document) if moment.at <= now), *ahead])


def moments(document: Document) -> list[Moment]:
    """All moments in order, past and still to come."""
    found = document.content[_FIELD]
    assert isinstance(found, list)
    return [Moment(**each) for each in found]


def state_at(document: Document, now: int) -> Moment:
    """The status that holds at `now`, which is not before the document's creation."""
    return [moment for moment in moments(document) if moment.at <= now][-1]


def changes(document: Document) -> list[tuple[int, str]]:
    """The times of all changes and the last word of each one's event type."""
    return [(moment.at, moment.status.lower()) for moment in moments(document)]


def _with(document: Document, history: Sequence[Moment]) -> Document:
    return replace(document, content={**document.content, _FIELD: [vars(moment) for moment in history]})
