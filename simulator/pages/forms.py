"""What the customer typed, and how its mistakes are told: beside the field, in words that say what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from simulator.kernel.calls import Json, Refusal
from simulator.pages.visits import Visit
from simulator.products.elements import ISSUERS

BANKS = {issuer: name.rpartition(" - ")[2] for issuer, name, _ in ISSUERS}


@dataclass(frozen=True, kw_only=True)
class Typed:
    """A form as it was sent: `shown` goes back into its fields, `content` is what a payment is made of."""

    shown: Mapping[str, str] = field(default_factory=dict)
    content: Json = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def card(visit: Visit) -> Typed:
    """A typed card. The security code is never shown again."""
    number = "".join(sign for sign in visit.text("number") if sign not in " -\u00a0")
    name = visit.text("name")
    errors = {
        "number": "" if number else "Enter the card number.",
        "expiry": "" if visit.text("expiry") else "Enter the expiry date.",
        "cvv": _wrong_code(visit),
        "name": "" if len(name) > 1 else "Enter the name on the card.",
    }
    return Typed(
        shown={
            "number": visit.text("number"),
            "expiry": visit.text("expiry"),
            "name": name,
            "remember": visit.text("remember"),
        },
        content={
            "cardNumber": number,
            "expiryDate": _month(visit.text("expiry")),
            "cvv": visit.text("cvv"),
            "cardholderName": name,
        },
        errors={place: message for place, message in errors.items() if message},
    )


def saved_card(visit: Visit) -> Typed:
    """A saved card needs its security code alone."""
    wrong = _wrong_code(visit)
    return Typed(content={"cvv": visit.text("cvv")}, errors={"cvv": wrong} if wrong else {})


def bank(visit: Visit) -> Typed:
    """The bank that the customer is sent to."""
    chosen = visit.text("bank")
    errors = {} if chosen in BANKS else {"bank": "Choose your bank."}
    return Typed(shown={"bank": chosen}, content={"bank": chosen}, errors=errors)


def account(visit: Visit) -> Typed:
    """A bank account and its holder, who allows that it is debited; a page of its own may ask for the country."""
    first, surname = visit.text("first"), visit.text("surname")
    iban = "".join(visit.text("iban").split()).upper()
    errors = {
        "first": "" if first else "Enter your first name.",
        "surname": "" if surname else "Enter your surname.",
        "iban": "" if iban else "Enter the IBAN.",
        **consent(visit).errors,
    }
    return Typed(
        shown={name: visit.text(name) for name in ("first", "surname", "iban", "country", "consent")},
        content={
            "bankAccountIban": {"accountHolderName": f"{first} {surname}"[:60], "iban": iban},
            "personalInformation": {"name": {"firstName": first, "surname": surname}},
        },
        errors={place: message for place, message in errors.items() if message},
    )


def consent(visit: Visit) -> Typed:
    """The tick without which nothing is debited."""
    ticked = visit.text("consent")
    errors = {} if ticked else {"consent": "Tick the box to allow the debit."}
    return Typed(shown={"consent": ticked}, errors=errors)


def _wrong_code(visit: Visit) -> str:
    code = visit.text("cvv")
    if not code:
        return "Enter the security code."
    fits = code.isascii() and code.isdigit() and len(code) in {3, 4}
    return "" if fits else "The security code has 3 digits, or 4 on American Express."


def _month(text: str) -> str:
    """MMYY of what was typed as 12/29, 12 / 29, 1229 or 12/2029."""
    digits = "".join(sign for sign in text if sign.isdigit())
    return digits[:2] + digits[4:] if len(digits) == 6 and digits[2:4] == "20" else digits


# The end of a refused field's name, the place on the form, and what its customer should know.
_PLACES = (
    ("card.cardNumber", "number", "This is not a valid card number. Check the digits."),
    ("card.expiryDate", "expiry", "Enter a date that is not over as MM/YY, as on the card."),
    ("card.cvv", "cvv", "The security code has 3 digits, or 4 on American Express."),
    ("card.cardholderName", "name", "Enter the name on the card in 2 to 51 characters."),
    ("iban", "iban", "This is not a valid IBAN. Check its letters and digits."),
    ("accountHolderName", "surname", "Enter the name of the account holder in at most 60 characters."),
    ("name.firstName", "first", "Enter your first name in at most 70 characters."),
    ("name.surname", "surname", "Enter your surname in at most 70 characters."),
    ("mandateAddress.countryCode", "country", "Choose your country."),
)
_NOT_A_CARD_NUMBER = "21000020"  # its error names no property (official sample)
_TWICE = "300620"


def refused(refusal: Refusal) -> dict[str, str]:
    """A refusal of the platform as messages by field; under an empty name what belongs to none."""
    told: dict[str, str] = {}
    for error in orjson.loads(refusal.answer.body)["errors"]:
        name, code = error.get("propertyName", ""), error["code"]
        if code == _NOT_A_CARD_NUMBER:
            name = "card.cardNumber"
        if code == _TWICE:
            told[""] = "The shop has already received a payment for this order."
            continue
        place, message = next(
            ((place, message) for end, place, message in _PLACES if name.endswith(end)),
            ("", f"This payment cannot be made: {error['message']}."),
        )
        told[place] = message
    return told
