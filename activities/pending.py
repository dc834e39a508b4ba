"""A void of an authorization that was pending when it was decided: the customer may have been faster."""

from dataclasses import dataclass

from activities.outcomes import Errand, Outcomes, Pass
from payments.operations import Intent, IntentOutcome
from payments.pending import is_kept, kept_events, late_success
from payments.provider import ProviderPayment
from payments.states import ProviderStatus


@dataclass(frozen=True)
class Pending:
    """What is read is booked before anything is sent, so that a hold that came late is voided as one."""

    outcomes: Outcomes

    async def before_void(self, errand: Errand, intent: Intent, reading: ProviderPayment) -> Pass | None:
        """Book a late success, and end the void where it counts; None: go on."""
        if not errand.operation.of_pending or reading.status is not ProviderStatus.AUTHORIZED:
            return None
        if is_kept(await self.outcomes.payment(errand), intent, reading):
            return await self.outcomes.conclude(
                errand,
                intent,
                IntentOutcome.REFUSED,
                lambda held: kept_events(held, intent, reading),
                evidence=f"read: {reading.provider_id} is {reading.raw_status}",
            )
        await self.outcomes.learned(errand, lambda held: late_success(held, intent, reading))
        return None
