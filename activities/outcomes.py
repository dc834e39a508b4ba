"""What is written of a pass at an operation: an outcome with its events, or what was learned without one."""

from dataclasses import dataclass
from datetime import datetime

from activities.messages import AuthorizeRequest, Told
from payments.advance import numbered
from payments.attention import (
    credentials_not_accepted,
    inconclusive,
    not_shown,
    overdue,
    settled,
    several_found,
    taken_elsewhere,
)
from payments.conclude import events_of, outcome_of, refused_events, too_late_events, unknown_events
from payments.events import AnyEvent, Opened, Terms
from payments.evolve import catch_up
from payments.operations import Intent, IntentOutcome, Operation, OperationKind
from payments.pay_again import not_accepted
from payments.payment import Payment
from payments.provider import ProviderPayment, Refused
from payments.records import Amendment, Clock, ProviderIdTaken, Records, Rule, ToldOf
from payments.references import PaymentKey


def _nothing(_payment: Payment) -> tuple[AnyEvent, ...]:
    return ()


NOTHING_LEARNED = Amendment()


@dataclass(frozen=True)
class Errand:
    """What a pass is for."""

    key: PaymentKey
    known: int
    operation: Operation
    events: tuple[AnyEvent, ...]
    limit_seconds: float
    """After this the call is given up and its outcome is unknown."""
    start: AuthorizeRequest | None = None
    opened: Opened | None = None
    terms: Terms | None = None
    """Of a further authorization."""


@dataclass(frozen=True)
class Pass:
    """What came of it. Unresolved: why, and when to come again if that is known."""

    told: Told
    why: str = ""
    again_at: datetime | None = None


@dataclass(frozen=True)
class Outcomes:
    """Writes to the books; every rule is asked of the payment as the ledger has it."""

    records: Records
    clock: Clock

    async def concluded(
        self,
        errand: Errand,
        intent: Intent,
        reading: ProviderPayment,
        how: str,
        *,
        all_found: tuple[ProviderPayment, ...] = (),
    ) -> Pass:
        """Write what an answer or a reading proves; or, if nothing follows from it, that."""
        outcome = outcome_of(intent, reading)
        if outcome is None:
            return await self.inconclusive(errand, intent, reading)
        try:
            return await self.conclude(
                errand,
                intent,
                outcome,
                lambda held: (*events_of(held, intent, reading), *several_found(held, intent, all_found)),
                evidence=f"{how}: {reading.provider_id} is {reading.raw_status}",
                provider_id=reading.provider_id if intent.operation.kind is OperationKind.AUTHORIZE else None,
                redirect_url=reading.redirect.url if reading.redirect is not None else None,
            )
        except ProviderIdTaken as taken:
            holder = taken.operation_id
            return await self.amend(
                errand, intent, Amendment(), str(taken), lambda held: taken_elsewhere(held, intent, reading, holder)
            )

    async def proven_refused(self, errand: Errand, intent: Intent, refused: Refused, evidence: str) -> Pass:
        """Write that the request was answered as wrong and is proven not to have happened."""

        def rule(payment: Payment) -> tuple[AnyEvent, ...]:
            return refused_events(payment, intent, refused.code, refused.message)

        return await self.conclude(errand, intent, IntentOutcome.REFUSED, rule, evidence=evidence)

    async def input_not_accepted(self, errand: Errand, intent: Intent, refused: Refused) -> Pass:
        """Write that the provider did not take what the customer's page encrypted: like a decline."""
        declined = not_accepted(intent, refused.message)
        return await self.conclude(errand, intent, IntentOutcome.REFUSED, lambda _: (declined,), evidence=str(refused))

    async def too_late(self, errand: Errand, intent: Intent) -> Pass:
        """Write that a capture is not sent, since its authorization's window has ended."""
        evidence = f"not sent: the window ended at {errand.operation.not_after}"
        return await self.conclude(
            errand, intent, IntentOutcome.REFUSED, lambda held: too_late_events(held, intent), evidence=evidence
        )

    async def conclude(
        self,
        errand: Errand,
        intent: Intent,
        outcome: IntentOutcome,
        rule: Rule,
        *,
        evidence: str,
        provider_id: str | None = None,
        redirect_url: str | None = None,
    ) -> Pass:
        """Write an outcome with its events, and what it settles. Absence of what the provider told of stays open."""

        def with_account_settled(payment: Payment) -> tuple[AnyEvent, ...]:
            return numbered(payment, (*settled(payment, intent), *rule(payment)))

        try:
            progress = await self.records.conclude(
                errand.key,
                intent,
                outcome,
                with_account_settled,
                provider_id=provider_id,
                evidence=evidence,
                now=self.clock.now(),
                known=errand.known,
                redirect_url=redirect_url,
            )
        except ToldOf as told_of:
            return await self.amend(errand, intent, NOTHING_LEARNED, str(told_of))
        return Pass(told=Told(events=progress.events))

    async def learned(self, errand: Errand, rule: Rule) -> None:
        """Write what a reading shows apart from the intent's own outcome; the pass that goes on tells of it."""
        await self.records.record(errand.key, rule, now=self.clock.now(), known=errand.known)

    async def payment(self, errand: Errand) -> Payment:
        """Return the payment as the books have it now."""
        progress = await self.records.progress(errand.key, known=0)
        return catch_up(Payment(key=errand.key), progress.events)

    async def unknown(self, errand: Errand, intent: Intent, reason: str, *, key_is_dead: bool = False) -> Pass:
        """Write that no readable answer came."""
        amendment = Amendment(key_is_dead=key_is_dead)
        return await self.amend(errand, intent, amendment, reason, lambda held: unknown_events(held, intent, reason))

    async def inconclusive(
        self, errand: Errand, intent: Intent, reading: ProviderPayment, amendment: Amendment = NOTHING_LEARNED
    ) -> Pass:
        """A status from which nothing follows: ask again later, and tell a person."""
        why = f"Ingenico shows {reading.raw_status}"
        return await self.amend(errand, intent, amendment, why, lambda held: inconclusive(held, intent, reading))

    async def not_shown(self, errand: Errand, intent: Intent, refused: Refused) -> Pass:
        """The provider does not show what it must know: ask again later, and tell a person."""
        return await self.amend(
            errand, intent, NOTHING_LEARNED, str(refused), lambda held: not_shown(held, intent, str(refused))
        )

    async def misconfigured(self, errand: Errand, intent: Intent, why: str, amendment: Amendment) -> Pass:
        """Write that our credentials were not accepted, and tell people."""
        account = intent.operation.account
        return await self.amend(
            errand, intent, amendment, why, lambda held: credentials_not_accepted(held, account, why)
        )

    async def amend(
        self, errand: Errand, intent: Intent, amendment: Amendment, why: str, rule: Rule = _nothing
    ) -> Pass:
        """Write what was learned of an intent that stays open."""
        now = self.clock.now()

        def with_overdue(payment: Payment) -> tuple[AnyEvent, ...]:
            return numbered(payment, (*rule(payment), *overdue(payment, intent, now)))

        progress = await self.records.amend(errand.key, intent, amendment, with_overdue, now=now, known=errand.known)
        return Pass(told=Told(events=progress.events, resolved=False), why=why)
