"""Days as Connect writes them, YYYYMMDD, in the platform's own zone."""

from datetime import date, datetime

from simulator.front.reader import Reader
from simulator.kernel.clock import MICROSECONDS, PLATFORM_ZONE, moment


def of(text: str) -> date | None:
    """The day that a text means, None when there is no such day."""
    if not (len(text) == 8 and text.isascii() and text.isdigit()):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def read(reader: Reader, path: str, *, required: bool = False) -> date | None:
    """A day of the calendar; None, with what is wrong noted, for anything else."""
    found = reader.value(path, required=required)
    day = of(found) if isinstance(found, str) else None
    if found is not None and day is None:
        reader.wrong(path, f"VALUE OF FIELD {path} IS NOT A DATE IN FORMAT YYYYMMDD")
    return day


def today(now: int) -> date:
    """The day that it is at a time."""
    return moment(now).astimezone(PLATFORM_ZONE).date()


def begins(day: date) -> int:
    """When a day begins."""
    return round(datetime(day.year, day.month, day.day, tzinfo=PLATFORM_ZONE).timestamp()) * MICROSECONDS


def month_begins(year: int, month: int, later: int = 0) -> int:
    """When a month begins, or the one that is `later` months later."""
    count = year * 12 + month - 1 + later
    return begins(date(count // 12, count % 12 + 1, 1))
