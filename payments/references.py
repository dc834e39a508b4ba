"""The names of things: what identifies an order's payment, an operation, an attempt at the provider.

All are functions of the business's own ids, so that a retry, a restart or a reset finds the same name.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

import rfc8785
from pydantic import AfterValidator, StringConstraints

from payments.base import Value
from payments.card_numbers import not_a_card_number

SHOP = r"[a-z0-9]{1,12}"
ORDER_ID = r"[A-Za-z0-9._-]{1,64}"
# A request id stands inside operation ids, whose parts a slash separates.
REQUEST_ID = r"[A-Za-z0-9._:-]{1,64}"
# The start is itself the request: one order opens one payment. Names of the engine's own requests begin with a sign
# that nobody else's can have, so that no shipment is taken for one.
START = "@start"
# Connect's limit for a merchant reference on the GlobalCollect platform.
MAX_REFERENCE_LENGTH = 30

ShopName = Annotated[str, StringConstraints(pattern=rf"^{SHOP}$")]
OrderId = Annotated[str, StringConstraints(pattern=rf"^{ORDER_ID}$"), AfterValidator(not_a_card_number)]
RequestId = Annotated[str, StringConstraints(pattern=rf"^{REQUEST_ID}$"), AfterValidator(not_a_card_number)]


class PaymentKey(Value):
    """Which payment: the shop whose order numbers these are, and the order."""

    shop: ShopName = "main"
    order_id: OrderId

    def __str__(self) -> str:
        return f"{self.shop}/{self.order_id}"

    @property
    def workflow_id(self) -> str:
        """The id of the workflow that is this payment."""
        return f"payment-{self.shop}-{self.order_id}"

    @classmethod
    def from_workflow_id(cls, workflow_id: str) -> "PaymentKey":
        """The inverse of `workflow_id`. Raises ValueError for any other string."""
        found = re.fullmatch(rf"payment-({SHOP})-({ORDER_ID})", workflow_id)
        if not found:
            raise ValueError(f"{workflow_id!r} is not the workflow id of a payment: payment-SHOP-ORDER")
        return cls(shop=found[1], order_id=found[2])


def operation_id(key: PaymentKey, kind: str, request_id: str) -> str:
    """Name an operation by whoever asked for it: `main/FR1012401/capture/shipment-7`."""
    return f"{key.shop}/{key.order_id}/{kind}/{request_id}"


def merchant_reference(key: PaymentKey, kind: str, number: int) -> str:
    """Name one attempt at the provider, at most 30 characters: `main-FR1012401-a01`.

    People search Ingenico's console by it, so it is readable where it fits; else it is the order id's first 8
    characters and 8 base32 characters of the SHA-256 of shop and order (a shop's name would not fit beside them).
    """
    suffix = f"-{kind}{number:02d}"
    readable = f"{key.shop}-{key.order_id}{suffix}"
    if len(readable) <= MAX_REFERENCE_LENGTH:
        return readable
    digest = base64.b32encode(hashlib.sha256(str(key).encode()).digest()).decode()[:8]
    return f"{key.order_id[:8]}~{digest}{suffix}"


def idempotence_key(account: str, operation: str, attempt: int) -> str:
    """Derive the key of one attempt: 40 hex characters, the same for each repetition of that attempt."""
    return hashlib.sha256(f"{account}\n{operation}\n{attempt}".encode()).hexdigest()[:40]


def customer_pseudonym(shop: str, customer_id: str) -> str:
    """Name a customer in search attributes, which no codec covers, without saying who it is."""
    digest = hashlib.sha256(f"{shop}\n{customer_id}".encode()).digest()
    return "c-" + base64.b32encode(digest).decode()[:16].lower()


def content_digest(start: Mapping[str, Any]) -> str:
    """Return SHA-256 (hex) of the RFC 8785 form of `{order, payment}` without the encrypted card input.

    Computed over the JSON as sent, so that a sender in any language computes the same. Raises ValueError for
    what RFC 8785 cannot express (a number beyond a double's exact integers).
    """
    payment = start.get("payment")
    if isinstance(payment, Mapping):
        payment = {name: value for name, value in payment.items() if name != "encrypted_input"}
    try:
        canonical = rfc8785.dumps({"order": start.get("order"), "payment": payment})
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"the start cannot be written as canonical JSON: {error}") from None
    return hashlib.sha256(canonical).hexdigest()


def return_mac_hash(return_mac: str) -> str:
    """Return SHA-256 (hex) of what a customer brings back: enough to know it again, not enough to act as them."""
    return hashlib.sha256(return_mac.encode()).hexdigest()


def request_hash(content: Mapping[str, Any]) -> str:
    """Tell whether a request id came again with other content: SHA-256 over the request's own words."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
