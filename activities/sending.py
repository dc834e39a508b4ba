"""One pass at one operation: write the intent, send or look as the ledger allows, write what it taught.

The order of things is what makes a crash harmless: the intent is committed before the socket is touched, so whoever
comes next knows that something may have been sent, and asks before repeating it.
"""

from datetime import timedelta
from typing import TypeVar, assert_never

from activities import asking
from activities.asking import NOTHING_SENT, provider_id
from activities.capturing import Capturing
from activities.checkouts import Checkouts
from activities.messages import Told
from activities.outcomes import Errand, Outcomes, Pass
from activities.pending import Pending
from activities.refunding import Refunding
from activities.taking_back import TakingBack
from payments.conclude import choose, outcome_of
from payments.decide import capture_intended, further_intended, intended, refund_intended
from payments.events import AnyEvent, AttemptAbsent
from payments.operations import OPENING, Intent, IntentOutcome, OperationKind
from payments.pay_again import after_absence, can_be_sent_again
from payments.payment import Payment
from payments.provider import (
    AuthorizationRequest,
    InputNotAccepted,
    Provider,
    ProviderPayment,
    Refused,
)
from payments.records import Amendment, Begun, Clock, Draft, LeaseHeld, Records, RecordsError, Sender
from payments.resend import Patience, Step, is_as_before, is_too_late, next_step, watched_until

T = TypeVar("T")

# A lease outlives its sender's whole call by this, so that its end means the sender is gone.
LEASE_MARGIN_SECONDS = 3.0
# A call that is given up may be on the wire for a moment more.
LEASE_SPARE_SECONDS = 1.0


class Sending:
    """Passes at operations, over the provider and the books. `sender` names this process, for who looks at a lease."""

    def __init__(self, provider: Provider, records: Records, clock: Clock, patience: Patience, *, sender: str) -> None:
        self._provider = provider
        self._records = records
        self._clock = clock
        self._patience = patience
        self._sender = sender
        self._outcomes = Outcomes(records, clock)
        self._refunds = Refunding(provider, self._outcomes, clock, patience)
        self._captures = Capturing(provider, self._outcomes, clock, patience)
        self._take_backs = TakingBack(provider, self._outcomes)
        self._pending = Pending(self._outcomes)
        self._checkouts = Checkouts(provider, self._outcomes, clock, patience)

    async def attempt(self, errand: Errand) -> Pass:
        """Do what an operation needs next, once."""
        try:
            begun = await self._begin(errand)
        except RecordsError:
            news = await self._records.progress(errand.key, known=errand.known)
            if not news.events:
                raise
            # Decided of a payment that has moved on: nothing was begun, and whoever asked decides again.
            return Pass(told=Told(events=news.events))
        intent = begun.intent
        if begun.created:
            return await self._send(errand, intent)
        following = next_step(intent, self._clock.now(), self._patience, can_send=self._can_send(errand, intent))
        match following.step:
            case Step.NOTHING:
                return Pass(told=Told(events=begun.events))
            case Step.WAIT:
                told = Told(events=begun.events, resolved=False)
                return Pass(told=told, why=following.why, again_at=following.until)
            case Step.SEND | Step.REPEAT:
                return await self._send_again(errand, intent)
            case Step.READ:
                return await self._read_then_decide(errand, intent)
            case Step.FIND:
                return await self._find(errand, intent)
            case _:
                assert_never(following.step)

    def _can_send(self, errand: Errand, intent: Intent) -> bool:
        """An authorization needs the start that opened the payment: another one's content is another charge."""
        if intent.operation.kind not in OPENING:
            return True
        start = errand.start
        if start is None or start.digest != intent.operation.request_hash:
            return False
        return can_be_sent_again(start.instruction, intent, start.received_at, self._clock.now())

    async def _begin(self, errand: Errand) -> Begun:
        operation = errand.operation
        return await self._records.begin(
            errand.key,
            Draft(
                operation=operation,
                reference=None,
                amount_as_sent=self._provider.amount_as_sent(operation.amount),
            ),
            self._lease(errand),
            lambda payment, intent: _intent_events(errand, payment, intent),
            opening=errand.opened,
            now=self._clock.now(),
            known=errand.known,
        )

    def _lease(self, errand: Errand) -> Sender:
        until = self._clock.now() + timedelta(seconds=errand.limit_seconds + LEASE_MARGIN_SECONDS)
        return Sender(owner=self._sender, lease_until=until)

    async def _send_again(self, errand: Errand, intent: Intent, *, was_read: bool = False) -> Pass:
        try:
            stamped = await self._records.send_again(intent, self._lease(errand), now=self._clock.now())
        except LeaseHeld as held:
            return Pass(told=Told(resolved=False), why=str(held), again_at=held.until)
        return await self._send(errand, stamped, was_read=was_read)

    async def _send(self, errand: Errand, intent: Intent, *, was_read: bool = False) -> Pass:
        """Ask the provider; the intent says that this may be happening, whatever happens to us."""
        if is_too_late(errand.operation, self._clock.now()):
            return await self._outcomes.too_late(errand, intent)
        if intent.operation.kind is OperationKind.VOID and not was_read:
            return await self._read_then_void(errand, intent)
        if intent.operation.kind is OperationKind.CLOSE:
            return await self._checkouts.close(errand, intent)
        seconds = self._seconds_to_send(errand, intent)
        if seconds <= 0:
            return await self._outcomes.amend(errand, intent, NOTHING_SENT, "the books were too slow")
        if intent.operation.kind is OperationKind.REFUND:
            return await self._refunds.send(errand, intent, seconds)
        if intent.operation.kind is OperationKind.CHECKOUT:
            return await self._checkouts.open(errand, intent, seconds)
        if _is_one_of_several(errand):
            return await self._captures.send(errand, intent, seconds)
        try:
            reading = await asking.send(self._outcomes, errand, intent, self._call(errand, intent), seconds)
        except Refused as refused:
            return await self._refused(errand, intent, refused)
        if isinstance(reading, Pass):
            return reading
        return await self._outcomes.concluded(errand, intent, reading, "answered")

    def _seconds_to_send(self, errand: Errand, intent: Intent) -> float:
        """Never send longer than the lease lasts: books that were locked may have used up a part of it."""
        if intent.lease_until is None:
            return errand.limit_seconds
        left = (intent.lease_until - self._clock.now()).total_seconds()
        return min(errand.limit_seconds, left - LEASE_SPARE_SECONDS)

    async def _call(self, errand: Errand, intent: Intent) -> ProviderPayment:
        operation = intent.operation
        match operation.kind:
            case OperationKind.AUTHORIZE:
                if errand.start is None:
                    raise ValueError(f"{operation.operation_id} cannot be sent without its start")
                request = AuthorizationRequest(
                    account=operation.account,
                    idempotence_key=intent.idempotence_key,
                    reference=intent.reference,
                    amount=operation.amount,
                    order=errand.start.order,
                    instruction=errand.start.instruction,
                    by_merchant=errand.start.by_merchant,
                )
                return await self._provider.authorize(request)
            case OperationKind.CAPTURE:
                return await self._provider.capture(operation.account, provider_id(intent), operation.amount)
            case OperationKind.VOID:
                return await self._provider.void(operation.account, provider_id(intent))
            case OperationKind.FINALIZE:
                return await self._provider.finalize(operation.account, provider_id(intent))
            case OperationKind.TAKE_BACK:
                return await self._provider.take_back(operation.account, provider_id(intent))
            case OperationKind.ACCEPT:
                return await self._provider.accept(operation.account, provider_id(intent))
            case OperationKind.REFUND | OperationKind.CHECKOUT | OperationKind.CLOSE:
                raise ValueError(f"{operation.operation_id} is sent by `Refunding` or `Checkouts`")
            case _:
                assert_never(operation.kind)

    async def _refused(self, errand: Errand, intent: Intent, refused: Refused) -> Pass:
        """A refusal proves nothing about an earlier send, nor about a capture: a repeated one is refused as such."""
        if intent.operation.kind is not OperationKind.AUTHORIZE:
            return await self._read_then_decide(errand, intent, refused)
        if intent.first_sent_at != intent.last_sent_at:
            return await self._find(errand, intent)
        if isinstance(refused, InputNotAccepted):
            return await self._outcomes.input_not_accepted(errand, intent, refused)
        return await self._outcomes.proven_refused(errand, intent, refused, str(refused))

    async def _read_then_void(self, errand: Errand, intent: Intent) -> Pass:
        """A cancel has no amount and takes a queued capture with it, also one that was not made here: read first."""
        read = self._provider.read(intent.operation.account, provider_id(intent))
        seconds = self._seconds_to_send(errand, intent)
        reading = await asking.read_first(self._outcomes, errand, intent, read, seconds)
        if isinstance(reading, Pass):
            return reading
        if outcome_of(intent, reading) is not None:
            return await self._outcomes.concluded(errand, intent, reading, "read before sending")
        kept = await self._pending.before_void(errand, intent, reading)
        if kept is not None:
            return kept
        if not is_as_before(errand.operation, reading):
            return await self._outcomes.inconclusive(errand, intent, reading, NOTHING_SENT)
        if errand.operation.one_of_several:
            hit = await self._captures.would_be_hit(errand, intent, self._seconds_to_send(errand, intent))
            if hit is not None:
                return hit
        return await self._send(errand, intent, was_read=True)

    async def _read_then_decide(self, errand: Errand, intent: Intent, refused: Refused | None = None) -> Pass:
        """Read the payment; what it proves is the outcome, what is proven not to have happened may be sent again."""
        if intent.operation.kind is OperationKind.CLOSE:
            return await self._checkouts.close(errand, intent)
        if _is_one_of_several(errand):
            looked = await self._captures.look(errand, intent, refused)
            return looked or await self._send_again(errand, intent, was_read=True)
        if intent.operation.kind is OperationKind.TAKE_BACK:
            looked = await self._take_backs.look(errand, intent, refused)
            return looked or await self._send_again(errand, intent, was_read=True)
        read = self._provider.read(intent.operation.account, provider_id(intent))
        reading = await asking.look(self._outcomes, errand, intent, read)
        if isinstance(reading, Pass):
            return reading
        if outcome_of(intent, reading) is not None:
            return await self._outcomes.concluded(errand, intent, reading, "read")
        kept = await self._pending.before_void(errand, intent, reading)
        if kept is not None:
            return kept
        if not is_as_before(errand.operation, reading) and not reading.several_captures:
            return await self._outcomes.inconclusive(errand, intent, reading)
        if refused is None:
            return await self._send_again(errand, intent, was_read=True)
        # That no capture follows may be said any number of times: a refusal of that is what the reading says it is.
        in_doubt = refused.wrong_state or intent.first_sent_at != intent.last_sent_at
        if in_doubt and intent.operation.kind is not OperationKind.FINALIZE:
            # The refusal says that it may have happened, and the reading may lag: read again, later.
            return await self._outcomes.unknown(errand, intent, f"{refused}; then read {reading.raw_status}")
        return await self._outcomes.proven_refused(
            errand, intent, refused, f"{refused}; then read {reading.raw_status}"
        )

    async def _find(self, errand: Errand, intent: Intent) -> Pass:
        """Look for the reference. Nothing found twice, spaced apart, proves that the attempt never arrived."""
        if intent.operation.kind is OperationKind.REFUND:
            return await self._refunds.find(errand, intent)
        if intent.operation.kind is OperationKind.CHECKOUT:
            return await self._checkouts.address_was_lost(errand, intent)
        looking = self._provider.find(intent.operation.account, intent.reference)
        hits = await asking.look(self._outcomes, errand, intent, looking)
        if isinstance(hits, Pass):
            return hits
        if hits:
            return await self._outcomes.concluded(errand, intent, choose(hits), f"found {len(hits)}", all_found=hits)
        if intent.first_absent_at is None:
            again_at = self._clock.now() + timedelta(seconds=self._patience.absence_seconds)
            passed = await self._outcomes.amend(errand, intent, Amendment(absent_once=True), "not found once")
            return Pass(told=passed.told, why=passed.why, again_at=again_at)
        evidence = f"{intent.reference} not found at {intent.first_absent_at.isoformat()} and again now"
        subject, attempt = intent.operation.operation_id, intent.operation.attempt
        absent = AttemptAbsent(
            subject=subject,
            occurrence=attempt,
            evidence=evidence,
            reference=intent.reference,
            watched_until=watched_until(intent),
        )
        follows = after_absence(absent, errand.start.instruction if errand.start else None)
        return await self._outcomes.conclude(errand, intent, IntentOutcome.ABSENT, lambda _: follows, evidence=evidence)


class Overtaken(RecordsError):
    """The payment moved on since this was decided: a task ran again and met its messages in another order."""


def _intent_events(errand: Errand, payment: Payment, intent: Intent) -> tuple[AnyEvent, ...]:
    """Return what goes with a new intent. Raises Overtaken if it was decided of an earlier payment."""
    if intent.operation.kind in OPENING and not errand.events:
        return (intended(intent, _method(errand)),)
    if payment.sequence > errand.known:
        raise Overtaken(f"{intent.operation.operation_id} was decided at {errand.known}, it is {payment.sequence} now")
    if intent.operation.kind in OPENING:
        return further_intended(intent, errand.events, errand.terms, _method(errand))
    if intent.operation.kind is OperationKind.REFUND:
        return (refund_intended(intent),)
    return capture_intended(intent, errand.events) if _is_one_of_several(errand) else errand.events


def _method(errand: Errand) -> str | None:
    return errand.start.instruction.fingerprint(str(errand.key)) if errand.start else None


def _is_one_of_several(errand: Errand) -> bool:
    return errand.operation.kind is OperationKind.CAPTURE and errand.operation.one_of_several
