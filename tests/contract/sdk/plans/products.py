"""Products and their group: what may be paid with, and what a customer fills in for it."""

from worldline.connect.sdk.v1.domain.create_payment_product_session_request import CreatePaymentProductSessionRequest
from worldline.connect.sdk.v1.domain.device_fingerprint_request import DeviceFingerprintRequest
from worldline.connect.sdk.v1.domain.get_customer_details_request import GetCustomerDetailsRequest
from worldline.connect.sdk.v1.merchant.productgroups.find_productgroups_params import FindProductgroupsParams
from worldline.connect.sdk.v1.merchant.productgroups.get_productgroup_params import GetProductgroupParams
from worldline.connect.sdk.v1.merchant.products.directory_params import DirectoryParams
from worldline.connect.sdk.v1.merchant.products.find_products_params import FindProductsParams
from worldline.connect.sdk.v1.merchant.products.get_product_params import GetProductParams
from worldline.connect.sdk.v1.merchant.products.networks_params import NetworksParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body

FIELD_TYPES = {"string", "numericstring", "date", "expirydate", "integer"}
LEVELS = {"NO_SUPPORT", "BASIC_SUPPORT", "OPTIMISED_SUPPORT"}


def about(kind, **changes):
    """A query for what a Dutch customer may pay euros with."""
    query = kind()
    for name, value in {"country_code": "NL", "currency_code": "EUR", **changes}.items():
        setattr(query, name, value)
    return query


@succeeds("products.find")
def what_a_dutch_customer_may_use(world):
    found = yield (about(FindProductsParams, amount=1000, locale="nl_NL", is_recurring=False),)
    products = {product.id: product for product in found.payment_products}
    assert {1, 3, 809} <= set(products)
    assert 730 not in products
    assert products[1].payment_method == "card"
    assert {product.mobile_integration_level for product in found.payment_products} <= LEVELS
    assert {field.type for field in products[1].fields} <= FIELD_TYPES
    orders = [product.display_hints.display_order for product in found.payment_products]
    assert orders == sorted(orders)


@succeeds("products.find")
def products_without_their_fields(world):
    found = yield (about(FindProductsParams, hide=["fields", "accountsOnFile"]),)
    assert all(not product.fields for product in found.payment_products)


@refused("products.find", ValidationException, 400)
def products_of_nowhere(world):
    query = FindProductsParams()
    query.currency_code = "EUR"
    wrong = yield (query,)
    assert wrong.errors[0].property_name == "countryCode"


@succeeds("products.get")
def one_product(world):
    product = yield 1, about(GetProductParams)
    assert (product.id, product.payment_method, product.payment_product_group) == (1, "card", "cards")
    number = next(field for field in product.fields if field.id == "cardNumber")
    assert number.data_restrictions.is_required is True
    assert number.data_restrictions.validators.luhn is not None


@refused("products.get", ReferenceException, 404)
def a_product_of_another_country(world):
    yield 730, about(GetProductParams)


@refused("products.get", ValidationException, 400)
def an_amount_below_zero(world):
    wrong = yield 1, about(GetProductParams, amount=-1)
    assert wrong.errors[0].property_name == "amount"


@succeeds("products.directory")
def the_banks_of_ideal(world):
    directory = yield 809, about(DirectoryParams)
    assert directory.entries
    assert all(entry.issuer_id and entry.issuer_name for entry in directory.entries)
    assert {entry.issuer_list for entry in directory.entries} <= {"short", "long"}


@refused("products.directory", ReferenceException, 404)
def cards_have_no_directory(world):
    nothing = yield 1, about(DirectoryParams)
    assert nothing.errors[0].code == "210390"


@refused("products.directory", ValidationException, 400)
def a_directory_of_nowhere(world):
    wrong = yield 809, about(DirectoryParams, country_code="Holland")
    assert wrong.errors[0].property_name == "countryCode"


@succeeds("products.networks")
def the_schemes_behind_a_wallet(world):
    told = yield 302, about(NetworksParams, amount=1000)
    assert "Visa" in told.networks


@refused("products.networks", ValidationException, 400)
def networks_of_no_currency(world):
    wrong = yield 302, about(NetworksParams, currency_code="euro")
    assert wrong.errors[0].property_name == "currencyCode"


@succeeds("products.customer_details")
def a_customer_by_their_number(world):
    asked = {"countryCode": "SE", "values": [{"key": "fiscalNumber", "value": "190001010000"}]}
    person = yield 1, body(GetCustomerDetailsRequest, asked)
    assert (person.fiscal_number, person.country) == ("190001010000", "SE")
    assert person.surname


@refused("products.customer_details", ValidationException, 400)
def a_customer_of_no_country(world):
    wrong = yield 1, body(GetCustomerDetailsRequest, {"values": [{"key": "fiscalNumber", "value": "1"}]})
    assert wrong.errors[0].property_name == "countryCode"


@succeeds("products.device_fingerprint")
def a_script_for_a_card(world):
    told = yield 1, body(DeviceFingerprintRequest, {"collectorCallback": "collected()"})
    assert told.device_fingerprint_transaction_id
    assert "<script" in told.html


@refused("products.device_fingerprint", ValidationException, 400)
def a_product_without_a_script(world):
    yield 809, DeviceFingerprintRequest()


@succeeds("products.sessions")
def a_session_of_apple_pay(world):
    block = {"displayName": "Shop", "domainName": "shop.example", "validationUrl": "https://apple.example/session"}
    request = body(CreatePaymentProductSessionRequest, {"paymentProductSession302SpecificInput": block})
    session = yield 302, request
    assert session.payment_product_session302_specific_output.session_object


@refused("products.sessions", ValidationException, 400)
def a_session_for_nobody(world):
    yield 302, CreatePaymentProductSessionRequest()


@succeeds("productgroups.find")
def all_groups(world):
    found = yield (about(FindProductgroupsParams),)
    assert [group.id for group in found.payment_product_groups] == ["cards"]


@refused("productgroups.find", ValidationException, 400)
def groups_of_nowhere(world):
    wrong = yield (about(FindProductgroupsParams, country_code="NLD"),)
    assert wrong.errors[0].property_name == "countryCode"


@succeeds("productgroups.get")
def the_group_of_cards(world):
    group = yield "cards", about(GetProductgroupParams, amount=1000)
    assert group.id == "cards"
    assert {field.type for field in group.fields} <= FIELD_TYPES


@refused("productgroups.get", ValidationException, 400)
def a_group_in_no_currency(world):
    wrong = yield "cards", about(GetProductgroupParams, currency_code="€")
    assert wrong.errors[0].property_name == "currencyCode"


@succeeds("productgroups.device_fingerprint")
def a_script_for_all_cards(world):
    told = yield "cards", DeviceFingerprintRequest()
    assert told.device_fingerprint_transaction_id


@refused("productgroups.device_fingerprint", ValidationException, 400)
def a_callback_without_end(world):
    wrong = yield "cards", body(DeviceFingerprintRequest, {"collectorCallback": "x" * 501})
    assert wrong.errors[0].property_name == "collectorCallback"
