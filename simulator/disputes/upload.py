"""The one file of a multipart/form-data body."""

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from simulator.kernel import errors
from simulator.kernel.calls import Call, Refusal

FIELD = "file"
TYPES = ("application/pdf", "image/jpeg", "image/png", "image/tiff")
LARGEST = 10 * 1024 * 1024


@dataclass(kw_only=True)
class Upload:
    """A file as it came."""

    name: str
    media_type: str
    data: bytes


@dataclass(kw_only=True)
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)

    def option(self, name: str) -> str:
        """What Content-Disposition says, such as the name of the field."""
        options = parse_options_header(self.headers.get("content-disposition", "").encode())[1]
        return options.get(name.encode(), b"").decode(errors="replace")


def read(call: Call) -> Upload:
    """The file of the body. Raises Refusal: 400 for no form, no file, one too large or of a type not taken."""
    parts = [part for part in _parts(call) if part.option("name") == FIELD]
    if not parts:
        raise errors.refuse(400, errors.missing_parameter(FIELD))
    if len(parts) > 1:
        raise _wrong("ONLY ONE FILE IS TAKEN AT A TIME")
    part, name = parts[0], parts[0].option("filename")
    media_type = part.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not name or len(name) > 255 or not name.isprintable():
        raise _wrong("THE FILE NEEDS A NAME OF AT MOST 255 SIGNS")
    if media_type not in TYPES:
        raise _wrong(f"THE FILE IS NONE OF {', '.join(TYPES)}")
    if not 0 < len(part.data) <= LARGEST:
        raise _wrong(f"THE FILE HAS {len(part.data)} BYTES, NOT 1 TO {LARGEST}")
    return Upload(name=name, media_type=media_type, data=bytes(part.data))


def _wrong(message: str) -> Refusal:
    return errors.refuse(400, errors.invalid_value(FIELD, message))


def _parts(call: Call) -> list[_Part]:
    kind, options = parse_options_header(call.header("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise errors.refuse(400, errors.invalid_value("", "REQUEST BODY IS NOT MULTIPART/FORM-DATA"))
    collected = _Collector()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": collected.begin,
                "on_part_data": collected.add,
                "on_header_field": collected.name,
                "on_header_value": collected.value,
                "on_header_end": collected.header,
                "on_end": collected.end,
            },
        )
        parser.write(call.body)
        parser.finalize()
    except FormParserError:
        collected.ended = False
    if not collected.ended:
        raise errors.refuse(400, errors.invalid_value("", "REQUEST BODY IS NOT VALID MULTIPART/FORM-DATA"))
    return collected.parts


class _Collector:
    """What the parser tells while it reads, put together."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.parts: list[_Part] = []
        self.ended = False
        self._name = bytearray()
        self._value = bytearray()

    def begin(self) -> None:
        self.parts.append(_Part())

    def add(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data.extend(data[start:end])

    def name(self, data: bytes, start: int, end: int) -> None:
        self._name.extend(data[start:end])

    def value(self, data: bytes, start: int, end: int) -> None:
        self._value.extend(data[start:end])

    def header(self) -> None:
        name, value = self._name.decode("latin-1").lower(), self._value.decode(errors="replace")
        self.parts[-1].headers[name] = value
        self._name.clear()
        self._value.clear()

    def end(self) -> None:
        self.ended = True
