"""Hosted checkouts: a page is opened, looked at, and closed once nobody is awaited on it any more.

No key protects the opening: what is opened twice is two pages. But a page can only be used by whoever has its address,
and that is handed out with a stored outcome alone: a page whose answer was lost is nobody's, and another is opened.
Closing may be done any number of times: it reads, deletes, and looks for what was paid.
"""

from dataclasses import dataclass
from datetime import timedelta

from activities import asking
from activities.outcomes import Errand, Outcomes, Pass
from payments.authorizing import is_bookable
from payments.checkouts import address_lost, alive, checkout_result, closed_events, opened_events
from payments.conclude import choose
from payments.events import AnyEvent
from payments.operations import Intent, IntentOutcome
from payments.parts import Authorization
from payments.payment import Payment
from payments.provider import CheckoutRequest, Provider, ProviderCheckout, ProviderPayment, Refused
from payments.records import Amendment, Clock, Rule
from payments.resend import WATCH, Patience, watched_until


@dataclass(frozen=True)
class Checkouts:
    """Passes at opening and closing a page."""

    provider: Provider
    outcomes: Outcomes
    clock: Clock
    patience: Patience

    async def open(self, errand: Errand, intent: Intent, seconds: float) -> Pass:
        """Open a page, and tell its address with the outcome."""
        operation, start = intent.operation, errand.start
        if start is None:
            raise ValueError(f"{operation.operation_id} cannot be opened without its start")
        request = CheckoutRequest(
            account=operation.account,
            reference=intent.reference,
            amount=operation.amount,
            order=start.order,
            instruction=start.instruction,
        )
        try:
            opened = await asking.send(self.outcomes, errand, intent, self.provider.open_checkout(request), seconds)
        except Refused as refused:
            return await self.outcomes.proven_refused(errand, intent, refused, str(refused))
        if isinstance(opened, Pass):
            return opened
        # Somebody may have given this attempt up meanwhile: then nothing is written, and its page stays nobody's.
        return await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.DONE,
            lambda _: opened_events(intent, opened),
            evidence=f"answered: checkout {opened.checkout_id}",
            provider_id=opened.checkout_id,
            redirect_url=opened.url,
        )

    async def address_was_lost(self, errand: Errand, intent: Intent) -> Pass:
        """Nobody was sent to a page whose answer was lost: one look for what cannot be, then another page."""
        looking = self.provider.find(intent.operation.account, intent.reference)
        hits = await asking.look(self.outcomes, errand, intent, looking)
        if isinstance(hits, Pass):
            return hits
        if hits:
            return await self.outcomes.concluded(errand, intent, choose(hits), f"found {len(hits)}", all_found=hits)
        absent = address_lost(intent, watched_until(intent))
        return await self.outcomes.conclude(
            errand, intent, IntentOutcome.ABSENT, lambda _: (absent,), evidence=absent.evidence
        )

    async def close(self, errand: Errand, intent: Intent) -> Pass:
        """Close a page: what was paid on it counts, nothing paid is believed after two looks, spaced apart."""
        seen = await asking.look(self.outcomes, errand, intent, self._closed(intent))
        if isinstance(seen, Pass):
            return seen
        paid = alive(seen)
        if paid:
            return await self._paid(errand, intent, seen, choose(paid))
        if intent.first_absent_at is None:
            again_at = self.clock.now() + timedelta(seconds=self.patience.absence_seconds)
            passed = await self.outcomes.amend(errand, intent, Amendment(absent_once=True), "nothing paid was found")
            return Pass(told=passed.told, why=passed.why, again_at=again_at)
        return await self._conclude(errand, intent, seen, "closed; nothing paid was found, twice")

    async def _paid(
        self, errand: Errand, intent: Intent, seen: tuple[ProviderPayment, ...], chosen: ProviderPayment
    ) -> Pass:
        if not is_bookable(await self.outcomes.payment(errand), chosen):
            return await self.outcomes.inconclusive(errand, intent, chosen)
        return await self._conclude(errand, intent, seen, f"closed; {chosen.provider_id} is {chosen.raw_status}")

    async def _conclude(self, errand: Errand, intent: Intent, seen: tuple[ProviderPayment, ...], evidence: str) -> Pass:
        until = self.clock.now() + WATCH
        return await self.outcomes.conclude(
            errand,
            intent,
            IntentOutcome.DONE,
            lambda held: closed_events(held, intent, seen, until),
            evidence=evidence,
        )

    async def _closed(self, intent: Intent) -> tuple[ProviderPayment, ...]:
        """Delete the page after reading it, and return all payments that came of it."""
        account, checkout_id = intent.operation.account, asking.provider_id(intent)
        read = await self.provider.read_checkout(account, checkout_id)
        await self.provider.close_checkout(account, checkout_id)
        found = await self.provider.find(account, intent.reference)
        return _each_once(read, found)


async def read_page(provider: Provider, account: str, hold: Authorization) -> tuple[Rule, str]:
    """Read the page of an authorization: return the rule of what it adds, and the provider's word for it."""
    if hold.checkout_id is None:
        return (lambda _: ()), "nowhere"
    reading = await provider.read_checkout(account, hold.checkout_id)

    def rule(payment: Payment) -> tuple[AnyEvent, ...]:
        return checkout_result(payment, payment.hold(hold.authorization_id), reading)

    return rule, reading.raw_status


def _each_once(read: ProviderCheckout, found: tuple[ProviderPayment, ...]) -> tuple[ProviderPayment, ...]:
    """What the search shows is newer than what was read before."""
    last = read.payment
    if last is None or any(hit.provider_id == last.provider_id for hit in found):
        return found
    return (*found, last)
