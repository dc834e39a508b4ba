"""The vendor's client SDK for JavaScript in Chromium, on a shop's page: it encrypts, the simulator decrypts."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.session_request import SessionRequest
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.simulator.conftest import order_body

FOLDER = Path(__file__).parent / "client_sdk"
CARD = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123", "cardholderName": "J Doe"}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the shop's page is: another origin than the simulator's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(FOLDER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/checkout.html"
    server.shutdown()
    server.server_close()


@pytest.fixture
def checkout(browser: Browser, address: str) -> Iterator[Page]:
    """The page, with the vendor's script loaded and nothing wrong on it."""
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert not wrong


@pytest.fixture
def sdk(simulator):
    """The shop's server, which speaks through the official SDK for Python."""
    with Factory.create_client_from_configuration(simulator.configuration) as client:
        yield client.v1().merchant("1234")


def session(sdk, *tokens: str) -> dict:
    """A session as the shop's server hands it to the page."""
    asked = SessionRequest()
    asked.tokens = list(tokens)
    return sdk.sessions().create(asked).to_dictionary()


def request(blob: str) -> CreatePaymentRequest:
    """Create payment by the encrypted input alone."""
    return CreatePaymentRequest().from_dictionary({"order": order_body()["order"], "encryptedCustomerInput": blob})


def test_the_script_is_the_published_one():
    """The vendored bundle is the one that its README names."""
    digest = hashlib.sha256((FOLDER / "connect-sdk-client-js.umd.js").read_bytes()).hexdigest()
    assert digest in (FOLDER / "README.md").read_text()


def test_a_card_typed_in_the_browser_pays_once(checkout, sdk):
    """From the session over the page to the payment; the same input pays no second time."""
    told = checkout.evaluate("([given, card]) => pay(given, 1, card)", [session(sdk), CARD])
    assert told["masked"]["cardNumber"].strip() == "4567 3500 0042 7977"
    assert told["masked"]["expiryDate"] == "12/49"
    payment = sdk.payments().create(request(told["blob"])).payment
    assert payment.status == "PENDING_APPROVAL"
    output = payment.payment_output.card_payment_method_specific_output
    assert (output.payment_product_id, output.card.card_number) == (1, "************7977")
    with pytest.raises(ValidationException) as refused:
        sdk.payments().create(request(told["blob"]))
    assert refused.value.errors[0].property_name == "encryptedCustomerInput"


def test_a_remembered_card_pays_with_its_code(checkout, sdk):
    """A card that was tokenized is on file in the next session, and its security code is enough."""
    known = {**CARD, "cardNumber": "4012000033330026"}
    told = checkout.evaluate(
        "([given, card]) => pay(given, 1, card, {tokenize: true})",
        [session(sdk), known],
    )
    token = sdk.payments().create(request(told["blob"])).creation_output.token
    again = checkout.evaluate(
        "(given) => pay(given, 1, {cvv: '123'}, {account: true})",
        session(sdk, token),
    )
    payment = sdk.payments().create(request(again["blob"])).payment
    assert payment.payment_output.card_payment_method_specific_output.card.card_number == "************0026"


def test_the_script_finds_all_that_it_asks_for(checkout, sdk):
    """Products, groups, issuers, networks, digits, amounts and the key are there from another origin."""
    told = checkout.evaluate("(given) => look(given)", session(sdk, "token-visa-approved"))
    assert told["items"][0] == "cards"
    assert {770, 771, 809, 840} <= set(told["items"])
    assert len(told["accounts"]) == 1
    assert told["group"] == ["cardNumber", "expiryDate", "cvv", "cardholderName"]
    assert told["iin"] == ["SUPPORTED", 1]
    assert told["banks"] == 4
    assert "VISA" in told["networks"]
    assert told["converted"] > 100
    assert "Visa" in told["policy"]
    assert told["key"]


@pytest.mark.parametrize(
    ("product", "values", "wrong"),
    [
        (1, {**CARD, "cardNumber": "4567350000427978"}, [["cardNumber", "luhn"]]),
        (1, {**CARD, "expiryDate": "1210"}, [["expiryDate", "expirationDate"]]),
        (2, {**CARD, "cardNumber": "374245455400126"}, [["cvv", "length"], ["cvv", "regularExpression"]]),
        (1, {"cardNumber": CARD["cardNumber"]}, [["expiryDate", "required"], ["cvv", "required"]]),
        (770, {"iban": "NL53INGB0000000037", "accountHolderName": "J Doe"}, [["iban", "iban"]]),
        (770, {"iban": "NL53INGB0000000036", "accountHolderName": "J Doe"}, []),
        (809, {"issuerId": "RABONL2U"}, []),
        (809, {"issuerId": "NOBANK"}, [["issuerId", "fixedList"]]),
        (840, {}, []),
    ],
)
def test_the_fields_rules_work_in_the_script(checkout, sdk, product, values, wrong):
    """Each rule of the definitions is one that the vendor's script knows and applies."""
    told = checkout.evaluate(
        "([given, product, values]) => complaints(given, product, values)", [session(sdk), product, values]
    )
    assert sorted(told) == sorted(wrong)


def test_an_expired_session_is_told_to_the_page(checkout, sdk, simulator):
    """The script's promise fails with the simulator's error."""
    given = session(sdk)
    simulator.advance(2 * 3600)
    with pytest.raises(Error, match="failed to retrieve Payment Product"):
        checkout.evaluate("(given) => pay(given, 1, {})", given)
