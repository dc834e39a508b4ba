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
    Decision,
    Perform,
    Record,
    Refuse,
    ask_again,
    decide,
    decide_checkout_due,
    decide_planned_capture,
    decide_planned_release,
    decide_refund_due,
    next_due_at,
    unresolved_operation,
)
from payments.decide.reauthorize import card_of, subject_of
from payments.events import AttentionNeeded, WaitsFor
from payments.evolve import catch_up
from payments.operations import OPENING, Operation, OperationKind
from payments.payment import Payment
from payments.references import PaymentKey
from payments.refusals import Refusal
from payments.view import CommandAnswer, CommandResult
from workflows import contract
from workflows.answers import command_answer, order_is_needed, unknown_order
from workflows.callbacks import Callbacks
from workflows.finding_out import FindingOut
from workflows.following import Following
from workflows.mailbox import Mailbox, Message
from workflows.means import Means
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
        self._means = Means(self.start)
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
        request = self._means.of_start(self.payment, start, attempt=1)
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
        absent = self.payment.absent
        # What is cancelled is given up; beside a hold that stands, the void finds it resolved.
        given_up = absent is self.payment.authorization and self.mailbox.holds_a_void()
        return self.payment.unresolved is not None or (absent is not None and not given_up)

    async def resolve(self) -> None:
        """Bring what is open one step on; it tells as soon as there is something to tell."""
        self._take_callbacks()
        self.publish()
        self.follow()
        known = self.payment.sequence
        operation = unresolved_operation(self.payment)
        again = self._asked_again(operation)
        if again is not None:
            summary = f"find out about authorization attempt {again.attempt}"
            told = await self._finding_out.insist(
                OperationActivities.insist_on_authorization, again, self.account, summary
            )
        elif operation is not None:
            request = OperateRequest(key=self.payment.key, known=self.payment.sequence, operation=operation)
            summary = f"find out about the {operation.kind.value}"
            told = await self._finding_out.insist(OperationActivities.find_out, request, self.account, summary)
        else:
            absent = self.payment.absent
            name = absent.named(START_IS_GONE) if absent else START_IS_GONE
            told = await self._abandon(name, name)
        self._fold(told)
        if self.payment.sequence == known:
            # Nothing was told though something is open: to ask again at once would be a loop.
            await workflow.sleep(BREATH, summary="nothing new was told")

    def _asked_again(self, operation: Operation | None) -> AuthorizeRequest | None:
        """Return how to go on with an authorization that is open, or absent and wanted, if this run can ask for it."""
        if operation is not None and operation.kind not in OPENING:
            return None
        hold = self.payment.absent if operation is None else self.payment.hold(operation.operation_id)
        if hold is None:
            return None
        asked = Perform(operation=operation) if operation is not None else ask_again(self.payment, hold)
        return self._means.again(self.payment, hold, asked)

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
        self._means.remember(message.command)
        decision = self._decide(message.command)
        while isinstance(decision, Perform | Record):
            refusal = await self._accept(decision, message.command)
            if refusal is not None:
                decision = Refuse(refusal=refusal)
            elif self.payment.request(message.command.request_id) is not None:
                break
            else:
                # The ledger was ahead, by what an earlier try of this very task did: what is known now decides.
                decision = self._decide(message.command)
        match decision:
            case Perform():
                await self._go_on()
                message.answer = command_answer(self.payment, decision.operation.operation_id)
            case Record():
                await self._refund_at_once()
                await self._go_on()
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

    def _decide(self, command: AnyCommand) -> Decision:
        """Decide of a command; what this run has nothing at hand for is refused."""
        decision = decide(self.payment, command, workflow.now())
        if not isinstance(decision, Perform) or decision.operation.kind not in OPENING:
            return decision
        if self._means.further(self.payment, decision) is not None:
            return decision
        return Refuse(refusal=order_is_needed())

    async def _accept(self, decision: Perform | Record, command: AnyCommand) -> Refusal | None:
        """Do what a command leads to; what only the worker knows may refuse it."""
        if isinstance(decision, Perform):
            return await self._perform(decision)
        request = CommandRequest(key=self.payment.key, known=self.payment.sequence, command=command, at=workflow.now())
        told = await surely(RecordingActivities.record_command, request, self.account, f"accept the {command.kind}")
        self._fold(told)
        return None

    async def time_brought(self, due: Perform | Record) -> None:
        """Do what a deadline asks for."""
        if isinstance(due, Perform) and due.operation.kind in OPENING:
            await self._reauthorize(due)
            return
        if isinstance(due, Perform):
            await self._perform(due)
            return
        request = DueRequest(key=self.payment.key, known=self.payment.sequence, at=workflow.now())
        self._fold(await surely(RecordingActivities.record_due, request, self.account, "book what lapsed"))

    async def _reauthorize(self, due: Perform) -> None:
        """Ask for the successor of a hold that ends; people are told where this run has nothing to ask with."""
        hold = self.payment.hold(card_of(due))
        refusal = None
        if self._means.further(self.payment, due) is not None:
            refusal = await self._perform(due)
            if refusal is None:
                return
        expires = self.payment.window_end(hold)
        why = str(refusal) if refusal else "This payment was taken up from the ledger, which keeps no card."
        sentence = (
            f"The hold of {self.payment.money(hold.open_minor)} ends at {expires:%Y-%m-%d %H:%M} UTC and cannot be "
            f"followed by another. {why} Ship until then, or ask the customer for another way to pay."
        )
        await self._tell_people(subject_of(hold), sentence)

    async def _refund_at_once(self) -> None:
        """A refund that was just accepted is asked for before its asker is answered, where it can be."""
        due = decide_refund_due(self.payment, workflow.now())
        if due is not None:
            await self._perform(due)

    async def _go_on(self) -> None:
        """Do what a command planned beside its first operation before its asker is answered: parts, then releases."""
        while True:
            due = decide_planned_capture(self.payment, workflow.now()) or decide_planned_release(self.payment)
            if due is None:
                return
            await self.time_brought(due)

    async def _perform(self, perform: Perform) -> Refusal | None:
        """Ask the provider, and find out what came of it. A refusal says that nothing was asked."""
        if perform.operation.kind in OPENING:
            told = await self._authorize(perform)
        else:
            told = await self._operate(perform)
        if told.refusal is not None:
            return told.refusal
        self._fold(told)
        while self.must_resolve:
            await self.resolve()
        if perform.operation.kind is OperationKind.CLOSE:
            # What was paid meanwhile and is not wanted is let go of before anybody is answered.
            due = decide_checkout_due(self.payment, workflow.now())
            if due is not None:
                await self._perform(due)
        return None

    async def _authorize(self, perform: Perform) -> Told:
        request = self._means.further(self.payment, perform)
        if request is None:
            raise RuntimeError(f"{perform.operation.operation_id} was decided without what to ask for it with")
        summary = f"authorize {perform.operation.amount}"
        told = await first_try(OperationActivities.authorize, request, summary)
        if told is not None:
            return told
        self.publish()
        account = perform.operation.account
        return await self._finding_out.insist(OperationActivities.insist_on_authorization, request, account, summary)

    async def _operate(self, perform: Perform) -> Told:
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
        return told

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

    def _request(self) -> PaymentRequest:
        return PaymentRequest(key=self.payment.key, known=self.payment.sequence)
