"""Operations at the provider: what the workflow may ask for, each safe to run again at any moment.

The books are read first: a stored outcome is the answer, an intent without one goes to `payments.resend`.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.checkouts import read_page
from activities.messages import AuthorizeRequest, OperateRequest, PaymentRequest, Told
from activities.outcomes import Errand, Pass
from activities.redirecting import with_addresses
from activities.sending import Sending
from payments.accounts import Account
from payments.advance import follow, one_after_another
from payments.attention import credentials_accepted, credentials_not_accepted
from payments.capturing import follow_captures
from payments.decide import decide_authorization, open_payment, terms_of
from payments.events import AnyEvent, RecordedEvent
from payments.evolve import catch_up
from payments.look import late_result, look_result
from payments.operations import Operation
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.pending import pending_news
from payments.provider import Misconfigured, Provider, ProviderCapture, ProviderPayment, ProviderRefund
from payments.records import Clock, Records, Rule, UnknownOrder
from payments.refunding import follow_refund, refunds_overdue
from payments.refusals import Refusal
from payments.resend import Patience
from payments.states import ProviderStatus

# The type of the failure by which a retried activity says that it has nothing new to tell.
NOT_YET = "NotYet"
# Waiting is no fault: neither logs nor error counters should say so.
BENIGN = ApplicationErrorCategory.BENIGN

# The local first try ends its own call before Temporal would, writes *unknown* and gives the lease back.
FIRST_TRY_SECONDS = 1.8
# A retried call may take as long as an acquirer may: Connect publishes no limit, card networks answer within 20 s.
RETRIED_TRY_SECONDS = 20.0
# Four looks a day at a capture that takes its time.
LONGEST_UNFOLLOWED = timedelta(hours=6)
# A late authorization is a second hold on somebody's card: nobody should wait longer to be told.
LONGEST_UNWATCHED = timedelta(minutes=30)
# A customer pays within minutes: what a lost event would have told is seen soon.
LONGEST_AWAY = timedelta(minutes=5)


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
        self._patience = patience or Patience()
        self._sending = Sending(provider, records, clock, self._patience, sender=sender)

    @property
    def effects(self) -> tuple[Callable[..., Awaitable[Told]], ...]:
        """Every activity of this class, for a worker to register."""
        return (
            self.authorize,
            self.capture,
            self.void,
            self.refund,
            self.accept,
            self.insist_on_authorization,
            self.take_back,
            self.find_out,
            self.follow_capture,
            self.follow_checkout,
            self.watch_absent,
            self.follow_refund,
            self.follow_pending,
            self.look,
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
    async def accept(self, request: OperateRequest) -> Told:
        """Let a payment under fraud review through, once. First try, as a local activity."""
        return await self._first_try(_errand(request, FIRST_TRY_SECONDS))

    @activity.defn
    async def refund(self, request: OperateRequest) -> Told:
        """Refund, once. First try, as a local activity."""
        return await self._first_try(_errand(request, FIRST_TRY_SECONDS))

    @activity.defn
    async def take_back(self, request: OperateRequest) -> Told:
        """Take a queued capture back, once. First try, as a local activity."""
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
        """Read a payment whose capture is on its way, until the provider has moved it on. The first try only waits."""

        async def seen(hold: Authorization, account: str, paid: str) -> tuple[Rule, str]:
            captures = await self._provider.captures(account, paid) if hold.several_captures else ()
            reading = await self._provider.read(account, paid)

            def rule(held: Payment) -> Sequence[AnyEvent]:
                moved = follow_captures(held, reading, captures) if hold.several_captures else follow(held, reading)
                return moved or refunds_overdue(held, self._clock.now())

            return rule, f"the capture is still {reading.raw_status}"

        def moving(payment: Payment) -> list[Authorization]:
            return [h for h in payment.authorizations if payment.capture_on_its_way(h.authorization_id) is not None]

        return await self._followed(request, "the capture was queued just now", moving, seen)

    @activity.defn
    async def follow_refund(self, request: PaymentRequest) -> Told:
        """Read the refunds of a payment until the provider has moved one on. The first try only waits."""

        async def seen(_hold: Authorization, account: str, paid: str) -> tuple[Rule, str]:
            readings = await self._provider.refunds(account, paid)
            return lambda held: follow_refund(held, readings), "no refund has moved on"

        def moving(payment: Payment) -> list[Authorization]:
            refunded = {refund.authorization_id for refund in payment.refunds}
            return [h for h in payment.authorizations if h.authorization_id in refunded]

        return await self._followed(request, "the refund was queued just now", moving, seen)

    @activity.defn
    async def follow_checkout(self, request: PaymentRequest) -> Told:
        """Read the page on which a customer is awaited, until something happened on it. The first try only waits."""

        async def seen(hold: Authorization, account: str, _about: str) -> tuple[Rule, str]:
            rule, raw_status = await read_page(self._provider, account, hold)
            return rule, f"the page is {raw_status}"

        def moving(payment: Payment) -> list[Authorization]:
            return [h for h in payment.authorizations if h.at_checkout]

        return await self._followed(request, "the customer was sent there just now", moving, seen, LONGEST_AWAY)

    @activity.defn
    async def follow_pending(self, request: PaymentRequest) -> Told:
        """Read a payment that waits for somebody, until that is over. The first try only waits."""

        async def seen(_hold: Authorization, account: str, paid: str) -> tuple[Rule, str]:
            reading = await self._provider.read(account, paid)
            return lambda held: pending_news(held, reading), f"the payment is still {reading.raw_status}"

        def moving(payment: Payment) -> list[Authorization]:
            return [h for h in payment.authorizations if h.is_pending and h.provider_id is not None]

        return await self._followed(request, "it was asked for just now", moving, seen)

    async def _followed(
        self,
        request: PaymentRequest,
        why_it_waits: str,
        moving: Callable[[Payment], list[Authorization]],
        seen: Callable[[Authorization, str, str], Awaitable[tuple[Rule, str]]],
        longest: timedelta = LONGEST_UNFOLLOWED,
    ) -> Told:
        """Look once at each hold of which something moves, and tell what follows.

        `seen` reads, and returns its rule and what to say without news.
        """
        if activity.info().attempt == 1:
            raise self._later(why_it_waits, longest)
        payment, unseen = await self._as_booked(request)
        holds = moving(payment)
        if unseen or not holds:
            return Told(events=unseen)
        rules: list[tuple[str, Rule]] = []
        otherwise = ""
        for hold in holds:
            account = payment.account_of(hold)
            try:
                rule, otherwise = await seen(hold, account, hold.provider_id or hold.checkout_id or "")
            except Misconfigured as misconfigured:
                told = partial(credentials_not_accepted, account=account, why=str(misconfigured))
                return await self._news(request, told, self._later("the credentials are not accepted", longest))
            rules.append((account, rule))
        return await self._news(request, lambda held: _each(held, rules), self._later(otherwise, longest))

    @activity.defn
    async def watch_absent(self, request: PaymentRequest) -> Told:
        """Look for authorizations that were proven absent, until one appears after all or its time is over."""
        payment, unseen = await self._as_booked(request)
        if unseen or payment.opened is None or not payment.watched:
            return Told(events=unseen)
        now = self._clock.now()
        looks = [(w.reference, await self._late(payment, w.reference)) for w in payment.watched]
        found = await self._records.record(
            request.key,
            lambda held: late_result(held, looks, now, ends_watches=True),
            now=now,
            known=request.known,
        )
        if found.events:
            return Told(events=found.events)
        last_look = min(watched.until for watched in payment.watched)
        again = min(now + LONGEST_UNWATCHED, last_look + timedelta(seconds=1))
        raise ApplicationError("nothing appeared", type=NOT_YET, category=BENIGN, next_retry_delay=self._until(again))

    @activity.defn
    async def look(self, request: PaymentRequest) -> Told:
        """Read a payment of which the provider has told something, once, and record what follows by the usual rules.

        Nothing is taken from what was told. `resolved` is false while the account is not let in: look again.
        """
        payment, unseen = await self._as_booked(request)
        if payment.opened is None:
            return Told(events=unseen)
        account = payment.opened.account
        try:
            read = [await self._read(payment, hold) for hold in _shown(payment)]
            at_checkout = [hold for hold in payment.authorizations if hold.at_checkout]
            pages = [(await read_page(self._provider, payment.account_of(h), h))[0] for h in at_checkout]
            late = [(w.reference, await self._late(payment, w.reference)) for w in payment.watched]
        except Misconfigured as misconfigured:
            told = partial(credentials_not_accepted, account=account, why=str(misconfigured))
            news = await self._records.record(request.key, told, now=self._clock.now(), known=request.known)
            if news.events:
                return Told(events=news.events, resolved=False)
            raise ApplicationError(str(misconfigured), type=NOT_YET, category=BENIGN) from misconfigured
        now = self._clock.now()

        def rule(held: Payment) -> tuple[AnyEvent, ...]:
            rules: list[Rule] = [partial(credentials_accepted, account=account)]
            rules += [partial(look_result, reading=seen[0], captures=seen[1], refunds=seen[2]) for seen in read]
            rules += [*pages, partial(late_result, found=late, now=now)]
            return one_after_another(held, rules)

        recorded = await self._records.record(request.key, rule, now=now, known=request.known)
        return Told(events=recorded.events)

    async def _late(self, payment: Payment, reference: str) -> tuple[ProviderPayment, ...]:
        """Look for an attempt that was proven absent, with the account that it was made with."""
        hold = next((h for h in payment.authorizations if h.reference == reference), payment.authorization)
        return await self._provider.find(payment.account_of(hold) if hold else "", reference)

    async def _read(
        self, payment: Payment, hold: Authorization
    ) -> tuple[ProviderPayment, tuple[ProviderCapture, ...], tuple[ProviderRefund, ...]]:
        """Read what pays, its captures where it may have several, and its refunds if there are."""
        account, paid = payment.account_of(hold), hold.provider_id or ""
        captures = await self._provider.captures(account, paid) if hold.several_captures else ()
        reading = await self._provider.read(account, paid)
        has_refunds = payment.refunds or reading.status is ProviderStatus.RETURNED
        refunds = await self._provider.refunds(account, paid) if has_refunds else ()
        return reading, captures, refunds

    async def _as_booked(self, request: PaymentRequest) -> tuple[Payment, tuple[RecordedEvent, ...]]:
        """Return the payment as the books have it, and what the asker has not seen of its story."""
        progress = await self._records.progress(request.key, known=0)
        unseen = tuple(entry for entry in progress.events if entry.sequence > request.known)
        return catch_up(Payment(key=request.key), progress.events), unseen

    async def _news(self, request: PaymentRequest, rule: Rule, otherwise: ApplicationError) -> Told:
        """Record what a look adds and tell it; without news fail as NotYet, to be repeated without a trace."""
        moved = await self._records.record(request.key, rule, now=self._clock.now(), known=request.known)
        if moved.events:
            return Told(events=moved.events)
        raise otherwise

    def _later(self, why: str, longest: timedelta) -> ApplicationError:
        """Fail as NotYet, to be tried again after twice as long as before, within `longest`."""
        doublings = min(activity.info().attempt - 1, 20)
        delay = min(longest, timedelta(seconds=self._patience.follow_seconds * 2**doublings))
        return ApplicationError(why, type=NOT_YET, category=BENIGN, next_retry_delay=delay)

    async def _authorize(self, request: AuthorizeRequest, run: Callable[[Errand], Awaitable[Told]]) -> Told:
        account = self._accounts.get(request.instruction.account)
        if account is None:
            return await self._without_account(request)
        if request.operation is not None:
            return await run(self._further(request, request.operation, account, run == self._first_try))
        opened = open_payment(request.order, request.instruction, account, request.digest)
        by_checkout = request.instruction.hosted_checkout is not None
        first = decide_authorization(opened, Payment(key=request.key), by_checkout=by_checkout).operation
        errand = Errand(
            key=request.key,
            known=request.known,
            operation=first.model_copy(update={"attempt": request.attempt}),
            events=(),
            limit_seconds=FIRST_TRY_SECONDS if run == self._first_try else RETRIED_TRY_SECONDS,
            start=request,
            opened=opened,
        )
        return await with_addresses(self._records, await run(errand))

    def _further(self, request: AuthorizeRequest, operation: Operation, account: Account, is_first: bool) -> Errand:
        return Errand(
            key=request.key,
            known=request.known,
            operation=operation,
            events=request.events,
            limit_seconds=FIRST_TRY_SECONDS if is_first else RETRIED_TRY_SECONDS,
            start=request,
            terms=terms_of(request.instruction, account),
        )

    async def _without_account(self, request: AuthorizeRequest) -> Told:
        """Refuse an order for an account that is not set up here; what is asked for already waits for it."""
        name = request.instruction.account
        try:
            progress = await self._records.progress(request.key, known=0)
        except UnknownOrder:
            return Told(found=False, refusal=_unknown_account(name, self._accounts))
        payment = catch_up(Payment(key=request.key), progress.events)
        further = request.operation
        if further is not None and payment.request(further.request_id) is None:
            return Told(refusal=_unknown_account(name, self._accounts))
        told = partial(credentials_not_accepted, account=name, why="it is not set up on this worker")
        news = await self._records.record(request.key, told, now=self._clock.now(), known=request.known)
        if news.events:
            return Told(events=news.events, resolved=False)
        raise ApplicationError(f"account {name} is not set up on this worker", type=NOT_YET, category=BENIGN)

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


def _each(held: Payment, rules: Sequence[tuple[str, Rule]]) -> tuple[AnyEvent, ...]:
    """Apply what was seen of each hold, one after the other, each to what the one before made of the payment."""
    in_turn: list[Rule] = []
    for account, rule in rules:
        in_turn += [partial(credentials_accepted, account=account), rule]
    return one_after_another(held, in_turn)


def _shown(payment: Payment) -> list[Authorization]:
    """Return what the provider has of a payment: the one that counts, and each that held or holds something."""
    declined = AuthorizationStage.DECLINED
    known = [hold for hold in payment.authorizations if hold.provider_id is not None]
    return [hold for hold in known if hold is payment.authorization or hold.stage is not declined]


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
