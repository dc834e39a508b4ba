"""Names, money, digests and orders: what every other rule relies on."""

import string
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from payments.card_numbers import card_number_fields, looks_like_card_number
from payments.commands import Capture, Void, content_hash
from payments.methods import PaymentInstruction
from payments.money import MAX_AMOUNT_MINOR, InexactAmountError, Money, exponent, parse_amount
from payments.order import Address, Customer, Order, OrderLine, check_order
from payments.references import (
    MAX_REFERENCE_LENGTH,
    PaymentKey,
    content_digest,
    idempotence_key,
    merchant_reference,
    operation_id,
)
from tests.support.sealed import look_alike

SHOPS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
ORDERS = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=64)
KEYS = st.builds(PaymentKey.model_construct, shop=SHOPS, order_id=ORDERS)


@given(KEYS)
def test_a_workflow_id_has_an_inverse(key):
    """The workflow's id names shop and order, and both are read back from it."""
    assert PaymentKey.from_workflow_id(key.workflow_id) == key


@pytest.mark.parametrize(
    "other",
    [
        "",
        "payment-",
        "payment-main",
        "payment-main-",
        "payment-Main-1",
        "x-main-1",
        "payment-main-a b",
        "payment-main-1\n",
    ],
)
def test_another_workflow_id_is_no_payments(other):
    """A string that no payment's workflow has is refused in words."""
    with pytest.raises(ValueError, match="is not the workflow id of a payment"):
        PaymentKey.from_workflow_id(other)


@given(st.lists(st.tuples(KEYS, st.integers(1, 99)), min_size=2, max_size=20, unique=True))
def test_merchant_references_are_short_and_distinct(attempts):
    """Each attempt of each order has a reference of its own, of at most thirty characters."""
    references = [merchant_reference(key, "a", number) for key, number in attempts]
    assert max(map(len, references)) <= MAX_REFERENCE_LENGTH
    assert len(set(references)) == len(references)


@given(st.lists(st.tuples(st.sampled_from(["main", "us"]), KEYS, st.integers(1, 9)), min_size=2, unique=True))
def test_each_attempt_has_an_idempotence_key(attempts):
    """Account, operation and attempt make the key: forty hex digits, distinct, the same whenever asked."""
    keys = [idempotence_key(a, operation_id(k, "authorize", "@start"), n) for a, k, n in attempts]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 40 and set(key) <= set(string.hexdigits.lower()) for key in keys)
    assert keys == [idempotence_key(a, operation_id(k, "authorize", "@start"), n) for a, k, n in attempts]


def test_nobody_else_can_have_the_engines_names():
    """A request id cannot begin with the sign of the engine's own requests, nor hold an operation id's slash."""
    for request_id in ("@start", "@window-end", "@provider", "a/b", "", "x" * 65):
        with pytest.raises(ValidationError):
            Capture(request_id=request_id)
        with pytest.raises(ValidationError):
            Void(request_id=request_id)


@given(st.decimals(0, 10**9, places=6, allow_nan=False), st.sampled_from(["EUR", "JPY", "USD", "KRW", "RSD"]))
def test_an_amount_is_read_exactly_or_refused(amount, currency):
    """A decimal is read to the last digit, or refused when the currency has too few: it is never rounded."""
    written = f"{amount:f}"
    exact = amount.scaleb(exponent(currency))
    is_exact = exact == exact.to_integral_value() and exact <= MAX_AMOUNT_MINOR
    if not is_exact:
        with pytest.raises(InexactAmountError):
            parse_amount(written, currency)
        return
    money = parse_amount(written, currency)
    assert Decimal(money.amount_minor) == exact
    assert Decimal(str(money).split()[0]) == amount


@given(st.integers(0, MAX_AMOUNT_MINOR), st.sampled_from(["EUR", "JPY", "USD", "RSD"]))
def test_money_is_written_as_it_is_read(amount_minor, currency):
    """The words of an amount, read again, are the amount."""
    money = Money(amount_minor=amount_minor, currency=currency)
    written, code = str(money).split()
    assert parse_amount(written, code) == money


@pytest.mark.parametrize(
    ("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KRW", 0), ("RSD", 2), ("HUF", 2), ("ISK", 0), ("ALL", 2)]
)
def test_decimals_are_those_of_the_norm(currency, digits):
    """A currency's decimals are ISO 4217's own, where other libraries' tables differ."""
    assert exponent(currency) == digits


@pytest.mark.parametrize("currency", ["KWD", "IQD", "BHD", "CLF", "XAU", "XYZ", "eur", ""])
def test_a_currency_that_cannot_be_carried_is_refused(currency):
    """Dinars, units of account, gold and what is no currency are refused with the reason."""
    with pytest.raises(ValueError, match="currency"):
        exponent(currency)
    with pytest.raises(ValidationError):
        Money(amount_minor=1, currency=currency)


@pytest.mark.parametrize("amount", [1.0, "1", True, -1, MAX_AMOUNT_MINOR + 1, None])
def test_money_is_an_integer_of_minor_units(amount):
    """No float, text, boolean or amount out of bounds is money."""
    with pytest.raises(ValidationError):
        Money(amount_minor=amount, currency="EUR")


@pytest.mark.parametrize(
    "written", ["", "1,5", "1e3", "+1", ".5", "1.", " 1", "NaN", "\u0661", "-1", "9" * 40, "0.001"]
)
def test_what_is_no_amount_is_refused(written):
    """Other spellings of numbers, negative ones and ones too long are refused."""
    with pytest.raises(InexactAmountError):
        parse_amount(written, "EUR")


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=8))
JSON = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
)


def turned(value: object) -> object:
    if isinstance(value, dict):
        return {name: turned(value[name]) for name in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(JSON, JSON)
def test_a_digest_is_of_the_content(order, other):
    """The order of names makes no difference to a digest; other content does; the encrypted card input does not."""
    digest = content_digest({"order": order, "payment": {"token": "t"}})
    assert content_digest({"payment": {"token": "t"}, "order": turned(order)}) == digest
    assert content_digest({"order": order, "payment": {"token": "t", "encrypted_input": "x"}}) == digest
    assert content_digest({"order": order, "payment": {"token": "u"}}) != digest
    assume(repr(order) != repr(other) and order != other)
    assert content_digest({"order": other, "payment": {"token": "t"}}) != digest


def test_a_digest_refuses_what_cannot_be_written_alike_everywhere():
    """A number beyond a double's exact integers has no canonical form and is refused."""
    with pytest.raises(ValueError, match="canonical"):
        content_digest({"order": 2**60, "payment": None})


def test_a_request_is_its_content_and_not_its_asker():
    """The same request of another person is the same; another amount, reason or kind is another."""
    capture = Capture(request_id="s1", amount=Money(amount_minor=1, currency="EUR"), asked_by="anna")
    assert content_hash(capture) == content_hash(capture.model_copy(update={"asked_by": "bert"}))
    others = [
        Capture(request_id="s1"),
        capture.model_copy(update={"amount": Money(amount_minor=2, currency="EUR")}),
        capture.model_copy(update={"shipment_id": "7"}),
        Void(request_id="s1"),
    ]
    assert len({content_hash(command) for command in [capture, *others]}) == len(others) + 1


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "\uff14\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11\uff11",
        "the card is 5500 0000 0000 0004, thank you",
        "378282246310005",
        "6011\u20111111\u20111111\u20111117",
    ],
)
def test_a_card_number_is_spotted_in_any_dress(text):
    """Spaces, dashes, dots, full-width digits and a sentence around it hide no card number."""
    assert looks_like_card_number(text)
    assert list(card_number_fields({"order": {"lines": [{"name": text}]}})) == ["order.lines[0].name"]


@pytest.mark.parametrize("text", ["", "FR1012401", "4111111111111112", "1234567890123456", "+33 1 23 45 67 89"])
def test_what_is_no_card_number_passes(text):
    """A wrong check digit, a first digit no scheme has, an order's or a telephone number pass."""
    assert not looks_like_card_number(text)


def test_a_list_of_random_texts_is_judged_as_they_are():
    """A list where a random text belongs holds no card number for want of a text; one that stands alone is found."""
    field, number = "encrypted_input", "4567350000427977"
    assert list(card_number_fields({"payment": {field: [f"a{number}b"]}})) == []
    assert list(card_number_fields({"payment": {field: ["x", number]}})) == [f"payment.{field}[1]"]
    assert list(card_number_fields({"order": {"sku": [f"a{number}b"]}})) == ["order.sku[0]"]


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_random_names_pass_where_they_stand(token, digest):
    """A token that is a UUID and a digest in hex are no card numbers where they belong."""
    name, hexadecimal = str(token), digest.hex()
    assume(any(c.isalpha() for part in name.split("-") for c in part) and any(c.isalpha() for c in hexadecimal))
    assert list(card_number_fields({"digest": hexadecimal})) == []
    if all(any(c.isalpha() for c in part) for part in name.split("-")):
        assert list(card_number_fields({"payment": {"token": name}})) == []


def order_of(total: int, *lines: tuple[int, str], **extras: Money) -> Order:
    return Order(
        order_id="o1",
        total=Money(amount_minor=total, currency="EUR"),
        lines=tuple(
            OrderLine(sku="s", name="n", quantity="1", amount=Money(amount_minor=a, currency=c)) for a, c in lines
        ),
        customer=Customer(customer_id="c1"),
        billing_address=Address(country_code="FR"),
        **extras,
    )


EURO = Money(amount_minor=1, currency="EUR")


@pytest.mark.parametrize(
    ("order", "fields"),
    [
        (order_of(5), []),
        (order_of(0), ["order.total.amount_minor"]),
        (order_of(5, (2, "EUR"), (3, "EUR")), []),
        (order_of(5, (2, "EUR"), (3, "EUR"), shipping=EURO, discount=EURO), []),
        (order_of(5, (2, "EUR"), (2, "EUR")), ["order.total.amount_minor"]),
        (order_of(5, (2, "EUR"), (3, "USD")), ["order.lines[1].amount.currency"]),
        (order_of(5, tax=Money(amount_minor=1, currency="USD")), ["order.tax.currency"]),
    ],
)
def test_an_order_adds_up_in_one_currency(order, fields):
    """An order of nothing, of two currencies or with a wrong total is refused with the field and the remedy."""
    refusals = check_order(order)
    assert [refusal.field for refusal in refusals] == fields
    assert all(refusal.message and refusal.remedy for refusal in refusals)


def test_an_instruction_names_one_way_to_pay():
    """None and two are refused, and no error or representation repeats what was encrypted."""
    blob = look_alike()
    assert PaymentInstruction(encrypted_input=blob).way == "encrypted_input"
    assert PaymentInstruction(token="t").way == "token"
    assert blob not in repr(PaymentInstruction(encrypted_input=blob))
    for ways in ({}, {"token": "t", "encrypted_input": blob}):
        with pytest.raises(ValidationError, match="paid in one way") as refused:
            PaymentInstruction(**ways)
        assert blob not in str(refused.value)


@pytest.mark.parametrize(
    "blob",
    [
        "",
        "a.b.c.d",
        "e30.a.b.c.d",
        "e30.a.b.c.d.e",
        "W10.a.b.c.d",
        look_alike(alg=5),
        look_alike().replace(".", "..", 1),
    ],
)
def test_what_is_no_encrypted_input_is_refused(blob):
    """Five parts of base64url, the first of them a header that names its ciphers, or it is none."""
    with pytest.raises(ValidationError):
        PaymentInstruction(encrypted_input=blob)
