"""What was under way when a payment is taken up again from its story."""

from payments.decide.pending import accept_operation
from payments.decide.refund import refund_operation
from payments.operations import OPENING, Operation, OperationKind
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
    if hold.accept_id == unresolved:
        request_id = _request_of(payment, OperationKind.ACCEPT, unresolved)
        accepted = payment.request(request_id)
        return accept_operation(payment, hold, request_id, accepted.request_hash if accepted else "")
    kind, request_id, amount = _under_way(payment, hold)
    record = payment.request(request_id)
    return Operation(
        operation_id=unresolved,
        kind=kind,
        request_id=request_id,
        request_hash=record.request_hash if record else opened.digest,
        authorization_id=hold.authorization_id,
        attempt=hold.attempt if kind in OPENING else 1,
        amount=payment.money(amount),
        account=payment.account_of(hold),
        not_after=payment.window_end(hold) if kind is OperationKind.CAPTURE else None,
        provider_id=hold.checkout_id if kind is OperationKind.CLOSE else hold.provider_id,
        of_pending=hold.pending_since is not None and kind is OperationKind.VOID,
        one_of_several=hold.several_captures and kind not in OPENING,
        is_final=_is_final(payment) if kind is OperationKind.CAPTURE else True,
    )


def _concerned(payment: Payment, unresolved: str) -> Authorization:
    capture = payment.capture(unresolved)
    if capture is not None:
        return payment.hold(capture.authorization_id)
    taking_back = payment.taking_back()
    if taking_back is not None and taking_back.take_back_id == unresolved:
        return payment.hold(taking_back.authorization_id)
    names = (
        (hold, {hold.authorization_id, hold.accept_id, hold.void.void_id if hold.void else None})
        for hold in payment.authorizations
    )
    return next(hold for hold, its_names in names if unresolved in its_names)


def _under_way(payment: Payment, hold: Authorization) -> tuple[OperationKind, str, int]:
    if hold.stage is AuthorizationStage.INTENDED:
        kind = OperationKind.CHECKOUT if hold.by_checkout else OperationKind.AUTHORIZE
        return kind, hold.request_id, hold.amount_minor
    if hold.void is not None:
        if hold.void.closes:
            return OperationKind.CLOSE, _request_of(payment, OperationKind.CLOSE, hold.void.void_id), hold.amount_minor
        kind = OperationKind.FINALIZE if hold.void.finalizes else OperationKind.VOID
        return (
            kind,
            _request_of(payment, OperationKind.VOID, hold.void.void_id),
            hold.amount_minor if hold.is_pending else hold.open_minor,
        )
    taking_back = payment.taking_back()
    if taking_back is not None:
        undone = next(c for c in payment.captures if c.capture_id == taking_back.capture_id)
        return OperationKind.TAKE_BACK, taking_back.request_id, undone.amount_minor
    capture = next(c for c in payment.captures if c.stage is CaptureStage.INTENDED)
    return OperationKind.CAPTURE, capture.request_id, capture.amount_minor


def _is_final(payment: Payment) -> bool:
    return next(c.final for c in payment.captures if c.stage is CaptureStage.INTENDED)


def _request_of(payment: Payment, kind: OperationKind, subject: str) -> str:
    return subject.removeprefix(operation_id(payment.key, kind, ""))
