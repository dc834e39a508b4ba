"""Asking the provider for a refund: what `sending` does for the others, with what is different for refunds.

A refund has a key of its own, like an authorization, and is only sent when a fresh reading says that it is possible.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities import asking
from activities.asking import provider_id
from activities.messages import Told
from activities.outcomes import Errand, Outcomes, Pass
from payments.operations import Intent, IntentOutcome
from payments.provider import Provider, ProviderRefund, RefundRequest, Refused
from payments.records import Amendment, Clock
from payments.refunding import (
    DEFERRED_FOR,
    refund_deferred,
    refund_events,
    refund_outcome,
    refund_refused,
    stray_refund,
    unknown_refunds,
)
from payments.resend import Patience


@dataclass(frozen=True)
class Refunding:
    """Sends and looks for refunds."""

    provider: Provider
    outcomes: Outcomes
    clock: Clock
    patience: Patience

    async def send(self, errand: Errand, intent: Intent, seconds: float) -> Pass:
        """Read whether the money may go back, then ask for it; within `seconds` in all."""
        deadline_seconds = asyncio.get_running_loop().time() + seconds
        if intent.first_sent_at == intent.last_sent_at:
            unready = await self._unready(errand, intent, seconds)
            if unready is not None:
                return unready
        left = deadline_seconds - asyncio.get_running_loop().time()
        sending = self.provider.refund(_request(errand, intent))
        try:
            reading = await asking.send(self.outcomes, errand, intent, sending, left)
        except Refused as refused:
            return await self._refused(errand, intent, refused)
        if isinstance(reading, Pass):
            return reading
        return await self._concluded(errand, intent, reading, "answered")

    async def _unready(self, errand: Errand, intent: Intent, seconds: float) -> Pass | None:
        """Before the first send: the flag of a fresh reading decides, never a table of statuses."""
        reading = await asking.read_first(self.outcomes, errand, intent, self._readiness(errand, intent), seconds)
        if isinstance(reading, Pass):
            return reading
        is_ready, raw_status = reading
        if is_ready:
            return None
        later = self.clock.now() + DEFERRED_FOR
        return await self._defer(errand, intent, later, f"Ingenico does not refund a payment that is {raw_status}")

    async def _readiness(self, errand: Errand, intent: Intent) -> tuple[bool, str]:
        """Return whether the money may go back, and the payment's status; each of several captures has its own flag."""
        account, paid = intent.operation.account, provider_id(intent)
        payment = await self.provider.read(account, paid)
        capture_id = errand.operation.provider_capture_id
        if payment.is_refundable is False or capture_id is None:
            return payment.is_refundable is not False, payment.raw_status
        captures = await self.provider.captures(account, paid)
        refused = any(c.capture_id == capture_id and c.is_refundable is False for c in captures)
        return not refused, payment.raw_status

    async def find(self, errand: Errand, intent: Intent) -> Pass:
        """Look for the refund by its reference. Not found twice, spaced apart, proves that it never arrived."""
        readings = await self._list(errand, intent)
        if isinstance(readings, Pass):
            return readings
        own = next((r for r in readings if r.reference == intent.reference), None)
        if own is not None:
            return await self._concluded(errand, intent, own, "found")
        if intent.first_absent_at is None:
            again_at = self.clock.now() + timedelta(seconds=self.patience.absence_seconds)
            passed = await self.outcomes.amend(
                errand,
                intent,
                Amendment(absent_once=True),
                "not found once",
                lambda held: stray_refund(held, intent, strays) if (strays := unknown_refunds(held, readings)) else (),
            )
            return Pass(told=passed.told, why=passed.why, again_at=again_at)
        return await self._absent(errand, intent, readings)

    async def _absent(self, errand: Errand, intent: Intent, readings: tuple[ProviderRefund, ...]) -> Pass:
        known = await self.outcomes.payment(errand)
        strays = unknown_refunds(known, readings)
        if strays:
            why = "refunds of unknown origin stand beside it"
            return await self.outcomes.amend(
                errand, intent, Amendment(), why, lambda held: stray_refund(held, intent, strays)
            )
        evidence = f"{intent.reference} not found twice"
        return await self._defer(errand, intent, self.clock.now(), evidence)

    async def _refused(self, errand: Errand, intent: Intent, refused: Refused) -> Pass:
        """A refusal is believed once the payment's refunds show that nothing of ours is among them."""
        readings = await self._list(errand, intent)
        if isinstance(readings, Pass):
            return readings
        own = next((r for r in readings if r.reference == intent.reference), None)
        if own is not None:
            return await self._concluded(errand, intent, own, f"{refused}; then found")
        if intent.first_sent_at != intent.last_sent_at:
            # An earlier send may still arrive, and the key brings nothing more: after a quiet period two looks settle.
            why = f"{refused}; and no refund of ours is listed yet"
            return await self.outcomes.unknown(errand, intent, why, key_is_dead=True)
        return await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.REFUSED,
            lambda held: refund_refused(held, intent.operation.operation_id, str(refused)),
            evidence=str(refused),
        )

    async def _list(self, errand: Errand, intent: Intent) -> tuple[ProviderRefund, ...] | Pass:
        refunds = self.provider.refunds(intent.operation.account, provider_id(intent))
        return await asking.look(self.outcomes, errand, intent, refunds)

    async def _concluded(self, errand: Errand, intent: Intent, reading: ProviderRefund, how: str) -> Pass:
        outcome = refund_outcome(reading)
        if outcome is None:
            why = f"Ingenico shows {reading.raw_status} for the refund"
            return await self.outcomes.unknown(errand, intent, why)
        return await self.outcomes.conclude(
            errand,
            intent,
            outcome,
            lambda held: refund_events(held, intent.operation.operation_id, reading),
            evidence=f"{how}: {reading.refund_id} is {reading.raw_status}",
        )

    async def _defer(self, errand: Errand, intent: Intent, not_before: datetime, why: str) -> Pass:
        passed = await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.ABSENT,
            lambda held: refund_deferred(held, intent, not_before, why),
            evidence=why,
        )
        return Pass(told=Told(events=passed.told.events), why=why)


def _request(errand: Errand, intent: Intent) -> RefundRequest:
    return RefundRequest(
        account=intent.operation.account,
        idempotence_key=intent.idempotence_key,
        reference=intent.reference,
        provider_id=provider_id(intent),
        capture_id=errand.operation.provider_capture_id,
        amount=intent.operation.amount,
    )
