"""The v1HMAC signature of the Server API and the Date header, checked as strictly as the documentation allows.

Rules and test vectors: the authenticators and tests of the official SDKs for Python 6.3.0 and Java 9.3.0.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

from simulator import bodies
from simulator.calls import Call
from simulator.settings import Settings

_FOLD = re.compile(r"\r?\n(?:(?![\r\n])\s)*")


def canonical_value(value: str) -> str:
    """A header's value on one line: each line break with the space that follows becomes one space."""
    return _FOLD.sub(" ", value).strip()


def string_to_sign(method: str, headers: tuple[tuple[str, str], ...], resource: str) -> str:
    """Method, content type, date, all X-GCS headers by name, resource: each on its line."""
    known = {name.lower(): value for name, value in headers}
    signed = sorted(
        ((name.lower(), value) for name, value in headers if name.lower().startswith("x-gcs")),
        key=lambda pair: pair[0],
    )
    lines = [
        method.upper(),
        known.get("content-type", ""),
        known.get("date", ""),
        *(f"{name}:{canonical_value(value)}" for name, value in signed),
        resource,
    ]
    return "".join(f"{line}\n" for line in lines)


def sign(secret: str, text: str | bytes) -> str:
    """HMAC-SHA256 in base64; the secret is used as text, not decoded, also where it looks like base64."""
    message = text if isinstance(text, bytes) else text.encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def resources(target: str) -> set[str]:
    """The path as sent with the query raw or decoded: the official SDKs disagree, so both are accepted."""
    path, mark, query = target.partition("?")
    return {target, f"{path}{mark}{unquote(query)}"}


def check(call: Call, settings: Settings) -> None:
    """Refuse a call that is not signed by the merchant's key, or whose Date is too far from real time."""
    if not _signed(call, settings):
        # 403 as the published table of response codes says; the SDK's own test serves this body with 401.
        raise bodies.refuse(403, bodies.api_error("9002", "MISSING_OR_INVALID_AUTHORIZATION", 403))


def _signed(call: Call, settings: Settings) -> bool:
    scheme, _, credentials = (call.header("authorization") or "").partition(" ")
    kind, _, rest = credentials.partition(":")
    key_id, _, signature = rest.partition(":")
    if (scheme, kind) != ("GCS", "v1HMAC") or call.merchant_id != settings.merchant_id:
        return False
    if not hmac.compare_digest(key_id.encode(), settings.api_key_id.encode()):
        return False
    if not _timely(call.header("date"), settings.date_skew_seconds):
        return False
    return any(
        hmac.compare_digest(
            sign(settings.secret_api_key, string_to_sign(call.method, call.headers, resource)).encode(),
            signature.encode(),
        )
        for resource in resources(call.target)
    )


def _timely(date: str | None, skew_seconds: float) -> bool:
    """Against real time, also when the simulator's clock was moved: the caller's clock was not."""
    if date is None:
        return False
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return False
    if told.tzinfo is None:
        return False
    return abs((datetime.now(UTC) - told).total_seconds()) <= skew_seconds
