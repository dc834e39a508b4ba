"""What the fraud checks would say of a card or an account, and what is known of the device that paid."""

from worldline.connect.sdk.v1.domain.risk_assessment_bank_account import RiskAssessmentBankAccount
from worldline.connect.sdk.v1.domain.risk_assessment_card import RiskAssessmentCard
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, money

ORDER = {"order": {**money(1000), "customer": {"billingAddress": {"countryCode": "NL", "city": "Calais"}}}}
CATEGORIES = {
    "retaildecisionsCCFraudCheck", "globalcollectBlacklistCheckCC", "authorizationCheck", "ddFraudCheck",
    "validationbankAccount", "globalcollectBlacklistCheckDD",
}  # fmt: skip
RESULTS = {"accepted", "challenged", "denied", "no-advice", "error"}


def check(assessment):
    """The results that the documentation knows; one check doubts customers of Calais."""
    assert {each.category for each in assessment.results} <= CATEGORIES
    assert {each.result for each in assessment.results} <= RESULTS
    assert "challenged" in {each.result for each in assessment.results}


@succeeds("riskassessments.cards")
def a_card_is_assessed(world):
    card = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123"}
    assessment = yield (body(RiskAssessmentCard, {"card": card, "paymentProductId": 1, **ORDER}),)
    check(assessment)


@refused("riskassessments.cards", ValidationException, 400)
def a_card_without_an_order(world):
    card = {"cardNumber": "4567350000427977", "expiryDate": "1249"}
    wrong = yield (body(RiskAssessmentCard, {"card": card}),)
    assert "order.amountOfMoney.amount" in {error.property_name for error in wrong.errors}


@succeeds("riskassessments.bankaccounts")
def an_account_is_assessed(world):
    account = {"bankAccountIban": {"iban": "NL08INGB0000000555", "accountHolderName": "W. Coyote"}}
    assessment = yield (body(RiskAssessmentBankAccount, {**account, **ORDER}),)
    check(assessment)
    found = next(each for each in assessment.results if each.category == "validationbankAccount")
    assert {each.result for each in found.validation_bank_account_output.checks} <= {"PASSED", "ERROR", "WARNING"}


@refused("riskassessments.bankaccounts", ValidationException, 400)
def an_account_of_nobody(world):
    yield (body(RiskAssessmentBankAccount, ORDER),)


@succeeds("payments.devicefingerprint")
def what_is_known_of_a_device(world):
    payment_id = world.held()
    details = yield (payment_id,)
    assert details.payment_id == payment_id
