"""The signature, against the official vectors and over HTTP."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from simulator.front import signing

DATE = "Fri, 06 Jun 2014 13:39:43 GMT"
REFERENCE_SECRET = "I42Zf4pVnRdroHfuHnRiJjJ2B6+22h0yQt/R3nZR8Xg="
TOKEN = "/v1/9991/tokens/123456789"
GCS = (
    ("Content-Type", "application/json"),
    ("X-GCS-ServerMetaInfo", "processed header value"),
    ("X-GCS-ClientMetaInfo", "processed header\n   value"),
    ("X-GCS-CustomerHeader", " processed header value"),
)

VECTORS = [
    ("DELETE", "secretApiKey", GCS, TOKEN, "VfnXpPBQQoHZivTcAg0JvOWkhnzlPnaCPKpTQn/uMJM="),
    ("GET", "6Kj5HT0MQKC6D8eb7W3lTg71kVKVDSt1", (), TOKEN, "9ond5EIN05dBXJGCLRK5om9pxHsyrh/12pZJ7bvmwNM="),
    ("GET", REFERENCE_SECRET, (), TOKEN, "J5LjfSBvrQNhu7gG0gvifZt+IWNDReGCmHmBmth6ueI="),
    (
        "GET",
        REFERENCE_SECRET,
        (),
        "/v1/consumer/ANDR%C3%89E/?q=na%20me",
        "3XV7LMYus9q7fp87/D4Qih2bKNtz20iqsttdrgJ09AU=",
    ),
    (
        "GET",
        REFERENCE_SECRET,
        (),
        "/v1/consumer/ANDR%C3%89E/?q=na me",
        "x9S2hQmLhLTbpK0YdTuYCD8TB4D+Kf60tNW0Xw5Xls0=",
    ),
    ("DELETE", REFERENCE_SECRET, GCS, TOKEN, "jGWLz3ouN4klE+SkqO5gO+KkbQNM06Rric7E3dcfmqw="),
]


@pytest.mark.parametrize(("method", "secret", "headers", "resource", "signature"), VECTORS)
def test_official_vectors(method, secret, headers, resource, signature):
    """Each vector of the official SDKs' tests comes out as printed."""
    text = signing.string_to_sign(method, (*headers, ("Date", DATE)), resource)
    assert signing.sign(secret, text) == signature


@pytest.mark.parametrize("value", ["aap\nnoot  ", " aap\r\n  noot"])
def test_header_values_are_folded(value):
    """A header over several lines is signed as one."""
    assert signing.canonical_value(value) == "aap noot"


def test_query_is_accepted_raw_or_decoded():
    """Java signs the decoded query and Python the raw one, so both stand for the same request."""
    assert signing.resources("/v1/a%20b/?q=na%20me") == ("/v1/a%20b/?q=na%20me", "/v1/a%20b/?q=na me")


def test_webhook_signature_vector(webhook_sample):
    """The official webhook body has its official signature, and the altered one has not."""
    expected = "2S7doBj/GnJnacIjSJzr5fxGM5xmfQyFAwxv1I53ZEk="
    assert signing.sign("hello+world", webhook_sample("webhook-valid-body")) == expected
    assert signing.sign("hello+world", webhook_sample("webhook-invalid-body")) != expected


@pytest.mark.parametrize("form", ["na%20me", "na me"])
def test_query_forms_over_http(merchant, form):
    """A request signed over either form of its query is let in."""
    path = "/v1/1234/payments?merchantReference="
    headers = merchant.headers("GET", path, resource=path + form)
    answered = merchant.http.get(path + "na%20me", headers=headers)
    assert answered.status_code == 200, answered.text


def _refused(answered, recorded):
    error = answered.json()["errors"][0]
    official = recorded("sdk-invalid_authorization")["errors"][0]
    return answered.status_code == 403 and official.items() <= error.items()


@pytest.mark.parametrize(
    "change",
    [
        {"Authorization": ""},
        {"Authorization": "GCS v1HMAC:simulator-key:bm90IHRoZSBzaWduYXR1cmU="},
        {"Authorization": "GCS v1HMAC:another-key:bm90IHRoZSBzaWduYXR1cmU="},
        {"Authorization": "GCS v1HMAC:simulator-key:\u00e9"},
        {"Authorization": "Basic c2ltdWxhdG9yOnNlY3JldA=="},
        {"Date": ""},
        {"Date": "yesterday"},
        {"X-GCS-Idempotence-Key": "added after signing"},
    ],
)
def test_unsigned_requests_are_refused(merchant, recorded, change):
    """What is not signed by the merchant's key gets 403 and the official error."""
    path = "/v1/1234/services/testconnection"
    headers = {**merchant.headers("GET", path), **change}
    encoded = {name: value.encode() for name, value in headers.items()}
    assert _refused(merchant.http.get(path, headers=encoded), recorded)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_date_far_from_now_is_refused(merchant, recorded, minutes):
    """A Date more than five minutes off is refused although it is signed."""
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    path = "/v1/1234/services/testconnection"
    assert _refused(merchant.send("GET", path, date=date), recorded)


def test_the_simulators_own_clock_does_not_make_dates_wrong(merchant):
    """Callers keep real time when the simulator's clock is moved ahead."""
    merchant.advance(3600)
    assert merchant.send("GET", "/v1/1234/services/testconnection").status_code == 200


def test_another_merchants_path_is_refused(merchant, recorded):
    """A good signature opens no other merchant's payments."""
    assert _refused(merchant.send("GET", "/v1/4321/services/testconnection"), recorded)
