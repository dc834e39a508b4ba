"""The simulator's one clock, in whole microseconds: real time plus an offset that tests move forward, at a speed."""

import time
from datetime import UTC, datetime, timedelta, timezone

MICROSECONDS = 1_000_000
DAY = 86_400 * MICROSECONDS

# Recorded answers stamp one hour ahead of their own GMT Date header: the platform writes its local time
# (second reading of the API, section 5.2). A fixed offset, without summer time, keeps stamps from running back.
PLATFORM_ZONE = timezone(timedelta(hours=1))


class Clock:
    """Tells a time that never falls, whatever the machine's clock does."""

    def __init__(self, *, offset: int = 0, floor: int = 0, speed: float = 1.0) -> None:
        """Start `offset` microseconds ahead of real time and not before `floor`; run `speed` times as fast."""
        self._started = _real()
        self._base = max(self._started + offset, floor)
        self._speed = speed
        self._last = floor

    @property
    def offset(self) -> int:
        """How far ahead of real time this clock is, for the books to remember."""
        return self.now() - _real()

    def now(self) -> int:
        """Microseconds since 1970, UTC."""
        self._last = max(self._last, self._base + round((_real() - self._started) * self._speed))
        return self._last

    def advance(self, seconds: float) -> int:
        """Move forward and tell the new time."""
        self._base += round(seconds * MICROSECONDS)
        return self.now()


def _real() -> int:
    return time.time_ns() // 1000


def microseconds(seconds: float) -> int:
    """A duration in the clock's unit."""
    return round(seconds * MICROSECONDS)


def moment(at: int) -> datetime:
    """The UTC datetime of a clock reading, exact to the microsecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def iso(at: int) -> str:
    """RFC 3339, for the control API."""
    return moment(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


def stamp(at: int) -> str:
    """`statusCodeChangeDateTime`: local time to the second, without a zone."""
    return moment(at).astimezone(PLATFORM_ZONE).strftime("%Y%m%d%H%M%S")


def webhook_stamp(at: int) -> str:
    """An event's `created`, such as 2017-02-02T11:24:14.040+0100 (official webhook sample)."""
    local = moment(at).astimezone(PLATFORM_ZONE)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"
