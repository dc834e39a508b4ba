"""A void of an authorization that was pending when it was decided: the customer may have been faster."""

from dataclasses import dataclass

from activities.outcomes import Errand, Outcomes, Pass
from payments.operations import Intent, IntentOutcome, OperationKind
from payments.pending import is_kept, kept_events, moved_meanwhile
from payments.provider import ProviderPayment
from payments.states import PENDING_STATUSES, ProviderStatus


@dataclass(frozen=True)
class Pending:
    """What is read is booked before anything is sent, so that a hold that came late is voided as one."""

    outcomes: Outcomes

    async def before_void(self, errand: Errand, intent: Intent, reading: ProviderPayment) -> Pass | None:
        """Book what it has become, and end the void where a late success counts; None: go on."""
        may_go_on = PENDING_STATUSES | {ProviderStatus.AUTHORIZED}
        is_void = intent.operation.kind is OperationKind.VOID
        if not is_void or not errand.operation.of_pending or reading.status not in may_go_on:
            return None
        if is_kept(await self.outcomes.payment(errand), intent, reading):
            return await self.outcomes.conclude(
                errand,
                intent,
                IntentOutcome.REFUSED,
                lambda held: kept_events(held, intent, reading),
                evidence=f"read: {reading.provider_id} is {reading.raw_status}",
            )
        await self.outcomes.learned(errand, lambda held: moved_meanwhile(held, intent, reading))
        return None
