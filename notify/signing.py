"""Standard Webhooks: the signature over id, time and body."""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def signature(key: bytes, message_id: str, timestamp: int, body: str) -> str:
    """Return one signature. `timestamp` is the time of the try, in whole seconds since 1970."""
    signed = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers of a callback: one signature for each key, so that a receiver may know either."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, message_id, timestamp, body) for key in keys),
    }
