"""What was under way when a payment is taken up again from its story."""

from payments.decide.refund import refund_operation
from payments.operations import Operation, OperationKind
from payments.parts import Authorization, AuthorizationStage
from payments.payment import Payment
from payments.references import operation_id
from payments.states import CaptureStage, RefundStage


def unresolved_operation(payment: Payment) -> Operation | None:
    """Return the operation whose outcome is open, named so that the ledger finds its intent."""
    opened, unresolved = payment.opened, payment.unresolved
    if opened is None or unresolved is None:
        return None
    refund = next((r for r in payment.refunds if r.stage is RefundStage.INTENDED), None)
    if refund is not None and refund.refund_id == unresolved:
        return refund_operation(payment, refund, refund.attempt)
    hold = _concerned(payment, unresolved)
    kind, request_id, amount = _under_way(payment, hold)
    record = payment.request(request_id)
    return Operation(
        operation_id=unresolved,
        kind=kind,
        request_id=request_id,
        request_hash=record.request_hash if record else opened.digest,
        authorization_id=hold.authorization_id,
        attempt=hold.attempt if kind is OperationKind.AUTHORIZE else 1,
        amount=payment.money(amount),
        account=payment.account_of(hold),
        not_after=payment.expires(hold) if kind is OperationKind.CAPTURE else None,
        provider_id=hold.provider_id,
        one_of_several=hold.several_captures and kind is not OperationKind.AUTHORIZE,
        is_final=_is_final(payment) if kind is OperationKind.CAPTURE else True,
    )


def _concerned(payment: Payment, unresolved: str) -> Authorization:
    capture = payment.capture(unresolved)
    if capture is not None:
        return payment.hold(capture.authorization_id)
    names = (
        (hold, {hold.authorization_id, hold.void.void_id if hold.void else None}) for hold in payment.authorizations
    )
    return next(hold for hold, its_names in names if unresolved in its_names)


def _under_way(payment: Payment, hold: Authorization) -> tuple[OperationKind, str, int]:
    if hold.stage is AuthorizationStage.INTENDED:
        return OperationKind.AUTHORIZE, hold.request_id, hold.amount_minor
    if hold.void is not None:
        kind = OperationKind.FINALIZE if hold.void.finalizes else OperationKind.VOID
        return kind, _request_of(payment, OperationKind.VOID, hold.void.void_id), hold.open_minor
    capture = next(c for c in payment.captures if c.stage is CaptureStage.INTENDED)
    return OperationKind.CAPTURE, capture.request_id, capture.amount_minor


def _is_final(payment: Payment) -> bool:
    return next(c.final for c in payment.captures if c.stage is CaptureStage.INTENDED)


def _request_of(payment: Payment, kind: OperationKind, subject: str) -> str:
    return subject.removeprefix(operation_id(payment.key, kind, ""))
