"""Customers who give and sign mandates: alone, for a payment, and where the mandate is made of what they type."""

from contextlib import closing

import pytest

from tests.simulator.conftest import order_body
from tests.simulator.customers import Customer

SHOP = "https://shop.example/thanks?cart=7"
TYPED = {"first": "Anna", "surname": "de Vries", "iban": "nl08 ingb 0000 0005 55", "country": "NL", "consent": "yes"}
HOURS = 3600


@pytest.fixture
def customer():
    with closing(Customer()) as opened:
        yield opened


def terms(**changes):
    """What every mandate is asked for with."""
    return {"customerReference": "customer-7", "recurrenceType": "RECURRING", "signatureType": "SMS", **changes}


def mandate_body(**changes):
    """The body of create mandate."""
    return {
        **terms(**changes),
        "customer": {
            "bankAccountIban": {"accountHolderName": "Anna de Vries", "iban": "NL08INGB0000000555"},
            "mandateAddress": {"countryCode": "NL"},
            "personalInformation": {"name": {"firstName": "Anna", "surname": "de Vries"}},
        },
        "returnUrl": SHOP,
    }


@pytest.fixture
def unsigned(merchant):
    """A mandate that waits for its signature: its reference, and where the customer is sent."""

    def create(**changes):
        answered = merchant.send("POST", "/v1/1234/mandates", mandate_body(**changes))
        assert answered.status_code == 201, answered.text
        created = answered.json()
        return created["mandate"]["uniqueMandateReference"], created["merchantAction"]["redirectData"]

    return create


@pytest.fixture
def managed(merchant):
    """A hosted mandate management: its id, its secret and its page."""

    def create(**changes):
        specific = {"returnUrl": SHOP, "locale": "en_GB"}
        body = {"createMandateInfo": terms(**changes), "hostedMandateManagementSpecificInput": specific}
        answered = merchant.send("POST", "/v1/1234/hostedmandatemanagements", body)
        assert answered.status_code == 201, answered.text
        created = answered.json()
        path = created["partialRedirectUrl"].partition("/")[2]
        return created["hostedMandateManagementId"], created["RETURNMAC"], f"{merchant.url}/{path}"

    return create


def status_of(merchant, reference):
    return merchant.send("GET", f"/v1/1234/mandates/{reference}").json()["mandate"]["status"]


def management(merchant, session):
    return merchant.send("GET", f"/v1/1234/hostedmandatemanagements/{session}").json()


def test_a_mandate_is_signed(merchant, unsigned, customer):
    """Holder and masked account are shown; signing makes it active and leads back."""
    reference, redirect = unsigned()
    customer.open(redirect["redirectURL"])
    assert "Anna de Vries" in customer.text
    assert "NL08INGB0000000555" not in customer.answer.text
    assert status_of(merchant, reference) == "CREATED"
    customer.press("Sign")
    assert customer.arrived == {
        "cart": "7",
        "RETURNMAC": redirect["RETURNMAC"],
        "uniqueMandateReference": reference,
    }
    assert status_of(merchant, reference) == "ACTIVE"
    assert "You have signed this mandate" in customer.open(redirect["redirectURL"]).text


def test_a_mandate_is_not_signed(merchant, unsigned, customer):
    """It waits; an empty decision decides nothing, a wrong mac sees nothing, and a revoked one cannot be signed."""
    reference, redirect = unsigned()
    url = redirect["redirectURL"]
    customer.open(url).press("Do not sign")
    assert customer.arrived is not None
    assert customer.http.post(url).status_code == 200
    assert customer.http.post(url + "x", data={"decision": "confirm"}).status_code == 404
    assert status_of(merchant, reference) == "CREATED"
    merchant.send("POST", f"/v1/1234/mandates/{reference}/revoke")
    customer.http.post(url, data={"decision": "confirm"})
    assert status_of(merchant, reference) == "REVOKED"
    assert "This mandate is no longer valid" in customer.open(url).text


@pytest.mark.parametrize(
    ("button", "payment", "mandate"),
    [
        ("Sign", "PENDING_APPROVAL", "ACTIVE"),
        ("Do not sign", "REJECTED", "CREATED"),
    ],
)
def test_a_payment_by_a_mandate_that_is_signed_first(merchant, customer, button, payment, mandate):
    """Signed and paid, or neither; the customer comes back as after any other page."""
    body = {
        "order": order_body()["order"],
        "sepaDirectDebitPaymentMethodSpecificInput": {
            "paymentProductId": 771,
            "paymentProduct771SpecificInput": {"mandate": mandate_body()},
        },
    }
    created = merchant.create(body).json()
    payment_id, redirect = created["payment"]["id"], created["merchantAction"]["redirectData"]
    customer.open(redirect["redirectURL"])
    assert "€126.80" in customer.text
    assert customer.http.post(redirect["redirectURL"]).status_code == 200
    customer.press(button)
    assert customer.arrived == {"cart": "7", "REF": payment_id, "RETURNMAC": redirect["RETURNMAC"]}
    assert merchant.status(payment_id) == payment
    reference = merchant.send("GET", "/v1/1234/payments/" + payment_id).json()["paymentOutput"]
    block = reference["sepaDirectDebitPaymentMethodSpecificOutput"].get("paymentProduct771SpecificOutput")
    if block is not None:
        assert status_of(merchant, block["mandateReference"]) == mandate


def test_a_mandate_made_of_what_was_typed(merchant, managed, customer):
    """Unsigned ones are active at once."""
    session, mac, url = managed(signatureType="UNSIGNED")
    customer.open(url).press("Give mandate", **TYPED)
    assert customer.arrived == {"cart": "7", "RETURNMAC": mac, "hostedMandateManagementId": session}
    told = management(merchant, session)
    assert (told["status"], told["mandate"]["status"]) == ("MANDATE_CREATED", "ACTIVE")
    assert "You have given this mandate" in customer.open(url).text


def test_a_mandate_typed_and_signed(merchant, managed, customer):
    """The signature follows, and the way back is the session's."""
    session, mac, url = managed()
    customer.open(url).press("Give mandate", **TYPED)
    assert "Sign your mandate" in customer.text
    assert management(merchant, session)["mandate"]["status"] == "CREATED"
    customer.press("Sign")
    assert customer.arrived == {"cart": "7", "RETURNMAC": mac, "hostedMandateManagementId": session}
    assert management(merchant, session)["mandate"]["status"] == "ACTIVE"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"first": ""}, "Enter your first name."),
        ({"surname": ""}, "Enter your surname."),
        ({"surname": "x" * 71}, "Enter your surname in at most 70 characters."),
        ({"iban": ""}, "Enter the IBAN."),
        ({"iban": "NL08INGB0000000556"}, "This is not a valid IBAN. Check its letters and digits."),
        ({"country": ""}, "Choose your country."),
        ({"consent": ""}, "Tick the box to allow the debit."),
    ],
)
def test_a_slip_of_the_pen(merchant, managed, customer, typed, told):
    """Told above the form and beside the field; nothing is made."""
    session, _, url = managed()
    customer.open(url).press("Give mandate", **{**TYPED, **typed})
    assert customer.answer.status_code == 400
    assert customer.page.words.count(told) == 2
    assert management(merchant, session) == {"status": "IN_PROGRESS"}


def test_a_session_left_or_forgotten(merchant, managed, customer):
    """Cancelled by the customer, or failed by time: its page is closed, and nothing more can be given."""
    left, mac, url = managed()
    customer.open(url).press("Cancel")
    assert customer.arrived == {"cart": "7", "RETURNMAC": mac, "hostedMandateManagementId": left}
    assert management(merchant, left)["status"] == "CANCELLED_BY_CONSUMER"
    forgotten, _, other = managed()
    merchant.advance(2 * HOURS)
    for each in (url, other):
        assert customer.http.post(each, data=TYPED).status_code == 200
        assert "This page is closed" in customer.open(each).text
        assert customer.open(each.replace("mac=", "mac=x")).answer.status_code == 404
    assert management(merchant, forgotten)["status"] == "FAILED"
