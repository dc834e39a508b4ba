"""Asking the provider for one of several captures: what `sending` does for the others, with what is different here.

A repeated capture would be another one, and no status of the payment tells them apart: so it is looked for by its own
reference, twice and spaced apart, before it is sent again.
"""

from dataclasses import dataclass
from datetime import timedelta

from activities import asking
from activities.asking import provider_id
from activities.outcomes import Errand, Outcomes, Pass
from payments.advance import is_rejected
from payments.capturing import (
    capture_events,
    has_moved,
    is_bookable,
    no_more_captures,
    own_captures,
    stray_capture,
    unknown_captures,
    void_hits_captures,
)
from payments.conclude import outcome_of
from payments.operations import Intent, IntentOutcome
from payments.provider import (
    CaptureRequest,
    Provider,
    ProviderCapture,
    ProviderPayment,
    Refused,
)
from payments.records import Amendment, Clock
from payments.resend import Patience
from payments.states import PENDING_STATUSES, ProviderStatus


@dataclass(frozen=True)
class Capturing:
    """Sends and looks for captures of payments that take several."""

    provider: Provider
    outcomes: Outcomes
    clock: Clock
    patience: Patience

    async def send(self, errand: Errand, intent: Intent, seconds: float) -> Pass:
        """Ask for the capture. A refusal is believed once the payment's captures show that ours is not among them."""
        sending = self.provider.capture_part(_request(errand, intent))
        try:
            capture = await asking.send(self.outcomes, errand, intent, sending, seconds)
        except Refused as refused:
            looked = await self.look(errand, intent, refused)
            return looked or await self.outcomes.unknown(errand, intent, str(refused))
        if isinstance(capture, Pass):
            return capture
        if is_rejected(capture.status) or not is_bookable(intent, capture):
            return await self.outcomes.unknown(errand, intent, f"the capture is {capture.raw_status}")
        return await self._concluded(errand, intent, (capture,), "answered", is_open=True)

    async def look(self, errand: Errand, intent: Intent, refused: Refused | None = None) -> Pass | None:
        """Look for the capture by its reference. None: it is proven absent, and may be sent again."""
        account, paid = intent.operation.account, provider_id(intent)
        captures = await asking.look(self.outcomes, errand, intent, self.provider.captures(account, paid))
        if isinstance(captures, Pass):
            return captures
        # The payment after its captures: what came between the two shows as a total that has moved.
        reading = await asking.look(self.outcomes, errand, intent, self.provider.read(account, paid))
        if isinstance(reading, Pass):
            return reading
        own = own_captures(intent, captures)
        if own and all(is_bookable(intent, capture) for capture in own):
            how = "found" if refused is None else f"{refused}; then found"
            is_open = reading.several_captures
            return await self._concluded(errand, intent, own, how, is_open=is_open)
        unclear = PENDING_STATUSES | {ProviderStatus.UNRECOGNISED}
        if own or reading.status in unclear or reading.discrepancy is not None:
            return await self.outcomes.inconclusive(errand, intent, reading)
        known = await self.outcomes.payment(errand)
        strays = unknown_captures(known, captures)
        if strays or (
            reading.status is not ProviderStatus.RELEASED
            and has_moved(known, intent.operation.authorization_id, reading)
        ):
            return await self.outcomes.amend(
                errand,
                intent,
                Amendment(),
                "what was captured in all has moved without our reference",
                lambda held: stray_capture(held, intent, strays),
            )
        return await self._not_there(errand, intent, reading, refused)

    async def _not_there(
        self, errand: Errand, intent: Intent, reading: ProviderPayment, refused: Refused | None
    ) -> Pass | None:
        sent_once = intent.first_sent_at == intent.last_sent_at
        takes_more = reading.several_captures
        if refused is not None and sent_once and takes_more and not refused.wrong_state:
            evidence = f"{refused}; then not found, and the payment is {reading.raw_status}"
            return await self.outcomes.proven_refused(errand, intent, refused, evidence)
        if refused is not None:
            return await self.outcomes.unknown(errand, intent, f"{refused}; and it is not listed yet")
        if intent.first_absent_at is None:
            again_at = self.clock.now() + timedelta(seconds=self.patience.absence_seconds)
            passed = await self.outcomes.amend(errand, intent, Amendment(absent_once=True), "not found once")
            return Pass(told=passed.told, why=passed.why, again_at=again_at)
        if takes_more:
            return None
        return await self._too_late(errand, intent, reading)

    async def _too_late(self, errand: Errand, intent: Intent, reading: ProviderPayment) -> Pass:
        known = await self.outcomes.payment(errand)
        if outcome_of(intent, reading) is IntentOutcome.REFUSED and not known.captured_beside(
            intent.operation.operation_id
        ):
            return await self.outcomes.concluded(errand, intent, reading, "not found twice")
        return await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.REFUSED,
            lambda held: no_more_captures(held, intent, reading),
            evidence=f"{intent.reference} not found twice, and the payment is {reading.raw_status}",
        )

    async def would_be_hit(self, errand: Errand, intent: Intent, seconds: float) -> Pass | None:
        """Before a void: a cancel would take captures with it, also those that nobody here knows of. None: none."""
        reading = self.provider.captures(intent.operation.account, provider_id(intent))
        captures = await asking.read_first(self.outcomes, errand, intent, reading, seconds)
        if isinstance(captures, Pass):
            return captures
        live = [capture for capture in captures if not is_rejected(capture.status)]
        if not live:
            return None
        return await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.REFUSED,
            lambda held: void_hits_captures(held, intent, captures),
            evidence=f"not sent: {', '.join(capture.capture_id for capture in live)} would be cancelled with it",
        )

    async def _concluded(
        self, errand: Errand, intent: Intent, own: tuple[ProviderCapture, ...], how: str, *, is_open: bool
    ) -> Pass:
        shown = ", ".join(f"{capture.capture_id} is {capture.raw_status}" for capture in own)
        return await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.DONE,
            lambda held: capture_events(held, intent, own, is_open=is_open),
            evidence=f"{how}: {shown}",
        )


def _request(errand: Errand, intent: Intent) -> CaptureRequest:
    return CaptureRequest(
        account=intent.operation.account,
        provider_id=provider_id(intent),
        reference=intent.reference,
        amount=intent.operation.amount,
        is_final=errand.operation.is_final,
    )
