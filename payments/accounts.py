"""Merchant accounts at the provider: what one is called and how long its authorizations hold."""

from datetime import timedelta
from typing import Annotated

from pydantic import ConfigDict, Field

from payments.base import Value
from payments.methods import PaymentAction

DAY = 86_400

# Of what an acquirer is not known to honour, as long as of any final authorization is counted on.
Days = Annotated[int, Field(ge=1, le=30, strict=True)]


class Windows(Value):
    """How many days holds can be counted on. What is absent is as with the account.

    30 and 7 are ceilings, not promises (Connect's own documentation, repeated by OroCommerce's extension).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pre_authorization_days: Days | None = None
    final_authorization_days: Annotated[int, Field(ge=1, le=7, strict=True)] | None = None


class Account(Value):
    """One merchant account: its name here, and the terms it was boarded with."""

    name: str
    honours_pre_authorization: bool = False
    """An acquirer may ignore the mode: unless this one is known to honour it, a final one's days are counted."""
    hold_seconds: int | None = None
    """How long this account's holds can be counted on, where that is known to be less than the schemes' ceilings."""
    margin_seconds: int = 6 * 3600
    """How long before the hold's own end the payment is voided, so that the void still takes effect."""
    warn_before_seconds: int = DAY
    """How long before the window's end fulfilment is warned; 0: not at all."""
    pre_authorization_days: Days = 30
    final_authorization_days: Annotated[int, Field(ge=1, le=7, strict=True)] = 7
    products: dict[str, Windows] = Field(default_factory=dict)
    """Terms of payment products, by the provider's number of each (1: Visa)."""
    retry_window_seconds: int = 30 * 60
    """How long after a decline the order may be paid in another way."""

    redirect_window_seconds: int = 90 * 60
    """How long a customer may stay at a page elsewhere before the authorization is given up."""
    review_seconds: int | None = None
    """How long a fraud review may take before it is refused; none: as long as the payment's window."""

    def hold(self, action: PaymentAction, windows: Windows | None = None) -> timedelta:
        """How long a hold placed with `action` can be counted on; `windows`: the terms of its product."""
        terms = windows or Windows()
        if action is PaymentAction.PRE_AUTHORIZATION and self.honours_pre_authorization:
            days = terms.pre_authorization_days or self.pre_authorization_days
        else:
            days = terms.final_authorization_days or self.final_authorization_days
        ceiling = timedelta(days=days)
        return ceiling if self.hold_seconds is None else min(ceiling, timedelta(seconds=self.hold_seconds))

    def holds_by_product(self, action: PaymentAction) -> dict[str, int]:
        """How many seconds the holds of products with terms of their own can be counted on."""
        return {product: int(self.hold(action, windows).total_seconds()) for product, windows in self.products.items()}
