"""What reading a request needs beside its body."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Context:
    """Whose request, and when. Times in microseconds since 1970."""

    merchant_id: str
    now: int
    base_url: str
