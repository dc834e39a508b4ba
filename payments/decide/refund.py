"""Giving money back: what must hold before a refund is accepted, one guard a rule, and when the provider is asked."""

from collections.abc import Callable
from datetime import datetime, timedelta

from payments.commands import Refund, content_hash
from payments.decide.decision import Decision, Perform, Record, Refuse
from payments.decide.take_back import can_be_taken_back, decide_take_back_due
from payments.events import AnyEvent, RefundAsked, RefundIntended
from payments.operations import Intent, Operation, OperationKind
from payments.parts import CaptureRecord, RefundRecord
from payments.payment import Payment
from payments.references import operation_id
from payments.refusals import Refusal, first_refusal
from payments.states import CaptureStage, RefundStage

# A batch settles within days; whoever waits longer should hear of it from a person.
GIVE_UP_AFTER = timedelta(days=14)

_TAKEN = {CaptureStage.REQUESTED, CaptureStage.CAPTURED, CaptureStage.COLLECTED}
# Before that there is no money at the provider that could go back.
_SETTLED = {CaptureStage.CAPTURED, CaptureStage.COLLECTED}

Guard = Callable[[Payment, CaptureRecord, Refund], Refusal | None]


def refundable_minor(payment: Payment, capture: CaptureRecord) -> int:
    """What of a capture may still be asked back: what it took, less what is promised or paid back."""
    return capture.amount_minor - payment.refunded_minor(capture.capture_id) if capture.stage in _TAKEN else 0


def refund_must_have_something_left(payment: Payment, capture: CaptureRecord, _command: Refund) -> Refusal | None:
    """Where nothing is left, *all that is left* would be no amount, which Connect reads as everything."""
    if refundable_minor(payment, capture) > 0:
        return None
    return Refusal(
        code="nothing_to_refund",
        field="amount",
        message=f"Of {payment.money(capture.amount_minor)} captured nothing is left to refund.",
        remedy="Look at the payment's refunds: one that failed frees its amount again.",
    )


def refund_must_be_of_the_currency(payment: Payment, _capture: CaptureRecord, command: Refund) -> Refusal | None:
    """Money of another currency is not this order's."""
    currency = payment.money(0).currency
    if command.amount is None or command.amount.currency == currency:
        return None
    return Refusal(
        code="currency_differs",
        field="amount.currency",
        message=f"{command.amount.currency} is asked for and {currency} was captured.",
        remedy=f"Send the amount in {currency}.",
    )


def refund_must_be_positive(_payment: Payment, _capture: CaptureRecord, command: Refund) -> Refusal | None:
    """A refund of nothing would refund everything: Connect reads an empty amount so."""
    if command.amount is None or command.amount.amount_minor > 0:
        return None
    return Refusal(
        code="amount_not_positive",
        field="amount.amount_minor",
        message="A refund of nothing gives no money back.",
        remedy="Send at least 1 minor unit.",
    )


def refund_must_be_within_what_is_left(payment: Payment, capture: CaptureRecord, command: Refund) -> Refusal | None:
    """Refunds asked never exceed what was captured, also when two are asked at once."""
    left = refundable_minor(payment, capture)
    if command.amount is None or command.amount.amount_minor <= left:
        return None
    return Refusal(
        code="amount_above_captured",
        field="amount.amount_minor",
        message=f"{command.amount} is asked for and {payment.money(left)} is left to refund.",
        remedy=f"Refund at most {payment.money(left)}, or leave the amount out for all of it.",
    )


REFUND_GUARDS: tuple[Guard, ...] = (
    refund_must_have_something_left,
    refund_must_be_of_the_currency,
    refund_must_be_positive,
    refund_must_be_within_what_is_left,
)


def decide_refund(payment: Payment, command: Refund, now: datetime) -> Decision:
    """Accept a refund of what is named, or of all that is left; its amount is reserved here, as a number."""
    capture = _meant(payment, command)
    if isinstance(capture, Refusal):
        return Refuse(refusal=capture)
    refusal = first_refusal(guard(payment, capture, command) for guard in REFUND_GUARDS)
    if refusal is not None:
        return Refuse(refusal=refusal)
    amount = command.amount.amount_minor if command.amount else refundable_minor(payment, capture)
    asked = RefundAsked(
        subject=operation_id(payment.key, OperationKind.REFUND, command.request_id),
        authorization_id=capture.authorization_id,
        capture_id=capture.capture_id,
        request_id=command.request_id,
        request_hash=content_hash(command),
        amount_minor=amount,
        give_up_at=now + GIVE_UP_AFTER,
        reason=command.reason,
        by_taking_back=_is_whole(payment, capture, amount) and can_be_taken_back(payment, capture),
    )
    return Record(events=(asked,))


def _is_whole(payment: Payment, capture: CaptureRecord, amount_minor: int) -> bool:
    """Whether it is of the whole capture, and nothing of that was promised back before."""
    return amount_minor == capture.amount_minor and not payment.refunded_minor(capture.capture_id)


def _meant(payment: Payment, command: Refund) -> CaptureRecord | Refusal:
    taken = [c for c in payment.captures if c.stage in _TAKEN]
    if command.capture_id is not None:
        taken = [c for c in taken if c.capture_id == command.capture_id]
    if taken:
        return taken[-1]
    if command.capture_id is not None:
        return Refusal(
            code="nothing_captured",
            field="capture_id",
            message=f"Nothing was captured by {command.capture_id}: there is nothing to give back.",
            remedy="Look at the payment's captures and name one that took money, or leave it out for the latest.",
        )
    return Refusal(
        code="nothing_captured",
        field="order",
        message="Nothing was captured: there is nothing to give back.",
        remedy="Void the payment to release a hold; a capture that is being made can be refunded once it is accepted.",
    )


def decide_refund_due(payment: Payment, now: datetime) -> Perform | None:
    """Ask the provider for the next refund that may be paid: one at a time, in the order in which they were asked.

    One of a whole capture that is queued still is made by taking that back.
    """
    taken_back = decide_take_back_due(payment)
    if taken_back is not None:
        return taken_back
    if payment.unresolved is not None:
        return None
    refund = next((r for r in payment.refunds if _may_be_asked(payment, r) and _is_due(r, now)), None)
    return None if refund is None else Perform(operation=refund_operation(payment, refund, refund.attempt + 1))


def next_refund_at(payment: Payment) -> datetime | None:
    """Return when time alone lets a refund be asked for again."""
    times = [r.not_before for r in payment.refunds if _may_be_asked(payment, r) and r.not_before is not None]
    return min(times, default=None)


def _may_be_asked(payment: Payment, refund: RefundRecord) -> bool:
    capture = payment.capture(refund.capture_id)
    return refund.stage is RefundStage.ASKED and capture is not None and capture.stage in _SETTLED


def _is_due(refund: RefundRecord, now: datetime) -> bool:
    return refund.not_before is None or now >= refund.not_before


def refund_operation(payment: Payment, refund: RefundRecord, attempt: int) -> Operation:
    """Name one attempt at a refund, so that the ledger finds its intent."""
    record = payment.request(refund.request_id)
    hold = payment.hold(refund.authorization_id)
    capture = payment.capture(refund.capture_id)
    return Operation(
        operation_id=refund.refund_id,
        kind=OperationKind.REFUND,
        request_id=refund.request_id,
        request_hash=record.request_hash if record else "",
        authorization_id=refund.authorization_id,
        attempt=attempt,
        amount=payment.money(refund.amount_minor),
        account=payment.account_of(hold),
        provider_id=hold.provider_id,
        provider_capture_id=capture.provider_capture_id if capture else None,
    )


def refund_intended(intent: Intent) -> AnyEvent:
    """The event that goes with a refund's intent; the ledger chose the reference."""
    operation = intent.operation
    return RefundIntended(
        subject=operation.operation_id,
        occurrence=operation.attempt,
        authorization_id=operation.authorization_id,
        reference=intent.reference,
    )
