"""What a callback's address and secrets must look like, told before the first one is posted."""

import base64
import binascii
import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr

# Standard Webhooks' own limits of a secret, in bytes.
SHORTEST_SECRET, LONGEST_SECRET = 24, 64
SECRET_PREFIX = "whsec_"  # noqa: S105 (what every secret begins with)


def check_url(url: str) -> str:
    """Return an address that callbacks may be posted to; empty stays empty. Raises ValueError with the remedy."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"https", "http"}:
        raise ValueError("an address such as https://shop.example/payments is expected")
    if parts.username is not None or parts.fragment:
        raise ValueError("an address without a user name and without a # part is expected; callbacks are signed")
    if parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("https is expected: http is for a receiver on this machine (127.0.0.1)")
    return url


def check_secret(secret: SecretStr) -> SecretStr:
    """Return a secret that can sign. Raises ValueError, without repeating it, for any other."""
    if _key_of(secret) is None:
        raise ValueError(
            f"each secret is {SECRET_PREFIX} followed by the base64 of {SHORTEST_SECRET} to {LONGEST_SECRET} "
            "random bytes"
        )
    return secret


def keys_of(secrets: Sequence[SecretStr]) -> tuple[bytes, ...]:
    """Return the keys that checked secrets hold."""
    return tuple(key for secret in secrets if (key := _key_of(secret)) is not None)


def _key_of(secret: SecretStr) -> bytes | None:
    written = secret.get_secret_value()
    try:
        key = base64.b64decode(written.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    fits = SHORTEST_SECRET <= len(key) <= LONGEST_SECRET
    return key if fits and written.startswith(SECRET_PREFIX) else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
