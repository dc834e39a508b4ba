"""How an order is paid: the part of the start that is not the order."""

import hashlib
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from payments.base import Value
from payments.card_numbers import token_not_a_card_number
from payments.encrypted_input import EncryptedInput
from payments.hosted_checkout import HostedCheckout
from payments.return_url import ReturnUrl

# Half a year: beyond any hold, for orders whose holds are followed by others.
LONGEST_WINDOW_SECONDS = 180 * 86_400
WindowSeconds = Annotated[int, Field(ge=1, le=LONGEST_WINDOW_SECONDS, strict=True)]


class PaymentAction(StrEnum):
    """What the card's issuer is asked for."""

    PRE_AUTHORIZATION = "pre_authorization"
    """A hold that may be captured in part and released."""
    FINAL_AUTHORIZATION = "final_authorization"
    """A hold that is captured in full, within seven days."""
    SALE = "sale"
    """Authorized and captured in one step."""


class LateSuccess(StrEnum):
    """What becomes of an authorization that succeeds after its customer was given up."""

    KEEP = "keep"
    """It counts: the payment is authorized, late."""
    RELEASE = "release"
    """It is voided: whoever was told that the order is not paid stays right."""


class Challenge(StrEnum):
    """Whether the customer should be asked by the issuer to prove who pays."""

    NO_PREFERENCE = "no_preference"
    NOT_REQUESTED = "not_requested"
    REQUESTED = "requested"
    MANDATED = "mandated"


class Exemption(StrEnum):
    """Why strong authentication of the customer may be left out, by the European rules."""

    NONE = "none"
    AUTOMATIC = "automatic"
    TRANSACTION_RISK_ANALYSIS = "transaction_risk_analysis"
    LOW_VALUE = "low_value"
    WHITELIST = "whitelist"


class ThreeDSecure(Value):
    """What is asked of 3-D Secure; the issuer decides."""

    challenge: Challenge = Challenge.NO_PREFERENCE
    exemption: Exemption = Exemption.NONE
    skip: Annotated[bool, Field(strict=True)] = False
    """Nobody is asked: only where the account may say so."""


WAYS = ("token", "encrypted_input", "hosted_checkout")
"""The ways to pay, of which an instruction names one."""

Token = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,40}$"), AfterValidator(token_not_a_card_number)]


class PaymentInstruction(Value):
    """How the customer pays, in one of the `WAYS`: a card number never enters."""

    method: Literal["card"] = "card"
    token: Token | None = None
    encrypted_input: Annotated[EncryptedInput | None, Field(repr=False)] = None
    """What the customer's page encrypted for the provider: it pays once, within two hours. No digest covers it."""
    hosted_checkout: HostedCheckout | None = None
    """A page of the provider's, on which the customer chooses how to pay: by card, wallet or bank."""
    action: PaymentAction = PaymentAction.PRE_AUTHORIZATION
    account: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")] = "main"
    window_seconds: WindowSeconds | None = None
    """How long fulfilment may take before the hold is released; absent: as long as the hold lasts."""
    return_url: ReturnUrl | None = None
    """Where the customer comes back to from a page elsewhere; `RETURNMAC` is appended, which `customer_returned` takes.

    https; http to this machine alone, for trying out.
    """
    three_d_secure: ThreeDSecure | None = None
    """Absent: as the account is set up."""
    redirect_window_seconds: Annotated[int, Field(ge=1, le=86400, strict=True)] | None = None
    """How long the customer may stay away before the authorization is given up; absent: as the account says."""
    review_deadline_seconds: Annotated[int, Field(ge=1, le=30 * 86400, strict=True)] | None = None
    """How long a fraud review may take before it is refused; absent: as the account says, at most the window."""
    late_success: LateSuccess = LateSuccess.RELEASE
    """What becomes of an authorization that succeeds after its customer was given up."""
    reauthorize: Annotated[bool, Field(strict=True)] = False
    """Whether a hold that ends before fulfilment is followed by another on the same card, until `window_seconds`."""
    retry_window_seconds: Annotated[int, Field(ge=0, le=7 * 86400, strict=True)] | None = None
    """How long after a decline the order may be paid in another way; absent: as the account says."""

    @model_validator(mode="after")
    def _one_way_to_pay(self) -> Self:
        given = [name for name in WAYS if getattr(self, name) is not None]
        if len(given) != 1:
            told = f"It names {' and '.join(given)}" if given else "It names no way to pay"
            raise PydanticCustomError("one_way_to_pay", "{told}, and is paid in one way", {"told": told})
        if self.hosted_checkout is not None and self.return_url is not None:
            told = "return_url stands in hosted_checkout, which the customer comes back from"
            raise PydanticCustomError("two_return_urls", "{told}", {"told": told})
        return self

    @property
    def way(self) -> str:
        """Which of the `WAYS` it is paid in."""
        return next(name for name in WAYS if getattr(self, name) is not None)

    def fingerprint(self, order: str) -> str:
        """Tell whether the same token is tried again for an order, without keeping what names the card.

        What a page encrypts differs each time, also of the same card: it is nobody's second try here.
        """
        way = self.token if self.token is not None else self.way
        return hashlib.sha256(f"{order}\n{way}".encode()).hexdigest()[:16]
