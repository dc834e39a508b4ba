"""Merchant accounts at the provider: what one is called and how long its authorizations hold."""

from datetime import timedelta

from payments.base import Value
from payments.methods import PaymentAction

# What a pre-authorization may last at most and what a final one may; ceilings, not promises (Connect's own
# documentation, repeated by OroCommerce's extension).
PRE_AUTHORIZATION_CEILING = timedelta(days=30)
FINAL_AUTHORIZATION_CEILING = timedelta(days=7)


class Account(Value):
    """One merchant account: its name here, and the terms it was boarded with."""

    name: str
    honours_pre_authorization: bool = False
    """An acquirer may ignore the mode: unless this one is known to honour it, seven days are counted."""
    hold_seconds: int | None = None
    """How long this account's holds can be counted on, where that is known to be less than the schemes' ceilings."""
    margin_seconds: int = 6 * 3600
    """How long before the hold's own end the payment is voided, so that the void still takes effect."""
    retry_window_seconds: int = 30 * 60
    """How long after a decline the order may be paid in another way."""

    def hold(self, action: PaymentAction) -> timedelta:
        """How long a hold placed with `action` can be counted on."""
        longer = action is PaymentAction.PRE_AUTHORIZATION and self.honours_pre_authorization
        ceiling = PRE_AUTHORIZATION_CEILING if longer else FINAL_AUTHORIZATION_CEILING
        return ceiling if self.hold_seconds is None else min(ceiling, timedelta(seconds=self.hold_seconds))
