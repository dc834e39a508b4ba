"""What create answers, and what it refuses."""

import re

import pytest

INPUT = "cardPaymentMethodSpecificInput"
CARD = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123", "cardholderName": "A. Person"}
FLAGS = ("isCancellable", "isAuthorized", "isRefundable")


def shape(value):
    """The field names and types of a body, its values forgotten."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value)


def covers(given, recorded):
    """All fields of the recording are there with the same types; newer fields may be beside them."""
    if isinstance(recorded, dict):
        return all(name in given and covers(given[name], part) for name, part in recorded.items())
    if isinstance(recorded, list):
        return all(covers(given[0], part) for part in recorded)
    return given == recorded


def property_names(answered):
    assert answered.status_code == 400, answered.text
    return [error.get("propertyName") for error in answered.json()["errors"]]


@pytest.mark.parametrize("name", ["sdk-createPayment", "oro-cards-preauth-payments-create"])
def test_created_has_the_recorded_shape(merchant, recorded, name):
    """201 has every field of the recorded answers, and a Location that can be fetched."""
    answered = merchant.create()
    assert answered.status_code == 201
    assert covers(shape(answered.json()), shape(recorded(name)))
    payment = answered.json()["payment"]
    assert re.fullmatch(r"0000001234[0-9]{10}0000100001", payment["id"])
    assert answered.headers["Location"] == f"{merchant.url}/v1/1234/payments/{payment['id']}"
    assert merchant.get(payment["id"]).json() == payment
    assert [payment["statusOutput"][flag] for flag in FLAGS] == [True, True, False]


def test_without_a_reference_the_order_number_stands_in(merchant, body):
    """The additional reference is the payment id's first twenty digits when the merchant sent none."""
    content = body()
    del content["order"]["references"]
    created = merchant.create(content).json()
    assert created["creationOutput"]["additionalReference"] == created["payment"]["id"][:20]


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        ("token-mastercard-declined", "430330", "Not authorised"),
        ("token-visa-insufficient-funds", "430360", "Not authorised"),
        ("token-visa-expired-card", "430306", "Card expired"),
    ],
)
def test_declines(merchant, recorded, token, code, message):
    """A decline is 402 in the official shape; the payment exists as REJECTED and nothing is held."""
    answered = merchant.create(token=token)
    assert answered.status_code == 402
    content = answered.json()
    expected = shape(recorded("sdk-createPayment.failure.rejected"))
    del expected["paymentResult"]["payment"]["statusOutput"]["errors"][0]["requestId"]
    assert covers(shape(content), expected)
    assert (content["errors"][0]["code"], content["errors"][0]["message"]) == (code, message)
    payment = content["paymentResult"]["payment"]
    assert payment["statusOutput"]["statusCode"] == 100
    assert merchant.status(payment["id"]) == "REJECTED"
    books = {line["payment_id"]: line for line in merchant.books()}
    assert (books[payment["id"]]["status"], books[payment["id"]]["authorized"]) == ("REJECTED", 0)


def test_a_typed_card_behaves_like_its_token(merchant, body):
    """Official numbers work without a token too; any other valid number is approved."""
    card = {**CARD, "cardNumber": "5424180279791732"}
    assert merchant.create(body(token=None, card=card)).status_code == 402
    created = merchant.create(body(token=None, card={**CARD, "cardNumber": "378282246310005"})).json()
    output = created["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    assert (output["paymentProductId"], output["card"]["cardNumber"]) == (2, "************0005")


def test_a_wrong_card_number_gets_the_official_error(merchant, body, recorded):
    """A number that fails the Luhn check answers 21000020 and shows no digit of it."""
    answered = merchant.create(body(token=None, card={**CARD, "cardNumber": "4567350000427978"}))
    official = recorded("sdk-createPayment.failure.invalidCardNumber")["errors"][0]
    del official["requestId"]
    assert official.items() <= answered.json()["errors"][0].items()
    assert "4567350000427978" not in answered.text


@pytest.mark.parametrize("expiry", ["1210", "1349", "0049", "12/49", "\u0661\u0662\u0664\u0669"])
def test_a_past_or_odd_expiry_gets_the_official_error(merchant, body, expiry):
    """An expiry date that is over or not MMYY answers 21000120 with its property name."""
    answered = merchant.create(body(token=None, card={**CARD, "expiryDate": expiry}))
    error = answered.json()["errors"][0]
    assert (answered.status_code, error["code"]) == (400, "21000120")
    assert error["propertyName"] == f"{INPUT}.card.expiryDate"


def test_all_missing_fields_are_named_at_once(merchant):
    """Each missing field is one error with code 20000000."""
    answered = merchant.create({"order": {}})
    assert property_names(answered) == [
        "order.amountOfMoney.currencyCode",
        "order.amountOfMoney.amount",
        "order.customer.billingAddress.countryCode",
        INPUT,
    ]
    assert {error["code"] for error in answered.json()["errors"]} == {"20000000"}
    assert {error["id"] for error in answered.json()["errors"]} == {"PARAMETER_NOT_FOUND_IN_REQUEST"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("order.amountOfMoney.amount", -1),
        ("order.amountOfMoney.amount", 12.5),
        ("order.amountOfMoney.amount", "12680"),
        ("order.amountOfMoney.amount", True),
        ("order.amountOfMoney.amount", 10**12),
        ("order.amountOfMoney.currencyCode", "eur"),
        ("order.amountOfMoney.currencyCode", "EURO"),
        ("order.customer.billingAddress.countryCode", "NLD"),
        ("order.references", ["x"]),
        ("order.references.merchantReference", "x" * 31),
        ("order.references.merchantReference", ""),
        ("order.references.merchantOrderId", "7"),
        ("order.references.merchantOrderId", 10**10),
        (f"{INPUT}.authorizationMode", "CAPTURE"),
        (f"{INPUT}.requiresApproval", "true"),
        (f"{INPUT}.token", "token-nobody-holds"),
        (f"{INPUT}.token", "t" * 41),
        (f"{INPUT}.paymentProductId", "1"),
    ],
)
def test_wrong_values_are_named(merchant, body, path, value):
    """A wrong value answers 400 and names its field alone, and no payment comes of it."""
    content = body()
    *parents, last = path.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    before = len(merchant.books())
    assert property_names(merchant.create(content)) == [path]
    assert len(merchant.books()) == before


@pytest.mark.parametrize("content", ["[]", "{", '"text"', "\xff"])
def test_a_body_that_is_no_object_is_refused(merchant, content):
    """Broken JSON and JSON that is no object answer 400."""
    headers = merchant.headers("POST", "/v1/1234/payments", body=True)
    answered = merchant.http.post("/v1/1234/payments", content=content, headers=headers)
    assert (answered.status_code, answered.json()["errors"][0]["id"]) == (400, "INVALID_VALUE")


def test_token_and_card_exclude_each_other(merchant, body):
    """One card is charged, so only one may be named; and one must be."""
    assert property_names(merchant.create(body(card=CARD))) == [f"{INPUT}.token"]
    assert property_names(merchant.create(body(token=None))) == [f"{INPUT}.card"]


def test_yen_have_two_implied_decimals(merchant):
    """12,680 yen are 1268000; an amount with a fraction of a yen is refused, in approve as well."""
    assert property_names(merchant.create(amount=12680_01, currency="JPY")) == ["order.amountOfMoney.amount"]
    payment_id = merchant.created(amount=1268000, currency="JPY")
    assert property_names(merchant.approve(payment_id, {"amount": 150})) == ["amount"]
    assert merchant.approve(payment_id, {"amount": 1000000}).status_code == 200


def test_a_reference_is_used_once(merchant):
    """A second payment with the same reference is refused with 409, also when the first was declined."""
    for token in ("token-visa-approved", "token-mastercard-declined"):
        merchant.create(reference=f"once-{token}", token=token)
        answered = merchant.create(reference=f"once-{token}"[:30])
        assert (answered.status_code, answered.json()["errors"][0]["code"]) == (409, "300620")
