"""What should never pass: one row a case. Where it enters, what the answer must name, what must be said to do."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.support.sealed import look_alike

# ruff: noqa: RUF001 (digits of other scripts are the point)

NUMBER = "4567350000427977"
# Each way to write it in which it must never be repeated.
ALL_WRITTEN = (NUMBER, "4567 3500 0042 7977", "4567-3500-0042-7977", "４５６７３５００００４２７９７７")
PLAIN, SPACED, DASHED, WIDE = ALL_WRITTEN

OROCOMMERCE = json.loads(Path("examples/orders/1-shipped.json").read_text())


class Entry(StrEnum):
    """Where the input comes in."""

    CLIENT = "a start by our client"
    RAW = "a start by names and raw JSON alone"
    INTAKE = "intake of a document"
    COMMAND_LINE = "the command line"
    UPDATE = "an update sent by name"
    SIGNAL = "a signal sent by name"


class Given(StrEnum):
    """What happened to the payment before."""

    NOTHING = "nothing was started"
    HELD = "authorized"
    FINAL = "authorized finally"
    PART = "captured in part as request `one`"
    VOIDED = "voided"
    WINDOW_ENDED = "its window ended"
    DECLINED = "declined, and closed"


@dataclass(frozen=True)
class Row:
    """One case. `content`: a change of the valid start or command, or exactly these bytes."""

    name: str
    content: Any
    field: str
    remedy: str
    entry: Entry = Entry.RAW
    given: Given = Given.NOTHING
    command: str = "capture"

    def __str__(self) -> str:
        return f"{self.name}, {self.entry.name.lower()}" + (f" {self.command}" if self.entry in COMMANDS else "")


COMMANDS = {Entry.UPDATE, Entry.SIGNAL}
GONE = object()


def change(document: Any, path: str, value: Any) -> Any:
    """Return a document in which one place is another: `order.total.currency`, `data.attributes.currency`."""
    changed = copy.deepcopy(document)
    *outer, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    holder = changed
    for step in outer:
        holder = holder.setdefault(step, {}) if isinstance(holder, dict) else holder[step]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return changed


def line(amount: int, currency: str = "USD", **changes: object) -> dict[str, object]:
    money = {"amount_minor": amount, "currency": currency}
    return {"sku": "a", "name": "b", "quantity": "1", "amount": money, **changes}


CARD = "Send a token"
MINOR = "whole minor units"
LETTERS = "letters, digits"
ISO_4217 = "ISO 4217"

ENCRYPTED = "payment.encrypted_input"


HOSTED = "payment.hosted_checkout"
BACK = "https://shop.example/back"
PAGE = {"return_url": BACK}


def hosted(**page: object) -> dict[str, object]:
    """Return the change that pays on a hosted page and not with the token."""
    asked = {name: value for name, value in {**PAGE, **page}.items() if value is not GONE}
    return {"payment.token": GONE, HOSTED: asked}


def encrypted(blob: object) -> dict[str, object]:
    """Return the change that pays with encrypted input and not with the token."""
    return {"payment.token": GONE, ENCRYPTED: blob}


_STARTS = [
    # Amounts.
    ("a negative amount", {"order.total.amount_minor": -1}, "order.total.amount_minor", MINOR),
    ("nothing to pay", {"order.total.amount_minor": 0}, "order.total.amount_minor", "at least 1"),
    ("more than can be charged", {"order.total.amount_minor": 10_000_000_000}, "order.total.amount_minor", MINOR),
    ("more than 64 bits", {"order.total.amount_minor": 2**63 + 1}, "order.total.amount_minor", MINOR),
    ("400 digits", {"order.total.amount_minor": 10**400}, "order.total.amount_minor", MINOR),
    ("half a cent", {"order.total.amount_minor": 1000.5}, "order.total.amount_minor", MINOR),
    ("a whole float", {"order.total.amount_minor": 1000.0}, "order.total.amount_minor", MINOR),
    ("an amount as text", {"order.total.amount_minor": "1000"}, "order.total.amount_minor", MINOR),
    ("true as amount", {"order.total.amount_minor": True}, "order.total.amount_minor", MINOR),
    ("null as amount", {"order.total.amount_minor": None}, "order.total.amount_minor", MINOR),
    ("a total as text", {"order.total": "10.00 USD"}, "order.total", "amount_minor"),
    ("no total", {"order.total": GONE}, "order.total", "amount owed"),
    ("lines that do not add up", {"order.lines": [line(9_999)]}, "order.total.amount_minor", "Correct the total"),
    ("a line in euros", {"order.lines": [line(10_000, "EUR")]}, "order.lines[0].amount.currency", "one currency"),
    ("shipping in yen", {"order.shipping": {"amount_minor": 1, "currency": "JPY"}}, "order.shipping", "one currency"),
    ("a line of text", {"order.lines": ["x"]}, "order.lines[0]", "list of lines"),
    ("more lines than can be read", {"order.lines": [line(1)] * 1_001}, "order.lines", "at most 1000"),
    ("a quantity of words", {"order.lines": [line(10_000, quantity="two")]}, "order.lines[0].quantity", "such as"),
    # Currencies.
    ("an unknown currency", {"order.total.currency": "ABC"}, "order.total.currency", ISO_4217),
    ("dinars of Kuwait", {"order.total.currency": "KWD"}, "order.total.currency", ISO_4217),
    ("dinars of Bahrain", {"order.total.currency": "BHD"}, "order.total.currency", ISO_4217),
    ("units of account", {"order.total.currency": "CLF"}, "order.total.currency", ISO_4217),
    ("gold", {"order.total.currency": "XAU"}, "order.total.currency", ISO_4217),
    ("small letters", {"order.total.currency": "usd"}, "order.total.currency", ISO_4217),
    ("no currency", {"order.total.currency": GONE}, "order.total.currency", ISO_4217),
    # Countries.
    ("no country", {"order.billing_address.country_code": GONE}, "order.billing_address.country_code", "ISO 3166"),
    ("no address", {"order.billing_address": GONE}, "order.billing_address", "country_code"),
    ("three letters", {"order.billing_address.country_code": "USA"}, "order.billing_address.country_code", "ISO 3166"),
    ("no such country", {"order.billing_address.country_code": "ZZ"}, "order.billing_address.country_code", "ISO 3166"),
    ("a small country", {"order.billing_address.country_code": "us"}, "order.billing_address.country_code", "ISO 3166"),
    # Names of things.
    ("an order of 65 characters", {"order.order_id": "x" * 65}, "order.order_id", LETTERS),
    ("an order with a slash", {"order.order_id": "a/b"}, "order.order_id", LETTERS),
    ("an order with a line break", {"order.order_id": "a\n"}, "order.order_id", LETTERS),
    ("an order with an emoji", {"order.order_id": "a🙂"}, "order.order_id", LETTERS),
    ("an order named as the engine's request", {"order.order_id": "@start"}, "order.order_id", LETTERS),
    ("an empty order", {"order.order_id": ""}, "order.order_id", LETTERS),
    ("another order than the workflow's", {"order.order_id": "OTHER"}, "order.order_id", "payment-SHOP-ORDER"),
    ("a shop of 13 characters", {"order.shop": "x" * 13}, "order.shop", "small letters"),
    ("a shop with a dash", {"order.shop": "a-b"}, "order.shop", "small letters"),
    ("a customer of 65 characters", {"order.customer.customer_id": "x" * 65}, "order.customer.customer_id", "64"),
    ("a name of 513 characters", {"order.customer.first_name": "x" * 513}, "order.customer.first_name", "512"),
    ("a name that ends in nothing", {"order.customer.first_name": "a\u0000"}, "(message)", "without it"),
    ("half a character", {"order.customer.first_name": "\ud800"}, "(message)", "JSON"),
    # How it is paid.
    ("a token of 41 characters", {"payment.token": "x" * 41}, "payment.token", "1 to 40"),
    ("an empty token", {"payment.token": ""}, "payment.token", "1 to 40"),
    ("a token with a line break", {"payment.token": "a\nb"}, "payment.token", "1 to 40"),
    ("no way to pay", {"payment.token": GONE}, "payment", "exactly one way"),
    ("two ways to pay", {"payment.encrypted_input": look_alike()}, "payment", "exactly one way"),
    ("encrypted input of four parts", encrypted(look_alike().rpartition(".")[0]), ENCRYPTED, "unchanged"),
    ("encrypted input of six parts", encrypted(look_alike() + ".x"), ENCRYPTED, "unchanged"),
    ("encrypted input with a line break", encrypted(look_alike() + "\n"), ENCRYPTED, "unchanged"),
    ("encrypted input without a header", encrypted("e30.a.b.c.d"), ENCRYPTED, "unchanged"),
    ("encrypted input of no base64", encrypted("%.a.b.c.d"), ENCRYPTED, "unchanged"),
    ("encrypted input of 20,000 characters", encrypted(look_alike(20_000)), ENCRYPTED, "16000"),
    ("empty encrypted input", encrypted(""), ENCRYPTED, "unchanged"),
    ("encrypted input that is a list", encrypted([look_alike()]), ENCRYPTED, "unchanged"),
    ("a card number as encrypted input", encrypted(SPACED), ENCRYPTED, CARD),
    ("a card number within encrypted input", encrypted(f"{PLAIN}.a.b.c.d"), ENCRYPTED, CARD),
    ("no payment", {"payment": GONE}, "payment", "token"),
    ("a hosted checkout beside a token", {"payment.hosted_checkout": PAGE}, "payment", "exactly one way"),
    ("two return addresses", {**hosted(), "payment.return_url": BACK}, "payment", "exactly one way"),
    ("a hosted checkout without a return", hosted(return_url=GONE), f"{HOSTED}.return_url", "https://"),
    ("a return over http", hosted(return_url="http://shop.example"), f"{HOSTED}.return_url", "https://"),
    ("a return into a script", hosted(return_url="javascript:alert(1)"), f"{HOSTED}.return_url", "https://"),
    ("a locale of words", hosted(locale="english"), f"{HOSTED}.locale", "en_US"),
    ("a variant with a slash", hosted(variant="a/b"), f"{HOSTED}.variant", "variant"),
    ("no product at all", hosted(restrict_to=[]), f"{HOSTED}.restrict_to", "each once"),
    ("a product twice", hosted(exclude=[1, 1]), f"{HOSTED}.exclude", "each once"),
    ("a product as text", hosted(restrict_to=["visa"]), f"{HOSTED}.restrict_to", "cards"),
    ("yes for a result page", hosted(show_result_page="yes"), f"{HOSTED}.show_result_page", "true or false"),
    ("an unknown field of a page", hosted(colour="red"), f"{HOSTED}.colour", "Correct the field's name"),
    ("a card number as return", hosted(return_url=f"https://shop.example/{PLAIN}"), f"{HOSTED}.return_url", CARD),
    ("an unknown account", {"payment.account": "other"}, "payment.account", "Use one of: main"),
    ("an account in capitals", {"payment.account": "MAIN"}, "payment.account", "merchant accounts"),
    ("an unknown action", {"payment.action": "steal"}, "payment.action", "pre_authorization"),
    ("an unknown method", {"payment.method": "cash"}, "payment.method", "Send card"),
    ("a window of nothing", {"payment.window_seconds": 0}, "payment.window_seconds", "180 days"),
    ("a window of less", {"payment.window_seconds": -1}, "payment.window_seconds", "180 days"),
    ("a window of 180 days and a second", {"payment.window_seconds": 15_552_001}, "payment.window_seconds", "180 days"),
    ("true as window", {"payment.window_seconds": True}, "payment.window_seconds", "180 days"),
    ("a window as text", {"payment.window_seconds": "60"}, "payment.window_seconds", "180 days"),
    # Customers elsewhere.
    ("3-D Secure and no way back", {"payment.three_d_secure": {}}, "payment.return_url", "https://"),
    ("a way back without its secret", {"payment.return_url": "http://shop.example/"}, "payment.return_url", "https://"),
    ("a way back that runs", {"payment.return_url": "javascript:alert(1)"}, "payment.return_url", "https://"),
    ("a way back into somebody", {"payment.return_url": "https://a@b.example/"}, "payment.return_url", "https://"),
    ("a way back of 600 characters", {"payment.return_url": "https://a.b/" + "x" * 600}, "payment.return_url", "512"),
    (
        "an unknown challenge",
        {"payment.return_url": "https://a.b/", "payment.three_d_secure": {"challenge": "maybe"}},
        "payment.three_d_secure.challenge",
        "mandated",
    ),
    (
        "a redirect window of nothing",
        {"payment.redirect_window_seconds": 0},
        "payment.redirect_window_seconds",
        "a day",
    ),
    ("a review of a year", {"payment.review_deadline_seconds": 10**8}, "payment.review_deadline_seconds", "30 days"),
    ("an unknown rule", {"payment.late_success": "perhaps"}, "payment.late_success", "keep or release"),
    # Shapes.
    ("an unknown field", {"order.totl": 1}, "order.totl", "Correct the field's name"),
    ("an unknown field at the top", {"paymnet": {}}, "paymnet", "Correct the field's name"),
    ("an order that is a list", {"order": []}, "order", "docs/contract.md"),
    ("an order that is a text", {"order": "x"}, "order", "docs/contract.md"),
    ("a date that is none", {"order.placed_at": "yesterday"}, "order.placed_at", "ISO 8601"),
    ("true as provider's order id", {"order.provider_order_id": True}, "order.provider_order_id", "ten digits"),
    # Card numbers.
    ("a card number as token", {"payment.token": PLAIN}, "payment.token", CARD),
    ("a spaced card number as token", {"payment.token": SPACED}, "payment.token", CARD),
    ("a dashed card number as token", {"payment.token": DASHED}, "payment.token", CARD),
    ("a wide card number as token", {"payment.token": WIDE}, "payment.token", CARD),
    ("a card number in a token", {"payment.token": f"tok_{PLAIN}"}, "payment.token", CARD),
    ("a card number as name", {"order.customer.last_name": SPACED}, "order.customer.last_name", CARD),
    ("a card number in an address", {"order.billing_address.street": f"{DASHED} 12/29"}, "street", CARD),
    ("a card number as order", {"order.order_id": PLAIN}, "order.order_id", CARD),
    ("a card number as sku", {"order.lines": [line(10_000, sku=WIDE)]}, "order.lines[0].sku", CARD),
    ("a card number as a number", {"order.customer.customer_id": int(PLAIN)}, "order.customer.customer_id", CARD),
    ("a card number in metadata", {"metadata": {"card": SPACED}}, "metadata.card", CARD),
    ("a card number as a field's name", {f"order.{PLAIN}x": {"pan": PLAIN}}, "a field's name", CARD),
]

_BYTES = [
    ("broken JSON", b'{"order": ', "(message)", "one JSON object"),
    ("a card number in broken JSON", f'{{"order": {SPACED}'.encode(), "(message)", "one JSON object"),
    ("a thousand levels", b'{"order":' * 1_000 + b"1" + b"}" * 1_000, "(message)", "one object"),
    ("a megabyte", b'{"order": "' + b"x" * 1_000_000 + b'"}', "(message)", "object alone"),
    ("a list", b"[1]", "(message)", "one JSON object"),
    ("a number", b"5", "(message)", "one JSON object"),
    ("a text", b'"x"', "(message)", "one JSON object"),
    ("NaN", b'{"order": NaN, "payment": {}}', "(message)", "Send a number"),
    ("Infinity", b'{"order": Infinity, "payment": {}}', "(message)", "Send a number"),
    ("a field twice", b'{"order": {}, "order": {}, "payment": {}}', "(message)", "each field once"),
    ("no UTF-8", b'{"order": "\xff\xfe"}', "(message)", "UTF-8"),
]

_BY_CLIENT = [
    # What can be built: our own models refuse the rest before there is anything to send.
    ("nothing to pay", {"order.total.amount_minor": 0}, "order.total.amount_minor", "at least 1"),
    ("lines that do not add up", {"order.lines": [line(9_999)]}, "order.total.amount_minor", "Correct the total"),
    ("a line in euros", {"order.lines": [line(10_000, "EUR")]}, "order.lines[0].amount.currency", "one currency"),
    ("an unknown account", {"payment.account": "other"}, "payment.account", "Use one of: main"),
    (
        "a final authorization for an order that may be split",
        {"order.may_ship_in_parts": True, "payment.action": "final_authorization"},
        "payment.action",
        "pre_authorization",
    ),
]

_DOCUMENTS = [
    ("a total of half a cent", {"data.attributes.totalValue": "247.5950"}, "attributes.totalValue", "239.7900"),
    ("a negative total", {"data.attributes.totalValue": "-247.5900"}, "attributes.totalValue", "239.7900"),
    (
        "a total of a float's error",
        {"data.attributes.totalValue": 247.59000000000003},
        "attributes.totalValue",
        "239.79",
    ),
    ("lines that do not add up", {"data.attributes.totalValue": "247.6000"}, "order.total.amount_minor", "the total"),
    ("dinars", {"data.attributes.currency": "KWD"}, "attributes.currency", ISO_4217),
    ("a line in euros", {"included.0.attributes.currency": "EUR"}, "lines[0].amount.currency", "one currency"),
    ("no order number", {"data.attributes.identifier": None}, "attributes.identifier", "1 to 64"),
    ("a card number in the notes", {"data.attributes.customerNotes": f"pay by {SPACED} 12/29"}, "customerNotes", CARD),
    ("a card number as street", {"included.2.attributes.street": PLAIN}, "street", CARD),
    ("no address included", {"included": []}, "relationships.billingAddress", "included"),
]

_ON_THE_LINE = [
    ("half a cent", {"order.total.amount_minor": 1000.5}, "order.total.amount_minor", MINOR),
    ("nothing to pay", {"order.total.amount_minor": 0}, "order.total.amount_minor", "at least 1"),
    ("dinars", {"order.total.currency": "KWD"}, "order.total.currency", ISO_4217),
    ("an unknown account", {"payment.account": "other"}, "payment.account", "Use one of: main"),
    ("a card number as token", {"payment.token": SPACED}, "payment.token", CARD),
    ("a card number as name", {"order.customer.last_name": WIDE}, "order.customer.last_name", CARD),
    ("a misspelt payment", {"payments": {}}, "payments", "Correct the field's name"),
]

_SECOND_STARTS = [
    ("another amount", {"order.total.amount_minor": 5}, Given.HELD),
    ("another token", {"payment.token": "token-visa-second"}, Given.HELD),
    ("another amount", {"order.total.amount_minor": 5}, Given.DECLINED),
    ("another token, of a good card", {"payment.token": "token-visa-approved"}, Given.DECLINED),
    ("another amount", {"order.total.amount_minor": 5}, Given.VOIDED),
]


def _money(amount_minor: object, currency: object = "USD") -> dict[str, object]:
    return {"amount": {"amount_minor": amount_minor, "currency": currency}}


# Commands that can be read and must not be done: (name, given, command, content, field, remedy).
_REFUSED = [
    ("more than is held", Given.HELD, "capture", _money(10_001), "amount.amount_minor", "at most 100.00 USD"),
    ("nothing", Given.HELD, "capture", _money(0), "amount.amount_minor", "at least 1"),
    ("another currency", Given.HELD, "capture", _money(1, "EUR"), "amount.currency", "in USD"),
    ("a part of a final authorization", Given.FINAL, "capture", _money(9_999), "amount.amount_minor", "all of it"),
    ("a second capture", Given.PART, "capture", _money(1), "amount", "another payment"),
    ("a second capture of all", Given.PART, "capture", {}, "amount", "another payment"),
    ("a void after a capture", Given.PART, "void", {}, "order", "Refund it"),
    ("a capture after a void", Given.VOIDED, "capture", {}, "order", "Do not ship"),
    ("a capture after the window", Given.WINDOW_ENDED, "capture", {}, "order", "Do not ship"),
    ("a capture after a decline", Given.DECLINED, "capture", {}, "order", "Do not ship"),
    ("a request id again", Given.PART, "capture", {"request_id": "one", **_money(4_000)}, "request_id", "of its own"),
    ("a capture's id for a void", Given.PART, "void", {"request_id": "one"}, "request_id", "of its own"),
    ("a payment never started", Given.NOTHING, "capture", {}, "order", "Start the payment first"),
    ("a payment never started", Given.NOTHING, "void", {}, "order", "Start the payment first"),
    ("a payment never started", Given.NOTHING, "refund", {}, "order", "Start the payment first"),
    ("more than was captured", Given.PART, "refund", _money(5_001), "amount.amount_minor", "at most 50.00 USD"),
    ("nothing", Given.PART, "refund", _money(0), "amount.amount_minor", "at least 1"),
    ("another currency", Given.PART, "refund", _money(1, "EUR"), "amount.currency", "in USD"),
    ("a capture's id for a refund", Given.PART, "refund", {"request_id": "one"}, "request_id", "of its own"),
    ("a capture that is none", Given.PART, "refund", {"capture_id": "none"}, "capture_id", "the payment's captures"),
    ("a refund of a hold", Given.HELD, "refund", {}, "order", "Void the payment"),
    ("a refund after a void", Given.VOIDED, "refund", {}, "order", "once it is accepted"),
    ("a refund after a decline", Given.DECLINED, "refund", {}, "order", "once it is accepted"),
    ("a payment never started", Given.NOTHING, "review", {"decision": "accept"}, "order", "Start the payment first"),
    ("a review that is none", Given.HELD, "review", {"decision": "accept"}, "decision", "payment view"),
    ("a review after a decline", Given.DECLINED, "review", {"decision": "accept"}, "decision", "payment view"),
]

# Commands that cannot be read: (name, content, field, remedy). They come for a payment that is authorized.
_UNREADABLE = [
    ("a negative amount", _money(-1), "amount.amount_minor", MINOR),
    ("a float", _money(10.5), "amount.amount_minor", MINOR),
    ("a whole float", _money(10.0), "amount.amount_minor", MINOR),
    ("an amount as text", _money("10"), "amount.amount_minor", MINOR),
    ("true as amount", _money(amount_minor=True), "amount.amount_minor", MINOR),
    ("more than 64 bits", _money(2**64), "amount.amount_minor", MINOR),
    ("dinars", _money(10, "KWD"), "amount.currency", ISO_4217),
    ("small letters", _money(10, "usd"), "amount.currency", ISO_4217),
    ("an amount as people write it", {"amount": "1.005 USD"}, "amount", "minor units"),
    ("a request id with a slash", {"request_id": "a/b"}, "request_id", LETTERS),
    ("a request id of 65 characters", {"request_id": "x" * 65}, "request_id", LETTERS),
    ("a request id with a line break", {"request_id": "a\n"}, "request_id", LETTERS),
    ("a request id with an emoji", {"request_id": "🙂"}, "request_id", LETTERS),
    ("the start's own request", {"request_id": "@start"}, "request_id", LETTERS),
    ("the window's own request", {"request_id": "@window-end"}, "request_id", LETTERS),
    ("a number as request id", {"request_id": 5}, "request_id", LETTERS),
    ("no request id", {"request_id": GONE}, "request_id", LETTERS),
    ("an unknown field", {"amonut": 5}, "amonut", "Correct the field's name"),
    ("yes for true", {"final": "yes"}, "final", "true or false"),
    ("a shipment of 257 characters", {"shipment_id": "x" * 257}, "shipment_id", "256"),
    ("a patience of a day", {"patience_seconds": 86_400}, "patience_seconds", "0 to 10"),
    ("another kind", {"kind": "void"}, "kind", "Leave it out"),
    ("a card number as request id", {"request_id": PLAIN}, "request_id", CARD),
    ("a dashed card number as request id", {"request_id": DASHED}, "request_id", CARD),
    ("a card number as shipment", {"shipment_id": SPACED}, "shipment_id", CARD),
    ("a card number as who asks", {"asked_by": WIDE}, "asked_by", CARD),
    ("a card number in an unknown field", {"metadata": {"pan": DASHED}}, "metadata.pan", CARD),
    ("a card number as a field's name", {PLAIN: {"pan": PLAIN}}, "a field's name", CARD),
    *_BYTES[:3],
    ("a hundred thousand bytes", b'{"request_id": "' + b"x" * 100_000 + b'"}', "(message)", "object alone"),
    *_BYTES[4:],
]

# The same of refunds, where they differ.
_UNREADABLE_REFUNDS = [
    ("a negative amount", _money(-1), "amount.amount_minor", MINOR),
    ("a float", _money(10.5), "amount.amount_minor", MINOR),
    ("an amount as text", _money("10"), "amount.amount_minor", MINOR),
    ("true as amount", _money(amount_minor=True), "amount.amount_minor", MINOR),
    ("more than 64 bits", _money(2**64), "amount.amount_minor", MINOR),
    ("dinars", _money(10, "KWD"), "amount.currency", ISO_4217),
    ("an amount as people write it", {"amount": "1.005 USD"}, "amount", "minor units"),
    ("no request id", {"request_id": GONE}, "request_id", LETTERS),
    ("the provider's own request", {"request_id": "@provider"}, "request_id", LETTERS),
    ("an unknown field", {"amonut": 5}, "amonut", "Correct the field's name"),
    ("a capture's field", {"final": True}, "final", "Correct the field's name"),
    ("a patience of a day", {"patience_seconds": 86_400}, "patience_seconds", "0 to 10"),
    ("another kind", {"kind": "capture"}, "kind", "Leave it out"),
    ("a reason of 257 characters", {"reason": "x" * 257}, "reason", "256"),
    ("a card number as capture", {"capture_id": DASHED}, "capture_id", CARD),
    ("a card number as who asks", {"asked_by": WIDE}, "asked_by", CARD),
    ("a card number as request id", {"request_id": PLAIN}, "request_id", CARD),
    ("a card number in an unknown field", {"metadata": {"pan": SPACED}}, "metadata.pan", CARD),
    *_BYTES[:1],
]


SOON = "2126-12-01T09:00:00Z"
_TOKEN = {"payment": {"token": "token-visa-approved"}}


def _total(amount_minor: object, currency: str = "USD") -> dict[str, object]:
    return {"total": {"amount_minor": amount_minor, "currency": currency}}


# Commands that come by update alone, and cannot be read: (command, name, content, field, remedy).
_UNREADABLE_PLANS = [
    ("take_back", "no request id", {"request_id": GONE}, "request_id", LETTERS),
    ("take_back", "an amount", _money(1), "amount", "Correct the field's name"),
    ("take_back", "a card number as capture", {"capture_id": DASHED}, "capture_id", CARD),
    ("take_back", "a card number as reason", {"reason": SPACED}, "reason", CARD),
    ("schedule", "a time without a zone", {"at": "2126-12-01T09:00:00"}, "at", "with a zone"),
    ("schedule", "a time in words", {"at": "tomorrow"}, "at", "with a zone"),
    ("schedule", "a negative amount", {"at": SOON, **_money(-1)}, "amount.amount_minor", MINOR),
    ("schedule", "yes for true", {"at": SOON, "final": "yes"}, "final", "true or false"),
    ("schedule", "no for false", {"cancel": "no"}, "cancel", "true or false"),
    ("schedule", "the engine's own request", {"request_id": "@scheduled-1", "at": SOON}, "request_id", LETTERS),
    ("schedule", "a card number as shipment", {"at": SOON, "shipment_id": WIDE}, "shipment_id", CARD),
    ("change_window", "a time without a zone", {"until": "2126-12-01T09:00:00"}, "until", "with a zone"),
    ("change_window", "a window of nothing", {"window_seconds": 0}, "window_seconds", "180 days"),
    ("change_window", "a window of 181 days", {"window_seconds": 181 * 86_400}, "window_seconds", "180 days"),
    ("change_window", "seconds as text", {"window_seconds": "60"}, "window_seconds", "whole seconds"),
    ("change_window", "an unknown field", {"untill": SOON}, "untill", "Correct the field's name"),
    ("change", "no total", {}, "total", "minor units"),
    ("change", "a negative total", _total(-1), "total.amount_minor", MINOR),
    ("change", "a float", _total(10.5), "total.amount_minor", MINOR),
    ("change", "an unknown field", {"totl": 5}, "totl", "Correct the field's name"),
    ("change", "a card number as token", {**_total(5), "payment": {"token": PLAIN}}, "payment.token", CARD),
    ("retry", "nothing to pay with", {}, "payment", "in exactly one way"),
    ("retry", "a card number as token", {"payment": {"token": DASHED}}, "payment.token", CARD),
    ("retry", "no request id", {"request_id": GONE, **_TOKEN}, "request_id", LETTERS),
    ("retry", "an unknown field", {"paiment": 5, **_TOKEN}, "paiment", "Correct the field's name"),
    *[
        (command, f"bytes: {row[0]}", *row[1:])
        for command in ("take_back", "schedule", "change_window", "change", "retry")
        for row in _BYTES[:1]
    ],
]

# The same that can be read and must not be done: (command, name, given, content, field, remedy).
_REFUSED_PLANS = [
    ("take_back", "nothing captured", Given.HELD, {}, "order", "voided instead"),
    ("take_back", "a capture that is none", Given.PART, {"capture_id": "none"}, "capture_id", "the payment's captures"),
    ("take_back", "a capture's id", Given.PART, {"request_id": "one"}, "request_id", "of its own"),
    ("take_back", "a payment never started", Given.NOTHING, {}, "order", "Start the payment first"),
    ("schedule", "no time", Given.HELD, {}, "at", "with its zone"),
    ("schedule", "a time that is over", Given.HELD, {"at": "2020-01-01T00:00:00Z"}, "at", "capture now"),
    ("schedule", "a time after the window", Given.HELD, {"at": SOON}, "at", "extend the window"),
    ("schedule", "a time and cancel", Given.HELD, {"at": SOON, "cancel": True}, "cancel", "cancel alone"),
    ("schedule", "a payment never started", Given.NOTHING, {"at": SOON}, "order", "Start the payment first"),
    ("change_window", "no end", Given.HELD, {}, "window_seconds", "either window_seconds"),
    ("change_window", "beyond the hold", Given.HELD, {"until": SOON}, "until", "another authorization"),
    (
        "change_window",
        "a time that is over",
        Given.HELD,
        {"until": "2020-01-01T00:00:00Z"},
        "until",
        "void the payment",
    ),
    ("change_window", "after a void", Given.VOIDED, {"window_seconds": 60}, "order", "another one"),
    ("change_window", "after the window", Given.WINDOW_ENDED, {"window_seconds": 600}, "order", "another one"),
    ("change", "another currency", Given.HELD, _total(5_000, "EUR"), "total.currency", "the new total in USD"),
    ("change", "less than was captured", Given.PART, _total(1), "total.amount_minor", "refund"),
    ("change", "after a void", Given.VOIDED, _total(5_000), "order", "another id"),
    ("change", "a payment never started", Given.NOTHING, _total(5_000), "order", "Start the payment first"),
    ("retry", "an order that is held", Given.HELD, _TOKEN, "order", "Look at the payment"),
    ("retry", "a cancelled order", Given.VOIDED, _TOKEN, "order", "another id"),
    ("retry", "a payment never started", Given.NOTHING, _TOKEN, "order", "Start the payment first"),
]


def _rows() -> list[Row]:
    rows = [Row(*row) for row in (*_STARTS, *_BYTES)]
    rows += [Row(*row, entry=Entry.CLIENT) for row in _BY_CLIENT]
    rows += [Row(*row, entry=Entry.INTAKE) for row in (*_DOCUMENTS, *_BYTES)]
    rows += [Row(*row, entry=Entry.COMMAND_LINE) for row in (*_ON_THE_LINE, *_BYTES)]
    for name, content, given in _SECOND_STARTS:
        named = f"a second start with {name}, {given.name.lower()}"
        for entry in (Entry.CLIENT, Entry.RAW, Entry.COMMAND_LINE):
            rows.append(Row(named, content, "digest", "another id", entry, given))
    for name, given, command, content, field, remedy in _REFUSED:
        rows += [Row(name, content, field, remedy, entry, given, command) for entry in (Entry.UPDATE, Entry.SIGNAL)]
    for name, content, field, remedy in _UNREADABLE:
        rows += [Row(name, content, field, remedy, entry, Given.HELD) for entry in (Entry.UPDATE, Entry.SIGNAL)]
    for name, content, field, remedy in _UNREADABLE_REFUNDS:
        rows += [
            Row(name, content, field, remedy, entry, Given.HELD, "refund") for entry in (Entry.UPDATE, Entry.SIGNAL)
        ]
    rows += [
        Row(name, content, field, remedy, Entry.UPDATE, Given.HELD, command)
        for command, name, content, field, remedy in _UNREADABLE_PLANS
    ]
    rows += [
        Row(name, content, field, remedy, Entry.UPDATE, given, command)
        for command, name, given, content, field, remedy in _REFUSED_PLANS
    ]
    rows += [
        Row(f"{name} as reason", {"reason": written}, "reason", CARD, entry, Given.HELD, command)
        for name, written in zip(("plain", "spaced", "dashed", "wide"), ALL_WRITTEN, strict=True)
        for command in ("void", "refund")
        for entry in (Entry.UPDATE, Entry.SIGNAL)
    ]
    return rows


ROWS = _rows()
