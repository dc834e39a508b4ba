"""How a payment's workflow acts: open, resolve, serve a message, do what time brings; each folds what it is told."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue

from activities.messages import (
    AbandonRequest,
    AttentionRequest,
    AuthorizeRequest,
    CommandRequest,
    DueRequest,
    OperateRequest,
    PaymentRequest,
    Told,
)
from activities.operations import OperationActivities
from activities.recording import RecordingActivities
from payments.commands import AnyCommand
from payments.decide import (
    AlreadyDone,
    Perform,
    Record,
    Refuse,
    decide,
    decide_checkout_due,
    decide_refund_due,
    next_due_at,
    unresolved_operation,
)
from payments.events import AttentionNeeded, WaitsFor
from payments.evolve import catch_up
from payments.operations import OPENING, OperationKind
from payments.parts import AuthorizationStage
from payments.payment import Payment
from payments.references import PaymentKey
from payments.refusals import Refusal
from payments.view import CommandAnswer, CommandResult
from workflows import contract
from workflows.answers import command_answer, unknown_order
from workflows.callbacks import Callbacks
from workflows.finding_out import FindingOut
from workflows.following import Following
from workflows.mailbox import Mailbox, Message
from workflows.perform import Effect, first_try, insist, surely
from workflows.publish import Publisher

# Whose void ends a payment whose start nobody holds any more and whose authorization never arrived.
START_IS_GONE = "@start-is-gone"
# Between two askings that told nothing.
BREATH = timedelta(seconds=30)
# What a workflow with an id that no payment has folds nothing into; such a run is refused.
NO_PAYMENT = PaymentKey(shop="none", order_id="none")

_FIRST_TRIES: dict[OperationKind, Effect[OperateRequest]] = {
    OperationKind.CAPTURE: OperationActivities.capture,
    OperationKind.VOID: OperationActivities.void,
    OperationKind.FINALIZE: OperationActivities.void,
    OperationKind.REFUND: OperationActivities.refund,
    OperationKind.TAKE_BACK: OperationActivities.take_back,
    OperationKind.CLOSE: OperationActivities.void,
    OperationKind.ACCEPT: OperationActivities.accept,
}


class Conduct:
    """What a payment's workflow knows and does. `payment` is folded from the ledger's events alone."""

    def __init__(self, workflow_id: str, start: RawValue) -> None:
        self.key = contract.key_of(workflow_id)
        self.start = contract.read_start(start, workflow_id)
        self.payment = Payment(key=self.key or NO_PAYMENT)
        self.mailbox = Mailbox()
        self.refusals: tuple[Refusal, ...] = self.start.refusals
        self.is_open: bool | None = None
        """None: not known yet; False: no payment exists for this order."""
        self.callbacks = Callbacks()
        self._addresses: dict[str, str] = {}
        """Where customers are awaited, by authorization."""
        self._following = Following()
        self._finding_out = FindingOut()
        self._serving: Message | None = None
        self._publisher = Publisher()

    @property
    def account(self) -> str:
        """The merchant account that was frozen at the start."""
        return self.payment.opened.account if self.payment.opened else "none"

    async def open(self) -> bool:
        """Claim the order with its first authorization, or take its payment up from the ledger."""
        if self.key is None or self.refusals:
            self.is_open = False
        elif self.start.start is None:
            told = await surely(RecordingActivities.resume, self._request(), self.account, "look into the ledger")
            self.is_open = self._fold(told) and told.found
        else:
            self.is_open = await self._claim(self.start.start)
        return self.is_open

    async def _claim(self, start: contract.PaymentStart) -> bool:
        request = self._authorize_request(start, attempt=1)
        summary = f"authorize {start.order.total}"
        told = await first_try(OperationActivities.authorize, request, summary)
        if told is None:
            told = await insist(OperationActivities.insist_on_authorization, request, start.payment.account, summary)
        if told.refusal is not None:
            self.refusals = (told.refusal,)
            return False
        return self._fold(told)

    @property
    def authorization_is_known(self) -> bool:
        """Whether whoever asks for the authorization has nothing to wait for any more."""
        hold = self.payment.authorization
        if self.is_open is False:
            return True
        return hold is not None and hold.is_resolved and hold.waits_for is not WaitsFor.ISSUER

    @property
    def redirect_url(self) -> str | None:
        """Where the customer is awaited, as far as it is known."""
        hold = self.payment.authorization
        return self._addresses.get(hold.authorization_id) if hold is not None else None

    @property
    def awaits_customer(self) -> bool:
        """Whether the customer is still to say yes elsewhere, as far as it is known here."""
        hold = self.payment.authorization
        return hold is not None and hold.waits_for is WaitsFor.CUSTOMER

    @property
    def looks_to_come(self) -> int:
        """How many looks will have been taken in once what happened just now has been looked at."""
        return self._following.looks + (2 if self.is_looking else 1)

    def has_looked(self, times: int) -> bool:
        """Whether so many looks were taken in."""
        return self._following.looks >= times

    @property
    def must_resolve(self) -> bool:
        """Whether an outcome is open, or an authorization that never arrived is still wanted."""
        hold = self.payment.authorization
        absent = hold is not None and hold.stage is AuthorizationStage.ABSENT
        return self.payment.unresolved is not None or (absent and not self.mailbox.holds_a_void())

    async def resolve(self) -> None:
        """Bring what is open one step on; it tells as soon as there is something to tell."""
        self._take_callbacks()
        self.publish()
        self.follow()
        known = self.payment.sequence
        operation = unresolved_operation(self.payment)
        hold = self.payment.authorization
        start = self._own_start()
        if operation is not None and (operation.kind not in OPENING or start is None):
            request = OperateRequest(key=self.payment.key, known=self.payment.sequence, operation=operation)
            summary = f"find out about the {operation.kind.value}"
            told = await self._finding_out.insist(OperationActivities.find_out, request, self.account, summary)
        elif start is not None and hold is not None:
            attempt = hold.attempt if operation is not None else hold.attempt + 1
            summary = f"find out about authorization attempt {attempt}"
            again = self._authorize_request(start, attempt)
            told = await self._finding_out.insist(
                OperationActivities.insist_on_authorization, again, self.account, summary
            )
        else:
            told = await self._abandon(START_IS_GONE, START_IS_GONE)
        self._fold(told)
        if self.payment.sequence == known:
            # Nothing was told though something is open: to ask again at once would be a loop.
            await workflow.sleep(BREATH, summary="nothing new was told")

    def hasten(self) -> None:
        """Ask what is being found out at once: the provider told of something."""
        self._finding_out.hasten()

    async def serve(self) -> None:
        """Work on the next message: decide, act, answer."""
        self._serving = message = self.mailbox.take()
        await self._serve(message)
        self._serving = None

    async def _serve(self, message: Message) -> None:
        if message.wakes:
            self.mailbox.take_all_that_wake()
            self.look()
            return
        if message.command is None:
            await self._tell_people(
                f"signal:{contract.shown(message.name)}", f"A signal could not be read. {message.unreadable}"
            )
            return
        decision = decide(self.payment, message.command, workflow.now())
        while isinstance(decision, Perform | Record) and not await self._accepted(decision, message.command):
            # The ledger was ahead, by what an earlier try of this very task did: what is known now decides.
            decision = decide(self.payment, message.command, workflow.now())
        match decision:
            case Perform():
                message.answer = command_answer(self.payment, decision.operation.operation_id)
            case Record():
                await self._refund_at_once()
                message.answer = command_answer(self.payment, decision.events[0].subject)
            case AlreadyDone():
                message.answer = command_answer(self.payment, decision.operation_id, decision.message)
            case Refuse():
                message.answer = CommandAnswer(
                    result=CommandResult.REFUSED, state=self.payment.state, refusal=decision.refusal
                )
                if message.is_signal:
                    asked = f"The {message.name} {message.command.request_id!r} was refused"
                    await self._tell_people(
                        f"signal:{message.name}:{message.command.request_id}", f"{asked}: {decision.refusal}"
                    )

    async def _accepted(self, decision: Perform | Record, command: AnyCommand) -> bool:
        if isinstance(decision, Perform):
            await self._perform(decision)
        else:
            request = CommandRequest(
                key=self.payment.key, known=self.payment.sequence, command=command, at=workflow.now()
            )
            self._fold(
                await surely(RecordingActivities.record_command, request, self.account, f"accept the {command.kind}")
            )
        return self.payment.request(command.request_id) is not None

    async def time_brought(self, due: Perform | Record) -> None:
        """Do what a deadline asks for."""
        if isinstance(due, Perform):
            await self._perform(due)
            return
        request = DueRequest(key=self.payment.key, known=self.payment.sequence, at=workflow.now())
        self._fold(await surely(RecordingActivities.record_due, request, self.account, "book what lapsed"))

    async def _refund_at_once(self) -> None:
        """A refund that was just accepted is asked for before its asker is answered, where it can be."""
        due = decide_refund_due(self.payment, workflow.now())
        if due is not None:
            await self._perform(due)

    async def _perform(self, perform: Perform) -> None:
        operation = perform.operation
        request = OperateRequest(
            key=self.payment.key, known=self.payment.sequence, operation=operation, events=perform.events
        )
        effect = _FIRST_TRIES[operation.kind]
        summary = f"{operation.kind.value} {operation.amount}"
        told = await first_try(effect, request, summary)
        if told is None:
            self.publish()
            told = await self._finding_out.insist(OperationActivities.find_out, request, self.account, summary)
        self._fold(told)
        while self.payment.unresolved is not None:
            await self.resolve()
        if operation.kind is OperationKind.CLOSE:
            # What was paid meanwhile and is not wanted is let go of before anybody is answered.
            due = decide_checkout_due(self.payment, workflow.now())
            if due is not None:
                await self._perform(due)

    def follow(self) -> None:
        """Have what moves by itself looked at beside the loop."""
        self._following.follow(self.payment, self.account)

    def look(self) -> None:
        """Have the payment read beside the loop, since something happened at the provider."""
        self._following.look(self.payment, self.account)

    @property
    def may_close(self) -> bool:
        """Whether nothing keeps the payment's workflow: its callbacks do for a while, and no longer."""
        return self.payment.is_over and not self.is_looking and self.callbacks.leave_at(workflow.now()) is None

    @property
    def next_due_at(self) -> datetime | None:
        """When to wake if nothing comes."""
        leave_at = self.callbacks.leave_at(workflow.now()) if self.payment.is_over else None
        return min((at for at in (next_due_at(self.payment), leave_at) if at is not None), default=None)

    @property
    def is_looking(self) -> bool:
        """Whether a look is under way, or its result not taken in yet."""
        return self._following.is_looking

    @property
    def has_news(self) -> bool:
        """Whether something that is followed has moved."""
        return self.callbacks.has_news or self._following.has_news

    def take_news(self) -> None:
        """Take in what following told."""
        self._take_callbacks()
        for summary in self._following.ended():
            told, again = self._following.take(summary)
            if told is not None:
                self._fold(told)
            if again:
                self.look()

    def _take_callbacks(self) -> None:
        if (delivered := self.callbacks.take()) is not None:
            self._fold(delivered)

    def refuse_all(self) -> None:
        """Answer what came to a run that has no payment; a signal, whose sender hears no answer, is shown to people."""
        while self.mailbox:
            message = self.mailbox.take()
            message.answer = unknown_order(self.payment.state, self.refusals)
            if message.wakes:
                self._publisher.warn(
                    "The provider told of something for an order that has no payment here, and nothing was done. "
                    "Look for the order in Ingenico's console."
                )
            elif message.is_signal:
                self._publisher.warn(
                    f"A {contract.shown(message.name)} came for an order that has no payment, and nothing was done. "
                    "Start the payment, then have it sent again; or correct the order's id."
                )

    async def tell_of_cancellation(self) -> None:
        """Tell people that a cancellation of the workflow ends nothing; what it broke off has its turn again."""
        if self._serving is not None:
            self.mailbox.put_back(self._serving)
            self._serving = None
        if self.is_open:
            sentence = (
                "Somebody asked Temporal to cancel this workflow. A payment ends by a void or a capture: send that."
            )
            await self._tell_people("cancellation", sentence)

    def publish(self) -> None:
        """Show what changed: search attributes and the timeline."""
        self._publisher.publish(self.payment)

    async def _tell_people(self, subject: str, sentence: str) -> None:
        request = AttentionRequest(
            key=self.payment.key,
            known=self.payment.sequence,
            attention=AttentionNeeded(subject=subject, sentence=sentence),
        )
        self._fold(await surely(RecordingActivities.need_attention, request, self.account, "tell people"))

    async def _abandon(self, request_id: str, request_hash: str) -> Told:
        request = AbandonRequest(
            key=self.payment.key, known=self.payment.sequence, request_id=request_id, request_hash=request_hash
        )
        return await surely(RecordingActivities.abandon, request, self.account, "abandon")

    def _fold(self, told: Told) -> bool:
        news = [entry for entry in told.events if entry.sequence > self.payment.sequence]
        self.payment = catch_up(self.payment, news)
        self._addresses.update(told.redirects)
        self._publisher.happened(self.payment, news)
        self.callbacks.heard(told, self._request())
        return True

    def _own_start(self) -> contract.PaymentStart | None:
        """The start of this run, if it is the one that opened the payment: another one's content is another charge."""
        opened = self.payment.opened
        return self.start.start if opened is not None and opened.digest == self.start.digest else None

    def _request(self) -> PaymentRequest:
        return PaymentRequest(key=self.payment.key, known=self.payment.sequence)

    def _authorize_request(self, start: contract.PaymentStart, attempt: int) -> AuthorizeRequest:
        return AuthorizeRequest(
            key=self.payment.key,
            known=self.payment.sequence,
            order=start.order,
            instruction=start.payment,
            digest=self.start.digest or "",
            attempt=attempt,
            received_at=workflow.info().workflow_start_time,
        )
