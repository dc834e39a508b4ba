"""The official SDK with a tape in it: what travelled, and what the SDK made of each answer. Nothing else is changed."""

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from worldline.connect.sdk.communication.default_connection import DefaultConnection
from worldline.connect.sdk.json.default_marshaller import DefaultMarshaller


@dataclass(kw_only=True)
class Exchange:
    """One request and its answer. `kind` and `parsed` are the SDK's class for the answer and what it read into it."""

    verb: str
    path: str
    sent: object
    status: int
    headers: dict[str, str]
    raw: bytes
    kind: type | None = None
    parsed: object = None

    @property
    def content(self):
        return json.loads(self.raw)


@dataclass
class Tape:
    """All exchanges of one client, oldest first."""

    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def last(self) -> Exchange:
        return self.exchanges[-1]


class RecordingConnection(DefaultConnection):
    """The SDK's own connection; answers are read whole, so that they can be written down."""

    def __init__(self, tape: Tape) -> None:
        super().__init__(5, 10, 4)
        self._tape = tape

    def _request(self, method, url, headers, body=None):
        status, answered, chunks = super()._request(method, url, headers, body)
        raw = b"".join(chunks)
        self._tape.exchanges.append(
            Exchange(
                verb=method.upper(),
                path=urlsplit(url if isinstance(url, str) else url.geturl()).path,
                sent=json.loads(body) if isinstance(body, str) else None,
                status=status,
                headers={name.lower(): value for name, value in answered.items()},
                raw=raw,
            )
        )
        return status, answered, iter([raw])


class RecordingMarshaller(DefaultMarshaller):
    """The SDK's own marshaller; notes what it reads of each answer."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def unmarshal(self, response_json, type_class):
        parsed = super().unmarshal(response_json, type_class)
        if response_json:
            self._tape.last.kind, self._tape.last.parsed = type_class, parsed
        return parsed
