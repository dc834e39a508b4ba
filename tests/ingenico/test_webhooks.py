"""A delivery is acted upon when Connect signed exactly its bytes, and is told apart when not."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from ingenico import webhooks
from ingenico.outcomes import provider_payment
from ingenico.webhooks import KeyRing, NotSigned, UnknownKey, Unreadable, WrongSignature, receive
from ingenico.wire.captures import Capture
from ingenico.wire.disputes import Dispute
from ingenico.wire.payments import Payment
from ingenico.wire.refunds import Refund
from ingenico.wire.tokens import Token
from ingenico.wire.webhooks import Payout
from payments.states import ProviderStatus

# The official vector: `test_web_hooks_helper.py` of the SDKs for Python and Java.
KEY_ID, SECRET, SIGNATURE = "dummy-key-id", "hello+world", "2S7doBj/GnJnacIjSJzr5fxGM5xmfQyFAwxv1I53ZEk="
SIGNED = [("X-GCS-KeyId", KEY_ID), ("X-GCS-Signature", SIGNATURE)]
# What each delivered thing must be at the least.
SUBJECTS = {
    "payment": ({"id": "1", "status": "PAID"}, Payment),
    "capture": ({"id": "1", "status": "CAPTURED"}, Capture),
    "refund": ({"id": "1", "status": "REFUNDED"}, Refund),
    "payout": ({"id": "1", "status": "ACCOUNT_CREDITED"}, Payout),
    "token": ({"id": "t-1"}, Token),
    "dispute": ({"id": "d-1"}, Dispute),
}


def ring(secret=SECRET, key_id=KEY_ID):
    return KeyRing({key_id: SecretStr(secret)})


def signed(body, secret=SECRET):
    told = body if isinstance(body, bytes) else json.dumps(body).encode()
    digest = hmac.new(secret.encode(), told, hashlib.sha256).digest()
    return told, [("X-GCS-KeyId", KEY_ID), ("X-GCS-Signature", base64.b64encode(digest).decode())]


def envelope(**fields):
    return {"apiVersion": "v1", "id": "e-1", "merchantId": "1234", "type": "payment.paid", **fields}


def test_the_official_vector_is_accepted(recorded):
    """The body that the vendor signed is an event about a payment that is paid."""
    event = receive(recorded("webhook-valid-body"), SIGNED, ring())
    assert (event.id, event.merchant_id) == ("8ee793f6-4553-4749-85dc-f2ef095c5ab0", "20000")
    assert (event.type, event.kind, event.is_test) == ("payment.paid", "payment", False)
    assert event.created == "2017-02-02T11:24:14.040+0100"
    assert provider_payment(event.subject).status is ProviderStatus.COLLECTED


@pytest.mark.parametrize(
    ("file", "headers", "keys", "refusal"),
    [
        ("webhook-invalid-body", SIGNED, ring(), WrongSignature),
        ("webhook-valid-body", [SIGNED[0], ("X-GCS-Signature", f"1{SIGNATURE}")], ring(), WrongSignature),
        ("webhook-valid-body", SIGNED, ring("1hello+world"), WrongSignature),
        ("webhook-valid-body", [SIGNED[0], ("X-GCS-Signature", "é\udcff")], ring(), WrongSignature),
        ("webhook-valid-body", [], ring(), NotSigned),
        ("webhook-valid-body", SIGNED[:1], ring(), NotSigned),
        ("webhook-valid-body", SIGNED[1:], ring(), NotSigned),
        ("webhook-valid-body", [*SIGNED, SIGNED[1]], ring(), NotSigned),
        ("webhook-valid-body", [*SIGNED, ("x-gcs-keyid", KEY_ID)], ring(), NotSigned),
        ("webhook-valid-body", SIGNED, ring(key_id="another"), UnknownKey),
        ("webhook-valid-body", SIGNED, KeyRing({}), UnknownKey),
    ],
)
def test_what_is_not_proven_to_be_connects_is_refused(recorded, file, headers, keys, refusal):
    """The vendor's negative vectors; an unknown key is told apart from a wrong signature."""
    with pytest.raises(webhooks.WebhookRefused) as raised:
        receive(recorded(file), headers, keys)
    assert type(raised.value) is refusal
    assert SECRET not in str(raised.value)


def test_headers_are_found_in_any_case(recorded):
    """HTTP/2 writes names in lower case, proxies as they like."""
    for change in (str.lower, str.upper):
        assert receive(recorded("webhook-valid-body"), [(change(n), v) for n, v in SIGNED], ring()).kind == "payment"


def test_keys_are_rotated_by_having_both(recorded):
    """While one key replaces another, deliveries signed by either are accepted."""
    keys = KeyRing({"new": SecretStr("new-secret"), KEY_ID: SecretStr(SECRET)})
    assert receive(recorded("webhook-valid-body"), SIGNED, keys)
    body, headers = signed(envelope(payment=SUBJECTS["payment"][0]), "new-secret")
    assert receive(body, [("X-GCS-KeyId", "new"), headers[1]], keys)
    with pytest.raises(WrongSignature):
        receive(body, headers, keys)


@given(st.data())
def test_any_changed_byte_is_refused(data):
    """One byte that differs, is added or is missing anywhere breaks the signature."""
    body, headers = signed(envelope(payment=SUBJECTS["payment"][0]))
    place = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255))
    changed = data.draw(
        st.sampled_from(
            [
                body[:place] + bytes([body[place] ^ (byte or 1)]) + body[place + 1 :],
                body[:place] + bytes([byte]) + body[place:],
                body[:place] + body[place + 1 :],
            ]
        )
    )
    with pytest.raises(WrongSignature):
        receive(changed, headers, ring())


@given(st.binary(max_size=60))
def test_whatever_is_signed_is_read_or_refused(content):
    """No bytes, even signed ones, make anything but an event or a refusal."""
    body, headers = signed(content)
    with pytest.raises(Unreadable):
        receive(body, headers, ring())


@pytest.mark.parametrize("kind", SUBJECTS)
def test_each_kind_of_thing_is_read(kind):
    """An event has the one thing that it is about, in the shape of that thing's GET."""
    told, model = SUBJECTS[kind]
    event = receive(*signed(envelope(type=f"{kind}.happened", **{kind: told})), ring())
    assert (event.kind, type(event.subject)) == (kind, model)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"[]", "apiVersion is 'None'"),
        (b"<html>", "no JSON"),
        (b"\xff", "no UTF-8"),
        (b'{"apiVersion":"v1","apiVersion":"v1"}', "twice"),
        (envelope(apiVersion="v0"), "apiVersion is 'v0'"),
        (envelope(apiVersion=None), "apiVersion is 'None'"),
        (envelope(id=None, payment=SUBJECTS["payment"][0]), "id"),
        (envelope(payment={"id": "1"}), "payment.status"),
        (envelope(), "without its payment"),
        (envelope(type="refund.refunded", payment=SUBJECTS["payment"][0]), "without its refund"),
        (envelope(payment=SUBJECTS["payment"][0], refund=SUBJECTS["refund"][0]), "payment and refund"),
    ],
)
def test_what_is_signed_and_no_event_is_told(body, words):
    """The sentence names what is missing, and shows nothing of what was sent."""
    with pytest.raises(Unreadable, match=words):
        receive(*signed(body), ring())


def test_events_of_later_versions_are_no_error():
    """A new happening, and a new kind of thing, are acknowledged."""
    event = receive(*signed(envelope(type="payment.teleported", payment=SUBJECTS["payment"][0])), ring())
    assert event.type == "payment.teleported"
    event = receive(*signed(envelope(type="invoice.sent", invoice={"id": "1"})), ring())
    assert (event.kind, event.subject) == (None, None)


@pytest.mark.parametrize("fields", [{}, {"payment": SUBJECTS["payment"][0]}])
def test_the_consoles_own_try_outs_are_marked(fields):
    """An event whose id begins with TEST is about nothing, whatever it carries."""
    assert receive(*signed(envelope(id="TEST-1", **fields)), ring()).is_test


def test_a_body_that_is_too_large_is_not_even_hashed(monkeypatch):
    """Half a megabyte is no event."""
    body, headers = signed(b" " * (webhooks.LARGEST_BODY_BYTES + 1))
    monkeypatch.setattr(KeyRing, "signature", None)
    with pytest.raises(Unreadable, match="at most"):
        receive(body, headers, ring())


@pytest.mark.parametrize("secret", ["", "  "])
def test_a_blank_secret_is_no_key(secret):
    """A key that is not set up is found at the start, and nobody signs with nothing."""
    with pytest.raises(ValueError, match="blank"):
        ring(secret)


def test_the_ring_is_never_printed():
    """Neither key ring nor error shows a secret."""
    assert SECRET not in f"{ring()!r} {ring()}"


def test_the_endpoint_is_verified_by_its_word():
    """The word is answered as it came; without the header it is no verification."""
    name = "X-GCS-Webhooks-Endpoint-Verification"
    assert webhooks.verification([(name.lower(), "a-B_1==")]) == "a-B_1=="
    assert webhooks.verification([("Accept", "*/*")]) is None
    for headers in ([(name, "a b")], [(name, "a\r\nb")], [(name, "é")], [(name, "a" * 1025)], [(name, "a")] * 2):
        with pytest.raises(NotSigned):
            webhooks.verification(headers)
