"""How an order is paid: the part of the start that is not the order."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from payments.base import Value
from payments.card_numbers import token_not_a_card_number
from payments.encrypted_input import EncryptedInput


class PaymentAction(StrEnum):
    """What the card's issuer is asked for."""

    PRE_AUTHORIZATION = "pre_authorization"
    """A hold that may be captured in part and released."""
    FINAL_AUTHORIZATION = "final_authorization"
    """A hold that is captured in full, within seven days."""
    SALE = "sale"
    """Authorized and captured in one step."""


WAYS = ("token", "encrypted_input")
"""The ways to pay, of which an instruction names one."""

Token = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,40}$"), AfterValidator(token_not_a_card_number)]


class PaymentInstruction(Value):
    """How the customer pays, in one of the `WAYS`: a card number never enters."""

    method: Literal["card"] = "card"
    token: Token | None = None
    encrypted_input: Annotated[EncryptedInput | None, Field(repr=False)] = None
    """What the customer's page encrypted for the provider: it pays once, within two hours. No digest covers it."""
    action: PaymentAction = PaymentAction.PRE_AUTHORIZATION
    account: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")] = "main"
    window_seconds: Annotated[int, Field(ge=1, le=30 * 86400, strict=True)] | None = None
    """How long fulfilment may take before the hold is released; absent: as long as the hold lasts."""

    @model_validator(mode="after")
    def _one_way_to_pay(self) -> Self:
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"It names {' and '.join(given)}" if given else "It names no way to pay"
            raise PydanticCustomError("one_way_to_pay", "{told}, and is paid in one way", {"told": told})
        return self

    @property
    def way(self) -> str:
        """Which of the `WAYS` it is paid in."""
        return next(name for name in WAYS if getattr(self, name) is not None)
