"""Hosted checkouts: created by the merchant, paid by a customer who follows their forms, read and deleted."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.create_hosted_checkout_request import CreateHostedCheckoutRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException

from simulator.front import addresses
from tests.simulator.conftest import order_body
from tests.simulator.customers import Customer

SHOP = "https://shop.example/thanks?cart=7"
HOURS = 3600
CARD = {"number": "4567 3500 0042 7977", "expiry": "12/49", "cvv": "123", "name": "A. Customer"}


@pytest.fixture
def customer():
    with closing(Customer()) as opened:
        yield opened


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234").hostedcheckouts()


class Checkout:
    """One that was created, as its merchant sees it."""

    def __init__(self, merchant, created):
        self.merchant = merchant
        self.created = created
        self.id = created["hostedCheckoutId"]
        self.mac = created["RETURNMAC"]
        self.url = merchant.url + "/" + created["partialRedirectUrl"].partition("/")[2]

    def get(self):
        return self.merchant.send("GET", f"/v1/1234/hostedcheckouts/{self.id}")

    def status(self):
        return self.get().json()["status"]

    def output(self):
        return self.get().json()["createdPaymentOutput"]

    def attempts(self):
        answered = self.merchant.send("GET", f"/v1/1234/payments?hostedCheckoutId={self.id}")
        return answered.json()["payments"]

    def delete(self):
        return self.merchant.send("DELETE", f"/v1/1234/hostedcheckouts/{self.id}")


def asked(*, blocks=None, order=None, **settings):
    """The body of create hosted checkout."""
    return {
        "order": order or order_body()["order"],
        "hostedCheckoutSpecificInput": {"returnUrl": SHOP, **settings},
        **(blocks or {}),
    }


@pytest.fixture
def begin(merchant):
    """Create a checkout."""

    def create(**changes):
        answered = merchant.send("POST", "/v1/1234/hostedcheckouts", asked(**changes))
        assert answered.status_code == 200, answered.text
        return Checkout(merchant, answered.json())

    return create


@pytest.fixture
def refused(merchant):
    """What is wrong with a body: the names of its fields."""

    def create(**changes):
        answered = merchant.send("POST", "/v1/1234/hostedcheckouts", asked(**changes))
        assert answered.status_code == 400, answered.text
        return [error["propertyName"] for error in answered.json()["errors"]]

    return create


def back(checkout):
    """With what a customer comes back to the shop."""
    return {"cart": "7", "RETURNMAC": checkout.mac, "hostedCheckoutId": checkout.id}


def pay_by_card(customer, checkout, way="Card", **changes):
    customer.open(checkout.url)
    if way in customer.page.links:
        customer.follow(way)
    return customer.press("Pay €126.80", **{**CARD, **changes})


# What the merchant asks for


def test_create_by_the_sdk(sdk, merchant):
    """An id, a secret, an address, and the reference that the payment will have."""
    created = sdk.create(CreateHostedCheckoutRequest().from_dictionary(asked(tokens="token-visa-approved,unknown")))
    assert created.hosted_checkout_id.startswith("1234-")
    assert len(created.hosted_checkout_id) == len("1234-") + 32
    assert created.merchant_reference.startswith("test-")
    assert created.invalid_tokens == ["unknown"]
    port = merchant.url.rpartition(":")[2]
    path = f"/pages/checkout/{created.hosted_checkout_id}?mac={created.returnmac}"
    assert created.partial_redirect_url == f"localhost:{port}{path}"
    got = sdk.get(created.hosted_checkout_id)
    assert (got.status, got.created_payment_output) == ("IN_PROGRESS", None)


def test_a_reference_of_our_own(begin):
    """A merchant without a reference gets one."""
    order = order_body()["order"]
    del order["references"]["merchantReference"]
    reference = begin(order=order).created["merchantReference"]
    assert reference.isalnum()
    assert 0 < len(reference) <= 30


@given(port=st.integers(1, 65_535))
def test_partial_addresses(port):
    """Loopback by number becomes a name; every other name stays."""
    assert addresses.partial(f"http://127.0.0.1:{port}", "/x") == f"localhost:{port}/x"
    assert addresses.partial(f"http://[::1]:{port}", "/x") == f"localhost:{port}/x"
    assert addresses.partial(f"http://connect.test:{port}", "/x") == f"connect.test:{port}/x"
    assert addresses.partial("http://connect.test", "/x") == "connect.test/x"


def test_what_is_wrong_is_named(refused):
    """Each field that is missing or wrong, by its path."""
    order = {"amountOfMoney": {"amount": 100}, "customer": {}}
    assert refused(order=order, returnUrl="shop.example") == [
        "order.amountOfMoney.currencyCode",
        "order.customer.billingAddress.countryCode",
        "hostedCheckoutSpecificInput.returnUrl",
    ]
    assert refused(locale="english") == ["hostedCheckoutSpecificInput.locale"]
    assert refused(showResultPage="yes") == ["hostedCheckoutSpecificInput.showResultPage"]
    assert refused(blocks={"cardPaymentMethodSpecificInput": {"authorizationMode": "LATER"}}) == [
        "cardPaymentMethodSpecificInput.authorizationMode"
    ]
    assert refused(blocks={"redirectPaymentMethodSpecificInput": {"paymentProductId": 4711}}) == [
        "redirectPaymentMethodSpecificInput.paymentProductId"
    ]


def test_filters_that_leave_nothing(refused):
    """A page without a way to pay is refused before a customer sees it."""
    filters = "hostedCheckoutSpecificInput.paymentProductFilters"
    assert refused(paymentProductFilters={"restrictTo": {"products": [4711]}}) == [filters]
    both = {"restrictTo": {"groups": ["cards"]}, "exclude": {"groups": ["cards"]}}
    assert refused(paymentProductFilters=both) == [filters]
    assert refused(paymentProductFilters={"restrictTo": {"groups": ["wallets"]}}) == [f"{filters}.restrictTo.groups"]
    assert refused(paymentProductFilters={"tokensOnly": True}, tokens="unknown") == [
        "hostedCheckoutSpecificInput.tokens"
    ]


def test_a_reference_that_a_payment_has(merchant, begin):
    """409, as for a payment."""
    reference = begin().created["merchantReference"]
    merchant.created(reference=reference)
    order = order_body(reference=reference)["order"]
    answered = merchant.send("POST", "/v1/1234/hostedcheckouts", asked(order=order))
    assert (answered.status_code, answered.json()["errors"][0]["code"]) == (409, "300620")


def test_unknown_and_deleted(merchant, begin, customer, sdk):
    """404 for what never was, 410 for what is no more, and its page says so."""
    assert merchant.send("GET", "/v1/1234/hostedcheckouts/1234-00").status_code == 404
    with pytest.raises(ReferenceException):
        sdk.delete("1234-00")
    checkout = begin()
    assert sdk.delete(checkout.id) is None
    assert checkout.get().status_code == 410
    assert checkout.delete().status_code == 410
    assert customer.open(checkout.url).answer.status_code == 410
    assert "This payment page is closed" in customer.text


# What the customer does


def test_a_payment_by_card(merchant, begin, customer):
    """Choose, type, see the result, go back; the payment is found under checkout and reference."""
    checkout = begin()
    customer.open(checkout.url)
    assert "Simulator: no real money." in customer.text
    assert {"Card", "iDEAL", "SEPA Direct Debit", "PayPal"} <= set(customer.page.links)
    pay_by_card(customer, checkout)
    assert "Thank you, your payment was accepted" in customer.text
    assert customer.page.links["Back to shop.example"] == (
        f"{SHOP}&RETURNMAC={checkout.mac}&hostedCheckoutId={checkout.id}"
    )
    assert checkout.status() == "PAYMENT_CREATED"
    output = checkout.output()
    assert output["paymentStatusCategory"] == "SUCCESSFUL"
    assert output["isCheckedRememberMe"] is False
    assert output["displayedData"] == {"displayedDataType": "SHOW_TRANSACTION_RESULTS"}
    assert "tokens" not in output
    assert "tokenizationSucceeded" not in output
    payment = output["payment"]
    assert payment["status"] == "PENDING_APPROVAL"
    assert payment["hostedCheckoutSpecificOutput"]["hostedCheckoutId"] == checkout.id
    assert payment["paymentOutput"]["references"]["merchantReference"] == checkout.created["merchantReference"]
    assert output["paymentCreationReferences"] == {
        "additionalReference": checkout.created["merchantReference"],
        "externalReference": payment["id"],
    }
    assert [attempt["id"] for attempt in checkout.attempts()] == [payment["id"]]
    assert merchant.approve(payment["id"]).status_code == 200


def test_without_a_result_page(begin, customer):
    """The customer is back in the shop at once."""
    checkout = begin(showResultPage=False)
    pay_by_card(customer, checkout)
    assert customer.arrived == back(checkout)
    assert "displayedData" not in checkout.output()


def test_what_the_merchant_set_up_for_cards(begin, customer):
    """The kept block decides how the card is charged."""
    checkout = begin(blocks={"cardPaymentMethodSpecificInput": {"authorizationMode": "SALE"}})
    pay_by_card(customer, checkout)
    assert checkout.output()["payment"]["status"] == "CAPTURE_REQUESTED"


def test_a_decline_and_another_try(begin, customer):
    """The customer is told and pays with another card; the merchant sees the last attempt, and finds both."""
    checkout = begin()
    pay_by_card(customer, checkout, number="4457010000000009")
    assert "This payment was declined: Not authorised." in customer.text
    declined = checkout.output()
    assert (declined["paymentStatusCategory"], declined["payment"]["status"]) == ("REJECTED", "REJECTED")
    pay_by_card(customer, checkout)
    assert "Thank you" in customer.text
    assert checkout.output()["paymentStatusCategory"] == "SUCCESSFUL"
    attempts = checkout.attempts()
    assert [attempt["status"] for attempt in attempts] == ["REJECTED", "PENDING_APPROVAL"]
    references = {attempt["paymentOutput"]["references"]["merchantReference"] for attempt in attempts}
    assert references == {checkout.created["merchantReference"]}


def test_one_payment_and_no_second(begin, customer):
    """A form sent twice, from another tab or by going back, pays once."""
    checkout = begin()
    pay_by_card(customer, checkout)
    form = checkout.url.replace("?", "/pay?") + "&how=card"
    answer = customer.http.post(form, data=CARD)
    assert answer.status_code == 303
    assert "Thank you" in customer.open(form).text
    assert len(checkout.attempts()) == 1


def test_two_checkouts_of_one_order(merchant, begin, customer):
    """The second one's customer is told that the order is paid; there is one payment."""
    order = order_body()["order"]
    first, second = begin(order=order), begin(order=order)
    pay_by_card(customer, first)
    pay_by_card(customer, second)
    assert customer.answer.status_code == 400
    assert "The shop has already received a payment for this order." in customer.text
    assert second.status() == "IN_PROGRESS"
    assert merchant.create(order_body(reference=first.created["merchantReference"])).status_code == 409


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"number": ""}, "Enter the card number."),
        ({"number": "4567350000427978"}, "This is not a valid card number. Check the digits."),
        ({"number": "45673500004279771234"}, "This is not a valid card number. Check the digits."),
        ({"number": "<b>"}, "This is not a valid card number. Check the digits."),
        ({"expiry": ""}, "Enter the expiry date."),
        ({"expiry": "13/49"}, "Enter a date that is not over as MM/YY, as on the card."),
        ({"expiry": "01/20"}, "Enter a date that is not over as MM/YY, as on the card."),
        ({"cvv": ""}, "Enter the security code."),
        ({"cvv": "12"}, "The security code has 3 digits, or 4 on American Express."),
        ({"cvv": "\uff11\uff12\uff13"}, "The security code has 3 digits, or 4 on American Express."),
        ({"name": " "}, "Enter the name on the card."),
        ({"name": "x" * 60}, "Enter the name on the card in 2 to 51 characters."),
    ],
)
def test_a_slip_of_the_pen(begin, customer, typed, told):
    """It is told above the form and beside the field, what was right stays, and nothing is paid."""
    checkout = begin()
    pay_by_card(customer, checkout, **typed)
    assert customer.answer.status_code == 400
    assert customer.page.words.count(told) == 2
    assert "<title>Error: " in customer.answer.text
    assert 'value="123"' not in customer.answer.text
    if "name" not in typed:
        assert 'value="A. Customer"' in customer.answer.text
    assert "<b>" not in customer.answer.text
    assert checkout.status() == "IN_PROGRESS"


@pytest.mark.parametrize("expiry", ["1249", "12/49", "12 / 49", "12/2049", "12-49"])
def test_ways_to_write_a_date(begin, customer, expiry):
    """All mean December 2049."""
    checkout = begin()
    pay_by_card(customer, checkout, expiry=expiry)
    card = checkout.output()["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"]["card"]
    assert card["expiryDate"] == "1249"


def test_only_some_cards(begin, customer):
    """A single way to pay needs no choice, and another scheme's card is refused in words."""
    checkout = begin(paymentProductFilters={"restrictTo": {"products": [3]}})
    customer.open(checkout.url)
    assert "Pay by card" in customer.text
    assert "Other ways to pay" not in customer.text
    customer.press("Pay €126.80", **CARD)
    assert "Visa is not accepted here. Use Mastercard." in customer.text
    customer.press("Pay €126.80", **{**CARD, "number": "5555555555554444"})
    assert "Thank you" in customer.text


def test_a_product_that_the_merchant_named(begin, customer):
    """The block's product is the only one offered."""
    checkout = begin(blocks={"redirectPaymentMethodSpecificInput": {"paymentProductId": 840}})
    assert "Pay with PayPal" in customer.open(checkout.url).text


def test_a_card_verified_without_money(begin, customer):
    """For an order of nothing only cards are offered."""
    checkout = begin(order=order_body(amount=0)["order"])
    customer.open(checkout.url).press("Pay €0.00", **CARD)
    assert checkout.output()["payment"]["status"] == "ACCOUNT_VERIFIED"


def test_saved_cards(begin, customer):
    """A token is offered by its last digits, needs the security code alone, and pays."""
    checkout = begin(tokens="token-visa-approved,token-mastercard-declined")
    customer.open(checkout.url)
    assert {"Visa ending in 7977", "Mastercard ending in 1732"} <= set(customer.page.links)
    assert "token-" not in customer.answer.text
    customer.follow("Mastercard ending in 1732").press("Pay €126.80", cvv="")
    assert "Enter the security code." in customer.text
    customer.press("Pay €126.80", cvv="123")
    assert "declined" in customer.text
    customer.follow("Visa ending in 7977").press("Pay €126.80", cvv="123")
    assert "Thank you" in customer.text
    assert checkout.output()["tokens"] == "token-visa-approved,token-mastercard-declined"


def test_saved_cards_alone(begin, customer):
    """With tokensOnly nothing else can be chosen."""
    checkout = begin(tokens="token-visa-approved", paymentProductFilters={"tokensOnly": True})
    assert "Visa ending in 7977" in customer.open(checkout.url).text
    assert "Card number" not in customer.text


@pytest.mark.parametrize("number", ["4263982640269299", "4000000030020004"], ids=["at once", "after a challenge"])
def test_a_card_to_be_remembered(merchant, begin, customer, number):
    """The wish and the token are told to the merchant, who can offer it the next time."""
    checkout = begin()
    pay_by_card(customer, checkout, number=number, remember="yes")
    if "One-time code" in customer.text:
        assert checkout.output()["tokenizationSucceeded"] is False
        customer.press("Confirm", code="1234")
    output = checkout.output()
    assert (output["isCheckedRememberMe"], output["tokenizationSucceeded"]) == (True, True)
    token = output["tokens"]
    assert merchant.send("GET", f"/v1/1234/tokens/{token}").status_code == 200
    assert f"ending in {number[-4:]}" in customer.open(begin(tokens=token).url).text


def test_a_card_that_the_merchant_wants_to_keep(begin, customer):
    """The block's tokenize keeps the card without the customer's tick, also after a challenge."""
    checkout = begin(blocks={"cardPaymentMethodSpecificInput": {"tokenize": True}})
    pay_by_card(customer, checkout, number="4000000030020004").press("Confirm", code="1234")
    output = checkout.output()
    assert (output["isCheckedRememberMe"], output["tokenizationSucceeded"]) == (False, True)
    assert output["tokens"]


def test_a_first_of_many(begin, customer):
    """Of a recurring checkout only what can recur is offered, and the card is kept."""
    checkout = begin(isRecurring=True)
    customer.open(checkout.url)
    assert not {"iDEAL", "PayPal"} & set(customer.page.links)
    pay_by_card(customer, checkout)
    assert checkout.output()["tokenizationSucceeded"] is True


def test_a_challenge_inside_a_checkout(begin, customer):
    """The customer proves who pays and comes back to the result; meanwhile the merchant sees it unknown."""
    checkout = begin()
    pay_by_card(customer, checkout, number="4000000030020004")
    assert "Confirm that it is you" in customer.text
    unknown = checkout.output()
    assert (unknown["paymentStatusCategory"], unknown["payment"]["status"]) == ("STATUS_UNKNOWN", "REDIRECTED")
    customer.press("Confirm", code="1234")
    assert "Thank you" in customer.text
    assert checkout.output()["payment"]["status"] == "PENDING_APPROVAL"


def test_a_challenge_that_fails_inside_a_checkout(begin, customer):
    """The customer can try another card."""
    checkout = begin()
    pay_by_card(customer, checkout, number="4000000030020004")
    customer.press("Confirm", code="1").press("Confirm", code="2")
    assert "Your bank could not confirm that it was you." in customer.text
    pay_by_card(customer, checkout)
    assert [attempt["status"] for attempt in checkout.attempts()] == ["REJECTED", "PENDING_APPROVAL"]


def test_without_a_result_page_a_challenge_leads_to_the_shop(begin, customer):
    """As when the card is accepted at once."""
    checkout = begin(showResultPage=False)
    pay_by_card(customer, checkout, number="4000000030020004").press("Confirm", code="1234")
    assert customer.arrived == back(checkout)


def test_ideal(begin, customer):
    """Choose the bank, confirm there, come back."""
    checkout = begin()
    customer.open(checkout.url).follow("iDEAL").press("Continue to your bank")
    assert "Choose your bank." in customer.text
    customer.press("Continue to your bank", bank="INGBNL2A")
    assert "ING iDEAL" in customer.text
    customer.press("Confirm payment")
    assert "Thank you" in customer.text
    assert checkout.output()["payment"]["status"] in {"CAPTURED", "PAID"}


def test_a_bank_page_left_open(begin, customer):
    """Back at the checkout the customer may go on there, or choose another way; the first attempt then ends."""
    checkout = begin()
    customer.open(checkout.url).follow("PayPal").press("Continue to PayPal")
    customer.open(checkout.url)
    assert "Your payment is not finished" in customer.text
    assert "Confirm your payment" in customer.follow("Continue at your bank").text
    customer.open(checkout.url).press("Pay another way")
    assert "You did not finish that payment." in customer.text
    pay_by_card(customer, checkout)
    assert [attempt["status"] for attempt in checkout.attempts()] == ["REJECTED", "PENDING_APPROVAL"]


def test_sepa_direct_debit(merchant, begin, customer):
    """Name, IBAN and consent make a mandate and a payment."""
    checkout = begin()
    customer.open(checkout.url).follow("SEPA Direct Debit")
    button = "Pay €126.80"
    customer.press(button)
    for told in ("Enter your first name.", "Enter the IBAN.", "Tick the box to allow the debit."):
        assert told in customer.text
    typed = {"first": "Anna", "surname": "de Vries", "consent": "yes"}
    customer.press(button, **typed, iban="NL08 INGB 0000 0005 56")
    assert "This is not a valid IBAN. Check its letters and digits." in customer.text
    customer.press(button, **typed, iban="NL08 INGB 0000 0005 55")
    assert "Thank you" in customer.text, customer.text
    payment = checkout.output()["payment"]
    block = payment["paymentOutput"]["sepaDirectDebitPaymentMethodSpecificOutput"]
    assert (payment["status"], block["paymentProductId"]) == ("PENDING_APPROVAL", 771)


def test_cancel(begin, customer):
    """Back to the shop; the merchant is told of it as asked, and a told cancel is the end."""
    quiet, told = begin(), begin(returnCancelState=True)
    for checkout in (quiet, told):
        customer.open(checkout.url).press("Cancel and return to shop.example")
        assert customer.arrived == back(checkout)
    assert quiet.status() == "IN_PROGRESS"
    assert told.get().json() == {"status": "CANCELLED_BY_CONSUMER"}
    assert "Choose how to pay" in customer.open(quiet.url).text
    assert "You have cancelled this payment" in customer.open(told.url).text
    customer.http.post(told.url.replace("?", "/pay?") + "&how=card", data=CARD)
    assert told.attempts() == []


def test_a_cancel_after_the_payment(begin, customer):
    """A page left open cannot undo a payment."""
    checkout = begin(returnCancelState=True)
    customer.open(checkout.url)
    pay_by_card(other := Customer(), checkout)
    other.close()
    customer.press("Cancel and return to shop.example")
    assert customer.arrived == back(checkout)
    assert checkout.status() == "PAYMENT_CREATED"


def test_a_customer_who_comes_too_late(merchant, begin, customer):
    """After three hours nothing can be paid: the page says so, and the merchant reads 410."""
    checkout = begin()
    customer.open(checkout.url).follow("Card")
    merchant.advance(3 * HOURS)
    customer.press("Pay €126.80", **CARD)
    assert "This payment page is closed" in customer.text
    assert checkout.attempts() == []
    assert checkout.get().status_code == 410


def test_a_result_outlives_its_checkout(merchant, begin, customer):
    """What was paid can be read after the three hours."""
    checkout = begin()
    pay_by_card(customer, checkout)
    merchant.advance(4 * HOURS)
    assert checkout.status() == "PAYMENT_CREATED"
    assert "Thank you" in customer.open(checkout.url).text


def test_a_lookup_that_lags(merchant, begin, customer):
    """It speaks of the time before the payment, before the cancel, before the checkout itself."""
    paid, cancelled = begin(), begin(returnCancelState=True)
    merchant.advance(HOURS)
    pay_by_card(customer, paid)
    customer.open(cancelled.url).press("Cancel and return to shop.example")
    merchant.fault("lag", operation="hostedcheckouts.get", seconds=HOURS / 2, count=2)
    assert (paid.status(), cancelled.status()) == ("IN_PROGRESS", "IN_PROGRESS")
    merchant.fault("lag", operation="hostedcheckouts.get", seconds=2 * HOURS)
    assert paid.get().status_code == 404
    assert (paid.status(), cancelled.status()) == ("PAYMENT_CREATED", "CANCELLED_BY_CONSUMER")


@pytest.mark.parametrize("page", ["", "/pay", "/again", "/cancel"])
def test_without_the_mac_there_is_no_page(begin, customer, page):
    """Neither to see nor to pay on."""
    checkout = begin(returnCancelState=True)
    address = checkout.url.partition("?")[0] + page
    for wrong in (address, f"{address}?mac=x", address.replace("1234-", "1235-") + f"?mac={checkout.mac}"):
        assert customer.http.get(f"{wrong}&how=card").status_code in {404, 405}
        assert customer.http.post(wrong, data=CARD).status_code in {404, 405}
    assert checkout.status() == "IN_PROGRESS"
