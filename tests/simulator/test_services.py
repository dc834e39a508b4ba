"""The services: amounts, accounts, first digits of cards, privacy policies, installments, through the official SDK."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.bank_details_request import BankDetailsRequest
from worldline.connect.sdk.v1.domain.get_iin_details_request import GetIINDetailsRequest
from worldline.connect.sdk.v1.domain.get_installment_request import GetInstallmentRequest
from worldline.connect.sdk.v1.merchant.services.convert_amount_params import ConvertAmountParams
from worldline.connect.sdk.v1.merchant.services.privacypolicy_params import PrivacypolicyParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from simulator.front.reader import HIGHEST_AMOUNT, WHOLE_CURRENCIES
from simulator.services import amounts, bank_accounts, iins, installments

# The examples of the ISO 13616 registry, and the vendor's test accounts (sepa-direct-debit/testing).
IBANS = {
    "BE68539007547034": {"bankCode": "539", "accountNumber": "0075470", "checkDigit": "34"},
    "DE89370400440532013000": {"bankCode": "37040044", "accountNumber": "0532013000"},
    "ES9121000418450200051332": {
        "bankCode": "2100",
        "branchCode": "0418",
        "checkDigit": "45",
        "accountNumber": "0200051332",
    },
    "FR1420041010050500013M02606": {
        "bankCode": "20041",
        "branchCode": "01005",
        "accountNumber": "0500013M026",
        "checkDigit": "06",
    },
    "IT60X0542811101000000123456": {
        "checkDigit": "X",
        "bankCode": "05428",
        "branchCode": "11101",
        "accountNumber": "000000123456",
    },
    "NL91ABNA0417164300": {"bankCode": "ABNA", "accountNumber": "0417164300"},
    "NL08INGB0000000555": {"bankCode": "INGB", "accountNumber": "0000000555"},
    "DE46720200700359736690": {"bankCode": "72020070", "accountNumber": "0359736690"},
}
SERVICES = "/v1/1234/services"


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


@pytest.fixture
def refused(merchant):
    """The field that a request is refused for, with 400."""

    def send(method, path, content=None):
        answered = merchant.send(method, path, content)
        assert answered.status_code == 400, answered.text
        return [error["propertyName"] for error in answered.json()["errors"]]

    return send


# Amounts


def test_an_amount_is_converted(sdk):
    """100 euros are 108 dollars, and a yen amount has no cents."""
    params = ConvertAmountParams()
    params.source, params.target, params.amount = "EUR", "USD", 10000
    assert sdk.services().convert_amount(params).converted_amount == 10800
    params.target = "JPY"
    assert sdk.services().convert_amount(params).converted_amount == 1650000


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("target=USD&amount=100", "source"),
        ("source=EUR&amount=100", "target"),
        ("source=EUR&target=USD", "amount"),
        ("source=EUR&target=USD&amount=1.5", "amount"),
        ("source=EUR&target=USD&amount=-1", "amount"),
        ("source=JPY&target=USD&amount=150", "amount"),
        ("source=XXX&target=USD&amount=100", "source"),
        ("source=EUR&target=eur&amount=100", "target"),
        (f"source=EUR&target=USD&amount={HIGHEST_AMOUNT + 1}", "amount"),
    ],
)
def test_a_conversion_names_what_is_wrong(refused, query, field):
    """400 with the parameter."""
    assert refused("GET", f"{SERVICES}/convert/amount?{query}") == [field]


def test_a_conversion_error_is_typed(sdk):
    """The SDK raises its class, which names the parameter."""
    params = ConvertAmountParams()
    params.source, params.target, params.amount = "EUR", "USSR", 1
    with pytest.raises(ValidationException) as caught:
        sdk.services().convert_amount(params)
    assert caught.value.errors[0].property_name == "target"


CURRENCIES = st.sampled_from(sorted(amounts.PER_EURO))


@given(source=CURRENCIES, target=CURRENCIES, amount=st.integers(0, HIGHEST_AMOUNT))
def test_a_conversion_is_the_nearest_amount_that_exists(source, target, amount):
    """Never further from the exact value than half a unit, and whole where the currency has no decimals."""
    converted = amounts.convert_amount(source, target, amount)
    unit = 100 if target in WHOLE_CURRENCIES else 1
    exact = amount * Fraction(amounts.PER_EURO[target]) / Fraction(amounts.PER_EURO[source])
    assert converted % unit == 0
    assert abs(converted - exact) <= Fraction(unit, 2)


# Bank accounts


@pytest.mark.parametrize(("iban", "parts"), IBANS.items())
def test_an_iban_and_its_parts_say_the_same(sdk, iban, parts):
    """Each gives the other; the check digit may be left to the service."""
    asked = BankDetailsRequest().from_dictionary({"bankAccountIban": {"iban": iban, "accountHolderName": "W. Coyote"}})
    told = sdk.services().bankaccount(asked)
    bban = told.bank_account_bban.to_dictionary()
    assert {name: bban[name] for name in parts} == parts
    assert (bban["countryCode"], bban["accountHolderName"]) == (iban[:2], "W. Coyote")
    assert told.bank_data.reformatted_account_number == parts["accountNumber"]
    assert told.bank_data.new_bank_name == bban["bankName"]
    assert told.swift.bic[4:6] == iban[:2]
    without = {name: value for name, value in parts.items() if name != "checkDigit"}
    asked = BankDetailsRequest().from_dictionary({"bankAccountBban": {"countryCode": iban[:2], **without}})
    assert sdk.services().bankaccount(asked).bank_account_iban.iban == iban


def test_spaces_and_leading_zeros_are_for_people(sdk):
    """An account is the same one however it is written."""
    asked = BankDetailsRequest().from_dictionary({"bankAccountIban": {"iban": "nl08 ingb 0000 0005 55"}})
    assert sdk.services().bankaccount(asked).bank_account_iban.iban == "NL08INGB0000000555"
    bban = {"countryCode": "NL", "bankCode": "INGB", "accountNumber": "555"}
    told = sdk.services().bankaccount(BankDetailsRequest().from_dictionary({"bankAccountBban": bban}))
    assert told.bank_account_iban.iban == "NL08INGB0000000555"


def test_an_american_account_has_no_iban(sdk):
    """The bank is told, and no IBAN is made up."""
    bban = {"countryCode": "US", "bankCode": "021000021", "accountNumber": "123456789"}
    told = sdk.services().bankaccount(BankDetailsRequest().from_dictionary({"bankAccountBban": bban}))
    assert told.bank_account_iban is None
    assert (told.swift.bic, told.swift.chips_uid) == ("CHASUS33", "0002")


def test_an_unknown_bank_has_no_address(sdk):
    """An account that may exist is answered without a bank."""
    bban = {"countryCode": "DE", "bankCode": "99999999", "accountNumber": "1"}
    told = sdk.services().bankaccount(BankDetailsRequest().from_dictionary({"bankAccountBban": bban}))
    assert (told.swift, told.bank_data.new_bank_name) == (None, None)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({}, ["bankAccountBban"]),
        ({"bankAccountIban": {}}, ["bankAccountIban.iban"]),
        ({"bankAccountIban": {"iban": "NL08INGB0000000556"}}, ["bankAccountIban.iban"]),
        ({"bankAccountIban": {"iban": "NL08INGB00000005"}}, ["bankAccountIban.iban"]),
        ({"bankAccountIban": {"iban": "GB29NWBK60161331926819"}}, ["bankAccountIban.iban"]),
        ({"bankAccountIban": {"iban": 7}}, ["bankAccountIban.iban"]),
        ({"bankAccountBban": {}}, ["bankAccountBban.countryCode"]),
        ({"bankAccountBban": {"countryCode": "GB"}}, ["bankAccountBban.countryCode"]),
        ({"bankAccountBban": {"countryCode": "NL"}}, ["bankAccountBban.bankCode", "bankAccountBban.accountNumber"]),
        (
            {"bankAccountBban": {"countryCode": "DE", "bankCode": "3704004", "accountNumber": "1"}},
            ["bankAccountBban.bankCode"],
        ),
        (
            {"bankAccountBban": {"countryCode": "US", "bankCode": "021000022", "accountNumber": "12345"}},
            ["bankAccountBban.bankCode"],
        ),
        (
            {
                "bankAccountBban": {
                    "countryCode": "BE",
                    "bankCode": "539",
                    "accountNumber": "0075470",
                    "checkDigit": "35",
                }
            },
            ["bankAccountBban.checkDigit"],
        ),
        (
            {
                "bankAccountBban": {"countryCode": "NL", "bankCode": "INGB", "accountNumber": "556"},
                "bankAccountIban": {"iban": "NL08INGB0000000555"},
            },
            ["bankAccountIban.iban"],
        ),
    ],
)
def test_an_account_names_what_is_wrong(refused, content, fields):
    """400 with every field that is wrong."""
    assert refused("POST", f"{SERVICES}/convert/bankaccount", content) == fields


def test_an_account_error_is_typed(sdk):
    """The SDK raises its class."""
    with pytest.raises(ValidationException):
        sdk.services().bankaccount(BankDetailsRequest())


@st.composite
def national(draw):
    """A country and its parts, without the check digit."""
    country = draw(st.sampled_from(sorted(bank_accounts.LAYOUTS)))
    signs = {"0-9": "0123456789", "A-Z": "ABCXYZ", "A-Z0-9": "0123456789ABYZ"}
    return country, {
        part.name: draw(st.text(signs[part.signs], min_size=part.length, max_size=part.length))
        for part in bank_accounts.LAYOUTS[country].parts
        if part.name != bank_accounts.CHECK
    }


@given(asked=national())
def test_there_and_back_is_the_same_account(asked):
    """Every account that is made of parts passes all checks and is found again in its IBAN."""
    account = bank_accounts.of_parts(*asked)
    assert int("".join(str(int(sign, 36)) for sign in account.iban[4:] + account.iban[:4])) % 97 == 1
    assert {check.result for check in bank_accounts.checks(account)} == {"PASSED"}
    assert bank_accounts.of_iban(account.iban) == account


@given(asked=national(), data=st.data())
def test_one_wrong_digit_is_noticed(asked, data):
    """ISO 13616: a single digit that is mistyped never passes."""
    iban = bank_accounts.of_parts(*asked).iban
    place = data.draw(st.sampled_from([index for index, sign in enumerate(iban) if sign.isdigit()]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != iban[place]]))
    mistyped = bank_accounts.of_iban(iban[:place] + other + iban[place + 1 :])
    assert mistyped is not None
    assert bank_accounts.checks(mistyped)[0].result == "ERROR"


# First digits of a card


def iin(sdk, digits, **context):
    content = {"bin": digits, "paymentContext": context} if context else {"bin": digits}
    return sdk.services().get_iin_details(GetIINDetailsRequest().from_dictionary(content))


def test_a_card_of_one_brand(sdk):
    """Product, country, issuer and type; nothing of a context that was not submitted."""
    told = iin(sdk, "45673500")
    assert (told.payment_product_id, told.country_code, told.bin_product_type) == (1, "NL", "CONSUMER")
    assert told.issuer_name
    assert (told.co_brands, told.is_allowed_in_context) == (None, None)
    assert iin(sdk, "411111").country_code == "99"


def test_a_card_of_two_brands(sdk):
    """All brands are told, each with its own word on the context, and the product is one that may be used."""
    told = iin(sdk, "501767")
    assert [brand.payment_product_id for brand in told.co_brands] == [130, 117]
    assert told.co_brands[0].is_allowed_in_context is None
    abroad = iin(sdk, "501767", countryCode="NL", amountOfMoney={"amount": 100, "currencyCode": "EUR"})
    assert (abroad.payment_product_id, abroad.is_allowed_in_context) == (117, True)
    assert [brand.is_allowed_in_context for brand in abroad.co_brands] == [False, True]
    nowhere = iin(sdk, "501767", countryCode="NL", isRecurring=True)
    assert (nowhere.payment_product_id, nowhere.is_allowed_in_context) == (130, False)


def test_digits_of_no_scheme_are_unknown(sdk):
    """404 that names the bin."""
    with pytest.raises(ReferenceException) as caught:
        iin(sdk, "999999")
    assert (caught.value.status_code, caught.value.errors[0].property_name) == (404, "bin")


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({}, ["bin"]),
        ({"bin": "45673"}, ["bin"]),
        ({"bin": "45673a"}, ["bin"]),
        ({"bin": 456735}, ["bin"]),
        ({"bin": "456735", "paymentContext": {"countryCode": "Netherlands"}}, ["paymentContext.countryCode"]),
    ],
)
def test_first_digits_name_what_is_wrong(refused, content, fields):
    """400 with every field that is wrong."""
    assert refused("POST", f"{SERVICES}/getIINdetails", content) == fields


@given(digits=st.text("0123456789", min_size=6, max_size=19))
def test_more_digits_never_change_the_product(digits):
    """Six digits decide."""
    assert iins.iin_details(digits) == iins.iin_details(digits[:6])


# Privacy policy


def test_a_privacy_policy_is_html(sdk):
    """Of one product in a language, or of all."""
    params = PrivacypolicyParams()
    params.locale, params.payment_product_id = "nl_NL", 809
    html = sdk.services().privacypolicy(params).html_content
    assert html.startswith("<h1>Privacy</h1>")
    assert (html.count("iDEAL"), html.count("Visa")) == (2, 0)
    assert "Visa" in sdk.services().privacypolicy(PrivacypolicyParams()).html_content


def test_a_privacy_policy_names_what_is_wrong(refused, sdk):
    """400 with the parameter, for an unknown product as well."""
    assert refused("GET", f"{SERVICES}/privacypolicy?locale=dutch") == ["locale"]
    params = PrivacypolicyParams()
    params.payment_product_id = 99
    with pytest.raises(ValidationException) as caught:
        sdk.services().privacypolicy(params)
    assert caught.value.errors[0].property_name == "paymentProductId"


# Installments


def installment_options(sdk, **changes):
    content = {"amountOfMoney": {"amount": 10000, "currencyCode": "TRY"}, "countryCode": "TR", **changes}
    asked = GetInstallmentRequest().from_dictionary(content)
    return sdk.installments().get_installments_info(asked).installment_options


def test_an_amount_in_parts(sdk):
    """The four plans that have a code; the parts are never more than the whole."""
    (option,) = installment_options(sdk)
    plans = {plan.number_of_installments: plan for plan in option.installment_plans}
    assert {number: plan.installment_plan_code for number, plan in plans.items()} == {3: 43, 6: 46, 9: 49, 12: 52}
    assert plans[3].amount_of_money_per_installment.amount == 3333
    assert option.display_hints.label == "Taksit"


def test_where_there_are_no_installments(sdk):
    """Not in every country, and not with every card."""
    assert installment_options(sdk, countryCode="NL") == []
    assert installment_options(sdk, paymentProductId=117) == []
    assert installment_options(sdk, bin="670300") == []
    assert len(installment_options(sdk, bin="456735")) == 1
    with pytest.raises(ReferenceException):
        installment_options(sdk, bin="999999")


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        ({}, ["amountOfMoney.currencyCode", "amountOfMoney.amount", "countryCode"]),
        (
            {"amountOfMoney": {"amount": 100, "currencyCode": "TRY"}, "countryCode": "TR", "bin": "1"},
            ["bin"],
        ),
    ],
)
def test_installments_name_what_is_wrong(refused, content, fields):
    """400 with every field that is wrong."""
    assert refused("POST", "/v1/1234/installments/getInstallmentsInfo", content) == fields


@given(amount=st.integers(1, HIGHEST_AMOUNT), currency=st.sampled_from(["TRY", "JPY"]))
def test_parts_are_no_more_than_the_whole(amount, currency):
    """And each is an amount that exists."""
    for option in installments.options(amount, currency, "TR"):
        for plan in option["installmentPlans"]:
            part = plan["amountOfMoneyPerInstallment"]["amount"]
            assert 0 < part * plan["numberOfInstallments"] <= amount
            assert currency != "JPY" or part % 100 == 0
