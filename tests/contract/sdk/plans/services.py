"""Services: the connection, amounts, bank accounts, cards' first digits, privacy, installments, risks."""

from worldline.connect.sdk.v1.domain.bank_details_request import BankDetailsRequest
from worldline.connect.sdk.v1.domain.get_iin_details_request import GetIINDetailsRequest
from worldline.connect.sdk.v1.domain.get_installment_request import GetInstallmentRequest
from worldline.connect.sdk.v1.merchant.services.convert_amount_params import ConvertAmountParams
from worldline.connect.sdk.v1.merchant.services.privacypolicy_params import PrivacypolicyParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, money


@succeeds("services.testconnection")
def the_signature_is_the_test(world):
    answer = yield ()
    assert answer.result == "OK"


def amounts(source, target, amount):
    query = ConvertAmountParams()
    query.source, query.target, query.amount = source, target, amount
    return query


@succeeds("services.convert_amount")
def euros_in_yen(world):
    converted = yield (amounts("EUR", "JPY", 12680),)
    assert converted.converted_amount > 12680
    assert converted.converted_amount % 100 == 0


@refused("services.convert_amount", ValidationException, 400)
def a_currency_that_does_not_exist(world):
    wrong = yield (amounts("EUR", "XXX", 100),)
    assert wrong.errors[0].property_name == "target"


@succeeds("services.bankaccount")
def an_iban_in_its_parts(world):
    told = yield (body(BankDetailsRequest, {"bankAccountIban": {"iban": "NL08INGB0000000555"}}),)
    assert (told.bank_account_bban.bank_code, told.bank_account_bban.country_code) == ("INGB", "NL")
    assert told.bank_account_iban.iban == "NL08INGB0000000555"
    assert told.bank_data.reformatted_account_number == "0000000555"
    assert told.swift.bic.startswith("INGBNL2")


@refused("services.bankaccount", ValidationException, 400)
def an_iban_with_a_wrong_digit(world):
    wrong = yield (body(BankDetailsRequest, {"bankAccountIban": {"iban": "NL08INGB0000000556"}}),)
    assert wrong.errors[0].property_name == "bankAccountIban.iban"


@succeeds("services.get_iin_details")
def the_product_of_a_card(world):
    context = {"countryCode": "NL", **money(1000)}
    told = yield (body(GetIINDetailsRequest, {"bin": "456735", "paymentContext": context}),)
    assert (told.payment_product_id, told.is_allowed_in_context) == (1, True)
    assert told.bin_product_type in {"CONSUMER", "COMMERCIAL", "VIRTUAL", "ALL", "OTHER"}


@refused("services.get_iin_details", ValidationException, 400)
def too_few_digits(world):
    wrong = yield (body(GetIINDetailsRequest, {"bin": "45673"}),)
    assert wrong.errors[0].property_name == "bin"


@refused("services.get_iin_details", ReferenceException, 404)
def digits_of_no_card(world):
    unknown = yield (body(GetIINDetailsRequest, {"bin": "999999"}),)
    assert unknown.errors[0].http_status_code == 404


def policy(locale):
    query = PrivacypolicyParams()
    query.locale, query.payment_product_id = locale, 771
    return query


@succeeds("services.privacypolicy")
def a_privacy_policy(world):
    told = yield (policy("en_GB"),)
    assert told.html_content.startswith("<")


@refused("services.privacypolicy", ValidationException, 400)
def a_locale_that_is_none(world):
    wrong = yield (policy("english"),)
    assert wrong.errors[0].property_name == "locale"


@succeeds("installments.get_installments_info")
def an_amount_in_parts(world):
    request = body(GetInstallmentRequest, {**money(10000, "TRY"), "countryCode": "TR", "paymentProductId": 1})
    told = yield (request,)
    plan = told.installment_options[0].installment_plans[0]
    assert plan.number_of_installments * plan.amount_of_money_per_installment.amount <= 10000


@refused("installments.get_installments_info", ValidationException, 400)
def parts_of_nothing(world):
    wrong = yield (body(GetInstallmentRequest, {"countryCode": "TR"}),)
    assert "amountOfMoney.amount" in {error.property_name for error in wrong.errors}
