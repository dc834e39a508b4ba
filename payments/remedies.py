"""What to do about a field that is wrong, by the field's own name: one remedy, wherever the field came in."""

import re
from collections.abc import Sequence

from payments.card_numbers import shown
from payments.refusals import Refusal

CARD_NUMBER = "Send a token, or let Ingenico's own page take the card."

_BY_NAME = {
    "amount_minor": "Send whole minor units as a number, from 1 to 9999999999: 23979 is 239.79 USD.",
    "currency": "Send an ISO 4217 code of three capital letters and at most two decimals, such as EUR, USD or JPY.",
    "total": "Send the amount owed: amount_minor (whole minor units) and currency.",
    "amount": "Send amount_minor (whole minor units) and currency.",
    "country_code": "Send the country's ISO 3166 code of two capital letters, such as US.",
    "billing_address": "Send the billing address, at least with its country_code.",
    "customer": "Send the customer, at least with the customer_id that the shop has.",
    "customer_id": "Send the shop's own id of the customer, 1 to 64 characters.",
    "locale": "Send a language and a country such as en_US, or leave it out.",
    "quantity": 'Send the quantity as a text such as "2" or "1.5".',
    "lines": "Send a list of lines, at most 1000, with sku, name, quantity and amount, or leave it out.",
    "placed_at": "Send date and time as ISO 8601, such as 2026-11-23T08:30:00Z, or leave it out.",
    "provider_order_id": "Send a whole number of at most ten digits, or leave it out.",
    "shop": "Send the shop's name: 1 to 12 small letters and digits.",
    "order_id": "Send the order's number: 1 to 64 letters, digits and . _ - only.",
    "payment": "Send how it is paid, in exactly one way: token, encrypted_input or hosted_checkout.",
    "hosted_checkout": "Send at least its return_url, where the customer comes back to from the page.",
    "variant": "Send the name of a variant of the page that the account has, or leave it out.",
    "restrict_to": 'Send a list of payment product numbers or "cards", each once, or leave it out.',
    "exclude": 'Send a list of payment product numbers or "cards", each once, or leave it out.',
    "show_result_page": "Send true or false, or leave it out.",
    "encrypted_input": "Send what Ingenico's client SDK encrypted, unchanged; it has at most 16000 characters.",
    "token": "Send the token that Ingenico gave for the card: 1 to 40 characters of ASCII without spaces.",
    "method": "Send card, or leave it out.",
    "action": "Send pre_authorization, final_authorization or sale.",
    "account": "Send the name of one of our merchant accounts, such as main.",
    "return_url": "Send an address of your shop that begins with https://, without spaces, at most 512 characters.",
    "three_d_secure": "Send challenge, exemption or skip, or leave it out.",
    "challenge": "Send no_preference, not_requested, requested or mandated, or leave it out.",
    "exemption": "Send none, automatic, transaction_risk_analysis, low_value or whitelist, or leave it out.",
    "skip": "Send true or false, or leave it out.",
    "redirect_window_seconds": "Send whole seconds from 1 to 86400 (a day), or leave it out.",
    "review_deadline_seconds": "Send whole seconds from 1 to 2592000 (30 days), or leave it out.",
    "late_success": "Send keep or release, or leave it out.",
    "decision": "Send accept or refuse.",
    "return_mac": "Send RETURNMAC from the address that the customer came back to.",
    "window_seconds": "Send whole seconds from 1 to 15552000 (180 days), or leave it out.",
    "reauthorize": "Send true or false, or leave it out.",
    "retry_window_seconds": "Send whole seconds from 0 to 604800 (7 days), or leave it out.",
    "request_id": "Send an id of 1 to 64 letters, digits and . _ : - only; the shipment's will do.",
    "final": "Send true or false, or leave it out.",
    "shipment_id": "Send at most 256 characters, or leave it out.",
    "reason": "Send at most 256 characters, or leave it out.",
    "capture_id": "Send the capture's operation id as the payment view shows it, or leave it out.",
    "at": "Send date and time with a zone as ISO 8601, such as 2026-12-01T09:00:00Z.",
    "until": "Send date and time with a zone as ISO 8601, such as 2026-12-01T09:00:00Z, or leave it out.",
    "cancel": "Send true or false, or leave it out.",
    "asked_by": "Send at most 256 characters, or leave it out.",
    "patience_seconds": "Send a number of seconds from 0 to 10, or leave it out.",
    "digest": "Send SHA-256 of the start's canonical JSON as 64 hex digits; docs/contract.md shows how.",
    "kind": "Leave it out: the message's name says what is asked.",
}
_OF_TEXT = "Send a text of at most 512 characters, or leave it out."
_TEXTS = frozenset(
    {"first_name", "last_name", "organization", "street", "street2", "city", "postal_code", "region_code", "phone"}
    | {"email", "company"}
)
_ANY = "See docs/contract.md for what this field may be."


def remedy_of(field: str, code: str) -> str:
    """Return what to do about a field: `order.lines[0].amount.amount_minor` has the remedy of `amount_minor`."""
    if code == "card_number":
        return CARD_NUMBER
    if code == "extra_forbidden":
        return "Correct the field's name, or leave it out: docs/contract.md lists the fields."
    name = re.sub(r"(\[\d+\])+$", "", field).rpartition(".")[2]
    if name in _TEXTS:
        return _OF_TEXT
    if name in {"sku", "name"}:
        return "Send a text of at most 512 characters."
    return _BY_NAME.get(name, _ANY)


def refusal_of(code: str, loc: Sequence[str | int], message: str) -> Refusal:
    """Return the refusal of one field of a message, which may have been named and filled by anybody."""
    field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    told = shown(message).removeprefix("Value error, ").rstrip(".")
    return Refusal(
        code=code,
        field=shown(field) or "(message)",
        message=f"{told[:1].upper()}{told[1:]}.",
        remedy=remedy_of(field, code) if field else "Send one JSON object as docs/contract.md shows it.",
    )


def card_number_refusal(field: str) -> Refusal:
    """Say that a field holds what looks like a card number."""
    return Refusal(
        code="card_number",
        field=shown(field) or "(message)",
        message="This looks like a card number, and none may enter here.",
        remedy=CARD_NUMBER,
    )
