"""What is answered to those who ask a payment's workflow."""

from temporalio.exceptions import ApplicationError

from payments.decide import OF_THE_BOOKS
from payments.decide.change import CHANGE
from payments.events import WaitsFor
from payments.operations import OperationKind
from payments.parts import (
    NOTHING_CAME,
    Authorization,
    AuthorizationStage,
    CaptureRecord,
    ScheduledCapture,
    ScheduleStage,
    TakeBackRecord,
    TakeBackStage,
)
from payments.payment import Payment
from payments.references import operation_id as operation_name
from payments.refusals import Refusal
from payments.states import CaptureStage, PaymentState, RefundStage
from payments.view import AuthorizationAnswer, AuthorizationResult, CommandAnswer, CommandResult, answer_of
from workflows import contract

_OF_TAKE_BACK = {
    TakeBackStage.INTENDED: CommandResult.PENDING,
    TakeBackStage.DONE: CommandResult.DONE,
    TakeBackStage.REFUSED: CommandResult.FAILED,
}
_RELEASED = {
    AuthorizationStage.VOIDED,
    AuthorizationStage.EXPIRED,
    AuthorizationStage.ABANDONED,
    # Pending when it was to be voided: it was declined before that.
    AuthorizationStage.DECLINED,
}


def authorization_answer(
    payment: Payment, refusals: tuple[Refusal, ...], redirect_url: str | None = None
) -> AuthorizationAnswer:
    """Say how the authorization stands. Raises ApplicationError `not_started` when no payment exists."""
    if refusals:
        return AuthorizationAnswer(
            result=AuthorizationResult.REFUSED,
            state=PaymentState.REFUSED,
            reason="; ".join(str(refusal) for refusal in refusals),
            refusals=refusals,
        )
    return answer_of(payment, redirect_url)


def not_started() -> ApplicationError:
    """Say that this run was started by another message and found no payment: the asker starts it by asking again."""
    told = "No payment was started for this order by this run. Send the authorization again, with its start."
    return ApplicationError(told, type=contract.NOT_STARTED, non_retryable=True)


def unknown_return() -> ApplicationError:
    """Say that no customer of this payment brings this back; nothing is changed by it."""
    refusal = Refusal(
        code="unknown_return",
        field="return_mac",
        message="No customer of this payment was sent away with this RETURNMAC.",
        remedy="Send the RETURNMAC of the address that the customer came back to, for the order it belongs to.",
    )
    return contract.BadMessage([refusal]).as_failure()


def another_order() -> ApplicationError:
    """Say that an order of this id was started with other content."""
    refusal = Refusal(
        code=contract.ANOTHER_ORDER,
        field="digest",
        message="This order's payment was started with another content.",
        remedy="Ask with the digest of the start that opened it, or give the changed order another id.",
    )
    details = [refusal.model_dump(mode="json")]
    return ApplicationError(str(refusal), details, type=contract.ANOTHER_ORDER, non_retryable=True)


def command_answer(payment: Payment, operation_id: str | None, message: str | None = None) -> CommandAnswer:
    """Say what became of an operation: the same to whoever asks again."""
    if operation_id is None:
        return CommandAnswer(result=CommandResult.ALREADY_DONE, state=payment.state, message=message)
    refund = payment.refund(operation_id)
    if refund is not None:
        return CommandAnswer(
            result=_of_refund(refund.stage),
            state=payment.state,
            operation_id=operation_id,
            amount=payment.money(refund.amount_minor),
            message=refund.reason,
        )
    parts = payment.part_captures(operation_id)
    if parts:
        return _of_captures(payment, operation_id, parts)
    hold = next((a for a in payment.authorizations if a.authorization_id == operation_id), None)
    if hold is not None:
        return _of_authorization(payment, hold)
    if operation_id.startswith(operation_name(payment.key, CHANGE, "")):
        owed = payment.money(payment.owed_minor)
        return CommandAnswer(result=CommandResult.DONE, state=payment.state, operation_id=operation_id, amount=owed)
    take_back = payment.take_back(operation_id)
    if take_back is not None:
        return _of_take_back(payment, take_back)
    plan = next((p for p in payment.scheduled if p.schedule_id == operation_id), None)
    if plan is not None:
        return _of_plan(payment, plan)
    if operation_id.split("/")[2] in OF_THE_BOOKS:
        return CommandAnswer(result=CommandResult.DONE, state=payment.state, operation_id=operation_id)
    is_accept = operation_id.startswith(operation_name(payment.key, OperationKind.ACCEPT, ""))
    result = _of_accept(payment, operation_id) if is_accept else _of_void(payment, operation_id)
    return CommandAnswer(result=result, state=payment.state, operation_id=operation_id)


def _of_take_back(payment: Payment, take_back: TakeBackRecord) -> CommandAnswer:
    capture = payment.capture(take_back.capture_id)
    too_late = f"The capture was not taken back: {take_back.reason}. Refund it instead."
    return CommandAnswer(
        result=_OF_TAKE_BACK[take_back.stage],
        state=payment.state,
        operation_id=take_back.take_back_id,
        amount=payment.money(capture.amount_minor) if capture else None,
        message=too_late if take_back.reason else None,
    )


def _of_plan(payment: Payment, plan: ScheduledCapture) -> CommandAnswer:
    if plan.capture_id is not None:
        return command_answer(payment, plan.capture_id)
    return CommandAnswer(
        result=CommandResult.SCHEDULED if plan.stage is ScheduleStage.WAITING else CommandResult.FAILED,
        state=payment.state,
        operation_id=plan.schedule_id,
        amount=None if plan.amount_minor is None else payment.money(plan.amount_minor),
        message=plan.reason,
    )


def pending(payment: Payment) -> CommandAnswer:
    """Say that it is accepted and not finished: the same request id asks again."""
    message = "It is being worked on; ask again with the same request id."
    return CommandAnswer(result=CommandResult.PENDING, state=payment.state, message=message)


def order_is_needed() -> Refusal:
    """Say that this run cannot ask for an authorization by itself: it was taken up from the ledger."""
    return Refusal(
        code="order_needed",
        field="order",
        message="This payment was taken up from the ledger, which keeps neither the customer nor the card.",
        remedy="Send the order with the request.",
    )


def retry_answer(
    payment: Payment, request_id: str, told: CommandAnswer, redirect_url: str | None
) -> AuthorizationAnswer:
    """Say what came of another try at paying: as the authorization itself is told."""
    if told.refusal is None and payment.request(request_id) is None:
        return AuthorizationAnswer(result=AuthorizationResult.PENDING, state=payment.state, reason=told.message)
    if told.refusal is None:
        return answer_of(payment, redirect_url)
    return AuthorizationAnswer(
        result=AuthorizationResult.REFUSED,
        state=payment.state,
        reason=str(told.refusal),
        refusals=(told.refusal,),
        may_retry_until=payment.retry_until,
    )


def unknown_order(state: PaymentState, refusals: tuple[Refusal, ...]) -> CommandAnswer:
    """Say that the order has no payment."""
    refusal = Refusal(
        code="unknown_order",
        field="order",
        message="No payment was ever opened for this order.",
        remedy="Start the payment first, or correct the order's id.",
    )
    return CommandAnswer(result=CommandResult.REFUSED, state=state, refusal=(refusals or (refusal,))[0])


def _of_refund(stage: RefundStage) -> CommandResult:
    match stage:
        case RefundStage.ASKED | RefundStage.INTENDED:
            return CommandResult.PENDING
        case RefundStage.TAKEN_BACK:
            return CommandResult.TAKEN_BACK
        case RefundStage.FAILED:
            return CommandResult.FAILED
        case RefundStage.REQUESTED | RefundStage.REFUNDED:
            return CommandResult.DONE


def _of_authorization(payment: Payment, hold: Authorization) -> CommandAnswer:
    if not hold.is_resolved or hold.is_pending:
        result = CommandResult.PENDING
    else:
        result = CommandResult.FAILED if hold.stage in NOTHING_CAME else CommandResult.DONE
    return CommandAnswer(
        result=result,
        state=payment.state,
        operation_id=hold.authorization_id,
        amount=payment.money(hold.amount_minor),
        message=_why_not(payment, hold),
    )


def _why_not(payment: Payment, hold: Authorization) -> str | None:
    why = hold.decline.message if hold.decline else hold.refusal
    if hold.owed_minor is None or hold.stage not in NOTHING_CAME:
        return why
    return f"{why or 'It never reached Ingenico'}. The order still owes {payment.money(payment.owed_minor)}."


def _of_captures(payment: Payment, operation_id: str, parts: tuple[CaptureRecord, ...]) -> CommandAnswer:
    """Sum up what was captured of a shipment; where a part was not, say of which amounts."""
    results = {_of_capture(part.stage) for part in parts}
    asked = sum(part.amount_minor for part in parts)
    taken = sum(part.amount_minor for part in parts if _of_capture(part.stage) is not CommandResult.FAILED)
    message = None
    worst_first = (CommandResult.PENDING, CommandResult.FAILED, CommandResult.DONE)
    result = next(each for each in worst_first if each in results)
    if result is CommandResult.FAILED and taken:
        message = f"{payment.money(taken)} of {payment.money(asked)} was captured: ship no more than that."
    return CommandAnswer(
        result=result,
        state=payment.state,
        operation_id=operation_id,
        amount=payment.money(taken or asked),
        message=message,
    )


def _of_capture(stage: CaptureStage) -> CommandResult:
    match stage:
        case CaptureStage.PLANNED | CaptureStage.INTENDED:
            return CommandResult.PENDING
        case CaptureStage.REFUSED | CaptureStage.REJECTED | CaptureStage.TAKEN_BACK:
            return CommandResult.FAILED
        case CaptureStage.REQUESTED | CaptureStage.CAPTURED | CaptureStage.COLLECTED:
            return CommandResult.DONE


def _of_accept(payment: Payment, operation_id: str) -> CommandResult:
    hold = payment.authorization
    if hold is None or hold.accept_id == operation_id:
        return CommandResult.PENDING
    # Accepted, and the issuer may still have to say yes; declined after that, nothing came of it.
    without = {AuthorizationStage.DECLINED, AuthorizationStage.ABANDONED}
    is_over = hold.stage in without or hold.given_up is not None or hold.waits_for is WaitsFor.REVIEW
    return CommandResult.FAILED if is_over else CommandResult.DONE


def _of_void(payment: Payment, operation_id: str) -> CommandResult:
    hold = next((h for h in payment.authorizations if operation_id in h.void_ids), None) or payment.authorization
    under_way = hold is not None and hold.void is not None and hold.void.void_id == operation_id
    more = any(h.planned is not None and h.planned.cause == "request" and h.open_minor for h in payment.authorizations)
    if under_way or more:
        return CommandResult.PENDING
    is_done = hold is not None and (hold.stage in _RELEASED or hold.finalized_by == operation_id)
    return CommandResult.DONE if is_done else CommandResult.FAILED
