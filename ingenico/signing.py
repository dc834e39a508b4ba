"""The v1HMAC signature of Connect's Server API, as pure functions.

Rules and test vectors: the authenticators of the official SDKs for Python 6.3.0 and Java 9.3.0. The body, the host
and all headers but Content-Type, Date and X-GCS-* stay unsigned.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

_FOLD = re.compile(r"\r?\n(?:(?![\r\n])\s)*")


def canonical_value(value: str) -> str:
    """Write a header's value on one line: each line break, with the space after it, becomes one space."""
    return (_FOLD.sub(" ", value) if "\n" in value else value).strip()


def string_to_sign(method: str, headers: Mapping[str, str], target: str) -> str:
    """Return method, content type, date, X-GCS headers by name and target, each ended by a line feed.

    `target` is path and query exactly as sent: the SDKs disagree on whether a query is signed decoded (Java) or
    encoded (Python), so `client` sends none that needs an escape. Raises KeyError without a Date.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    ours = sorted(name for name in by_name if name.startswith("x-gcs"))
    lines = [
        method.upper(),
        by_name.get("content-type", ""),
        by_name["date"],
        *(f"{name}:{canonical_value(by_name[name])}" for name in ours),
        target,
    ]
    return "".join(f"{line}\n" for line in lines)


class Signer:
    """One key's signatures. The secret is used as text, though it looks like base64, and is hashed once."""

    def __init__(self, api_key_id: str, secret: str) -> None:
        self._keyed = hmac.new(secret.encode(), digestmod=hashlib.sha256)
        self._scheme = f"GCS v1HMAC:{api_key_id}:"

    def authorization(self, method: str, headers: Mapping[str, str], target: str) -> str:
        """Return the Authorization header of a request with these headers."""
        keyed = self._keyed.copy()
        keyed.update(string_to_sign(method, headers, target).encode())
        return self._scheme + base64.b64encode(keyed.digest()).decode()


def authorization(api_key_id: str, secret: str, method: str, headers: Mapping[str, str], target: str) -> str:
    """Return the Authorization header of one request."""
    return Signer(api_key_id, secret).authorization(method, headers, target)
