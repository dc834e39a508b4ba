"""Operations at the provider: what the workflow may ask for, each safe to run again at any moment.

The books are read first: a stored outcome is the answer, an intent without one goes to `payments.resend`.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.messages import AuthorizeRequest, OperateRequest, PaymentRequest, Told
from activities.outcomes import Errand, Pass
from activities.sending import Sending
from payments.accounts import Account
from payments.advance import follow
from payments.attention import late_authorization
from payments.decide import decide_authorization, open_payment
from payments.evolve import catch_up
from payments.payment import Payment
from payments.provider import Provider
from payments.records import Clock, Records
from payments.refusals import Refusal
from payments.resend import Patience

# The type of the failure by which a retried activity says that it has nothing new to tell.
NOT_YET = "NotYet"
# Waiting is no fault: neither logs nor error counters should say so.
BENIGN = ApplicationErrorCategory.BENIGN

# The local first try ends its own call before Temporal would, writes *unknown* and gives the lease back.
FIRST_TRY_SECONDS = 1.8
# A retried call may take as long as an acquirer may: Connect publishes no limit, card networks answer within 20 s.
RETRIED_TRY_SECONDS = 20.0


class OperationActivities:
    """What is asked of the provider for one payment. Collaborators are injected; `sender` names this process."""

    def __init__(
        self,
        provider: Provider,
        records: Records,
        clock: Clock,
        accounts: dict[str, Account],
        *,
        sender: str,
        patience: Patience | None = None,
    ) -> None:
        self._provider = provider
        self._records = records
        self._clock = clock
        self._accounts = accounts
        self._sending = Sending(provider, records, clock, patience or Patience(), sender=sender)

    @property
    def effects(self) -> tuple[Callable[..., Awaitable[Told]], ...]:
        """Every activity of this class, for a worker to register."""
        return (
            self.authorize,
            self.capture,
            self.void,
            self.insist_on_authorization,
            self.find_out,
            self.follow_capture,
            self.watch_absent,
        )

    @activity.defn
    async def authorize(self, request: AuthorizeRequest) -> Told:
        """Claim the order and ask for its authorization, once. First try, as a local activity."""
        return await self._authorize(request, self._first_try)

    @activity.defn
    async def capture(self, request: OperateRequest) -> Told:
        """Capture, once. First try, as a local activity."""
        return await self._first_try(_errand(request, FIRST_TRY_SECONDS))

    @activity.defn
    async def void(self, request: OperateRequest) -> Told:
        """Release the hold, once. First try, as a local activity."""
        return await self._first_try(_errand(request, FIRST_TRY_SECONDS))

    @activity.defn
    async def insist_on_authorization(self, request: AuthorizeRequest) -> Told:
        """Bring an authorization to its outcome: send, repeat, look or wait, as the books say."""
        return await self._authorize(request, self._insist)

    @activity.defn
    async def find_out(self, request: OperateRequest) -> Told:
        """Bring an operation to its outcome: send, read or wait, as the books say."""
        return await self._insist(_errand(request, RETRIED_TRY_SECONDS))

    @activity.defn
    async def follow_capture(self, request: PaymentRequest) -> Told:
        """Read a payment whose capture is on its way, until the provider has moved it on."""
        progress = await self._records.progress(request.key, known=0)
        unseen = tuple(e for e in progress.events if e.sequence > request.known)
        payment = catch_up(Payment(key=request.key), progress.events)
        hold = payment.authorization
        if unseen or payment.opened is None or hold is None or hold.provider_id is None:
            return Told(events=unseen)
        reading = await self._provider.read(payment.opened.account, hold.provider_id)
        moved = await self._records.record(
            request.key, lambda held: follow(held, reading), now=self._clock.now(), known=request.known
        )
        if moved.events:
            return Told(events=moved.events)
        raise ApplicationError(f"the capture is still {reading.raw_status}", type=NOT_YET, category=BENIGN)

    @activity.defn
    async def watch_absent(self, request: PaymentRequest) -> Told:
        """Look for authorizations that were proven absent, until one appears after all or its watch ends."""
        progress = await self._records.progress(request.key, known=0)
        unseen = tuple(e for e in progress.events if e.sequence > request.known)
        payment = catch_up(Payment(key=request.key), progress.events)
        if unseen or payment.opened is None or not payment.watched:
            return Told(events=unseen)
        for watched in payment.watched:
            hits = await self._provider.find(payment.opened.account, watched.reference)
            found = await self._records.record(
                request.key,
                partial(late_authorization, reference=watched.reference, hits=hits),
                now=self._clock.now(),
                known=request.known,
            )
            if found.events:
                return Told(events=found.events)
        raise ApplicationError("nothing appeared", type=NOT_YET, category=BENIGN)

    async def _authorize(self, request: AuthorizeRequest, run: Callable[[Errand], Awaitable[Told]]) -> Told:
        account = self._accounts.get(request.instruction.account)
        if account is None:
            return Told(found=False, refusal=_unknown_account(request.instruction.account, self._accounts))
        opened = open_payment(request.order, request.instruction, account, request.digest)
        first = decide_authorization(opened, Payment(key=request.key)).operation
        errand = Errand(
            key=request.key,
            known=request.known,
            operation=first.model_copy(update={"attempt": request.attempt}),
            events=(),
            limit_seconds=FIRST_TRY_SECONDS if run == self._first_try else RETRIED_TRY_SECONDS,
            start=request,
            opened=opened,
        )
        return await run(errand)

    async def _first_try(self, errand: Errand) -> Told:
        return (await self._sending.attempt(errand)).told

    async def _insist(self, errand: Errand) -> Told:
        """Return as soon as there is something to tell.

        Until then each try ends in a failure of type `NotYet`, which Temporal repeats without a trace in the history.
        """
        passed = await self._sending.attempt(errand)
        if passed.told.resolved or passed.told.events:
            return passed.told
        raise self._not_yet(passed)

    def _not_yet(self, passed: Pass) -> ApplicationError:
        delay = self._until(passed.again_at) if passed.again_at else None
        return ApplicationError(passed.why, type=NOT_YET, category=BENIGN, next_retry_delay=delay)

    def _until(self, moment: datetime) -> timedelta:
        # A retry that comes a hair too early would only wait once more.
        return max(timedelta(0), moment - self._clock.now()) + timedelta(milliseconds=20)


def _errand(request: OperateRequest, limit_seconds: float) -> Errand:
    return Errand(
        key=request.key,
        known=request.known,
        operation=request.operation,
        events=request.events,
        limit_seconds=limit_seconds,
    )


def _unknown_account(name: str, accounts: dict[str, Account]) -> Refusal:
    return Refusal(
        code="unknown_account",
        field="payment.account",
        message=f"There is no merchant account {name!r}.",
        remedy=f"Use one of: {', '.join(sorted(accounts))}.",
    )
