"""encryptedCustomerInput: read by the simulator alone, good for one use, and never written down."""

import json
from datetime import datetime

import pytest

from simulator.payments import cards
from simulator.payments.accounts import passes_routing_check
from simulator.products.table import PRODUCTS
from tests.support.client_page import CARD, FIELD, assert_refused, opened, order

ACH = {"accountHolderName": "J Doe", "bankCode": "021000021", "accountNumber": "1234567890"}
IBAN = {"iban": "NL53INGB0000000036", "accountHolderName": "J Doe"}


@pytest.fixture
def page(merchant):
    return opened(merchant)


def test_an_encrypted_card_pays_once(merchant, page, body):
    """Product and card come from the input; the second use is refused, also with another order."""
    blob = page.encrypt(1, CARD)
    created = merchant.create(order(body, blob))
    assert created.status_code == 201, created.text
    payment = created.json()["payment"]
    assert payment["status"] == "PENDING_APPROVAL"
    output = payment["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    assert output["paymentProductId"] == 1
    assert output["card"] == {
        "cardNumber": "************7977",
        "expiryDate": "1249",
        "cardholderName": "J Doe",
    }
    assert_refused(merchant.create(order(body, blob)), "IT WAS USED BEFORE")


def test_the_same_nonce_is_the_same_input(merchant, page, body):
    """Encrypting the same content again does not make it another input."""
    first, second = (page.encrypt(1, CARD, nonce="a" * 32) for _ in range(2))
    assert first != second
    assert merchant.create(order(body, first)).status_code == 201
    assert_refused(merchant.create(order(body, second)), "IT WAS USED BEFORE")


def test_a_repeat_under_its_key_is_the_first_answer(merchant, page, body):
    """A client that repeats for safety meets its payment, not a refusal."""
    asked = order(body, page.encrypt(1, CARD))
    first, second = (merchant.create(asked, key=f"sealed-{page.session_id}") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content


def test_a_refusal_for_another_reason_uses_nothing_up(merchant, page, body):
    """What is wrong with the rest of a request, or exists already, leaves the input good."""
    blob = page.encrypt(1, CARD)
    assert merchant.create({FIELD: blob}).status_code == 400
    taken = body()
    assert merchant.create(taken).status_code == 201
    assert merchant.create({"order": taken["order"], FIELD: blob}).status_code == 409
    assert merchant.create(order(body, blob)).status_code == 201


def test_a_decline_uses_it_up(merchant, page, body):
    """A declined payment exists, so the customer types again."""
    blob = page.encrypt(3, {**CARD, "cardNumber": "5424180279791732"})
    assert merchant.create(order(body, blob)).status_code == 402
    assert_refused(merchant.create(order(body, blob)), "IT WAS USED BEFORE")


@pytest.mark.parametrize(("fault", "again"), [("fail_before", 201), ("fail_after", 400)])
def test_a_failure_uses_it_up_when_it_had_an_effect(merchant, page, body, fault, again):
    """A failure before the payment leaves the input good, one after it does not."""
    blob = page.encrypt(1, CARD)
    merchant.fault(fault, operation="payments.create")
    assert merchant.create(order(body, blob)).status_code == 500
    assert merchant.create(order(body, blob)).status_code == again


def test_what_the_merchant_says_of_the_payment_holds(merchant, page, body):
    """Mode and approval are the merchant's; the card is the customer's."""
    block = {"authorizationMode": "SALE", "requiresApproval": False, "paymentProductId": 1}
    blob = page.encrypt(1, CARD)
    created = merchant.create(order(body, blob, cardPaymentMethodSpecificInput=block))
    assert created.json()["payment"]["status"] == "CAPTURE_REQUESTED"


def test_typed_values_are_checked_as_sent_ones(merchant, page, body):
    """A wrong number and a past date are told as for a card in the open, without the number."""
    number = "4567350000427978"
    answered = merchant.create(order(body, page.encrypt(1, {**CARD, "cardNumber": number, "expiryDate": "1210"})))
    assert answered.status_code == 400
    assert {error["code"] for error in answered.json()["errors"]} == {"21000020", "21000120"}
    assert number not in answered.text


def test_tokenize_makes_a_token(merchant, page, body):
    """A customer who wants the card remembered gets a token."""
    created = merchant.create(order(body, page.encrypt(1, CARD, tokenize=True)))
    assert created.json()["creationOutput"]["token"]


def test_an_account_on_file_pays_by_its_token(merchant, body):
    """The account's id, a number, stands for the token that the session was made with."""
    page = opened(merchant, tokens=["token-visa-second"])
    context = {"countryCode": "NL", "currencyCode": "EUR"}
    [account] = page.ask("/products/1", **context).json()["accountsOnFile"]
    blob = page.encrypt(1, {"cvv": "123"}, accountOnFileId=account["id"])
    created = merchant.create(order(body, blob))
    assert created.status_code == 201, created.text
    output = created.json()["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    assert output["card"]["cardNumber"] == "************0026"
    other = opened(merchant).encrypt(1, {"cvv": "123"}, accountOnFileId=account["id"])
    assert_refused(merchant.create(order(body, other)), "accountOnFileId")


def test_a_card_that_is_over_is_renewed_on_the_page(start, body):
    """Its date must be typed again; it pays with the new one, which its token keeps."""
    merchant = start()
    kept = opened(merchant).encrypt(1, {**CARD, "expiryDate": _month(merchant, 1)}, tokenize=True)
    token = merchant.create(order(body, kept)).json()["creationOutput"]["token"]
    merchant.advance(70 * 86_400)
    page = opened(merchant, tokens=[token])
    [account] = page.ask("/products/1", countryCode="NL", currencyCode="EUR").json()["accountsOnFile"]
    expiry = next(each for each in account["attributes"] if each["key"] == "expiryDate")
    assert (expiry["status"], expiry["mustWriteReason"]) == ("MUST_WRITE", "IN_THE_PAST")
    old = page.encrypt(1, {"cvv": "123", "expiryDate": expiry["value"]}, accountOnFileId=account["id"])
    assert merchant.create(order(body, old)).status_code == 400
    new = page.encrypt(1, {"cvv": "123", "expiryDate": "1249"}, accountOnFileId=account["id"])
    created = merchant.create(order(body, new))
    assert created.status_code == 201, created.text
    output = created.json()["payment"]["paymentOutput"]["cardPaymentMethodSpecificOutput"]
    assert output["card"]["expiryDate"] == "1249"
    shown = merchant.send("GET", f"/v1/1234/tokens/{token}").json()
    assert shown["card"]["data"]["cardWithoutCvv"]["expiryDate"] == "1249"


def _month(merchant, ahead):
    """MMYY, so many months after the simulator's present one."""
    now = datetime.fromisoformat(merchant.http.get("/simulator/clock").json()["now"])
    months = now.year * 12 + now.month - 1 + ahead
    return f"{months % 12 + 1:02d}{months // 12 % 100:02d}"


def test_a_bank_account_on_file_pays_by_its_token(merchant, page, body):
    """An American account is on file with all its fields, so that nothing has to be typed again."""
    asked = {
        FIELD: page.encrypt(730, ACH),
        "nonSepaDirectDebit": {"customer": {"billingAddress": {"countryCode": "US"}}},
    }
    token = merchant.send("POST", "/v1/1234/tokens", asked).json()["token"]
    again = opened(merchant, tokens=[token])
    shown = again.ask("/products/730", countryCode="US", currencyCode="USD").json()
    [account] = shown["accountsOnFile"]
    required = {field["id"] for field in shown["fields"] if field["dataRestrictions"]["isRequired"]}
    assert required <= {attribute["key"] for attribute in account["attributes"]}
    paid = order(body, again.encrypt(730, {}, accountOnFileId=account["id"]))
    paid["order"]["amountOfMoney"]["currencyCode"] = "USD"
    assert merchant.create(paid).status_code == 201


def test_an_account_for_sepa_joins_the_merchants_mandate(merchant, page, body):
    """The merchant names the terms of the mandate, the customer the account."""
    customer = {
        "mandateAddress": {"countryCode": "NL", "city": "Utrecht"},
        "personalInformation": {"name": {"firstName": "J", "surname": "Doe"}},
    }
    terms = {"customerReference": "c-1", "recurrenceType": "UNIQUE", "signatureType": "UNSIGNED"}
    block = {"paymentProduct771SpecificInput": {"mandate": {**terms, "customer": customer}}}
    asked = order(body, page.encrypt(771, IBAN), sepaDirectDebitPaymentMethodSpecificInput=block)
    created = merchant.create(asked)
    assert created.status_code == 201, created.text
    output = created.json()["payment"]["paymentOutput"]
    assert output["sepaDirectDebitPaymentMethodSpecificOutput"]["paymentProductId"] == 771


def test_a_token_of_the_merchant_pays_with_a_typed_code(merchant, page, body):
    """A shop that keeps tokens itself encrypts the security code alone."""
    blob = page.encrypt(1, {"cvv": "123"})
    block = {"token": "token-visa-approved"}
    assert merchant.create(order(body, blob, cardPaymentMethodSpecificInput=block)).status_code == 201


def test_an_american_account_is_debited(merchant, page, body):
    """ACH values make a direct debit, and tell of the customer what the merchant did not."""
    asked = order(body, page.encrypt(730, {**ACH, "surname": "Doe", "city": "Boston"}))
    asked["order"]["amountOfMoney"]["currencyCode"] = "USD"
    created = merchant.create(asked)
    assert created.status_code == 201, created.text
    output = created.json()["payment"]["paymentOutput"]
    assert output["directDebitPaymentMethodSpecificOutput"]["paymentProductId"] == 730


def test_a_bank_is_chosen_on_the_page(merchant, page, body):
    """A redirect product needs the merchant's return address beside the input."""
    block = {"redirectionData": {"returnUrl": "https://shop.example.com/back"}}
    blob = page.encrypt(809, {"issuerId": "INGBNL2A"})
    assert merchant.create(order(body, blob)).status_code == 400
    created = merchant.create(order(body, blob, redirectPaymentMethodSpecificInput=block))
    assert created.status_code == 201, created.text
    assert created.json()["payment"]["status"] == "REDIRECTED"


@pytest.mark.parametrize(("product", "values"), [(1, CARD), (730, ACH), (770, IBAN)])
def test_a_token_is_made_of_it_once(merchant, page, product, values):
    """Create token takes the input in place of a card or an account."""
    blob = page.encrypt(product, {**values, **({"cardNumber": "4111111111111111"} if product == 1 else {})})
    blocks = {
        1: {},
        730: {"nonSepaDirectDebit": {"customer": {"billingAddress": {"countryCode": "US"}}}},
        770: {
            "sepaDirectDebit": {
                "customer": {"billingAddress": {"countryCode": "NL"}},
                "mandate": {"debtor": {"surname": "Doe"}},
            }
        },
    }
    asked = {FIELD: blob, **blocks[product]}
    created = merchant.send("POST", "/v1/1234/tokens", asked)
    assert created.status_code in {200, 201}, created.text
    shown = merchant.send("GET", f"/v1/1234/tokens/{created.json()['token']}")
    assert shown.json()["paymentProductId"] == product
    assert_refused(merchant.send("POST", "/v1/1234/tokens", asked), "IT WAS USED BEFORE")


@pytest.mark.parametrize("product", [771, 809])
def test_no_token_is_made_of_what_has_none(merchant, page, product):
    """Products without tokens are refused, and so is an account on file, which has one."""
    answered = merchant.send("POST", "/v1/1234/tokens", {FIELD: page.encrypt(product, {})})
    assert_refused(answered, "NO TOKEN CAN BE MADE OF IT")


def test_an_account_for_sepa_makes_a_token_not_a_payment(merchant, page, body):
    """Product 770 pays by the token of a signed mandate."""
    assert_refused(merchant.create(order(body, page.encrypt(770, IBAN))), "MAKE A TOKEN")


def luhn(digits: str) -> str:
    """The digits and the check digit that fits."""
    return next(digits + check for check in "0123456789" if cards.passes_luhn(digits + check))


def sample(field: dict, card_product: int) -> str:
    """A value that the definition of a field accepts, as short as it may be."""
    rules = field["dataRestrictions"]["validators"]
    if "luhn" in rules:
        start = {2: "37", 3: "52", 119: "52", 117: "5018", 125: "3528", 128: "6011", 132: "36"}.get(card_product, "4")
        return luhn(start.ljust(rules["length"]["minLength"] - 1, "1"))
    if "expirationDate" in rules:
        return "0149"
    if "iban" in rules:
        return "NL53INGB0000000036"
    if "fixedList" in rules:
        return rules["fixedList"]["allowedValues"][-1]
    if field["id"] == "bankCode":
        return next(code for code in (f"02100002{check}" for check in range(10)) if passes_routing_check(code))
    return "1" * rules["length"]["minLength"]


@pytest.mark.parametrize("product", [each for each in PRODUCTS if each not in {770, 771}])
def test_what_a_definition_accepts_can_pay(merchant, body, product):
    """The shortest values that a product's fields allow are accepted by create payment."""
    page = opened(merchant)
    country = min(PRODUCTS[product].countries, default="NL")
    currency = min(PRODUCTS[product].currencies, default="EUR")
    shown = page.ask(f"/products/{product}", countryCode=country, currencyCode=currency).json()
    blob = page.encrypt(product, {field["id"]: sample(field, product) for field in shown["fields"]})
    redirect = {"redirectPaymentMethodSpecificInput": {"redirectionData": {"returnUrl": "https://shop.example.com"}}}
    asked = order(body, blob, **(redirect if shown["paymentMethod"] == "redirect" else {}))
    asked["order"]["amountOfMoney"]["currencyCode"] = currency
    assert merchant.create(asked).status_code == 201


def test_the_key_outlives_the_process(spawn, body):
    """What was encrypted before the simulator was killed is accepted after it."""
    first = spawn()
    page = opened(first.merchant)
    told, blob = page.key(), page.encrypt(1, CARD)
    first.end()
    merchant = spawn().merchant
    again = opened(merchant)
    assert again.key() == told
    assert merchant.create(order(body, blob)).status_code == 201
    assert_refused(merchant.create(order(body, blob)), "IT WAS USED BEFORE")


def test_a_card_number_is_written_nowhere(tmp_path, spawn, body, capfd):
    """Neither the books, nor the log of requests, nor what is printed hold the number or the code."""
    number, code = luhn("453201511283036"), "8731"
    running = spawn("--verbose")
    merchant = running.merchant
    page = opened(merchant)
    values = {**CARD, "cardNumber": number, "cvv": code}
    blobs = [page.encrypt(1, values, tokenize=True) for _ in range(2)]
    assert merchant.create(order(body, blobs[0])).status_code == 201
    assert merchant.create(order(body, blobs[0])).status_code == 400
    assert merchant.create(order(body, page.encrypt(1, {**values, "expiryDate": "9999"}))).status_code == 400
    assert merchant.create({"order": {"amountOfMoney": number}, FIELD: blobs[1]}).status_code == 400
    told = json.dumps([merchant.requests(), merchant.books()])
    merchant.http.close()
    running.process.terminate()
    printed = running.process.stdout.read() + capfd.readouterr().err
    running.process.wait(timeout=10)
    running.process.stdout.close()
    assert "payments" in printed
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for text in (told, printed, kept.decode("latin-1")):
        assert number not in text
        assert f'"{code}"' not in text
        assert not any(blob in text for blob in blobs)
