"""Spot what looks like a card number, whatever it is disguised as, so that it can be refused at every entrance."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate

from pydantic_core import PydanticCustomError

# Digits in groups, as people write card numbers: up to three signs (none a letter) part two groups.
_GROUPS = re.compile(r"\d+(?:[^\w+:]{1,3}\d+|_{1,3}\d+)*")
_GROUP = re.compile(r"\d+")
# What the schemes issue: Visa, Mastercard, American Express, Diners, JCB, and Maestro, Discover and UnionPay. Visa's
# thirteen digits are not issued any more, and one in ten article numbers (EAN-13 beginning with 4) would pass for one.
_ISSUED = re.compile(
    rb"4(?:\d{15}|\d{18})"
    rb"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    rb"|3[47]\d{13}"
    rb"|3(?:0[0-59]|[689]\d)\d{11,16}"
    rb"|35\d{14,17}"
    rb"|(?:5[06-8]|6\d)\d{12,17}"
)
LENGTHS = range(14, 20)
# Luhn's doubling, on digits as bytes: 5 counts as 1 + 0.
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
LONGEST_WORDS = 200
# Invisible signs that would part the digits for us and for nobody else.
_INVISIBLE = {"Cf", "Mn", "Me"}


def looks_like_card_number(text: str) -> bool:
    """Tell whether `text` holds digits, perhaps in groups, that a card scheme issues and that pass the Luhn check.

    More digits may stand before and behind, as an expiry date does: each row of whole groups is looked at.
    """
    if text.isascii() and len(text) < LENGTHS.start:
        # Most texts of a message; others are as long as they look only once they are normalized.
        return False
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in _INVISIBLE)
    return any(_holds_one(row[0]) for row in _GROUPS.finditer(plain))


# Random texts, of hex digits or base64: one in a few hundred holds a run that passes for a card number. There a card
# number counts only where no letter or digit touches it.
RANDOM_NAMES = frozenset({"payment.token", "payment.encrypted_input", "digest"})
_TOUCHED = re.compile(r"[^\W_]*[^\W\d_][^\W_]*")


def token_looks_like_card_number(token: str) -> bool:
    """Tell the same of a random name: digits that letters touch are no number there."""
    return looks_like_card_number(_TOUCHED.sub("x", unicodedata.normalize("NFKC", token)))


def shown(text: str) -> str:
    """Return a sender's own words as they may stand in histories, books and logs: short, printable, no card number."""
    printable = "".join(c if c.isprintable() else "?" for c in text[:LONGEST_WORDS])
    return "(what looks like a card number)" if looks_like_card_number(text) else printable


def not_a_card_number(text: str) -> str:
    """Return the text. Raises pydantic's error, which does not repeat it, for what looks like a card number."""
    if looks_like_card_number(text):
        raise _card_number()
    return text


def token_not_a_card_number(token: str) -> str:
    """Return the token. Raises pydantic's error, which does not repeat it, for what looks like a card number."""
    if token_looks_like_card_number(token):
        raise _card_number()
    return token


def _card_number() -> PydanticCustomError:
    return PydanticCustomError("card_number", "This looks like a card number, and none may enter here")


def card_number_fields(document: object, path: str = "") -> Iterator[str]:
    """Yield the path of each text in a JSON document that looks like a card number; no path repeats one."""
    if isinstance(document, str):
        # A list of random texts is refused for being one; it is random all the same.
        is_random = path.partition("[")[0] in RANDOM_NAMES
        looks = token_looks_like_card_number if is_random else looks_like_card_number
        if looks(document):
            yield path
    elif isinstance(document, Mapping):
        for name, value in document.items():
            told = str(name)
            if looks_like_card_number(told):
                told = "(a field's name)"
                yield f"{path}.{told}".lstrip(".")
            yield from card_number_fields(value, f"{path}.{told}".lstrip("."))
    elif isinstance(document, Sequence) and not isinstance(document, bytes):
        for position, value in enumerate(document):
            yield from card_number_fields(value, f"{path}[{position}]")
    elif isinstance(document, int | float | Decimal) and looks_like_card_number(_digits(document)):
        yield path


def _digits(number: float | Decimal) -> str:
    """Write a whole number out; a fraction's digits mean nothing, and no card has more than these."""
    if isinstance(number, int):
        return str(number) if abs(number) < 10**20 else ""
    near = float(number)
    return str(int(near)) if abs(near) < 10**20 and near.is_integer() else ""


def _holds_one(row: str) -> bool:
    groups = [bytes(48 + unicodedata.digit(c) for c in group) for group in _GROUP.findall(row)]
    digits = b"".join(groups)
    bounds = list(accumulate(map(len, groups), initial=0))
    ends = set(bounds)
    return any(
        start + length in ends
        and _ISSUED.fullmatch(digits, start, start + length)
        and _luhn(digits[start : start + length])
        for start in bounds
        for length in LENGTHS
    )


def _luhn(digits: bytes) -> bool:
    total = sum(digits[-1::-2]) + sum(digits[-2::-2].translate(_DOUBLED)) - 48 * len(digits)
    return total % 10 == 0
