"""Bank accounts as a direct debit, a token and a mandate see them. A whole number is kept of test accounts alone."""

import hashlib
import re
from dataclasses import dataclass

from simulator.front.reader import Reader
from simulator.payments import triggers


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account without its number: `known` is that of a test account that means something."""

    known: str
    digest: str
    masked: str
    holder: str
    code: str = ""  # an American bank's routing number or a British sort code: it names the bank alone


def read_iban(reader: Reader, path: str, *, holder: str = "") -> Account | None:
    """Read `iban` and `accountHolderName` below a path, with `holder` for a missing one; None, with errors noted."""
    iban = reader.text(f"{path}.iban", "[A-Za-z0-9 ]{5,50}", required=True)
    named = reader.text(f"{path}.accountHolderName", ".{1,60}", required=not holder) or holder
    plain = plain_iban(iban or "")
    # The vendor's own negative test accounts have wrong check digits.
    if iban is not None and plain not in triggers.ACCOUNTS and not passes_iban_check(plain):
        reader.wrong(f"{path}.iban", "IBAN DID NOT PASS ITS CHECK")
        return None
    return None if iban is None or not named else of_iban(plain, named)


def read_bban(reader: Reader, path: str, *, routing: bool = True) -> Account | None:
    """Read an American account (nine digits of routing) or a British one (six of sort code) below a path."""
    number = reader.text(f"{path}.accountNumber", "[0-9]{4,17}" if routing else "[0-9]{6,10}", required=True)
    code = reader.text(f"{path}.bankCode", "[0-9]{9}" if routing else "[0-9]{6}", required=True)
    holder = reader.text(f"{path}.accountHolderName", ".{1,60}", required=True)
    if routing and code is not None and not passes_routing_check(code):
        reader.wrong(f"{path}.bankCode", "ROUTING NUMBER DID NOT PASS ITS CHECK")
        return None
    return None if number is None or code is None or holder is None else of_bban(code, number, holder)


def plain_iban(iban: str) -> str:
    """An IBAN without the spaces that people write."""
    return iban.replace(" ", "").upper()


def of_iban(iban: str, holder: str = "") -> Account:
    """The account of an IBAN: country, check digits and the last four stay readable."""
    masked = iban[:4] + "*" * (len(iban) - 8) + iban[-4:]
    return Account(known=_known(iban), digest=_digest(iban), masked=masked, holder=holder)


def of_bban(code: str, number: str, holder: str = "") -> Account:
    """The account of a bank code and a number."""
    shown = 4 if len(number) > 7 else 2
    masked = "*" * (len(number) - shown) + number[-shown:]
    return Account(known=_known(number), digest=_digest(f"{code} {number}"), masked=masked, holder=holder, code=code)


def _known(number: str) -> str:
    """The number, where the outcome of a debit hangs on it."""
    return number if number in triggers.ACCOUNTS else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def passes_routing_check(routing: str) -> bool:
    """The ABA check digit: weights 3, 7, 1 over nine digits."""
    return sum(int(digit) * weight for digit, weight in zip(routing, (3, 7, 1) * 3, strict=True)) % 10 == 0


def passes_iban_check(iban: str) -> bool:
    """ISO 13616: moved and lettered, the remainder by 97 is 1."""
    if not re.fullmatch(r"[A-Z]{2}(0[2-9]|[1-8][0-9]|9[0-8])[A-Z0-9]{8,30}", iban):
        return False
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97 == 1
