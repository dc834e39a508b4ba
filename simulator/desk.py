"""What every operation works with: settings, clock, books, and the keys under way."""

from dataclasses import dataclass, field

from simulator.books import Books
from simulator.clock import Clock
from simulator.idempotence import Running
from simulator.settings import Settings

OFFSET = "clock offset"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One running simulator."""

    settings: Settings
    books: Books
    clock: Clock
    running: Running = field(default_factory=Running)

    @classmethod
    def open(cls, settings: Settings) -> "Desk":
        """Open the books and go on at the time at which they were left."""
        books = Books(settings.books)
        clock = Clock(offset=books.note(OFFSET), floor=books.latest())
        return cls(settings=settings, books=books, clock=clock)

    def advance(self, seconds: float) -> int:
        """Move the clock and remember it: a restarted simulator must not fall back."""
        now = self.clock.advance(seconds)
        with self.books.transaction():
            self.books.write_note(OFFSET, self.clock.offset)
        return now
