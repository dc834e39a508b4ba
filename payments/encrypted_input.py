"""What the customer's page encrypted for the provider alone: good for one payment, within its client session."""

import base64
import binascii
import json
import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from payments.card_numbers import token_not_a_card_number

# A client session, and with it all that was encrypted in it, lives two hours at Connect.
LIFE = timedelta(hours=2)
# A card's is about 1,500 characters long.
LONGEST = 16_000
_COMPACT = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){4}")


def _jwe(blob: str) -> str:
    """Return the text. Raises pydantic's error, which does not repeat it, for what is no JWE in compact form."""
    header = _header(blob) if _COMPACT.fullmatch(blob) else None
    if not isinstance(header, dict) or not all(isinstance(header.get(name), str) for name in ("alg", "enc")):
        raise PydanticCustomError("no_encrypted_input", "This is no encrypted input: a JWE in compact form")
    return blob


def _header(blob: str) -> object:
    part = blob.partition(".")[0]
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None


EncryptedInput = Annotated[
    str, StringConstraints(max_length=LONGEST), AfterValidator(token_not_a_card_number), AfterValidator(_jwe)
]
"""Connect's `encryptedCustomerInput`: five parts of base64url with points between them."""


def is_alive(came_at: datetime, now: datetime) -> bool:
    """Whether what came at `came_at` may be sent again: later its client session has ended."""
    return now - came_at < LIFE
