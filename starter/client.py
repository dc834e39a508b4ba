"""PaymentClient: start a payment, capture it, void it, look at it.

Every message goes *with start*, so a payment whose workflow has closed answers too, from the ledger.
"""

import asyncio
import time
from datetime import datetime

from pydantic_core import to_jsonable_python
from temporalio.client import Client, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from payments.commands import AnyCommand, Capture, Refund, Review, ReviewDecision, Void
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.order import Order
from payments.references import PaymentKey, content_digest
from payments.states import PaymentState
from payments.view import AuthorizationAnswer, AuthorizationResult, CommandAnswer, PaymentView
from runtime.queries import ASK_AGAIN
from starter import errors
from starter.calls import Calls, read_answer
from starter.errors import NoAnswer
from workflows import contract
from workflows.search_attributes import at_start

# A run looks into the ledger first, within one task.
_OPENING_SECONDS = 1.0
# A busy worker may refuse a question that came ahead of a task, until it has come to that task.
_ASKING_SECONDS = 10.0


class PaymentClient:
    """Talks to the payments of one Temporal namespace.

    >>> payments = PaymentClient(await connect())
    >>> answer = await payments.authorize(order, PaymentInstruction(token="..."), patience_seconds=5)
    >>> answer.result
    <AuthorizationResult.AUTHORIZED: 'authorized'>
    >>> await payments.capture(order.key, request_id="shipment-7", shipment_id="shipment-7")
    """

    def __init__(self, temporal: Client, *, asked_by: str = "starter", silence_seconds: float = 12.0) -> None:
        """Talk over `temporal`. Answers are waited for `silence_seconds` beyond the patience asked for."""
        self._temporal = temporal
        self._asked_by = asked_by
        self._calls = Calls(temporal, silence_seconds)

    async def authorize(
        self, order: Order, payment: PaymentInstruction, *, patience_seconds: float = 5.0
    ) -> AuthorizationAnswer:
        """Start the order's payment, or join it, and answer how its authorization stands.

        Waits `patience_seconds` at most, then answers `pending` or `unknown`: ask again with the same order, however
        often. Starting twice authorizes once; without a worker the answer is `pending`, and it goes on when one runs.
        Raises PaymentError when this order was started with other content.
        """
        start = contract.PaymentStart(order=order, payment=payment)
        document = to_jsonable_python(start, exclude_none=True)
        digest = content_digest(document)
        ask = contract.AuthorizationAsk(
            digest=digest,
            # Milliseconds: a float's many digits pass for a card number now and then.
            patience_seconds=round(min(patience_seconds, contract.LONGEST_PATIENCE_SECONDS), 3),
            asked_by=self._asked_by,
        )
        try:
            return await self._calls.update_with_start(
                order.key,
                contract.AUTHORIZATION,
                ask,
                AuthorizationAnswer,
                # An id gives its first answer for ever, also after a void: each asking has its own.
                update_id=f"authorize-{digest}-{time.time_ns() // 1_000_000}",
                start=document,
                search_attributes=at_start(order, payment),
                summary=f"Order {order.order_id}: {order.total}",
            )
        except NoAnswer as silence:
            pending = AuthorizationResult.PENDING
            return AuthorizationAnswer(result=pending, state=PaymentState.OPENING, reason=str(silence))

    async def capture(
        self,
        key: PaymentKey,
        *,
        request_id: str,
        amount: Money | None = None,
        final: bool = False,
        shipment_id: str | None = None,
        patience_seconds: float = 10.0,
    ) -> CommandAnswer:
        """Capture `amount`, or all that is left, and answer what became of it. The same request id captures once.

        Raises NoAnswer when no worker takes it up in time, PaymentError when the message is refused.
        """
        return await self._command(
            key,
            contract.CAPTURE_PAYMENT,
            contract.CaptureAsk,
            request_id=request_id,
            amount=amount,
            final=final,
            shipment_id=shipment_id,
            patience_seconds=patience_seconds,
        )

    async def void(
        self, key: PaymentKey, *, request_id: str, reason: str | None = None, patience_seconds: float = 10.0
    ) -> CommandAnswer:
        """Release the hold and answer what became of it. The same request id voids once."""
        return await self._command(
            key,
            contract.VOID_PAYMENT,
            contract.VoidAsk,
            request_id=request_id,
            reason=reason,
            patience_seconds=patience_seconds,
        )

    async def refund(
        self,
        key: PaymentKey,
        *,
        request_id: str,
        amount: Money | None = None,
        capture_id: str | None = None,
        reason: str | None = None,
        patience_seconds: float = 10.0,
    ) -> CommandAnswer:
        """Give back `amount`, or all that is left, and answer what became of it. The same request id refunds once.

        `pending` means accepted: the money goes back once Ingenico lets it.
        """
        return await self._command(
            key,
            contract.REFUND_PAYMENT,
            contract.RefundAsk,
            request_id=request_id,
            amount=amount,
            capture_id=capture_id,
            reason=reason,
            patience_seconds=patience_seconds,
        )

    async def take_back_capture(
        self,
        key: PaymentKey,
        *,
        request_id: str,
        capture_id: str | None = None,
        reason: str | None = None,
        patience_seconds: float = 10.0,
    ) -> CommandAnswer:
        """Take the queued capture back, and answer whether that came in time; `failed`: refund it instead."""
        return await self._command(
            key,
            contract.TAKE_BACK_CAPTURE,
            contract.TakeBackAsk,
            request_id=request_id,
            capture_id=capture_id,
            reason=reason,
            patience_seconds=patience_seconds,
        )

    async def schedule_capture(
        self,
        key: PaymentKey,
        *,
        request_id: str,
        at: datetime | None = None,
        amount: Money | None = None,
        final: bool = False,
        shipment_id: str | None = None,
        cancel: bool = False,
        patience_seconds: float = 10.0,
    ) -> CommandAnswer:
        """Plan a capture for `at`, in the place of one that waits; `cancel`: give that one up."""
        return await self._command(
            key,
            contract.SCHEDULE_CAPTURE,
            contract.ScheduleAsk,
            request_id=request_id,
            at=at,
            amount=amount,
            final=final,
            shipment_id=shipment_id,
            cancel=cancel,
            patience_seconds=patience_seconds,
        )

    async def change_window(
        self,
        key: PaymentKey,
        *,
        request_id: str,
        window_seconds: int | None = None,
        until: datetime | None = None,
        patience_seconds: float = 10.0,
    ) -> CommandAnswer:
        """Let the window end `until` a time, or `window_seconds` after the authorization."""
        return await self._command(
            key,
            contract.CHANGE_WINDOW,
            contract.ChangeWindowAsk,
            request_id=request_id,
            window_seconds=window_seconds,
            until=until,
            patience_seconds=patience_seconds,
        )

    async def review(
        self,
        key: PaymentKey,
        *,
        request_id: str,
        decision: ReviewDecision,
        reason: str | None = None,
        patience_seconds: float = 10.0,
    ) -> CommandAnswer:
        """Accept or refuse a payment in fraud review. The same request id decides once."""
        return await self._command(
            key,
            contract.REVIEW_PAYMENT,
            contract.ReviewAsk,
            request_id=request_id,
            decision=decision,
            reason=reason,
            patience_seconds=patience_seconds,
        )

    async def customer_returned(
        self, key: PaymentKey, return_mac: str, *, patience_seconds: float = 5.0
    ) -> AuthorizationAnswer:
        """Tell that the customer is back, and answer how the authorization stands now.

        Raises PaymentError when no customer of this payment brings this `RETURNMAC`.
        """
        ask = errors.ask(
            contract.ReturnAsk, return_mac=return_mac, asked_by=self._asked_by, patience_seconds=patience_seconds
        )
        return await self._calls.update_with_start(key, contract.CUSTOMER_RETURNED, ask, AuthorizationAnswer)

    async def retry(
        self, order: Order, payment: PaymentInstruction, *, request_id: str, patience_seconds: float = 5.0
    ) -> AuthorizationAnswer:
        """Pay the order in another way after a decline, and answer how its authorization stands, as `authorize` does.

        The same request id tries once. Waits `patience_seconds` at most: then ask again in the same words.
        """
        ask = errors.ask(
            contract.RetryAsk,
            request_id=request_id,
            payment=payment,
            order=order,
            asked_by=self._asked_by,
            patience_seconds=patience_seconds,
        )
        return await self._calls.update_with_start(order.key, contract.RETRY_PAYMENT, ask, AuthorizationAnswer)

    async def change(
        self,
        key: PaymentKey,
        total: Money,
        *,
        request_id: str,
        payment: PaymentInstruction | None = None,
        order: Order | None = None,
        patience_seconds: float = 5.0,
    ) -> CommandAnswer:
        """Say that the edited order owes `total`, and answer whether it does.

        `payment` pays the difference of an order edited up, else the card that pays the order. `failed`: the
        difference is not held, and the order owes what it did.
        """
        ask = errors.ask(
            contract.ChangeAsk,
            request_id=request_id,
            total=total,
            payment=payment,
            order=order,
            asked_by=self._asked_by,
            patience_seconds=patience_seconds,
        )
        return await self._calls.update_with_start(key, contract.CHANGE_ORDER, ask, CommandAnswer)

    async def signal_capture(self, key: PaymentKey, capture: Capture) -> None:
        """Tell the payment to capture, without waiting: what a fulfilment system sends when a parcel leaves."""
        await self._signal_with_start(key, contract.CAPTURE, capture)

    async def signal_void(self, key: PaymentKey, void: Void) -> None:
        """Tell the payment to release its hold, without waiting."""
        await self._signal_with_start(key, contract.VOID, void)

    async def signal_refund(self, key: PaymentKey, refund: Refund) -> None:
        """Tell the payment to give money back, without waiting."""
        await self._signal_with_start(key, contract.REFUND, refund)

    async def signal_review(self, key: PaymentKey, review: Review) -> None:
        """Tell the payment how its review was decided, without waiting."""
        await self._signal_with_start(key, contract.REVIEW, review)

    async def wake(
        self, key: PaymentKey, *, event_id: str, event_type: str, account: str, provider_id: str | None = None
    ) -> None:
        """Tell the payment that something happened at the provider: it looks there, and believes nothing else."""
        event = contract.ProviderEvent(event_id=event_id, type=event_type, account=account, provider_id=provider_id)
        document = event.model_dump(mode="json", exclude_none=True)
        await self._calls.take_up(key, start_signal=contract.PROVIDER_EVENT, start_signal_args=[document])

    async def view(self, key: PaymentKey) -> PaymentView | None:
        """Return the whole view; None when no payment was ever opened for this order.

        A payment that Temporal has forgotten is taken up from the ledger first.
        """
        try:
            told = await self._told(key)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            told = None
        if told is not None:
            return told
        # Temporal has forgotten it, or its last run was refused: the ledger knows.
        await self._calls.take_up(key)
        return await self._told(key)

    async def _told(self, key: PaymentKey) -> PaymentView | None:
        """Ask the latest run. One that has not looked into the ledger yet knows nothing, and is asked again."""
        handle = self._temporal.get_workflow_handle(key.workflow_id)
        patient_until, ask_until = time.monotonic() + _OPENING_SECONDS, time.monotonic() + _ASKING_SECONDS
        is_closed = False
        while True:
            try:
                told = read_answer(PaymentView, await handle.query(contract.PAYMENT, result_type=dict))
            except WorkflowQueryFailedError as error:
                if ASK_AGAIN not in str(error) or time.monotonic() > ask_until:
                    raise
                await asyncio.sleep(0.05)
                continue
            if told.amounts is not None:
                return told
            if is_closed:
                return None
            # It may have looked and closed between the two questions: what is closed is asked once more.
            is_closed = not await self.is_open(key)
            if not is_closed and time.monotonic() > patient_until:
                return told
            await asyncio.sleep(0 if is_closed else 0.05)

    async def is_open(self, key: PaymentKey) -> bool:
        """Whether anything can still happen by itself: the payment's workflow runs."""
        try:
            return (await self._temporal.get_workflow_handle(key.workflow_id).describe()).close_time is None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise

    async def _command(
        self,
        key: PaymentKey,
        name: str,
        ask: type[contract.AnyAsk],
        **fields: object,
    ) -> CommandAnswer:
        """Ask by update for what a command asks for, in the name of whoever asks here."""
        asked = errors.ask(ask, asked_by=self._asked_by, **fields)
        return await self._calls.update_with_start(key, name, asked, CommandAnswer)

    async def _signal_with_start(self, key: PaymentKey, name: str, command: AnyCommand) -> None:
        said = command if command.asked_by else command.model_copy(update={"asked_by": self._asked_by})
        document = said.model_dump(mode="json", exclude_none=True)
        await self._calls.take_up(key, start_signal=name, start_signal_args=[document])
