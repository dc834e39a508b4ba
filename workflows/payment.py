"""PaymentWorkflow: one order's payment, from its authorization until nothing is held, queued, unresolved or due."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import FailureError, is_cancelled_exception

from payments.decide import decide_due
from payments.pending import returned_customer
from payments.view import AuthorizationAnswer, CommandAnswer, PaymentView, view_of
from workflows import contract
from workflows.answers import (
    another_order,
    authorization_answer,
    not_started,
    pending,
    retry_answer,
    unknown_return,
)
from workflows.conduct import Conduct
from workflows.mailbox import Message

M = TypeVar("M", bound=BaseModel)


@workflow.defn(name=contract.WORKFLOW)
class PaymentWorkflow:
    """One order's payment. Others ask by message; this class takes them in and tells the story, `Conduct` acts."""

    @workflow.init
    def __init__(self, start: RawValue = contract.NOTHING) -> None:
        # Handlers run before `run`'s first line, so all they need is made here.
        self._conduct = Conduct(workflow.info().workflow_id, start)

    @workflow.run
    async def run(self, start: RawValue = contract.NOTHING) -> PaymentView | None:
        """Tell the story to its end. A cancellation of the workflow would leave a hold on a card: it ends nothing."""
        while True:
            try:
                return await self._story(start)
            except (asyncio.CancelledError, FailureError) as ended:
                # One that comes while an activity runs ends that one, which says so by a failure.
                if not is_cancelled_exception(ended):
                    raise
                await self._conduct.tell_of_cancellation()

    async def _story(self, start: RawValue) -> PaymentView | None:
        """The story of a payment."""
        conduct = self._conduct
        if conduct.is_open is None and not await conduct.open():
            await self._without_payment()
            return None
        while True:
            if conduct.must_resolve:
                await conduct.resolve()
            elif conduct.mailbox:
                await conduct.serve()
            elif due := decide_due(conduct.payment, workflow.now()):
                await conduct.time_brought(due)
            elif conduct.has_news:
                conduct.take_news()
            else:
                # Only now, so that several messages of one task show in one event.
                conduct.publish()
                if conduct.may_close and await self._may_leave():
                    return view_of(conduct.payment)
                is_long = workflow.info().is_continue_as_new_suggested()
                if is_long and not conduct.is_looking and await self._may_leave():
                    workflow.continue_as_new(start)
                if not conduct.mailbox:
                    await self._wait()

    async def _wait(self) -> None:
        """Sleep until a message, a followed capture or a deadline; a waiting payment adds nothing to its history."""
        conduct = self._conduct
        conduct.follow()
        due = conduct.next_due_at
        timeout = None if due is None else max(timedelta(0), due - workflow.now())
        try:
            await workflow.wait_condition(
                lambda: bool(conduct.mailbox) or conduct.has_news,
                timeout=timeout,
                timeout_summary=f"{conduct.payment.state.value}, until {due:%Y-%m-%d %H:%M} UTC" if due else None,
            )
        except TimeoutError:
            return

    async def _may_leave(self) -> bool:
        """Let every handler finish, then look again: what came meanwhile is worked on first."""
        mailbox = self._conduct.mailbox
        await workflow.wait_condition(lambda: bool(mailbox) or workflow.all_handlers_finished())
        return not mailbox and workflow.all_handlers_finished()

    async def _without_payment(self) -> None:
        """Answer whoever came to a run that was refused, or that has no payment to act on."""
        while True:
            self._conduct.refuse_all()
            if await self._may_leave():
                return

    def _must_be_this_order(self, digest: str) -> None:
        opened, start = self._conduct.payment.opened, self._conduct.start
        expected = opened.digest if opened else start.digest
        if expected is not None and digest != expected:
            raise another_order()

    @workflow.update(name=contract.AUTHORIZATION)
    async def authorization(self, raw: RawValue = contract.NOTHING) -> AuthorizationAnswer:
        """Answer how the authorization stands, at the latest when the asker's patience ends."""
        conduct = self._conduct
        ask = _read(contract.AuthorizationAsk, raw)
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: conduct.authorization_is_known,
                timeout=contract.until(ask.patience_seconds),
                timeout_summary="the asker's patience",
            )
        if conduct.is_open is False and not conduct.refusals:
            raise not_started()
        self._must_be_this_order(ask.digest)
        return authorization_answer(conduct.payment, conduct.refusals, conduct.redirect_url)

    @authorization.validator
    def _check_authorization(self, raw: RawValue = contract.NOTHING) -> None:
        ask = _read(contract.AuthorizationAsk, raw)
        self._must_be_this_order(ask.digest)

    @workflow.update(name=contract.CAPTURE_PAYMENT)
    async def capture_payment(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Capture, and answer what became of it."""
        return await self._ask(contract.CAPTURE, raw)

    @capture_payment.validator
    def _check_capture(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.CAPTURE], raw)

    @workflow.update(name=contract.VOID_PAYMENT)
    async def void_payment(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Release the hold, and answer what became of it."""
        return await self._ask(contract.VOID, raw)

    @void_payment.validator
    def _check_void(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.VOID], raw)

    @workflow.update(name=contract.REFUND_PAYMENT)
    async def refund_payment(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Accept a refund, and answer that it is: the money goes back once it can."""
        return await self._ask(contract.REFUND, raw)

    @refund_payment.validator
    def _check_refund(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.REFUND], raw)

    @workflow.update(name=contract.TAKE_BACK_CAPTURE)
    async def take_back_capture(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Take a queued capture back, and answer whether it came in time."""
        return await self._ask(contract.TAKE_BACK_CAPTURE, raw)

    @take_back_capture.validator
    def _check_take_back_capture(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.TAKE_BACK_CAPTURE], raw)

    @workflow.update(name=contract.SCHEDULE_CAPTURE)
    async def schedule_capture(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Plan a capture, or give a plan up, and answer that it is accepted."""
        return await self._ask(contract.SCHEDULE_CAPTURE, raw)

    @schedule_capture.validator
    def _check_schedule_capture(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.SCHEDULE_CAPTURE], raw)

    @workflow.update(name=contract.CHANGE_WINDOW)
    async def change_window(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Extend or shorten the window, and answer that it is changed."""
        return await self._ask(contract.CHANGE_WINDOW, raw)

    @change_window.validator
    def _check_change_window(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.CHANGE_WINDOW], raw)

    @workflow.update(name=contract.REVIEW_PAYMENT)
    async def review_payment(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Accept or refuse a payment in fraud review, and answer what became of it."""
        return await self._ask(contract.REVIEW, raw)

    @review_payment.validator
    def _check_review(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.REVIEW], raw)

    @workflow.update(name=contract.CUSTOMER_RETURNED)
    async def customer_returned(self, raw: RawValue = contract.NOTHING) -> AuthorizationAnswer:
        """Look at the payment whose customer is back, and answer how its authorization stands."""
        conduct, ask = self._conduct, _read(contract.ReturnAsk, raw)
        until = workflow.now() + contract.until(ask.patience_seconds)
        await self._patiently(until, lambda: conduct.authorization_is_known)
        if conduct.is_open is False:
            raise not_started()
        if returned_customer(conduct.payment, ask.return_mac) is None:
            raise unknown_return()
        looks = conduct.looks_to_come
        conduct.mailbox.post(Message(name=contract.CUSTOMER_RETURNED, wakes=True))
        conduct.hasten()
        await self._patiently(until, lambda: not conduct.awaits_customer or conduct.has_looked(looks))
        return authorization_answer(conduct.payment, conduct.refusals, conduct.redirect_url)

    @customer_returned.validator
    def _check_return(self, raw: RawValue = contract.NOTHING) -> None:
        ask = _read(contract.ReturnAsk, raw)
        known = self._conduct.is_open and self._conduct.authorization_is_known
        if known and returned_customer(self._conduct.payment, ask.return_mac) is None:
            raise unknown_return()

    async def _patiently(self, until: datetime, condition: Callable[[], bool]) -> None:
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                condition,
                timeout=max(timedelta(0), until - workflow.now()),
                timeout_summary="the asker's patience",
            )

    @workflow.update(name=contract.RETRY_PAYMENT)
    async def retry_payment(self, raw: RawValue = contract.NOTHING) -> AuthorizationAnswer:
        """Try to pay in another way, and answer how the authorization stands."""
        request_id = _read(contract.RetryAsk, raw).request_id
        told = await self._ask(contract.RETRY, raw)
        return retry_answer(self._conduct.payment, request_id, told, self._conduct.redirect_url)

    @retry_payment.validator
    def _check_retry(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.RETRY], raw)

    @workflow.update(name=contract.CHANGE_ORDER)
    async def change_order(self, raw: RawValue = contract.NOTHING) -> CommandAnswer:
        """Take in that the order was edited, and answer whether it owes the new total."""
        return await self._ask(contract.CHANGE, raw)

    @change_order.validator
    def _check_change(self, raw: RawValue = contract.NOTHING) -> None:
        _read(contract.COMMANDS[contract.CHANGE], raw)

    @workflow.signal(dynamic=True)
    def any_signal(self, name: str, args: Sequence[RawValue]) -> None:
        """Take in every signal, known and readable or not: a lost one would be a lost shipment."""
        message = _read_signal(name, args)
        self._conduct.mailbox.post(message)
        if message.wakes:
            self._conduct.hasten()

    @workflow.query(name=contract.PAYMENT)
    def view(self) -> PaymentView:
        """Return the whole view."""
        return view_of(self._conduct.payment)

    async def _ask(self, name: str, raw: RawValue) -> CommandAnswer:
        ask = _read(contract.COMMANDS[name], raw)
        message = self._conduct.mailbox.post(Message(name=name, command=ask.command))
        with contextlib.suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: message.answer is not None,
                timeout=contract.until(ask.patience_seconds),
                timeout_summary="the asker's patience",
            )
        return message.answer or pending(self._conduct.payment)


def _read(model: type[M], raw: RawValue) -> M:
    """Read an update's argument. Any other error than the one raised here would block the payment for ever."""
    try:
        return contract.read_raw(model, raw)
    except contract.BadMessage as bad:
        raise bad.as_failure() from None


def _read_signal(name: str, args: Sequence[RawValue]) -> Message:
    expected = contract.SIGNALS.get(name)
    if expected is None:
        known = ", ".join(sorted(contract.SIGNALS))
        shown = contract.shown(name)
        return Message(name=name, is_signal=True, unreadable=f"No signal is called {shown!r}; there are: {known}.")
    if len(args) != 1:
        return Message(name=name, is_signal=True, unreadable=f"It takes one argument and came with {len(args)}.")
    try:
        ask = contract.read_raw(expected, args[0])
    except contract.BadMessage as bad:
        return Message(name=name, is_signal=True, unreadable=str(bad))
    if isinstance(ask, contract.ProviderEvent):
        return Message(name=name, wakes=True, is_signal=True)
    return Message(name=name, command=ask.command, is_signal=True)
