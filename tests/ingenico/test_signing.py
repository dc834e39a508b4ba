"""Signatures against the official vectors and the official SDK, and that what is signed is what travels."""

import base64
import json
from urllib.parse import urlsplit

import pytest
from worldline.connect.sdk.authentication.v1hmac_authenticator import V1HMACAuthenticator
from worldline.connect.sdk.communication.request_header import RequestHeader

from ingenico.signing import Signer, authorization, canonical_value, string_to_sign
from payments.money import Money

DATE = "Fri, 06 Jun 2014 13:39:43 GMT"
REFERENCE_KEY = "5e45c937b9db33ae"
REFERENCE_SECRET = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg="
TOKENS = "/v1/9991/tokens/123456789"
GCS_HEADERS = {
    "X-GCS-ServerMetaInfo": "processed header value",
    "X-GCS-CustomerHeader": "processed header value",
    "X-GCS-ClientMetaInfo": "processed header\n    value",
    "User-Agent": "is not signed",
    "Content-Type": "application/json",
}

# Tests of the official SDKs: Python 6.3.0 `test_v1hmac_authenticator.py`, Java 9.3.0 `V1HMACAuthenticatorTest`.
VECTORS = [
    ("apiKeyId", "secretApiKey", "DELETE", GCS_HEADERS, TOKENS, "VfnXpPBQQoHZivTcAg0JvOWkhnzlPnaCPKpTQn/uMJM="),
    ("k", "6Kj5HT0MQKC6D8eb7W3lTg71kVKVDSt1", "GET", {}, TOKENS, "9ond5EIN05dBXJGCLRK5om9pxHsyrh/12pZJ7bvmwNM="),
    (REFERENCE_KEY, REFERENCE_SECRET, "GET", {}, TOKENS, "J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI="),
    (
        REFERENCE_KEY,
        REFERENCE_SECRET,
        "GET",
        {},
        "/v1/consumer/ANDR%C3%89E/?q=na%20me",
        "3XV7LMYus9q7fp87/D4Qih2bKNtz20iqsttdrgJ09AU=",
    ),
    (REFERENCE_KEY, REFERENCE_SECRET, "delete", GCS_HEADERS, TOKENS, "jGWLz3ouN4klE+SkqO5gO+KkbQNM06Rric7E3dcfmqw="),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_official_vectors(vector):
    """Each published vector is signed to its published signature."""
    key, secret, method, headers, target, signature = vector
    signed = authorization(key, secret, method, {"Date": DATE, **headers}, target)
    assert signed == f"GCS v1HMAC:{key}:{signature}"


@pytest.mark.parametrize(
    ("value", "canonical"),
    [("aap\nnoot  ", "aap noot"), (" aap\r\n  noot", "aap noot"), ("a\n\nb", "a  b"), ("plain", "plain"), ("", "")],
)
def test_header_values_are_folded_as_the_sdk_does(value, canonical):
    """A line break with the space after it becomes one space."""
    assert canonical_value(value) == canonical == V1HMACAuthenticator.to_canonicalize_header_value(value)


def test_string_to_sign_ends_each_line():
    """An absent content type leaves an empty line, and the last line ends like the others."""
    assert string_to_sign("get", {"date": DATE}, "/v1/1/x") == f"GET\n\n{DATE}\n/v1/1/x\n"


def test_signer_keeps_nothing_of_what_it_signed():
    """The hashed key is used again and again, and each signature is that of its own request alone."""
    signer = Signer(REFERENCE_KEY, REFERENCE_SECRET)
    for target in (TOKENS, "/v1/9991/payments", TOKENS):
        once = authorization(REFERENCE_KEY, REFERENCE_SECRET, "GET", {"Date": DATE}, target)
        assert signer.authorization("GET", {"Date": DATE}, target) == once


async def one_of_each(provider, asked):
    """Every kind of request that this room sends."""
    await provider.test_connection("main")
    await provider.authorize(asked())
    await provider.read("main", "1")
    await provider.find("main", "main-FR~1_2.x-a01")
    await provider.capture("main", "1", Money(amount_minor=1, currency="EUR"))
    await provider.void("main", "1")


async def test_what_travels_carries_the_signature_of_the_official_sdk(misbehaving, asked, payment_json):
    """Over a socket, with the headers as received: the transport neither adds nor rewrites what is signed."""

    async def answer_anything(connection):
        while True:
            await connection.request()
            payment = payment_json()
            await connection.answer({**payment, "payment": payment, "result": "OK", "totalCount": 0})

    async with misbehaving(answer_anything) as (provider, server):
        await one_of_each(provider, asked)
    assert [head.split(b" ")[0] for head, _ in server.requests] == [b"GET", b"POST", b"GET", b"GET", b"POST", b"POST"]
    for head, body in server.requests:
        first, *lines = head.decode().strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = [RequestHeader(*line.split(": ", 1)) for line in lines]
        sent = {header.name.lower(): header.value for header in headers}
        authenticator = V1HMACAuthenticator("key-1", "secret-for-tests")
        assert sent["authorization"] == authenticator.get_authorization(method, urlsplit(target), headers)
        assert ("content-type" in sent) == bool(body)
        assert ("x-gcs-idempotence-key" in sent) == target.endswith("/payments")
        assert json.loads(base64.b64decode(sent["x-gcs-servermetainfo"]))["integrator"]
