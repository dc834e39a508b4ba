"""Reading JSON from strangers: one value, or a refusal in words. What others would read differently is refused too."""

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from payments.card_numbers import shown
from payments.refusals import Refusal

# Our own messages are five levels deep, an order of OroCommerce's is seven.
DEEPEST = 32
# A character that PostgreSQL cannot keep, as JSON writes it (an even number of backslashes before it is another text).
_ZERO = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class NotJson(ValueError):
    """A text that is no JSON that everybody reads alike; `refusal` says why."""

    def __init__(self, message: str, remedy: str) -> None:
        self.refusal = Refusal(code="unreadable", field="(message)", message=message, remedy=remedy)
        super().__init__(str(self.refusal))


def read_json(written: bytes, *, largest_bytes: int, parse_float: type[Any] = float) -> Any:  # noqa: ANN401 (JSON)
    """Return the value of a JSON text. Raises NotJson, whatever the bytes are."""
    if len(written) > largest_bytes:
        raise NotJson(f"It is larger than {largest_bytes} bytes.", "Send the one object alone.")
    try:
        value = json.loads(
            written.decode("utf-8-sig"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_no_number,
            parse_float=parse_float,
        )
    except NotJson:
        raise
    except UnicodeDecodeError as error:
        raise NotJson(f"It is no UTF-8: byte {error.start} fits nothing.", "Send JSON in UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        # A number of thousands of digits is refused by Python itself, in words for programmers.
        told = str(error) if isinstance(error, json.JSONDecodeError) else "a number has too many digits"
        raise NotJson(f"It is no JSON: {shown(told)}.", "Send one JSON object.") from None
    _check_depth(value)
    if _ZERO.search(written):
        raise NotJson("A text holds the character U+0000, which no ledger can keep.", "Send the text without it.")
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) == len(pairs):
        return named
    names = sorted(name for name, _ in pairs)
    twice = next(name for name, following in pairwise(names) if name == following)
    raise NotJson(f"{shown(twice)!r} stands twice in one object.", "Send each field once.")


def _no_number(written: str) -> Any:  # noqa: ANN401 (never returns)
    raise NotJson(f"{written} is no number in JSON.", "Send a number, or leave the field out.")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep() -> NotJson:
    return NotJson(f"It is nested more than {DEEPEST} levels deep.", "Send one object as the documentation shows it.")
