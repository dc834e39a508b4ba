"""Hosted checkouts of a provider in memory: what a customer does on them, on order."""

from dataclasses import dataclass, field
from datetime import datetime

from payments.provider import CheckoutRequest, CheckoutStatus, ProviderPayment


@dataclass
class Checkout:
    """One page as the provider has it."""

    checkout_id: str
    request: CheckoutRequest
    opened_at: datetime
    status: CheckoutStatus = CheckoutStatus.OPEN
    deleted: bool = False
    attempts: list[str] = field(default_factory=list)
    """The payments that were tried on it, the last one last."""

    @property
    def mac(self) -> str:
        """What its customer brings back."""
        return f"mac-{self.checkout_id}"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://payment.example.org/{self.checkout_id}"

    def shown(self, payments: dict[str, ProviderPayment]) -> tuple[CheckoutStatus, ProviderPayment | None]:
        """Return its status and its last payment, as a reading shows them."""
        if self.deleted:
            return CheckoutStatus.GONE, None
        if self.status is CheckoutStatus.CANCELLED or not self.attempts:
            return self.status, None
        return CheckoutStatus.TRIED, payments[self.attempts[-1]]
