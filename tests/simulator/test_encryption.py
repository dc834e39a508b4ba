"""encryptedCustomerInput: read by the simulator alone, good for one use, and never written down."""

import base64
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from simulator.kernel.merchants import Key, Merchant
from simulator.payments import cards
from simulator.payments.accounts import passes_routing_check
from simulator.products.table import PRODUCTS
from tests.support.client_page import Page, sealed

FIELD = "encryptedCustomerInput"
CARD = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123", "cardholderName": "J Doe"}
ACH = {"accountHolderName": "J Doe", "bankCode": "021000021", "accountNumber": "1234567890"}
IBAN = {"iban": "NL53INGB0000000036", "accountHolderName": "J Doe"}


def opened(merchant, number="1234", **asked):
    answered = merchant.send("POST", f"/v1/{number}/sessions", asked)
    assert answered.status_code == 201, answered.text
    return Page(merchant.http, answered.json())


@pytest.fixture
def page(merchant):
    return opened(merchant)


def order(body, blob, **blocks):
    """Create payment with nothing but the encrypted input, and the blocks that a merchant adds."""
    return {"order": body()["order"], FIELD: blob, **blocks}


def assert_refused(answered, why):
    assert answered.status_code == 400, answered.text
    [error] = answered.json()["errors"]
    assert error["propertyName"] == FIELD
    assert why in error["message"]


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


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        ({"paymentProductId": 3}, "cardPaymentMethodSpecificInput.paymentProductId"),
        ({"card": {"cvv": "999"}}, "cardPaymentMethodSpecificInput.card.cvv"),
        ({"token": "token-visa-approved"}, "cardPaymentMethodSpecificInput.token"),
    ],
)
def test_a_merchant_who_says_otherwise_is_refused(merchant, page, body, block, wrong):
    """Another product, a second value or a second card beside the input is named."""
    answered = merchant.create(order(body, page.encrypt(1, CARD), cardPaymentMethodSpecificInput=block))
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["propertyName"] == wrong


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


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"clientSessionId": "f" * 32}, "CLIENT SESSION IS UNKNOWN"),
        ({"clientSessionId": None}, "NO clientSessionId"),
        ({"nonce": ""}, "NO nonce"),
        ({"paymentProductId": 4}, "paymentProductId"),
        ({"paymentProductId": "1"}, "paymentProductId"),
        ({"paymentValues": {"cardNumber": "1"}}, "paymentValues"),
        ({"paymentValues": [{"key": "cvv", "value": 123}]}, "paymentValues"),
        ({"paymentValues": [{"key": "cvv", "value": "123"}] * 2}, "paymentValues"),
        ({"paymentValues": [{"key": "iban", "value": "NL53INGB0000000036"}]}, "HAS NO FIELD"),
        ({"accountOnFileId": 1}, "accountOnFileId"),
    ],
)
def test_a_wrong_content_is_told(merchant, page, body, change, why):
    """Each thing that can be wrong with the content has words of its own."""
    assert_refused(merchant.create(order(body, page.encrypt(1, CARD, **change))), why)


@pytest.mark.parametrize("plain", ["", "no json", "[]", '"text"', "{}"])
def test_a_content_that_is_no_object_is_refused(merchant, page, body, plain):
    """What is encrypted well may still be nonsense."""
    assert_refused(merchant.create(order(body, sealed(page.key(), plain))), "ITS CONTENT")


def test_another_key_is_refused(merchant, page, body):
    """An unknown key id, and a known one with another key behind it."""
    key, plain = page.key(), json.dumps(page.content(1, CARD))
    assert_refused(merchant.create(order(body, sealed({**key, "keyId": "other"}, plain))), "KEY IS UNKNOWN")
    strange = base64.b64encode(RSAKey.generate_key(2048).as_der(private=False)).decode()
    blob = sealed({**key, "publicKey": strange}, plain)
    assert_refused(merchant.create(order(body, blob)), "CANNOT BE DECRYPTED")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"alg": "RSA-OAEP-256"}, "NOT ENCRYPTED WITH"),
        ({"enc": "A256GCM"}, "NOT ENCRYPTED WITH"),
        ({"zip": "DEF"}, "CANNOT BE DECRYPTED"),
    ],
)
def test_another_way_of_encrypting_is_refused(merchant, page, body, header, why):
    """One algorithm, one encryption, and no compression."""
    blob = sealed(page.key(), json.dumps(page.content(1, CARD)), header=header)
    assert_refused(merchant.create(order(body, blob)), why)


@pytest.mark.parametrize("blob", ["", "text", "a.b.c.d", "a.b.c.d.e", "....", "a" * 30_000, "é.a.b.c.d"])
def test_what_is_no_jwe_is_refused(merchant, body, blob):
    """Any text is answered with 400."""
    assert_refused(merchant.create(order(body, blob)), "NOT ACCEPTED")


@given(place=st.integers(min_value=0), sign=st.sampled_from("AQgw05_-"))
@settings(max_examples=150, deadline=None)
def test_no_changed_character_is_accepted(shared, place, sign):
    """Whichever character of the text is changed to mean other bytes, nothing comes of it."""
    page = _PAGES.setdefault(shared.url, opened(shared))
    blob = _BLOBS.setdefault(shared.url, page.encrypt(1, CARD))
    place %= len(blob)
    changed = blob[:place] + sign + blob[place + 1 :]
    assume(blob[place] != "." and _bytes(changed) != _bytes(blob))
    assert_refused(shared.create({FIELD: changed}), "NOT ACCEPTED")


_PAGES: dict[str, Page] = {}
_BLOBS: dict[str, str] = {}


def _bytes(blob: str) -> list[bytes]:
    return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in blob.split(".")]


def test_an_expired_session_pays_no_more(start, body):
    """The input ends with its session."""
    merchant = start()
    blob = opened(merchant).encrypt(1, CARD)
    merchant.advance(2 * 3600)
    assert_refused(merchant.create(order(body, blob)), "HAS EXPIRED")


def test_a_session_is_its_merchants(start, body):
    """What was typed at one merchant's page pays no other merchant."""
    key = Key(id="simulator-key", secret="simulator-secret")
    merchant = start(more_merchants=(Merchant(merchant_id="77", api_keys=(key,)),))
    blob = opened(merchant, "77").encrypt(1, CARD)
    assert_refused(merchant.create(order(body, blob)), "CLIENT SESSION IS UNKNOWN")
    assert merchant.send("POST", "/v1/77/payments", order(body, blob)).status_code == 201


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
