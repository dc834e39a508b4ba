"""Documents that no honest shop hands out: whatever comes, the answer is an order or a refusal in words."""

# ruff: noqa: RUF001 (digits of other scripts are the point)

import copy
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from payments.card_numbers import card_number_fields, looks_like_card_number
from payments.order import Order
from starter.intake import OrderUnreadable, read_order
from starter.intake.orocommerce import read_orocommerce
from workflows.contract import (
    AuthorizationAsk,
    BadMessage,
    CaptureAsk,
    PaymentStart,
    VoidAsk,
    read,
    read_raw,
    read_start,
)

NUMBER = "4567350000427977"
OROCOMMERCE = json.loads(Path("examples/orders/1-shipped.json").read_text())
OWN = {
    "order": {
        "shop": "main",
        "order_id": "H1",
        "provider_order_id": 7,
        "total": {"amount_minor": 1_000, "currency": "USD"},
        "lines": [
            {"sku": "a", "name": "b", "quantity": "2", "amount": {"amount_minor": 900, "currency": "USD"}},
        ],
        "shipping": {"amount_minor": 150, "currency": "USD"},
        "tax": {"amount_minor": 50, "currency": "USD"},
        "discount": {"amount_minor": 100, "currency": "USD"},
        "customer": {"customer_id": "77", "email": "ruth@example.org", "locale": "en_US"},
        "billing_address": {"country_code": "US", "street": "23400 Caldwell Road"},
        "placed_at": "2026-11-23T08:30:00Z",
    },
    "payment": {"token": "token-visa-approved", "window_seconds": 3600, "action": "pre_authorization"},
}
CAPTURE = {
    "request_id": "s1",
    "amount": {"amount_minor": 5, "currency": "USD"},
    "final": True,
    "shipment_id": "p",
    "asked_by": "x",
    "patience_seconds": 1.5,
}

NASTY = st.sampled_from(
    [
        *(None, True, False, 0, 1, -1, 1.5, 2**31, 2**63, 2**64, 10**400, -(2**63), 0.1 + 0.2, 1e300),
        *(
            "",
            " ",
            "0",
            "-1",
            "1e9999",
            "NaN",
            "\ud800",
            "a\u0000b",
            "🙂",
            "\n",
            "x" * 600,
            NUMBER,
            "４５６７３５００００４２７９７７",
        ),
        *("@start", "@window-end", "a/b", "usd", "KWD", "XAU", "ZZ", "[/red]", "[bold]", "{}", "%s", "\u202e"),
        *([], {}, [[]], [{}], {"a": 1}, {"": ""}, [None], {NUMBER: NUMBER}, {"type": 1, "id": []}, {"data": None}),
    ]
).map(copy.deepcopy)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | NASTY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def places(value, path=()):
    """Yield the path of each value inside a document."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield from places(each, (*path, name))


@st.composite
def mutated(draw, document):
    """A document of which some places are replaced, left out, doubled or added to."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(changed))))
        if not path:
            continue
        *outer, last = path
        holder = changed
        for step in outer:
            holder = holder[step]
        match draw(st.sampled_from(["nasty", "any", "drop", "add"])):
            case "nasty":
                holder[last] = draw(NASTY)
            case "any":
                holder[last] = draw(ANY_JSON)
            case "drop":
                del holder[last]
            case "add" if isinstance(holder, dict):
                holder[draw(st.text(max_size=8) | st.just(NUMBER))] = draw(NASTY)
            case _:
                holder.append(draw(NASTY))
    return changed


def written(document) -> bytes:
    return json.dumps(document).encode()


def raw(data: bytes) -> RawValue:
    return RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data))


def each_is_told(refusals) -> None:
    """Every refusal says where, why and what to do, briefly and without a card number."""
    assert refusals
    for refusal in refusals:
        assert refusal.field
        assert refusal.message
        assert refusal.remedy
        assert len(str(refusal)) < 1_000
        assert str(refusal).isprintable()
        assert not looks_like_card_number(str(refusal))


def must_be_read_or_refused(data: bytes) -> None:
    try:
        order, _ = read_order(data)
    except OrderUnreadable as refused:
        each_is_told(refused.refusals)
    else:
        assert isinstance(order, Order)
        assert not list(card_number_fields(order.model_dump(mode="json")))


def a_start_must_be_read_or_refused(data: bytes) -> None:
    told = read_start(raw(data), "payment-main-H1")
    if told.start is None and json.loads(data) is not None:
        each_is_told(told.refusals)
    assert (told.start is None) == (told.digest is None)


def must_be_a_message_or_refused(model, document) -> None:
    try:
        assert isinstance(read(model, document), model)
    except BadMessage as refused:
        each_is_told(refused.refusals)


many = settings(max_examples=150, deadline=None)


@many
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_refused_in_words(data):
    """Bytes that are no order, text or not, are refused in words by intake and by the start alike."""
    must_be_read_or_refused(data)
    told = read_start(raw(data), "payment-main-H1")
    assert told.start is None
    if told.refusals:
        each_is_told(told.refusals)


@many
@given(ANY_JSON)
def test_any_json_is_refused_in_words(document):
    """JSON of any shape is no order, and each reader says so in words."""
    must_be_read_or_refused(written(document))
    a_start_must_be_read_or_refused(written(document))
    for model in (PaymentStart, CaptureAsk, VoidAsk, AuthorizationAsk):
        must_be_a_message_or_refused(model, document)


@many
@given(mutated(OWN))
def test_a_spoilt_start_is_read_or_refused(document):
    """A valid start of which some places are spoilt is read or refused, with each field and remedy."""
    must_be_read_or_refused(written(document))
    a_start_must_be_read_or_refused(written(document))
    must_be_a_message_or_refused(PaymentStart, document)


@many
@given(mutated(OROCOMMERCE))
def test_a_spoilt_orocommerce_order_is_read_or_refused(document):
    """An OroCommerce order of which some places are spoilt is read or refused, never a KeyError."""
    must_be_read_or_refused(written(document))
    try:
        read_orocommerce(document) if isinstance(document, dict) else None
    except OrderUnreadable as refused:
        each_is_told(refused.refusals)


@many
@given(mutated(CAPTURE))
def test_a_spoilt_command_is_read_or_refused(document):
    """A valid capture of which some places are spoilt is read or refused."""
    must_be_a_message_or_refused(CaptureAsk, document)
    must_be_a_message_or_refused(VoidAsk, document)


def of_order(**changes):
    return {**OWN, "order": {**OWN["order"], **changes}}


def of_oro(place, value):
    """Return the example with one attribute, line or address changed: `attributes.totalValue`, `included.0.price`."""
    document = copy.deepcopy(OROCOMMERCE)
    match place.split("."):
        case ["included", number, name]:
            document["included"][int(number)]["attributes"][name] = value
        case ["relationships", name]:
            document["data"]["relationships"][name] = value
        case ["data", name]:
            document["data"][name] = value
        case [name]:
            document["data"]["attributes"][name] = value
    return document


DOCUMENTS = {
    "nothing": (b"", "(message)", "JSON"),
    "broken": (b'{"order": ', "(message)", "JSON"),
    "a list": (b"[]", "(message)", "one JSON object"),
    "a number": (b"5", "(message)", "one JSON object"),
    "a text": (b'"x"', "(message)", "one JSON object"),
    "null": (b"null", "(message)", "one JSON object"),
    "NaN": (b'{"order": NaN}', "(message)", "Send a number"),
    "Infinity": (b'{"order": -Infinity}', "(message)", "Send a number"),
    "a field twice": (b'{"order": 1, "order": 2}', "(message)", "each field once"),
    "no UTF-8": (b'{"order": "\xff"}', "(message)", "UTF-8"),
    "nested a thousand deep": (b'{"a":' * 1_000 + b"1" + b"}" * 1_000, "(message)", "one object"),
    "nested a hundred thousand deep": (b"[" * 100_000, "(message)", "one object"),
    "more than a megabyte": (b'{"a": "' + b"x" * 1_000_000 + b'"}', "(message)", "object alone"),
    "an enormous number": (b'{"order": ' + b"9" * 10_000 + b"}", "(message)", "JSON"),
    "the zero character": (b'{"order": "a\\u0000b"}', "(message)", "without it"),
    "an order that is a text": (written({"order": "x"}), "order", "docs/contract.md"),
    "a misspelt payment": (written({**OWN, "paymnet": {}}), "paymnet", "Correct the field's name"),
    "a float amount": (
        written(of_order(total={"amount_minor": 10.5, "currency": "USD"})),
        "total.amount_minor",
        "whole",
    ),
    "a float that is whole": (
        written(of_order(total={"amount_minor": 1000.0, "currency": "USD"})),
        "order.total.amount_minor",
        "whole minor units",
    ),
    "no identifier": (written(of_oro("identifier", None)), "attributes.identifier", "order's number"),
    "an identifier with a slash": (written(of_oro("identifier", "a/b")), "attributes.identifier", "letters, digits"),
    "an id that is a word": (written(of_oro("data.id", "x1")), "data.id", "OroCommerce's own id"),
    "no total": (written(of_oro("totalValue", None)), "attributes.totalValue", "as OroCommerce writes it"),
    "a negative total": (
        written(of_oro("totalValue", "-247.5900")),
        "attributes.totalValue",
        "as OroCommerce writes it",
    ),
    "half a cent": (written(of_oro("totalValue", "247.5950")), "attributes.totalValue", "as OroCommerce writes it"),
    "a total in other digits": (written(of_oro("totalValue", "２47.59")), "attributes.totalValue", "writes it"),
    "a total that a float would round": (
        written(OROCOMMERCE).replace(b'"247.5900"', b"247.590000000000000001"),
        "attributes.totalValue",
        "as OroCommerce writes it",
    ),
    "another total": (written(of_oro("totalValue", "247.6000")), "order.total.amount_minor", "Correct the total"),
    "dinars": (written(of_oro("currency", "KWD")), "attributes.currency", "ISO 4217"),
    "no currency": (written(of_oro("currency", None)), "attributes.currency", "ISO 4217"),
    "a currency that is a list": (written(of_oro("currency", ["USD"])), "attributes.currency", "ISO 4217"),
    "a line in euros": (written(of_oro("included.0.currency", "EUR")), "lines[0].amount.currency", "one currency"),
    "a price of a billion digits": (
        written(of_oro("included.0.price", "1E+999999999")),
        "lineItems[6011].price",
        "text",
    ),
    "a quantity that is a word": (
        written(of_oro("included.0.quantity", "six")),
        "lineItems[6011].quantity",
        "quantity",
    ),
    "discounts that are a text": (written(of_oro("discounts", "10")), "attributes.discounts", "JSON:API"),
    "no billing address": (
        written(of_oro("relationships.billingAddress", {"data": None})),
        "relationships.billingAddress",
        "addresses",
    ),
    "a line that is not included": (
        written(of_oro("relationships.lineItems", {"data": [{"type": "orderlineitems", "id": "9"}]})),
        "relationships.lineItems",
        "included",
    ),
    "a link without an id": (
        written(of_oro("relationships.customer", {"data": {"type": "customers"}})),
        "relationships.customer",
        "customer included",
    ),
    "a card number in the notes": (written(of_oro("customerNotes", f"my card {NUMBER}")), "customerNotes", "token"),
    "a card number and its date": (
        written(of_oro("customerNotes", "4567-3500-0042-7977 12/29")),
        "customerNotes",
        "token",
    ),
    "a card number as a street": (written(of_oro("included.2.street", f"{NUMBER} Main")), "street", "token"),
    "a card number as the name of a field that holds one": (
        written({"order": {NUMBER: {"a": NUMBER}}}),
        "a field's name",
        "token",
    ),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_hostile_document_is_refused_with_field_and_remedy(case):
    """Each document is refused, and the first refusal names the field and what to do."""
    data, field, remedy = DOCUMENTS[case]
    with pytest.raises(OrderUnreadable) as refused:
        read_order(data)
    each_is_told(refused.value.refusals)
    first = refused.value.refusals[0]
    assert field in first.field
    assert remedy in first.remedy


CARD_NUMBERS = [
    *(NUMBER, "4567 3500 0042 7977", "4567-3500-0042-7977", "4567  3500  0042  7977", "4567.3500.0042.7977"),
    *(
        "４５６７３５００００４２７９７７",
        "٤٥٦٧٣٥٠٠٠٠٤٢٧٩٧٧",
        "4567\u200b3500\u200b0042\u200b7977",
        "4567\u00a03500\u00a00042\u00a07977",
    ),
    *(f"{NUMBER} 12/29", f"12/29 {NUMBER}", "4567 3500 0042 7977 123", f"card:{NUMBER};", f"x{NUMBER}x", f"{NUMBER}.0"),
    *("378282246310005", "30569309025904", "5105105105105100", "2223000048410010", "6011111111111117"),
    *("4 5 6 7 3 5 0 0 0 0 4 2 7 9 7 7", "4567/3500/0042/7977", "4567_3500_0042_7977", "4567 - 3500 - 0042 - 7977"),
]


@pytest.mark.parametrize("text", CARD_NUMBERS)
def test_a_disguised_card_number_is_spotted(text):
    """Spaces, dashes, other scripts' digits, invisible signs, a date beside it: a card number stays one."""
    assert looks_like_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        *("4006381333931", "+49 1512 3456789", "2026-11-23 08:30:00.123456", "2026-11-23T08:30:00+00:00", "4567"),
        *("4567350000427978", "FR1012401", "12680", "", "0" * 16, "١٢٣", "payment-main-100200300", "1" * 40),
    ],
)
def test_other_numbers_are_no_card_numbers(text):
    """Article and telephone numbers, dates and whatever fails the check pass."""
    assert not looks_like_card_number(text)


def test_a_long_text_of_digits_is_looked_at_in_little_time():
    """A workflow task has two seconds: a text as long as a command may be is looked at in a fraction of them."""
    import time

    before = time.perf_counter()
    looks_like_card_number("4 " * 32_000)
    assert time.perf_counter() - before < 1.0


def test_an_error_of_validation_repeats_no_input():
    """What could not be built is told without its content: errors end up in logs."""
    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"order_id": NUMBER, "total": NUMBER, NUMBER: 1})
    assert NUMBER not in re.sub(r"\n.*Extra inputs", "", str(refused.value).replace(f"\n{NUMBER}\n", "\n"))


def test_a_bom_is_no_fault():
    """A document that begins with a byte order mark, as some systems write it, is read."""
    order, payment = read_order(b"\xef\xbb\xbf" + written(OWN))
    assert (order.order_id, payment.token) == ("H1", "token-visa-approved")


def test_a_message_longer_than_a_task_can_read_is_refused():
    """A command of more than 64,000 bytes is refused unread, a start of more than a megabyte too."""
    with pytest.raises(BadMessage) as refused:
        read_raw(CaptureAsk, raw(written({**CAPTURE, "asked_by": "x" * 64_000})))
    each_is_told(refused.value.refusals)
    each_is_told(read_start(raw(written({"order": "x" * 1_000_000})), "payment-main-H1").refusals)
