"""encryptedCustomerInput that is not accepted: each reason has words of its own, and names the field."""

import base64
import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from simulator.kernel.merchants import Key, Merchant
from tests.support.client_page import CARD, FIELD, Page, assert_refused, opened, order, sealed


@pytest.fixture
def page(merchant):
    return opened(merchant)


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


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"clientSessionId": "f" * 32}, "CLIENT SESSION IS UNKNOWN"),
        ({"clientSessionId": None}, "NO clientSessionId"),
        ({"nonce": ""}, "NO nonce"),
        ({"paymentProductId": 4}, "paymentProductId"),
        ({"paymentProductId": "1"}, "paymentProductId"),
        ({"paymentProductId": True}, "paymentProductId"),
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


@pytest.mark.parametrize("more", [{"zip": 5}, {"crit": ["x"]}, {"crit": 5}, {"jwk": []}])
def test_a_header_with_more_than_the_sdks_send_is_refused(merchant, page, body, more):
    """What would have to be understood is not even looked at."""
    _, rest = sealed(page.key(), json.dumps(page.content(1, CARD))).split(".", 1)
    header = {"alg": "RSA-OAEP", "enc": "A256CBC-HS512", "kid": page.key()["keyId"], **more}
    spelled = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    assert_refused(merchant.create(order(body, f"{spelled}.{rest}")), "CANNOT BE DECRYPTED")


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
