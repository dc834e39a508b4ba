"""Taking a capture back out of the provider's queue: what must hold before it is asked for."""

from payments.commands import TakeBack, content_hash
from payments.decide.decision import AlreadyDone, Decision, Perform, Refuse
from payments.decide.resolved import must_be_resolved
from payments.events import TakeBackIntended
from payments.operations import Operation, OperationKind
from payments.parts import CaptureRecord, RefundRecord
from payments.payment import Payment
from payments.references import operation_id, request_hash
from payments.refusals import Refusal
from payments.states import CaptureStage, RefundStage

_REFUND = "Wait until it is captured, then refund it."


def can_be_taken_back(payment: Payment, capture: CaptureRecord) -> bool:
    """Whether the provider may be asked: queued, the only capture of its hold, and of the amount that was asked."""
    hold = payment.hold(capture.authorization_id)
    return (
        capture.stage is CaptureStage.REQUESTED
        and not hold.several_captures
        and capture.reported_minor in {None, capture.amount_minor}
    )


def decide_take_back(payment: Payment, command: TakeBack) -> Decision:
    """Take a queued capture back, or say why not."""
    capture = _meant(payment, command)
    unresolved = must_be_resolved(payment)
    if unresolved is not None:
        return Refuse(refusal=unresolved)
    if capture is None:
        return Refuse(refusal=_nothing(command))
    if capture.stage is CaptureStage.TAKEN_BACK:
        return AlreadyDone(message="The capture was taken back already.")
    if not can_be_taken_back(payment, capture):
        return Refuse(refusal=_cannot(payment, capture))
    return _take_back(payment, capture, command.request_id, content_hash(command), None)


def decide_take_back_due(payment: Payment) -> Perform | None:
    """Take back what was refunded whole before it was settled; where that was refused, the refund waits."""
    if payment.unresolved is not None:
        return None
    for refund in payment.refunds:
        capture = payment.capture(refund.capture_id)
        waits = refund.stage is RefundStage.ASKED and refund.by_taking_back
        if waits and capture is not None and can_be_taken_back(payment, capture):
            request_id = f"@take-back-{refund.request_id}"
            return _take_back(payment, capture, request_id, request_hash({"cause": request_id}), refund)
    return None


def _take_back(
    payment: Payment, capture: CaptureRecord, request_id: str, content: str, refund: RefundRecord | None
) -> Perform:
    subject = operation_id(payment.key, OperationKind.TAKE_BACK, request_id)
    hold = payment.hold(capture.authorization_id)
    operation = Operation(
        operation_id=subject,
        kind=OperationKind.TAKE_BACK,
        request_id=request_id,
        request_hash=content,
        authorization_id=capture.authorization_id,
        amount=payment.money(capture.amount_minor),
        account=payment.account_of(hold),
        provider_id=hold.provider_id,
    )
    event = TakeBackIntended(
        subject=subject,
        authorization_id=capture.authorization_id,
        capture_id=capture.capture_id,
        request_id=request_id,
        request_hash=content,
        refund_id=refund.refund_id if refund else None,
    )
    return Perform(operation=operation, events=(event,))


def _meant(payment: Payment, command: TakeBack) -> CaptureRecord | None:
    if command.capture_id is not None:
        return payment.capture(command.capture_id)
    queued = [c for c in payment.captures if c.stage is CaptureStage.REQUESTED]
    there = queued or list(payment.captures)
    return there[-1] if there else None


def _cannot(payment: Payment, capture: CaptureRecord) -> Refusal:
    if capture.stage in {CaptureStage.CAPTURED, CaptureStage.COLLECTED}:
        return Refusal(
            code="too_late",
            field="capture_id",
            message=f"The capture is {capture.stage.value}: it is not in Ingenico's queue any more.",
            remedy="Refund it.",
        )
    if capture.stage in {CaptureStage.REFUSED, CaptureStage.REJECTED}:
        return Refusal(
            code="nothing_queued",
            field="capture_id",
            message=f"The capture is {capture.stage.value}: no money comes by it.",
            remedy="Nothing is to be taken back; look at the payment.",
        )
    if payment.hold(capture.authorization_id).several_captures:
        return Refusal(
            code="several_captures",
            field="order",
            message="Ingenico takes back only the capture of a payment that takes one, and this one takes several.",
            remedy=_REFUND,
        )
    return Refusal(
        code="amount_in_doubt",
        field="capture_id",
        message="Ingenico captured another amount than was asked, and the difference is not explained.",
        remedy=_REFUND,
    )


def _nothing(command: TakeBack) -> Refusal:
    of = f"by {command.capture_id}" if command.capture_id else "of this payment"
    return Refusal(
        code="nothing_queued",
        field="capture_id" if command.capture_id else "order",
        message=f"Nothing was captured {of}: there is nothing to take back.",
        remedy="Look at the payment's captures; a hold that was not captured is voided instead.",
    )
