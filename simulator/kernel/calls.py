"""A request as the operations see it, and the answer they give: plain values, without the web framework."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import orjson

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
    base_url: str
    at: int  # when it is carried out; microseconds since 1970 by the simulator's clock
    lag: int = 0  # how far behind a lookup is, by an ordered fault
    params: Mapping[str, str] = field(default_factory=dict)  # from the path
    queries: tuple[tuple[str, str], ...] = ()  # decoded, a name may stand more than once

    @property
    def as_of(self) -> int:
        """The time of which a lookup speaks."""
        return self.at - self.lag

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def query(self, name: str) -> str | None:
        """The first value of a query parameter."""
        return next((value for key, value in self.queries if key == name), None)

    @cached_property
    def content(self) -> object:
        """The body's JSON without its nulls, None when there is no body. Raises ValueError for anything else."""
        return without_nulls(orjson.loads(self.body)) if self.body else None

    @property
    def fields(self) -> Json:
        """The body's object; the front has made sure that there is one, an absent body counts as an empty one."""
        return self.content if isinstance(self.content, dict) else {}

    @property
    def idempotence_key(self) -> str | None:
        """The caller's key; an empty one counts as none."""
        return self.header("x-gcs-idempotence-key") or None

    def carried_out(self, now: int, lag: int = 0) -> "Call":
        """The same call, carried out later than it came in; `lag` lets a lookup speak of the past."""
        later = replace(self, at=now, lag=lag)
        if "content" in vars(self):
            # What was read of the body is not read again; nobody changes it.
            vars(later)["content"] = self.content
        return later


def without_nulls(value: object) -> object:
    """An explicit null counts as absent: the real sandbox accepts nulls (ActiveMerchant's recordings)."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value if each is not None]
    return value


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back. `effect` says that the operation was carried out, for the request log."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    effect: bool = False
    media_type: str = "application/json"


def answer(status: int, content: Json, *, effect: bool = True, headers: Mapping[str, str] | None = None) -> Answer:
    """Render a body once, so that a replay is the same bytes."""
    return Answer(status=status, body=orjson.dumps(content), headers=headers or {}, effect=effect)


def no_content() -> Answer:
    """204: done, and nothing to tell."""
    return Answer(status=204, body=b"", effect=True)


class Refusal(Exception):
    """The operation is not carried out; nothing may have been written before it is raised."""

    def __init__(self, refused: Answer) -> None:
        super().__init__(f"refused with {refused.status}")
        self.answer = refused
