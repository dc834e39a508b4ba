"""What Connect posts to us: proven to be Connect's, then read.

Rules: `signature_validator.py` and `webhooks_helper.py` of the official Python SDK 6.3.0: base64 of HMAC-SHA256 over
the body's bytes as they came, both headers once, `apiVersion` v1. An event says that something happened and comes late,
twice and out of order: whoever gets one reads the payment.

    WebhookRefused
    ├── NotSigned          a header is missing, or stands there twice
    ├── UnknownKey         signed by a key that is not in the ring: rotated, or another merchant's
    ├── WrongSignature     not Connect's, or changed on the road
    └── Unreadable         signed by Connect, and no event of v1 all the same
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import SecretStr, ValidationError

from ingenico.wire.captures import Capture
from ingenico.wire.disputes import Dispute
from ingenico.wire.payments import Payment
from ingenico.wire.refunds import Refund
from ingenico.wire.tokens import Token
from ingenico.wire.webhooks import EventBody, Payout
from payments.strict_json import NotJson, read_json

KEY_ID = "X-GCS-KeyId"
SIGNATURE = "X-GCS-Signature"
VERIFICATION = "X-GCS-Webhooks-Endpoint-Verification"

# A whole payment takes a few kilobytes; a body a hundred times as long is nobody's event, and is not worth hashing.
LARGEST_BODY_BYTES = 512 * 1024
API_VERSION = "v1"

# The console's own try-outs, to be acknowledged and no more (the vendor's Magento 1 and 2 plugins).
_TEST = "TEST"
# Sent back as it came: nothing that a browser could take for more than a word.
_ECHOED = re.compile(r"[!-~]{1,1024}")

Kind = Literal["payment", "capture", "refund", "payout", "token", "dispute"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Subject = Payment | Capture | Refund | Payout | Token | Dispute

Headers = Iterable[tuple[str, str]]
"""Names and values as received, one pair for each line: a header that stands there twice is seen."""


class WebhookRefused(Exception):
    """A delivery that is not acted upon."""


class NotSigned(WebhookRefused):
    """A header of the signature is missing, or stands there twice."""


class UnknownKey(WebhookRefused):
    """The key that signed is not in the ring."""


class WrongSignature(WebhookRefused):
    """The signature is of another body, or by another secret."""


class Unreadable(WebhookRefused):
    """Signed by Connect, and no event that this version can read."""


class KeyRing:
    """The webhook keys by their id: while one is replaced by another, both are here. Secrets are never printed."""

    def __init__(self, keys: Mapping[str, SecretStr]) -> None:
        for key_id, secret in keys.items():
            if not key_id or not secret.get_secret_value().strip():
                raise ValueError(
                    f"the secret of webhook key {key_id!r} is blank: copy it from the Configuration Center"
                )
        self._keys = dict(keys)

    def signature(self, key_id: str, body: bytes) -> str:
        """Return what Connect signs this body with. Raises UnknownKey."""
        secret = self._keys.get(key_id)
        if secret is None:
            raise UnknownKey(f"no webhook key {key_id[:64]!r} here: add it beside the others")
        # The secret is used as text, though it looks like base64.
        digest = hmac.new(secret.get_secret_value().encode(), body, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()


@dataclass(frozen=True, kw_only=True)
class WebhookEvent:
    """Something happened. `id` is the same in every delivery of it."""

    id: str
    merchant_id: str
    type: str
    """Such as payment.paid; more types than are known today will come."""
    created: str | None
    kind: Kind | None
    """What it is about; none for a kind of thing that this version does not know."""
    subject: Subject | None
    """The thing as it was then."""
    is_test: bool
    """The console's own try-out: acknowledged, and about nothing."""


def receive(body: bytes, headers: Headers, keys: KeyRing) -> WebhookEvent:
    """Return the event that a delivery carries. Raises WebhookRefused."""
    verify(body, headers, keys)
    return parse(body)


def verify(body: bytes, headers: Headers, keys: KeyRing) -> None:
    """Return when Connect signed exactly these bytes. Raises NotSigned, UnknownKey, WrongSignature, Unreadable."""
    if len(body) > LARGEST_BODY_BYTES:
        raise Unreadable(f"a body of {len(body)} bytes: an event has at most {LARGEST_BODY_BYTES}")
    given = tuple(headers)
    signature, key_id = _only(given, SIGNATURE), _only(given, KEY_ID)
    told = signature.encode(errors="backslashreplace")
    if not hmac.compare_digest(told, keys.signature(key_id, body).encode()):
        raise WrongSignature(f"not signed by webhook key {key_id[:64]!r}")


def parse(body: bytes) -> WebhookEvent:
    """Read the event in a body whose signature was verified. Raises Unreadable."""
    try:
        told = read_json(body, largest_bytes=LARGEST_BODY_BYTES)
    except NotJson as error:
        raise Unreadable(str(error)) from None
    version = told.get("apiVersion") if isinstance(told, dict) else None
    if version != API_VERSION:
        raise Unreadable(f"apiVersion is {str(version)[:16]!r}, and {API_VERSION!r} is spoken here")
    try:
        event = EventBody.model_validate(told)
    except ValidationError as error:
        raise Unreadable(_where(error)) from None
    return _event(event)


def verification(headers: Headers) -> str | None:
    """Return what a GET that verifies this endpoint is answered with (200, text/plain), or None for any other request.

    Raises NotSigned for a word that must not be sent back.
    """
    given = tuple(headers)
    if not _values(given, VERIFICATION):
        return None
    word = _only(given, VERIFICATION)
    if not _ECHOED.fullmatch(word):
        raise NotSigned(f"{VERIFICATION} is no single word of printable ASCII")
    return word


def _event(event: EventBody) -> WebhookEvent:
    about: dict[Kind, Subject | None] = {
        "payment": event.payment,
        "capture": event.capture,
        "refund": event.refund,
        "payout": event.payout,
        "token": event.token,
        "dispute": event.dispute,
    }
    there = [(kind, subject) for kind, subject in about.items() if subject is not None]
    if len(there) > 1:
        raise Unreadable(f"an event about {' and '.join(kind for kind, _ in there)}: one thing is expected")
    kind, subject = there[0] if there else (None, None)
    is_test = event.id.startswith(_TEST)
    named = event.type.partition(".")[0]
    if not is_test and named in KINDS and named != kind:
        raise Unreadable(f"an event {event.type[:64]!r} without its {named}")
    return WebhookEvent(
        id=event.id,
        merchant_id=event.merchant_id,
        type=event.type,
        created=event.created,
        kind=kind,
        subject=subject,
        is_test=is_test,
    )


def _values(headers: Iterable[tuple[str, str]], name: str) -> list[str]:
    return [value for given, value in headers if given.lower() == name.lower()]


def _only(headers: Iterable[tuple[str, str]], name: str) -> str:
    values = _values(headers, name)
    if len(values) != 1:
        raise NotSigned(f"{name} stands there {len(values)} times: once is expected")
    return values[0]


def _where(error: ValidationError) -> str:
    """Name the fields and not their content, which may be personal."""
    fields = sorted({".".join(str(step) for step in fault["loc"]) for fault in error.errors(include_input=False)})
    return f"no event of {API_VERSION}: {', '.join(fields)[:200] or 'not an object'}"
