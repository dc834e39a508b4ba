"""Aliases: what people are shown instead of a number, so that a whole number in one is a mistake."""

import re

from simulator.front.reader import Reader
from simulator.payments import accounts, cards


def read(reader: Reader, path: str) -> str | None:
    """The alias at a path; None, with what is wrong noted, for one that holds a card number or an IBAN."""
    alias = reader.text(path, ".{1,255}")
    digits = re.sub(r"[ -]", "", alias or "")
    number = re.fullmatch("[0-9]{12,19}", digits) is not None and cards.passes_luhn(digits)
    if number or accounts.passes_iban_check(digits.upper()):
        reader.wrong(path, "ALIAS HOLDS AN UNOBFUSCATED NUMBER")
        return None
    return alias
