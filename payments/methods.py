"""How an order is paid: the part of the start that is not the order."""

import hashlib
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from payments.base import Value
from payments.card_numbers import token_not_a_card_number


class PaymentAction(StrEnum):
    """What the card's issuer is asked for."""

    PRE_AUTHORIZATION = "pre_authorization"
    """A hold that may be captured in part and released."""
    FINAL_AUTHORIZATION = "final_authorization"
    """A hold that is captured in full, within seven days."""
    SALE = "sale"
    """Authorized and captured in one step."""


class PaymentInstruction(Value):
    """How the customer pays. A card is always named by a token: a card number never enters."""

    method: Literal["card"] = "card"
    token: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,40}$"), AfterValidator(token_not_a_card_number)]
    action: PaymentAction = PaymentAction.PRE_AUTHORIZATION
    account: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")] = "main"
    window_seconds: Annotated[int, Field(ge=1, le=180 * 86400, strict=True)] | None = None
    """How long fulfilment may take before the hold is released; absent: as long as the hold lasts."""
    reauthorize: Annotated[bool, Field(strict=True)] = False
    """Whether a hold that ends before fulfilment is followed by another on the same card, until `window_seconds`."""
    retry_window_seconds: Annotated[int, Field(ge=0, le=7 * 86400, strict=True)] | None = None
    """How long after a decline the order may be paid in another way; absent: as the account says."""

    def fingerprint(self, order: str) -> str:
        """Tell whether the same card is tried again for an order, without keeping what names the card."""
        return hashlib.sha256(f"{order}\n{self.token}".encode()).hexdigest()[:16]
