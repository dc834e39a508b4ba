"""What is answered to those who ask a payment's workflow."""

from temporalio.exceptions import ApplicationError

from payments.events import WaitsFor
from payments.operations import OperationKind
from payments.parts import AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id as operation_name
from payments.refusals import Refusal
from payments.states import CaptureStage, PaymentState, RefundStage
from payments.view import AuthorizationAnswer, AuthorizationResult, CommandAnswer, CommandResult, answer_of
from workflows import contract

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
    capture = payment.capture(operation_id)
    if capture is not None:
        return CommandAnswer(
            result=_of_capture(capture.stage),
            state=payment.state,
            operation_id=operation_id,
            amount=payment.money(capture.amount_minor),
        )
    is_accept = operation_id.startswith(operation_name(payment.key, OperationKind.ACCEPT, ""))
    result = _of_accept(payment, operation_id) if is_accept else _of_void(payment, operation_id)
    return CommandAnswer(result=result, state=payment.state, operation_id=operation_id)


def pending(payment: Payment) -> CommandAnswer:
    """Say that it is accepted and not finished: the same request id asks again."""
    message = "It is being worked on; ask again with the same request id."
    return CommandAnswer(result=CommandResult.PENDING, state=payment.state, message=message)


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
        case RefundStage.FAILED:
            return CommandResult.FAILED
        case RefundStage.REQUESTED | RefundStage.REFUNDED:
            return CommandResult.DONE


def _of_capture(stage: CaptureStage) -> CommandResult:
    match stage:
        case CaptureStage.INTENDED:
            return CommandResult.PENDING
        case CaptureStage.REFUSED | CaptureStage.REJECTED:
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
    hold = payment.authorization
    if hold is not None and hold.void is not None and hold.void.void_id == operation_id:
        return CommandResult.PENDING
    is_done = hold is not None and (hold.stage in _RELEASED or hold.finalized_by == operation_id)
    return CommandResult.DONE if is_done else CommandResult.FAILED
