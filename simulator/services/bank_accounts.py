"""Bank accounts by their national parts and by their IBAN: how one is made of the other, and what is checked."""

import re
from dataclasses import dataclass, field

PASSED, ERROR, NOT_CHECKED = "PASSED", "ERROR", "NOTCHECKED"

# The parts as BankAccountBban names them.
BANK, BRANCH, ACCOUNT, CHECK = "bankCode", "branchCode", "accountNumber", "checkDigit"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a country's account number; `length` is exact, and zeros on the left fill it where `padded`."""

    name: str
    signs: str
    length: int
    padded: bool = False


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The parts in the order in which an IBAN holds them (the ISO 13616 registry)."""

    parts: tuple[Part, ...]

    @property
    def length(self) -> int:
        """How long the national part of an IBAN is."""
        return sum(part.length for part in self.parts)


def _layout(*parts: tuple[str, str, int]) -> Layout:
    return Layout(
        parts=tuple(Part(name=name, signs=signs, length=size, padded=name == ACCOUNT) for name, signs, size in parts)
    )


LAYOUTS = {
    "BE": _layout((BANK, "0-9", 3), (ACCOUNT, "0-9", 7), (CHECK, "0-9", 2)),
    "DE": _layout((BANK, "0-9", 8), (ACCOUNT, "0-9", 10)),
    "ES": _layout((BANK, "0-9", 4), (BRANCH, "0-9", 4), (CHECK, "0-9", 2), (ACCOUNT, "0-9", 10)),
    "FR": _layout((BANK, "0-9", 5), (BRANCH, "0-9", 5), (ACCOUNT, "A-Z0-9", 11), (CHECK, "0-9", 2)),
    "IT": _layout((CHECK, "A-Z", 1), (BANK, "0-9", 5), (BRANCH, "0-9", 5), (ACCOUNT, "A-Z0-9", 12)),
    "NL": _layout((BANK, "A-Z", 4), (ACCOUNT, "0-9", 10)),
}
US = "US"  # no IBAN: a routing number of nine digits, and an account number of 4 to 17
COUNTRIES = (*LAYOUTS, US)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of an account, as a risk assessment tells it."""

    code: str
    description: str
    result: str


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account in full: its parts by name, and the IBAN where its country has one."""

    country: str
    parts: dict[str, str] = field(default_factory=dict)
    iban: str = ""


def of_iban(iban: str) -> Account | None:
    """The account of an IBAN without spaces; None when its country is not known here or a part has the wrong form."""
    layout = LAYOUTS.get(iban[:2])
    if layout is None or re.fullmatch(f"..[0-9]{{2}}.{{{layout.length}}}", iban) is None:
        return None
    parts, rest = {}, iban[4:]
    for part in layout.parts:
        parts[part.name], rest = rest[: part.length], rest[part.length :]
        if not _fits(part, parts[part.name]):
            return None
    return Account(country=iban[:2], parts=parts, iban=iban)


def of_parts(country: str, given: dict[str, str]) -> Account:
    """The account of its national parts, which must have their form (`wrong_parts`); a check digit may be left out."""
    if country == US:
        return Account(country=US, parts={BANK: given[BANK], ACCOUNT: given[ACCOUNT]})
    layout = LAYOUTS[country]
    parts = {part.name: _whole(part, given[part.name]) for part in layout.parts if part.name in given}
    if any(part.name == CHECK for part in layout.parts) and CHECK not in parts:
        parts[CHECK] = check_digit(country, parts)
    national = "".join(parts[part.name] for part in layout.parts)
    digits = _iban_digits(f"{country}00{national}")
    return Account(country=country, parts=parts, iban=f"{country}{digits}{national}")


def wrong_parts(country: str, given: dict[str, str]) -> list[str]:
    """The names of the parts that are missing or have the wrong form; the check digit may be missing."""
    if country == US:
        forms = {BANK: "[0-9]{9}", ACCOUNT: "[0-9]{4,17}"}
        return [name for name, form in forms.items() if re.fullmatch(form, given.get(name, "")) is None]
    wanted = [part for part in LAYOUTS[country].parts if part.name != CHECK or CHECK in given]
    return [part.name for part in wanted if not _fits(part, _whole(part, given.get(part.name, "")))]


def checks(account: Account) -> list[Check]:
    """What is checked of an account whose parts have their form, in order; after an error nothing further is."""
    if account.country == US:
        planned = [("ROUTING", "Check digit of the routing number", _routing(account.parts[BANK]))]
    else:
        planned = [("IBAN", "Check digits of the IBAN", account.iban[2:4] == _iban_digits(account.iban))]
        if CHECK in account.parts:
            right = account.parts[CHECK] == check_digit(account.country, account.parts)
            planned.append(("NATIONAL", f"Check digits of the account number in {account.country}", right))
    told: list[Check] = []
    for code, description, right in planned:
        stopped = any(check.result != PASSED for check in told)
        result = NOT_CHECKED if stopped else PASSED if right else ERROR
        told.append(Check(code=code, description=description, result=result))
    return told


def check_digit(country: str, parts: dict[str, str]) -> str:
    """The national check digits of the other parts."""
    match country:
        case "BE":
            return f"{int(parts[BANK] + parts[ACCOUNT]) % 97 or 97:02d}"
        case "ES":
            return _spanish("00" + parts[BANK] + parts[BRANCH]) + _spanish(parts[ACCOUNT])
        case "FR":
            return f"{97 - int(_french(parts[BANK] + parts[BRANCH] + parts[ACCOUNT]) + '00') % 97:02d}"
        case "IT":
            return _italian(parts[BANK] + parts[BRANCH] + parts[ACCOUNT])
        case _:
            raise ValueError(f"accounts in {country} have no check digit of their own")


def _whole(part: Part, given: str) -> str:
    return given.rjust(part.length, "0") if part.padded and given else given


def _fits(part: Part, given: str) -> bool:
    return re.fullmatch(f"[{part.signs}]{{{part.length}}}", given) is not None


def _iban_digits(iban: str) -> str:
    """The check digits that an IBAN should have, whatever stands in their place."""
    number = int("".join(str(int(sign, 36)) for sign in f"{iban[4:]}{iban[:2]}00"))
    return f"{98 - number % 97:02d}"


def _routing(nine: str) -> bool:
    """The ABA check digit: weights 3, 7, 1 over nine digits."""
    return sum(int(digit) * weight for digit, weight in zip(nine, (3, 7, 1) * 3, strict=True)) % 10 == 0


def _spanish(ten: str) -> str:
    """Weights 1, 2, 4, 8, 5, 10, 9, 7, 3, 6; 11 less the remainder, 10 written as 1 and 11 as 0."""
    weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
    found = 11 - sum(int(digit) * weight for digit, weight in zip(ten, weights, strict=True)) % 11
    return str({10: 1, 11: 0}.get(found, found))


def _french(signs: str) -> str:
    """Letters as digits: A to I are 1 to 9, J to R likewise, S to Z are 2 to 9."""
    return signs.translate(str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789"))


# What a sign counts at an odd place of an Italian account number; at an even place it counts its own value.
_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)


def _italian(signs: str) -> str:
    total = 0
    for place, sign in enumerate(signs):
        value = int(sign) if sign.isdigit() else ord(sign) - ord("A")
        total += value if place % 2 else _ODD[value]
    return chr(ord("A") + total % 26)
