"""What a run has at hand to ask for authorizations with: its own start, and messages that named another way to pay.

Neither stands in the ledger, since both name the card. A run that was taken up from the ledger has none: it can look
for what was asked, and asks for nothing itself.
"""

from datetime import datetime

from temporalio import workflow

from activities.messages import AuthorizeRequest
from payments.commands import AnyCommand, ChangeOrder, Retry, content_hash
from payments.decide import Perform
from payments.events import AuthorizationIntended
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.parts import Authorization
from payments.payment import Payment
from payments.references import START
from workflows import contract


class Means:
    """Orders and instructions of one run. Each is used only for what it was sent for: other content, another charge."""

    def __init__(self, start: contract.ReadStart) -> None:
        self._start = start
        self._messages: dict[str, Retry | ChangeOrder] = {}
        self._received: dict[str, datetime] = {}

    def remember(self, command: AnyCommand) -> None:
        """Keep what a message pays with, until the run ends."""
        if isinstance(command, Retry | ChangeOrder):
            self._messages.setdefault(command.request_id, command)
            self._received.setdefault(command.request_id, workflow.now())

    def own_start(self, payment: Payment) -> contract.PaymentStart | None:
        """Return this run's start, if it is the one that opened the payment."""
        opened = payment.opened
        return self._start.start if opened is not None and opened.digest == self._start.digest else None

    def of_start(self, payment: Payment, start: contract.PaymentStart, attempt: int) -> AuthorizeRequest:
        """Ask for the order's first authorization."""
        return AuthorizeRequest(
            key=payment.key,
            known=payment.sequence,
            order=start.order,
            instruction=start.payment,
            digest=self._start.digest or "",
            attempt=attempt,
            received_at=workflow.info().workflow_start_time,
        )

    def again(self, payment: Payment, hold: Authorization, asked: Perform) -> AuthorizeRequest | None:
        """Ask for an authorization once more, or find out about it; None without what it was asked for with."""
        if hold.request_id != START:
            return self.further(payment, asked)
        start = self.own_start(payment)
        return None if start is None else self.of_start(payment, start, asked.operation.attempt)

    def further(self, payment: Payment, asked: Perform) -> AuthorizeRequest | None:
        """Ask for a further authorization; None without what it is asked for with."""
        operation = asked.operation
        card_of = self._card_of(payment, asked)
        found = self._found(payment, operation.request_id, operation.request_hash, card_of)
        if found is None:
            return None
        order, instruction = found
        return AuthorizeRequest(
            key=payment.key,
            known=payment.sequence,
            order=order,
            instruction=instruction,
            digest=operation.request_hash,
            attempt=operation.attempt,
            received_at=self._received.get(operation.request_id),
            operation=operation,
            events=asked.events,
            by_merchant=card_of is not None,
        )

    def _card_of(self, payment: Payment, asked: Perform) -> str | None:
        for event in asked.events:
            if isinstance(event, AuthorizationIntended):
                return event.card_of
        return payment.hold(asked.operation.operation_id).card_of

    def _found(
        self, payment: Payment, request_id: str, content: str, card_of: str | None
    ) -> tuple[Order, PaymentInstruction] | None:
        """Return the order and what pays: as the message says, and where it says nothing as what came before."""
        start, message = self.own_start(payment), self._messages.get(request_id)
        if message is not None and content_hash(message) != content:
            message = None
        before = self._of_hold(payment, payment.hold(card_of)) if card_of else None
        order = (message.order if message else None) or (before[0] if before else start.order if start else None)
        instruction = (message.payment if message else None) or (before[1] if before else None)
        return (order, instruction) if order and instruction else None

    def _of_hold(self, payment: Payment, hold: Authorization) -> tuple[Order, PaymentInstruction] | None:
        """Return what an authorization was asked for with, if this run has it."""
        start = self.own_start(payment)
        if hold.request_id == START:
            return (start.order, start.payment) if start else None
        record = payment.request(hold.request_id)
        return self._found(payment, hold.request_id, record.request_hash if record else "", hold.card_of)
