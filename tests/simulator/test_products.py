"""Products and their group: what fits, what is hidden, and which fields a customer fills in."""

import pytest
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.create_payment_product_session_request import CreatePaymentProductSessionRequest
from worldline.connect.sdk.v1.domain.device_fingerprint_request import DeviceFingerprintRequest
from worldline.connect.sdk.v1.domain.get_customer_details_request import GetCustomerDetailsRequest
from worldline.connect.sdk.v1.merchant.productgroups.find_productgroups_params import FindProductgroupsParams
from worldline.connect.sdk.v1.merchant.productgroups.get_productgroup_params import GetProductgroupParams
from worldline.connect.sdk.v1.merchant.products.directory_params import DirectoryParams
from worldline.connect.sdk.v1.merchant.products.find_products_params import FindProductsParams
from worldline.connect.sdk.v1.merchant.products.get_product_params import GetProductParams
from worldline.connect.sdk.v1.merchant.products.networks_params import NetworksParams

from simulator.services import iins

DUTCH = "?countryCode=NL&currencyCode=EUR"
EVERY_CARD = [1, 2, 3, 114, 119, 117, 125, 128, 132]


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


def listed(merchant, query=DUTCH):
    answered = merchant.send("GET", f"/v1/1234/products{query}")
    assert answered.status_code == 200, answered.text
    return {product["id"]: product for product in answered.json()["paymentProducts"]}


def test_the_sdk_reads_every_call_about_products(sdk):
    """Every lookup of products and groups answers what the official SDK reads."""
    find, get, networks = FindProductsParams(), GetProductParams(), NetworksParams()
    directory, groups, group = DirectoryParams(), FindProductgroupsParams(), GetProductgroupParams()
    for params in (find, get, networks, directory, groups, group):
        params.country_code, params.currency_code = "NL", "EUR"
    find.amount, find.is_recurring, find.hide = 1000, False, ["translations"]
    products = sdk.products().find(find).payment_products
    assert 1 in [product.id for product in products]
    assert products[0].display_hints.label is None
    visa = sdk.products().get(1, get)
    number = next(field for field in visa.fields if field.id == "cardNumber")
    assert number.data_restrictions.validators.luhn is not None
    assert number.data_restrictions.validators.length.max_length == 19
    assert sdk.products().networks(302, networks).networks == ["AmEx", "Discover", "MasterCard", "Visa"]
    assert sdk.products().directory(809, directory).entries[0].issuer_list == "short"
    assert sdk.productgroups().find(groups).payment_product_groups[0].id == "cards"
    assert len(sdk.productgroups().get("cards", group).fields) == 4


def test_the_sdk_posts_what_products_need(sdk):
    """Device fingerprints, customer details and wallet sessions work through the official SDK."""
    fingerprint = DeviceFingerprintRequest()
    fingerprint.collector_callback = "done()"
    for answered in (
        sdk.products().device_fingerprint(1, fingerprint),
        sdk.productgroups().device_fingerprint("cards", fingerprint),
    ):
        assert answered.device_fingerprint_transaction_id
        assert "done()" in answered.html
    details = GetCustomerDetailsRequest().from_dictionary(
        {"countryCode": "SE", "values": [{"key": "fiscalNumber", "value": "190001010000"}]}
    )
    assert sdk.products().customer_details(1, details).surname == "Simulerad"
    apple = CreatePaymentProductSessionRequest().from_dictionary(
        {
            "paymentProductSession302SpecificInput": {
                "displayName": "Shop",
                "domainName": "shop.example.com",
                "validationUrl": "https://apple.example.com/start",
            }
        }
    )
    assert sdk.products().sessions(302, apple).payment_product_session302_specific_output.session_object


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        (DUTCH, [*EVERY_CARD, 770, 771, 809, 836, 840, 843], [130, 730]),
        ("?countryCode=US&currencyCode=USD", [*EVERY_CARD, 730, 840], [770, 771, 809, 836]),
        ("?countryCode=FR&currencyCode=EUR", [130, 770], [730, 809]),
        (f"{DUTCH}&isRecurring=true", [1, 770], [117, 809, 836]),
        (f"{DUTCH}&isRecurring=False", [1, 117, 809], []),
        (f"{DUTCH}&isInstallments=true", [1, 2, 3, 125], [128, 809, 770]),
        (f"{DUTCH}&amount=500001", [1, 809], [836]),
        (f"{DUTCH}&amount=0", [1], [770, 809]),
        (f"{DUTCH}&hide=productsWithRedirects", [1, 770], [809, 840]),
        (f"{DUTCH}&hide=productsWithoutFields&hide=fields", [1, 809], [836, 840]),
    ],
)
def test_a_list_has_what_fits(merchant, query, there, absent):
    """Country, currency, amount, recurring, installments and hidden kinds decide what a list has."""
    found = listed(merchant, query)
    assert set(there) <= set(found)
    assert not set(absent) & set(found)


def test_a_list_leaves_out_what_is_hidden(merchant):
    """Fields and texts that are hidden are left out, products are not."""
    shown, bare = listed(merchant), listed(merchant, f"{DUTCH}&hide=fields&hide=translations&hide=accountsOnFile")
    assert list(shown) == list(bare)
    assert shown[1]["fields"][0]["displayHints"]["label"] == "Card number"
    assert "fields" not in bare[1]
    assert "label" not in bare[1]["displayHints"]
    untranslated = merchant.send("GET", f"/v1/1234/products/1{DUTCH}&hide=translations").json()
    assert "label" not in untranslated["fields"][0]["displayHints"]
    assert "mask" in untranslated["fields"][0]["displayHints"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", ["countryCode", "currencyCode"]),
        ("?countryCode=nl&currencyCode=EURO", ["countryCode", "currencyCode"]),
        (f"{DUTCH}&amount=1.5", ["amount"]),
        (f"{DUTCH}&locale=dutch", ["locale"]),
        (f"{DUTCH}&isRecurring=maybe", ["isRecurring"]),
        (f"{DUTCH}&isInstallments=1", ["isInstallments"]),
        (f"{DUTCH}&hide=fields&hide=everything", ["hide"]),
    ],
)
@pytest.mark.parametrize("path", ["/products", "/products/1", "/products/1/networks", "/productgroups/cards"])
def test_a_wrong_query_names_its_parameters(merchant, path, query, wrong):
    """A wrong or missing parameter is 400 and named."""
    answered = merchant.send("GET", f"/v1/1234{path}{query}")
    assert answered.status_code == 400
    assert [error["propertyName"] for error in answered.json()["errors"]] == wrong


@pytest.mark.parametrize(
    "path",
    [
        f"/products/99999{DUTCH}",
        f"/products/visa{DUTCH}",
        f"/products/730{DUTCH}",
        f"/products/4/networks{DUTCH}",
        f"/products/4/directory{DUTCH}",
        f"/productgroups/wallets{DUTCH}",
    ],
)
def test_what_is_not_there_is_404_1007(merchant, path):
    """A product that is unknown or cannot pay this is 404 as JSON."""
    answered = merchant.send("GET", f"/v1/1234{path}")
    assert answered.status_code == 404
    assert answered.json()["errors"][0]["code"] == "1007"


@pytest.mark.parametrize(("product", "country"), [(1, "NL"), (809, "BE")])
def test_an_empty_directory_is_404_210390(merchant, product, country):
    """A product without banks, or without them in this country, has no directory."""
    path = f"/v1/1234/products/{product}/directory?countryCode={country}&currencyCode=EUR"
    answered = merchant.send("GET", path)
    assert answered.status_code == 404
    assert answered.json()["errors"][0]["code"] == "210390"


@pytest.mark.parametrize(
    ("path", "body", "status", "wrong"),
    [
        ("/products/1/customerDetails", {}, 400, ["countryCode", "values"]),
        ("/products/1/customerDetails", {"countryCode": "SE", "values": [{"key": "x"}]}, 400, ["values[0].value"]),
        (
            "/products/1/customerDetails",
            {"countryCode": "NL", "values": [{"key": "fiscalNumber", "value": "1"}]},
            404,
            ["values"],
        ),
        ("/products/840/deviceFingerprint", {}, 400, ["paymentProductId"]),
        ("/products/1/sessions", {}, 404, ["productId"]),
        (
            "/products/302/sessions",
            {"paymentProductSession302SpecificInput": {"displayName": "Shop", "domainName": "shop.example.com"}},
            400,
            ["paymentProductSession302SpecificInput.validationUrl"],
        ),
    ],
)
def test_wrong_bodies_name_their_fields(merchant, path, body, status, wrong):
    """A posted body is checked field by field."""
    answered = merchant.send("POST", f"/v1/1234{path}", body)
    assert answered.status_code == status
    assert [error["propertyName"] for error in answered.json()["errors"]] == wrong


@pytest.mark.parametrize("context", [("NL", "EUR"), ("FR", "EUR"), ("US", "USD")])
@pytest.mark.parametrize("choice", ["isRecurring", "isInstallments", None])
def test_products_and_iin_details_agree_on_what_may_pay(merchant, context, choice):
    """A card that getIINdetails allows is a product that is listed, and the other way round."""
    country, currency = context
    query = f"?countryCode={country}&currencyCode={currency}" + (f"&{choice}=true" if choice else "")
    found = listed(merchant, query)
    asked = {"countryCode": country, "amountOfMoney": {"currencyCode": currency}} | ({choice: True} if choice else {})
    for product in (1, 2, 3, 117, 125, 128, 130, 132):
        assert iins.allowed_in(product, asked) == (product in found), product
