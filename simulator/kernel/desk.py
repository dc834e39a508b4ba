"""What every operation works with: settings, clock, books, accounts, and the keys under way."""

from dataclasses import dataclass, field

from simulator.kernel.books import Books
from simulator.kernel.clock import Clock
from simulator.kernel.idempotence import Running
from simulator.kernel.merchants import Merchant, Merchants
from simulator.settings import Settings

OFFSET = "clock offset"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One running simulator."""

    settings: Settings
    books: Books
    clock: Clock
    merchants: Merchants
    running: Running = field(default_factory=Running)

    @classmethod
    def open(cls, settings: Settings) -> "Desk":
        """Open the books and go on at the time at which they were left."""
        books = Books(settings.data)
        clock = Clock(offset=books.note(OFFSET), floor=books.latest(), speed=settings.speed)
        return cls(settings=settings, books=books, clock=clock, merchants=Merchants(books, settings.merchants))

    def advance(self, seconds: float) -> int:
        """Move the clock and remember it: a restarted simulator must not fall back."""
        now = self.clock.advance(seconds)
        with self.books.transaction():
            self.books.write_note(OFFSET, self.clock.offset)
        return now

    def merchant(self, merchant_id: str) -> Merchant:
        """The account of a call whose signature was accepted."""
        found = self.merchants.get(merchant_id)
        assert found is not None
        return found
