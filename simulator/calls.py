"""A request as the operations see it, and the answer they give: plain values, without the web framework."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

Json = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to the Server API, read whole."""

    operation: str
    method: str
    target: str  # path and query as they came over the wire: both are part of the signature
    headers: tuple[tuple[str, str], ...]
    body: bytes
    merchant_id: str
    payment_id: str
    query: Mapping[str, str]
    base_url: str
    at: int

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def idempotence_key(self) -> str | None:
        """The caller's key; an empty one counts as none."""
        return self.header("x-gcs-idempotence-key") or None

    def at_time(self, now: int) -> "Call":
        """The same call, carried out later than it came in."""
        return replace(self, at=now)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back. `effect` says that the operation was carried out, for the request log."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: bool = False


def answer(status: int, content: Json, *, effect: bool = False, headers: Mapping[str, str] | None = None) -> Answer:
    """Render a body once, so that a replay is the same bytes; in ASCII, which any echoed text fits into."""
    rendered = json.dumps(content).encode()
    return Answer(status=status, body=rendered, headers=headers or {}, effect=effect)


class Refusal(Exception):
    """The operation is not carried out; nothing may have been written before it is raised."""

    def __init__(self, refused: Answer) -> None:
        super().__init__(f"refused with {refused.status}")
        self.answer = refused
