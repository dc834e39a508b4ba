"""The fields that customers fill in, as a payment page draws and checks them.

Each definition accepts what the simulator's operations accept of the same value, so that a page which follows it is
never refused later.
"""

from collections.abc import Sequence

from simulator.kernel.calls import Json

IMAGES = "templates/master/global/css/img/ppimages"

# Ids of iDEAL's banks (BICs of test banks), with the ones to show first.
ISSUERS = (
    ("INGBNL2A", "Issuer Simulation V3 - ING", "short"),
    ("RABONL2U", "Issuer Simulation V3 - RABO", "short"),
    ("ABNANL2A", "Issuer Simulation V3 - ABN AMRO", "long"),
    ("BUNQNL2A", "Issuer Simulation V3 - bunq", "long"),
)
DIGITS, LETTERS = "IntegerKeyboard", "StringKeyboard"


def logo(product: int | str) -> str:
    """A partial URL; the session's assetUrl stands before it."""
    return f"{IMAGES}/pp_logo_{product}_v1.svg"


def element(
    name: str,
    label: str,
    order: int,
    validators: Json,
    *,
    kind: str = "string",
    required: bool = True,
    mask: str = "",
    obfuscate: bool = False,
    tooltip: str = "",
) -> Json:
    """One PaymentProductField."""
    hints: Json = {
        "alwaysShow": False,
        "displayOrder": order,
        "formElement": {"type": "text"},
        "label": label,
        "obfuscate": obfuscate,
        "placeholderLabel": label,
        "preferredInputType": LETTERS if kind == "string" else DIGITS,
    }
    if mask:
        hints["mask"] = mask
    if tooltip:
        hints["tooltip"] = {"label": tooltip}
    restrictions: Json = {"isRequired": required, "validators": validators}
    return {"id": name, "type": kind, "dataRestrictions": restrictions, "displayHints": hints}


def card(
    shortest: int, longest: int, *, code: tuple[int, int] = (3, 3), mask: str = "", coded: bool = True
) -> tuple[Json, ...]:
    """The fields of a card: a number of so many digits, and a security code of so many, which some cards lack."""
    number: Json = {
        **_length(shortest, longest),
        "luhn": {},
        "regularExpression": {"regularExpression": f"^[0-9]{{{shortest},{longest}}}$"},
    }
    expiry: Json = {
        **_length(4, 4),
        "expirationDate": {},
        "regularExpression": {"regularExpression": "^(?:0[1-9]|1[0-2])[0-9]{2}$"},
    }
    digits: Json = {**_length(*code), "regularExpression": {"regularExpression": f"^[0-9]{{{code[0]},{code[1]}}}$"}}
    spaced = mask or "{{9999}} {{9999}} {{9999}} {{9999}} {{999}}"
    return (
        element("cardNumber", "Card number", 0, number, kind="numericstring", mask=spaced),
        element("expiryDate", "Expiry date", 1, expiry, kind="expirydate", mask="{{99}}/{{99}}"),
        element(
            "cvv",
            "Security code",
            2,
            digits,
            kind="numericstring",
            required=coded,
            mask=f"{{{{{'9' * code[1]}}}}}",
            tooltip="The last 3 digits on the back of your card, or the 4 digits on its front",
        ),
        element("cardholderName", "Cardholder name", 3, _length(2, 51), required=False),
    )


def ach() -> tuple[Json, ...]:
    """An account in the United States, and whom a letter about it would reach."""
    number: Json = {**_length(4, 17), "regularExpression": {"regularExpression": "^[0-9]{4,17}$"}}
    routing: Json = {**_length(9, 9), "regularExpression": {"regularExpression": "^[0-9]{9}$"}}
    optional = (
        ("firstName", "First name", 15),
        ("surname", "Surname", 70),
        ("street", "Street", 50),
        ("houseNumber", "House number", 15),
        ("city", "City", 40),
        ("zip", "ZIP code", 10),
    )
    return (
        element("accountHolderName", "Account holder", 0, _length(1, 60)),
        element("bankCode", "Routing number", 1, routing, kind="numericstring"),
        element("accountNumber", "Account number", 2, number, kind="numericstring"),
        *(
            element(name, label, order, _length(1, longest), required=False)
            for order, (name, label, longest) in enumerate(optional, start=3)
        ),
    )


def sepa() -> tuple[Json, ...]:
    """An account in the Single Euro Payments Area."""
    return (
        element("iban", "IBAN", 0, {**_length(15, 34), "iban": {}}),
        element("accountHolderName", "Account holder", 1, _length(1, 60)),
    )


def ideal() -> tuple[Json, ...]:
    """The customer's bank. Optional: without it the bank is chosen on iDEAL's own page."""
    chosen = element("issuerId", "Your bank", 0, {"fixedList": {"allowedValues": [each[0] for each in ISSUERS]}})
    hints = {**_object(chosen["displayHints"]), "formElement": {"type": "list", "valueMapping": _values()}}
    restrictions = {**_object(chosen["dataRestrictions"]), "isRequired": False}
    return ({**chosen, "displayHints": hints, "dataRestrictions": restrictions},)


def without_texts(fields: Sequence[Json]) -> list[Json]:
    """The same fields without what is shown in a customer's language."""
    return [{**each, "displayHints": _untold(_object(each["displayHints"]))} for each in fields]


def _untold(hints: Json) -> Json:
    return {name: value for name, value in hints.items() if name not in {"label", "placeholderLabel", "tooltip"}}


def _values() -> list[Json]:
    return [
        {
            "value": issuer,
            "displayName": name,
            "displayElements": [{"id": "displayName", "label": "Your bank", "type": "STRING", "value": name}],
        }
        for issuer, name, _ in ISSUERS
    ]


def _length(shortest: int, longest: int) -> Json:
    return {"length": {"minLength": shortest, "maxLength": longest}}


def _object(value: object) -> Json:
    assert isinstance(value, dict)
    return value
