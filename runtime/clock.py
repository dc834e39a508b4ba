"""The machine's clock, behind the core's port."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's time in UTC."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)
