"""Spot what looks like a card number, whatever it is disguised as, so that it can be refused at every entrance."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

# 13 to 19 digits that spaces, dashes or dots may part, as people write card numbers.
_CANDIDATE = re.compile(r"(?<!\d)\d(?:[\s.\-\u2010-\u2015]?\d){12,18}(?!\d)")
# First digits of the card schemes: Visa 4, Mastercard 2 and 5, Amex/Diners/JCB 3, Discover/Maestro/UnionPay 6.
_SCHEMES = "23456"


def looks_like_card_number(text: str) -> bool:
    """Tell whether `text` holds a run of digits that passes the Luhn check and starts like a card."""
    plain = unicodedata.normalize("NFKC", text)
    for found in _CANDIDATE.finditer(plain):
        digits = [unicodedata.digit(c) for c in found[0] if c.isdigit()]
        if str(digits[0]) in _SCHEMES and _luhn(digits):
            return True
    return False


# Random names that are made of hex digits: one in a few hundred holds a run that passes for a card number. There a
# card number counts only if it is the whole text.
RANDOM_NAMES = frozenset({"payment.token", "digest"})


def card_number_fields(document: object, path: str = "") -> Iterator[str]:
    """Yield the path of each text in a JSON document that looks like a card number."""
    if isinstance(document, str):
        is_random = path in RANDOM_NAMES and any(c.isalpha() for c in document)
        if not is_random and looks_like_card_number(document):
            yield path
    elif isinstance(document, Mapping):
        for name, value in document.items():
            if looks_like_card_number(str(name)):
                yield f"{path}.(a field's name)".lstrip(".")
            yield from card_number_fields(value, f"{path}.{name}".lstrip("."))
    elif isinstance(document, Sequence) and not isinstance(document, bytes):
        for position, value in enumerate(document):
            yield from card_number_fields(value, f"{path}[{position}]")
    elif isinstance(document, int) and not isinstance(document, bool) and looks_like_card_number(str(document)):
        yield path


def _luhn(digits: Sequence[int]) -> bool:
    doubled = [d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0
