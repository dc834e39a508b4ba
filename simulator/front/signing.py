"""The v1HMAC signature of the Server API and the Date header, checked as strictly as the documentation allows.

Rules and test vectors: the authenticators and tests of the official SDKs for Python 6.3.0 and Java 9.3.0.
"""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import unquote

from simulator.kernel import errors
from simulator.kernel.calls import Call
from simulator.kernel.desk import Desk

_ONCE = frozenset({"authorization", "date", "content-type"})
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


def resources(target: str) -> tuple[str, ...]:
    """The path as sent with the query raw or decoded: the official SDKs disagree, so both are accepted."""
    path, mark, query = target.partition("?")
    return (target, f"{path}{mark}{unquote(query)}") if "%" in query else (target,)


def check(desk: Desk, call: Call) -> None:
    """Refuse a call that is not signed by a key of the merchant's, or whose Date is too far from real time."""
    if not _signed(desk, call):
        # 403 as the published table of response codes says; the SDK's own test serves this body with 401.
        raise errors.refuse(403, errors.api_error("9002", "MISSING_OR_INVALID_AUTHORIZATION", 403))


def _signed(desk: Desk, call: Call) -> bool:
    scheme, _, credentials = (call.header("authorization") or "").partition(" ")
    kind, _, rest = credentials.partition(":")
    key_id, _, signature = rest.partition(":")
    merchant = desk.merchants.get(call.merchant_id)
    if (scheme, kind) != ("GCS", "v1HMAC") or merchant is None or _is_ambiguous(call):
        return False
    secret = next((key.secret for key in merchant.api_keys if key.id == key_id), None)
    if secret is None or not _timely(call.header("date"), desk.settings.date_skew_seconds):
        return False
    return any(
        hmac.compare_digest(
            sign(secret, string_to_sign(call.method, call.headers, resource)).encode(), signature.encode()
        )
        for resource in resources(call.target)
    )


def _is_ambiguous(call: Call) -> bool:
    """Whether a header of the signature stands there twice: one Date would be signed and the other one checked."""
    names = [name for name, _ in call.headers if name in _ONCE]
    return len(set(names)) < len(names)


def _timely(date: str | None, skew_seconds: float) -> bool:
    """Against real time, also when the simulator's clock was moved: the caller's clock was not."""
    told = None if date is None else _read(date)
    return told is not None and abs((datetime.now(UTC) - told).total_seconds()) <= skew_seconds


@lru_cache(maxsize=64)
def _read(date: str) -> datetime | None:
    """Callers write a Date once a second, and so it is read."""
    try:
        told = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return None if told.tzinfo is None else told
