"""Taking a queued capture back: how its outcome is found out. No key protects it, and its cut-off is unpublished."""

from activities import asking
from activities.asking import provider_id
from activities.outcomes import Errand, Outcomes, Pass
from payments.operations import Intent
from payments.provider import Provider, Refused
from payments.records import Amendment
from payments.states import ProviderStatus


class TakingBack:
    """Looks at a capture that is being taken back."""

    def __init__(self, provider: Provider, outcomes: Outcomes) -> None:
        self._provider = provider
        self._outcomes = outcomes

    async def look(self, errand: Errand, intent: Intent, refused: Refused | None) -> Pass | None:
        """Read the payment, and conclude what that proves; None: it is queued still, and may be asked for again.

        A refusal while it is queued says that it is too late. After an earlier send that may have been processed it
        is believed at the second look, spaced from the first, since a reading may lag.
        """
        read = self._provider.read(intent.operation.account, provider_id(intent))
        reading = await asking.look(self._outcomes, errand, intent, read)
        if isinstance(reading, Pass):
            return reading
        if reading.status is ProviderStatus.AUTHORIZED and refused is not None:
            # An earlier send did it, or the reading lags behind the capture itself: read again, later.
            return await self._outcomes.unknown(errand, intent, f"{refused}; then read {reading.raw_status}")
        if reading.status is not ProviderStatus.CAPTURE_REQUESTED:
            return await self._outcomes.concluded(errand, intent, reading, "read")
        if refused is None and intent.first_absent_at is None:
            return None
        evidence = f"{refused or 'refused before'}; then read {reading.raw_status}"
        if refused is not None and intent.first_sent_at != intent.last_sent_at:
            return await self._outcomes.amend(errand, intent, Amendment(absent_once=True), evidence)
        too_late = refused or Refused("too_late", "Ingenico does not take it out of the queue any more")
        return await self._outcomes.proven_refused(errand, intent, too_late, evidence)
