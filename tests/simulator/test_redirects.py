"""Customers who are sent away from the shop: the issuer's challenge, the bank's page, and the way back."""

import re
from contextlib import closing

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.domain.complete_payment_request import CompletePaymentRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException

from simulator.pages import rendering
from tests.simulator.conftest import order_body
from tests.simulator.customers import Customer

SHOP = "https://shop.example/thanks?cart=7#top"
HOURS = 3600


@pytest.fixture
def customer():
    with closing(Customer()) as opened:
        yield opened


@pytest.fixture
def challenged(merchant):
    """A payment whose cardholder is asked: its id, and where the customer is sent."""

    def begin(token="token-visa-challenge", **changes):
        secure = {"redirectionData": {"returnUrl": SHOP}}
        return _begun(merchant.create(order_body(token=token, threeDSecure=secure, **changes)))

    return begin


@pytest.fixture
def at_bank(merchant):
    """An iDEAL payment, likewise."""

    def begin(**changes):
        body = order_body(**changes)
        del body["cardPaymentMethodSpecificInput"]
        redirect = {"paymentProductId": 809, "redirectionData": {"returnUrl": SHOP}}
        return _begun(merchant.create({**body, "redirectPaymentMethodSpecificInput": redirect}))

    return begin


def _begun(answered):
    assert answered.status_code == 201, answered.text
    created = answered.json()
    assert created["payment"]["status"] == "REDIRECTED"
    return created["payment"]["id"], created["merchantAction"]["redirectData"]


def _error(merchant, payment_id):
    return merchant.get(payment_id).json()["statusOutput"]["errors"][0]["code"]


def test_the_right_code_authorizes_and_leads_back(merchant, challenged, customer):
    """The customer sees shop, amount and masked card, types the code, and comes back with REF and RETURNMAC."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"])
    assert customer.answer.status_code == 200
    for told in ("Simulator: no real money.", "shop.example", "€126.80", "0004", "1234"):
        assert told in customer.text
    assert "4000000030020004" not in customer.answer.text
    customer.press("Confirm", code=" 12 34 ")
    assert customer.arrived == {"cart": "7", "REF": payment_id, "RETURNMAC": redirect["RETURNMAC"]}
    payment = merchant.get(payment_id).json()
    assert payment["status"] == "PENDING_APPROVAL"
    assert payment["paymentOutput"]["cardPaymentMethodSpecificOutput"]["threeDSecureResults"]["eci"] == "05"


def test_the_return_url_is_kept_as_it_is(challenged, customer):
    """What the merchant put into the query and behind the # stays."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"])
    answer = customer.http.post(redirect["redirectURL"], data={"code": "1234", "decision": "confirm"})
    assert answer.status_code == 303
    expected = f"https://shop.example/thanks?cart=7&REF={payment_id}&RETURNMAC={redirect['RETURNMAC']}#top"
    assert answer.headers["location"] == expected


def test_one_wrong_code_may_be_corrected(merchant, challenged, customer):
    """The first wrong code is told beside the field; the right one then counts."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"]).press("Confirm", code="9999")
    assert customer.answer.status_code == 400
    assert "This code is not right. You have one more try." in customer.text
    assert merchant.status(payment_id) == "REDIRECTED"
    customer.press("Confirm", code="1234")
    assert customer.arrived is not None
    assert merchant.status(payment_id) == "PENDING_APPROVAL"


def test_a_second_wrong_code_ends_it(merchant, challenged, customer):
    """Reloading the page in between gives no further try."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"]).press("Confirm", code="9999")
    customer.open(redirect["redirectURL"])
    assert "one more try" in customer.text
    customer.press("Confirm", code="8888")
    assert customer.arrived["REF"] == payment_id
    assert (merchant.status(payment_id), _error(merchant, payment_id)) == ("REJECTED", "430357")


def test_an_empty_code_costs_no_try(merchant, challenged, customer):
    """Nothing typed is a slip of the finger."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"])
    for _ in range(3):
        customer.press("Confirm", code="  ")
        assert customer.answer.status_code == 400
        assert "Enter the code that you were sent." in customer.text
    assert merchant.status(payment_id) == "REDIRECTED"


def test_a_card_whose_authentication_fails(merchant, challenged, customer):
    """Its code is never right."""
    payment_id, redirect = challenged(token="token-visa-authentication-failed")
    customer.open(redirect["redirectURL"]).press("Confirm", code="1234")
    customer.press("Confirm", code="1234")
    assert customer.arrived["REF"] == payment_id
    assert merchant.status(payment_id) == "REJECTED"


def test_a_customer_who_gives_up(merchant, challenged, customer):
    """Cancel rejects the payment with the code that the vendor prints for it."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"]).press("Cancel")
    assert customer.arrived["REF"] == payment_id
    assert (merchant.status(payment_id), _error(merchant, payment_id)) == ("REJECTED", "400700")


def test_a_sale_is_captured_when_the_customer_is_back(merchant, challenged, customer):
    """What needs no approval goes on by itself."""
    payment_id, redirect = challenged(authorizationMode="SALE")
    customer.open(redirect["redirectURL"]).press("Confirm", code="1234")
    assert merchant.status(payment_id) == "CAPTURE_REQUESTED"


@pytest.mark.parametrize("mac", ["", "?mac=", "?mac=wrong", "?mac=%C3%A9", "?MAC={mac}"])
def test_without_the_mac_there_is_no_page(merchant, challenged, customer, mac):
    """Neither to look at nor to decide on."""
    payment_id, redirect = challenged()
    address = redirect["redirectURL"].partition("?")[0] + mac.format(mac=redirect["RETURNMAC"])
    assert customer.open(address).answer.status_code == 404
    assert "This page does not exist" in customer.text
    answer = customer.http.post(address, data={"code": "1234", "decision": "confirm"})
    assert answer.status_code == 404
    assert merchant.status(payment_id) == "REDIRECTED"


def test_a_page_of_another_kind_is_not_there(merchant, challenged, customer):
    """A challenge cannot be passed on the bank's page."""
    payment_id, redirect = challenged()
    wrong = redirect["redirectURL"].replace("/3ds/", "/bank/")
    assert customer.open(wrong).answer.status_code == 404
    assert customer.http.post(wrong, data={"decision": "confirm"}).status_code == 404
    assert customer.open(f"{merchant.url}/pages/3ds/123?mac=x").answer.status_code == 404
    assert merchant.status(payment_id) == "REDIRECTED"


def test_looking_decides_nothing(merchant, challenged, customer):
    """However often a page is opened, and whatever its address says."""
    payment_id, redirect = challenged()
    for suffix in ("", "&decision=confirm&code=1234", "&decision=cancel"):
        assert customer.open(redirect["redirectURL"] + suffix).answer.status_code == 200
    assert customer.http.head(redirect["redirectURL"]).status_code == 200
    assert merchant.status(payment_id) == "REDIRECTED"


def test_a_page_that_is_opened_again(merchant, challenged, customer):
    """It tells how things stand, links back, and a form sent again changes nothing."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"]).press("Confirm", code="1234")
    customer.open(redirect["redirectURL"])
    assert "You have already confirmed this payment" in customer.text
    assert customer.page.links["Back to shop.example"].startswith("https://shop.example/thanks?cart=7&REF=")
    customer.http.post(redirect["redirectURL"], data={"decision": "cancel"})
    assert merchant.status(payment_id) == "PENDING_APPROVAL"


def test_a_payment_that_the_merchant_cancelled_meanwhile(merchant, challenged, customer):
    """The customer is told, and can confirm nothing."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"])
    assert merchant.cancel(payment_id).status_code == 200
    customer.press("Confirm", code="1234")
    assert "This payment was cancelled" in customer.text
    assert merchant.status(payment_id) == "CANCELLED"


def test_a_customer_who_comes_too_late(merchant, challenged, customer):
    """After three hours the payment is rejected, and its page says why."""
    payment_id, redirect = challenged()
    customer.open(redirect["redirectURL"])
    merchant.advance(3 * HOURS)
    customer.press("Confirm", code="1234")
    assert "The time for this payment is over" in customer.text
    assert merchant.status(payment_id) == "REJECTED"


def test_a_payment_confirmed_at_the_bank(merchant, at_bank, customer):
    """IDEAL's money is there when the customer is back."""
    payment_id, redirect = at_bank()
    customer.open(redirect["redirectURL"])
    assert "iDEAL" in customer.text
    assert "€126.80" in customer.text
    customer.press("Confirm payment")
    assert customer.arrived == {"cart": "7", "REF": payment_id, "RETURNMAC": redirect["RETURNMAC"]}
    assert merchant.status(payment_id) in {"CAPTURED", "PAID"}


def test_a_payment_cancelled_at_the_bank(merchant, at_bank, customer):
    """Nothing is taken; an empty or unknown decision decides nothing."""
    payment_id, redirect = at_bank()
    customer.open(redirect["redirectURL"])
    assert customer.http.post(redirect["redirectURL"], data={"decision": "perhaps"}).status_code == 200
    assert customer.http.post(redirect["redirectURL"]).status_code == 200
    assert merchant.status(payment_id) == "REDIRECTED"
    customer.press("Cancel")
    assert (merchant.status(payment_id), _error(merchant, payment_id)) == ("REJECTED", "400700")


def test_pages_are_guarded(merchant, challenged):
    """No script may run, no browser may store them, and the mac is told to nobody as the page one came from."""
    _, redirect = challenged()
    for address in (redirect["redirectURL"], f"{merchant.url}/pages/3ds/1?mac=x"):
        headers = httpx.get(address, trust_env=False).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-type"] == "text/html; charset=utf-8"
    style = httpx.get(f"{merchant.url}/pages/style.css", trust_env=False)
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_what_a_merchant_sends_is_shown_as_text(merchant, challenged, customer):
    """A reference with markup in it is no markup."""
    _, redirect = challenged(reference="<b>&'\"<script>x")
    html = customer.open(redirect["redirectURL"]).answer.text
    assert "<script" not in html
    assert "&lt;b&gt;&amp;&#39;&#34;&lt;script&gt;x" in html


def test_too_large_a_form_is_refused(challenged, customer):
    """A page reads no more fields than its form could have."""
    _, redirect = challenged()
    answer = customer.http.post(redirect["redirectURL"], data={f"f{n}": "x" for n in range(60)})
    assert answer.status_code == 400


@given(query=st.text(st.characters(codec="ascii", exclude_characters="#[]", categories=["L", "N", "P"])))
@settings(max_examples=50)
def test_values_are_appended_to_any_query(query):
    """The merchant's own query is the beginning of the new one, unchanged."""
    url = rendering.with_query(f"myapp://back?{query}" if query else "myapp://back", REF="1", RETURNMAC="a b")
    assert url == f"myapp://back?{query}{'&' if query else ''}REF=1&RETURNMAC=a+b"


def test_the_shop_is_named_by_its_host_or_its_app():
    """A custom protocol has no host."""
    assert rendering.shop_of("https://shop.example:8443/x?y") == "shop.example"
    assert re.fullmatch("myapp", rendering.shop_of("myapp:///done"))


@pytest.fixture
def payments(merchant):
    """The official SDK's client."""
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234").payments()


def test_how_far_the_third_party_is(payments, merchant, challenged, customer):
    """WAITING until the customer begins, INITIALIZED while a code is asked again, COMPLETED when nothing is left."""
    payment_id, redirect = challenged()
    assert payments.third_party_status(payment_id).third_party_status == "WAITING"
    customer.open(redirect["redirectURL"]).press("Confirm", code="1")
    assert payments.third_party_status(payment_id).third_party_status == "INITIALIZED"
    customer.press("Confirm", code="1234")
    assert payments.third_party_status(payment_id).third_party_status == "COMPLETED"
    assert payments.third_party_status(merchant.created()).third_party_status == "COMPLETED"
    with pytest.raises(ReferenceException):
        payments.third_party_status("000000123499999999990000100001")


def test_a_payment_that_needs_no_completion(payments, merchant):
    """Complete is refused like any action that the state does not allow."""
    with pytest.raises(ApiException) as refused:
        payments.complete(merchant.created(), CompletePaymentRequest())
    assert (refused.value.status_code, refused.value.errors[0].code) == (402, "410110")


@pytest.mark.parametrize(
    ("mode", "goes_on"), [("PRE_AUTHORIZATION", "PENDING_APPROVAL"), ("SALE", "CAPTURE_REQUESTED")]
)
def test_a_payment_that_is_completed(payments, merchant, challenged, customer, *, mode, goes_on):
    """The customer is back, the merchant completes: then it is authorized, and nothing was held before."""
    payment_id, redirect = challenged(token="token-visa-completion", authorizationMode=mode)
    customer.open(redirect["redirectURL"]).press("Confirm", code="1234")
    waiting = merchant.get(payment_id).json()
    assert (waiting["status"], waiting["statusOutput"]["statusCategory"]) == ("PENDING_COMPLETION", "PENDING_MERCHANT")
    assert waiting["statusOutput"]["isAuthorized"] is False
    assert "authorisationCode" not in waiting["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    assert next(line for line in merchant.books() if line["payment_id"] == payment_id)["authorized"] == 0
    assert payments.third_party_status(payment_id).third_party_status == "AUTHORIZED"
    card = {"cardNumber": "4000000030040003", "expiryDate": "1249"}
    wrong = {"cardPaymentMethodSpecificInput": {"card": card}}
    answered = merchant.send("POST", f"/v1/1234/payments/{payment_id}/complete", wrong)
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (400, "21000020")
    right = {"cardPaymentMethodSpecificInput": {"card": {**card, "cardNumber": "4000000030040002"}}}
    completed = payments.complete(payment_id, CompletePaymentRequest().from_dictionary(right))
    assert (completed.payment.status, completed.creation_output.external_reference) == (goes_on, payment_id)
    assert merchant.status(payment_id) == goes_on
    again = merchant.send("POST", f"/v1/1234/payments/{payment_id}/complete", right)
    assert again.status_code == 402


def test_a_payment_that_is_not_completed_can_be_cancelled(merchant, challenged, customer):
    """A merchant who does not want it any more."""
    payment_id, redirect = challenged(token="token-visa-completion")
    customer.open(redirect["redirectURL"]).press("Confirm", code="1234")
    assert merchant.cancel(payment_id).status_code == 200
    assert merchant.status(payment_id) == "CANCELLED"
