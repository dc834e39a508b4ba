"""Client sessions, and the Client API that a customer's page calls with them."""

import pytest
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.session_request import SessionRequest

from tests.support.client_page import Page

CONTEXT = {"countryCode": "NL", "currencyCode": "EUR", "amount": 1000, "isRecurring": "false"}


@pytest.fixture
def opened(merchant):
    """A page with a session of the shared simulator."""
    return lambda **asked: Page(merchant.http, session(merchant, **asked))


def session(merchant, **asked):
    answered = merchant.send("POST", "/v1/1234/sessions", asked)
    assert answered.status_code == 201, answered.text
    return answered.json()


def products(page):
    answered = page.ask("/products", **CONTEXT)
    assert answered.status_code == 200, answered.text
    return [product["id"] for product in answered.json()["paymentProducts"]]


def test_a_session_has_the_recorded_shape(merchant, opened):
    """The ids have the recorded lengths, the addresses are the simulator's own."""
    told = opened().session
    assert set(told) == {"clientSessionId", "customerId", "clientApiUrl", "assetUrl", "region"}
    assert len(bytes.fromhex(told["clientSessionId"])) == 16
    assert told["customerId"].startswith("00000-")
    assert len(bytes.fromhex(told["customerId"][6:])) == 16
    assert (told["clientApiUrl"], told["assetUrl"]) == (f"{merchant.url}/client", f"{merchant.url}/assets/")
    assert told["region"] == "EU"


def test_the_sdk_creates_sessions(merchant):
    """Tokens that cannot be used come back, each once."""
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        asked = SessionRequest()
        asked.tokens = ["token-visa-approved", "token-unknown", "token-unknown"]
        told = client.v1().merchant("1234").sessions().create(asked)
    assert told.invalid_tokens == ["token-unknown"]


@pytest.mark.parametrize(
    ("filters", "there", "absent"),
    [
        ({"restrictTo": {"products": [1, 809]}}, {1, 809}, {2, 3, 770, 840}),
        ({"restrictTo": {"groups": ["cards"]}}, {1, 2, 3, 117}, {770, 809}),
        ({"restrictTo": {"groups": ["cards"], "products": [809]}}, {1, 809}, {770}),
        ({"exclude": {"groups": ["cards"]}}, {770, 809}, {1, 2, 3}),
        ({"exclude": {"products": [1]}}, {2, 3, 809}, {1}),
        ({"restrictTo": {"groups": ["cards"]}, "exclude": {"products": [2]}}, {1, 3}, {2, 809}),
        ({"restrictTo": {}, "exclude": {"groups": [], "products": []}}, {1, 2, 809}, set()),
    ],
)
def test_filters_hold_in_the_client_api(opened, filters, there, absent):
    """What a session's filters leave is what its page sees, in lists and by id."""
    page = opened(paymentProductFilters=filters)
    found = set(products(page))
    assert there <= found
    assert not absent & found
    assert {page.ask(f"/products/{each}", **CONTEXT).status_code for each in there} == {200}
    assert {page.ask(f"/products/{each}", **CONTEXT).status_code for each in absent} <= {404}


def test_the_group_goes_with_its_products(opened):
    """Without a card that fits there is no group of cards."""
    page = opened(paymentProductFilters={"exclude": {"groups": ["cards"]}})
    assert page.ask("/productgroups", **CONTEXT).json() == {"paymentProductGroups": []}
    assert page.ask("/productgroups/cards", **CONTEXT).status_code == 404


def test_an_unknown_group_in_a_filter_is_refused(merchant):
    """There is one group, and another name is a mistake."""
    asked = {"paymentProductFilters": {"restrictTo": {"groups": ["wallets"]}}}
    answered = merchant.send("POST", "/v1/1234/sessions", asked)
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["propertyName"] == "paymentProductFilters.restrictTo.groups"


def test_tokens_become_accounts_on_file(opened):
    """An account on file shows what its card shows, under its product and under the group."""
    page = opened(tokens=["token-visa-approved"])
    visa = next(each for each in page.ask("/products", **CONTEXT).json()["paymentProducts"] if each["id"] == 1)
    [account] = visa["accountsOnFile"]
    assert account["paymentProductId"] == 1
    shown = {each["key"]: (each["value"], each["status"]) for each in account["attributes"]}
    assert shown == {
        "alias": ("************7977", "READ_ONLY"),
        "cardNumber": ("************7977", "READ_ONLY"),
        "expiryDate": ("1249", "CAN_WRITE"),
    }
    assert page.ask("/productgroups/cards", **CONTEXT).json()["accountsOnFile"] == [account]
    assert "accountsOnFile" not in page.ask("/products/1", hide="accountsOnFile", **CONTEXT).json()
    assert "accountsOnFile" not in page.ask("/products/3", **CONTEXT).json()


def test_a_page_asks_for_all_that_its_script_can_ask(opened):
    """Every path of the official client SDK for JavaScript answers."""
    page = opened()
    assert page.ask("/products/302/networks", **CONTEXT).json()["networks"]
    assert page.ask("/products/809/directory", countryCode="NL", currencyCode="EUR").json()["entries"]
    assert page.ask("/productgroups", **CONTEXT).json()["paymentProductGroups"][0]["id"] == "cards"
    assert page.ask("/services/convert/amount", source="EUR", target="USD", amount=100).json()["convertedAmount"]
    assert page.ask("/services/privacypolicy", locale="nl_NL").json()["htmlContent"]
    assert set(page.key()) == {"keyId", "publicKey"}
    details = page.ask("/services/getIINdetails", {"bin": "45673500", "accountOnFileId": 7})
    assert details.json()["paymentProductId"] == 1


def test_a_page_asks_how_far_its_payment_is(merchant, opened):
    """The status of a third party is told of the session's own merchant's payments."""
    page, payment = opened(), merchant.created()
    told = page.ask(f"/payments/{payment}/thirdpartystatus")
    assert told.json() == {"thirdPartyStatus": "COMPLETED"}
    assert page.ask(f"/payments/{payment[:-1]}9/thirdpartystatus").status_code == 404


def test_iin_details_know_the_sessions_filters(opened):
    """A brand that the session hides is not allowed, and another brand of the card is chosen."""
    context = {"countryCode": "FR", "amountOfMoney": {"amount": 100, "currencyCode": "EUR"}}
    asked = {"bin": "497010", "paymentContext": context}
    both = opened().ask("/services/getIINdetails", asked).json()
    assert (both["paymentProductId"], both["isAllowedInContext"]) == (130, True)
    filtered = opened(paymentProductFilters={"exclude": {"products": [130]}}).ask("/services/getIINdetails", asked)
    assert (filtered.json()["paymentProductId"], filtered.json()["isAllowedInContext"]) == (1, True)
    assert [each["isAllowedInContext"] for each in filtered.json()["coBrands"]] == [False, True]
    none = opened(paymentProductFilters={"exclude": {"groups": ["cards"]}}).ask("/services/getIINdetails", asked)
    assert none.json()["isAllowedInContext"] is False


def test_a_session_lasts_two_hours(start):
    """A session answers to the last second and is 403 from then on."""
    merchant = start()
    page = Page(merchant.http, session(merchant))
    merchant.advance(2 * 3600 - 5)
    assert page.ask("/products", **CONTEXT).status_code == 200
    merchant.advance(5)
    refused = page.ask("/products", **CONTEXT)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/json"
    assert refused.json()["errors"][0]["code"] == "9002"


@pytest.mark.parametrize("header", ["", "GCS v1Client:", "GCS v1Client:{other}", "GCS v1HMAC:{own}", "Bearer {own}"])
def test_without_its_session_a_page_gets_nothing(opened, header):
    """Every path needs the session that its customerId belongs to."""
    page, other = opened(), opened()
    told = header.format(own=page.session_id, other=other.session_id)
    for path in ("/products", "/crypto/publickey", "/services/privacypolicy"):
        refused = page.http.get(page.base + path, headers={"Authorization": told} if told else {})
        assert refused.status_code == 403
        assert refused.json()["errorId"]


def test_another_origin_may_call_the_client_api(opened):
    """A browser's preflight is answered for the headers of the client SDK, and refusals can be read as well."""
    page = opened()
    origin = {"Origin": "https://shop.example.com"}
    asked = {
        **origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,content-type,x-gcs-clientmetainfo",
    }
    preflight = page.http.options(f"{page.base}/products", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "x-gcs-clientmetainfo"))
    refused = page.http.get(f"{page.base}/products", headers=origin)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (403, "*")


def test_logos_are_pictures(opened):
    """What a product's logo and the session's assetUrl make together is an image."""
    page = opened()
    visa = page.ask("/products/1", **CONTEXT).json()
    shown = page.http.get(page.session["assetUrl"] + visa["displayHints"]["logo"])
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/svg+xml")
    assert "Visa" in shown.text
    assert page.http.get(page.session["assetUrl"] + "nothing.svg").status_code == 404
