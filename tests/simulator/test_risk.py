"""Risk assessments and device fingerprints through the official SDK."""

import pytest
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.risk_assessment_bank_account import RiskAssessmentBankAccount
from worldline.connect.sdk.v1.domain.risk_assessment_card import RiskAssessmentCard
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

CARD = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123"}
CITIES = [("Amsterdam", "accepted"), ("calais", "challenged"), ("Denver", "denied"), ("Utrecht", "accepted")]


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


def order(city="Utrecht"):
    return {
        "amountOfMoney": {"amount": 100, "currencyCode": "EUR"},
        "customer": {"billingAddress": {"city": city, "countryCode": "NL"}},
    }


def of_account(sdk, city="Utrecht", **account):
    asked = RiskAssessmentBankAccount().from_dictionary({"order": order(city), **account})
    return sdk.riskassessments().bankaccounts(asked).results


@pytest.mark.parametrize(("city", "result"), CITIES)
def test_the_city_decides_of_a_card(sdk, city, result):
    """The fraud check of a card answers as for a payment."""
    asked = RiskAssessmentCard().from_dictionary({"card": CARD, "order": order(city)})
    check, blacklist = sdk.riskassessments().cards(asked).results
    assert (check.category, check.result) == ("retaildecisionsCCFraudCheck", result)
    assert check.retaildecisions_cc_fraud_check_output.fraud_code
    assert (blacklist.category, blacklist.result) == ("globalcollectBlacklistCheckCC", "accepted")


@pytest.mark.parametrize(("city", "result"), CITIES)
def test_the_city_decides_of_an_account(sdk, city, result):
    """So does that of a bank account, beside its own check."""
    check, fraud = of_account(sdk, city, bankAccountIban={"iban": "DE46720200700359736690"})
    assert (check.category, check.result) == ("validationbankAccount", "accepted")
    assert [each.result for each in check.validation_bank_account_output.checks] == ["PASSED"]
    assert check.validation_bank_account_output.reformatted_bank_code == "72020070"
    assert (fraud.category, fraud.result) == ("ddFraudCheck", result)


def test_an_account_that_cannot_exist_is_denied(sdk):
    """The answer says which check failed, and that the next one was not made."""
    check, fraud = of_account(sdk, bankAccountIban={"iban": "BE69539007547034"})
    assert check.result == "denied"
    assert [each.result for each in check.validation_bank_account_output.checks] == ["ERROR", "NOTCHECKED"]
    assert (fraud.category, fraud.result) == ("globalcollectBlacklistCheckDD", "accepted")
    bban = {"countryCode": "US", "bankCode": "021000022", "accountNumber": "12345"}
    assert of_account(sdk, bankAccountBban=bban)[0].result == "denied"


def test_an_error_is_typed(sdk):
    """The SDK raises its class for wrong values."""
    with pytest.raises(ValidationException) as caught:
        of_account(sdk)
    assert caught.value.errors[0].property_name == "bankAccountBban"
    with pytest.raises(ValidationException):
        sdk.riskassessments().cards(RiskAssessmentCard())


@pytest.mark.parametrize(
    ("what", "content", "fields"),
    [
        (
            "cards",
            {"card": {"cardNumber": "4567350000427977"}},
            ["card.expiryDate", "order.amountOfMoney.currencyCode", "order.amountOfMoney.amount"],
        ),
        ("cards", {"card": CARD, "order": {**order(), "nonsense": 1}}, ["order.nonsense"]),
        ("bankaccounts", {"bankAccountIban": {"iban": "GB00"}, "order": order()}, ["bankAccountIban.iban"]),
        ("bankaccounts", {"bankAccountBban": {"countryCode": "XX"}, "order": order()}, ["bankAccountBban.countryCode"]),
    ],
)
def test_a_refusal_names_its_field(merchant, what, content, fields):
    """400 with every field that is wrong."""
    answered = merchant.send("POST", f"/v1/1234/riskassessments/{what}", content)
    assert answered.status_code == 400
    assert [error["propertyName"] for error in answered.json()["errors"]] == fields


def test_a_card_that_cannot_exist_is_refused(merchant):
    """A number with a wrong check digit is 400 as in a payment."""
    content = {"card": {**CARD, "cardNumber": "4567350000427978"}, "order": order()}
    answered = merchant.send("POST", "/v1/1234/riskassessments/cards", content)
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (400, "21000020")


def test_a_fingerprint_belongs_to_a_payment(sdk, merchant):
    """It is empty for a payment, and 404 without one."""
    payment_id = merchant.created()
    told = sdk.payments().devicefingerprint(payment_id)
    assert (told.payment_id, told.raw_device_fingerprint_output) == (payment_id, "{}")
    with pytest.raises(ReferenceException):
        sdk.payments().devicefingerprint("000000123499999999990000100001")
