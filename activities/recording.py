"""What is written to the books without asking the provider."""

from collections.abc import Awaitable, Callable

from temporalio import activity

from activities.messages import AbandonRequest, AttentionRequest, CommandRequest, DueRequest, PaymentRequest, Told
from activities.redirecting import with_addresses
from payments.attention import told_once
from payments.decide import Record, abandon, decide, decide_due
from payments.events import AnyEvent
from payments.payment import Payment
from payments.records import Clock, Progress, Records, Rule, UnknownOrder


class RecordingActivities:
    """Events that follow by themselves. Each rule is asked again of the payment as the ledger has it."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    @property
    def effects(self) -> tuple[Callable[..., Awaitable[Told]], ...]:
        """Every activity of this class, for a worker to register."""
        return (self.resume, self.record_due, self.record_command, self.abandon, self.need_attention)

    @activity.defn
    async def resume(self, request: PaymentRequest) -> Told:
        """Return the payment's story so far, or that there is none."""
        try:
            progress = await self._records.progress(request.key, known=request.known)
        except UnknownOrder:
            return Told(found=False)
        return await with_addresses(self._records, Told(events=progress.events))

    @activity.defn
    async def record_due(self, request: DueRequest) -> Told:
        """Book what time itself brought: a hold that ended."""

        def rule(payment: Payment) -> tuple[AnyEvent, ...]:
            due = decide_due(payment, request.at)
            return due.events if isinstance(due, Record) else ()

        return await self._record(request, rule)

    @activity.defn
    async def record_command(self, request: CommandRequest) -> Told:
        """Book what a command leads to by itself: a refund that is accepted, a payment that is given up.

        Two asked at once are decided one after the other, each of what the one before left.
        """

        def rule(payment: Payment) -> tuple[AnyEvent, ...]:
            decision = decide(payment, request.command, request.at)
            return decision.events if isinstance(decision, Record) else ()

        return await self._record(request, rule)

    @activity.defn
    async def abandon(self, request: AbandonRequest) -> Told:
        """Give up an authorization that is absent and not wanted any more."""
        now = self._clock.now()

        def rule(payment: Payment) -> tuple[AnyEvent, ...]:
            abandoned = abandon(payment, request.request_id, request.request_hash, now)
            return abandoned.events if abandoned is not None else ()

        return await self._record(request, rule)

    @activity.defn
    async def need_attention(self, request: AttentionRequest) -> Told:
        """Tell people; the same sentence about the same subject is told once."""
        told = request.attention
        return await self._record(request, lambda held: told_once(held, told.subject, told.sentence))

    async def _record(self, request: PaymentRequest, rule: Rule) -> Told:
        progress: Progress = await self._records.record(request.key, rule, now=self._clock.now(), known=request.known)
        return Told(events=progress.events)
