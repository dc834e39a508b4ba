"""What Connect is sent, held against the request schemas of the official Node.js SDK."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from ingenico import requests
from payments.methods import Challenge, Exemption, PaymentAction, ThreeDSecure
from payments.money import Money
from payments.order import Address

SCHEMAS = Path(__file__).parent / "data" / "schemas"


def checked(body, name):
    """The body as Connect receives it, after its schema had nothing against it."""
    sent = json.loads(body.as_json())
    jsonschema_rs.Draft4Validator(json.loads((SCHEMAS / f"{name}.json").read_text())).validate(sent)
    return sent


FULL = Address(
    first_name="Amanda-Josephine",
    last_name="C" * 80,
    organization="O" * 50,
    street="S" * 60,
    street2="T" * 60,
    city="C" * 50,
    postal_code="1" * 12,
    region_code="US-CA",
    country_code="NL",
    phone="+31 20 1234567",
)


def test_smallest_order(asked):
    """An order with nothing optional sends nothing empty."""
    sent = checked(requests.create_payment(asked(customer={"email": None})), "CreatePaymentRequest")
    assert sent == {
        "order": {
            "amountOfMoney": {"amount": 23979, "currencyCode": "USD"},
            "customer": {
                "merchantCustomerId": "11",
                "locale": "en_US",
                "billingAddress": {"street": "Main Street 1", "countryCode": "US"},
            },
            "references": {"merchantReference": "main-FR1012401-a01"},
        },
        "cardPaymentMethodSpecificInput": {
            "authorizationMode": "PRE_AUTHORIZATION",
            "requiresApproval": True,
            "token": "token-1",
        },
    }


def test_everything_that_an_order_may_carry(asked):
    """Every field is where Connect documents it, and no longer than it may be."""
    request = asked(
        provider_order_id=44,
        customer={"customer_id": "c" * 30, "company": "Acme", "locale": "nl_NL"},
        billing=FULL.model_dump(),
        shipping_address=FULL,
    )
    sent = checked(requests.create_payment(request), "CreatePaymentRequest")
    address = {
        "street": "S" * 50,
        "additionalInfo": "T" * 50,
        "zip": "1" * 10,
        "city": "C" * 40,
        "stateCode": "US-CA",
        "countryCode": "NL",
    }
    name = {"firstName": "Amanda-Josephin", "surname": "C" * 70}
    assert sent["order"]["customer"] == {
        "merchantCustomerId": "c" * 16,
        "locale": "nl_NL",
        "billingAddress": address,
        "contactDetails": {"emailAddress": "amanda@example.com", "phoneNumber": "+31 20 1234567"},
        "personalInformation": {"name": name},
        "companyInformation": {"name": "Acme"},
    }
    assert sent["order"]["shipping"] == {"address": {**address, "name": name}}
    assert sent["order"]["references"] == {"merchantReference": "main-FR1012401-a01", "merchantOrderId": 44}


@pytest.mark.parametrize(
    ("action", "mode", "approval"),
    [
        (PaymentAction.PRE_AUTHORIZATION, "PRE_AUTHORIZATION", True),
        (PaymentAction.FINAL_AUTHORIZATION, "FINAL_AUTHORIZATION", True),
        (PaymentAction.SALE, "SALE", False),
    ],
)
def test_approval_is_always_said(asked, action, mode, approval):
    """Left out, the account's default might capture; only a sale wants that."""
    card = checked(requests.create_payment(asked(action=action)), "CreatePaymentRequest")
    assert card["cardPaymentMethodSpecificInput"] == {
        "authorizationMode": mode,
        "requiresApproval": approval,
        "token": "token-1",
    }


def test_yen_gain_two_digits(asked):
    """12,680 yen are 1268000 for Connect, to authorize and to capture."""
    yen = Money(amount_minor=12680, currency="JPY")
    created = checked(requests.create_payment(asked(amount=yen)), "CreatePaymentRequest")
    assert created["order"]["amountOfMoney"] == {"amount": 1268000, "currencyCode": "JPY"}
    assert checked(requests.approve_payment(yen), "ApprovePaymentRequest") == {"amount": 1268000}


def test_what_would_become_a_strangers_is_left_out(asked):
    """A cut e-mail address, telephone number or region is somebody else's."""
    request = asked(
        customer={"email": "a" * 60 + "@example.com"}, billing={"phone": "1" * 21, "region_code": "ABCDEFGHIJ"}
    )
    customer = checked(requests.create_payment(request), "CreatePaymentRequest")["order"]["customer"]
    assert "contactDetails" not in customer
    assert "stateCode" not in customer["billingAddress"]


@pytest.mark.parametrize(("text", "kept"), [(None, None), ("", None), ("  ", None), ("ab cd", "ab"), (" x ", "x")])
def test_cut_never_leaves_blanks(text, kept):
    """A cut text has no blank at its end, and a blank one is not sent."""
    assert requests.cut(text, 3) == kept


def test_what_is_asked_of_3d_secure_is_passed_on(asked):
    """Challenge, exemption and the way back are sent in Connect's words; what is not asked is not said."""
    secure = ThreeDSecure(challenge=Challenge.MANDATED, exemption=Exemption.LOW_VALUE)
    told = {"return_url": "https://shop.example/back", "three_d_secure": secure}
    body = checked(requests.create_payment(asked(instruction=told)), "CreatePaymentRequest")
    assert body["cardPaymentMethodSpecificInput"]["threeDSecure"] == {
        "challengeIndicator": "challenge-required",
        "exemptionRequest": "low-value",
        "redirectionData": {"returnUrl": "https://shop.example/back"},
    }
    skipped = requests.create_payment(asked(instruction={"three_d_secure": ThreeDSecure(skip=True)}))
    body = checked(skipped, "CreatePaymentRequest")
    assert body["cardPaymentMethodSpecificInput"]["threeDSecure"]["skipAuthentication"] is True
    plain = checked(requests.create_payment(asked()), "CreatePaymentRequest")
    assert "threeDSecure" not in plain["cardPaymentMethodSpecificInput"]
