"""A customer's page without a browser: it has a session, asks the Client API, and encrypts what was typed."""

import base64
import json
import secrets

import httpx
from joserfc import jwe
from joserfc.jwk import RSAKey

FIELD = "encryptedCustomerInput"
CARD = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123", "cardholderName": "J Doe"}


class Page:
    """One page with one session."""

    def __init__(self, http: httpx.Client, session: dict) -> None:
        self.session = session
        self.session_id = session["clientSessionId"]
        self.base = f"{session['clientApiUrl']}/v1/{session['customerId']}"
        self.http = http

    def ask(self, path: str, content: object = None, *, session_id: str | None = None, **query: object):
        """One call of the Client API; with `content` it is posted."""
        headers = {"Authorization": f"GCS v1Client:{session_id or self.session_id}"}
        if content is None:
            return self.http.get(self.base + path, params=query, headers=headers)
        return self.http.post(self.base + path, json=content, headers=headers)

    def key(self) -> dict:
        """The public key and its id."""
        answered = self.ask("/crypto/publickey")
        assert answered.status_code == 200, answered.text
        return answered.json()

    def content(self, product: int, values: dict[str, str], **more: object) -> dict:
        """What the official client SDK encrypts."""
        return {
            "clientSessionId": self.session_id,
            "nonce": secrets.token_hex(16),
            "paymentProductId": product,
            "tokenize": False,
            "paymentValues": [{"key": key, "value": value} for key, value in values.items()],
            "collectedDeviceInformation": {"locale": "en-GB", "timezoneOffsetUtcMinutes": "-60"},
            **more,
        }

    def encrypt(self, product: int, values: dict[str, str], **more: object) -> str:
        """What was typed, as encryptedCustomerInput."""
        return sealed(self.key(), json.dumps(self.content(product, values, **more)))


def sealed(key: dict, plain: str, *, header: dict | None = None) -> str:
    """A JWE for a key of the Client API."""
    public = RSAKey.import_key(base64.b64decode(key["publicKey"]))
    named = {"alg": "RSA-OAEP", "enc": "A256CBC-HS512", "kid": key["keyId"], **(header or {})}
    return jwe.encrypt_compact(
        named, plain, public, algorithms=["RSA-OAEP", "RSA-OAEP-256", "A256CBC-HS512", "A256GCM", "DEF"]
    )


def opened(merchant, number: str = "1234", **asked: object) -> Page:
    """A page with a new session of a merchant."""
    answered = merchant.send("POST", f"/v1/{number}/sessions", asked)
    assert answered.status_code == 201, answered.text
    return Page(merchant.http, answered.json())


def order(body, blob: str, **blocks: dict) -> dict:
    """Create payment with nothing but the encrypted input, and the blocks that a merchant adds."""
    return {"order": body()["order"], FIELD: blob, **blocks}


def assert_refused(answered: httpx.Response, why: str) -> None:
    """It is the encrypted input that is refused, in these words."""
    assert answered.status_code == 400, answered.text
    [error] = answered.json()["errors"]
    assert error["propertyName"] == FIELD
    assert why in error["message"]
