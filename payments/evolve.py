"""Fold what happened: `evolve(payment, event)` is the next payment. It decides nothing and refuses nothing."""

from collections.abc import Iterable
from typing import Any, assert_never

from payments.events import (
    Abandoned,
    AnyEvent,
    AttemptAbsent,
    AttentionNeeded,
    AttentionSettled,
    AuthorizationIntended,
    AuthorizationRefused,
    Authorized,
    Captured,
    CaptureIntended,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    CapturesFinalized,
    Collected,
    Declined,
    HoldExpired,
    HoldReleased,
    Opened,
    OutcomeUnknown,
    RecordedEvent,
    Unexplained,
    Voided,
    VoidIntended,
    VoidRefused,
    WatchEnded,
)
from payments.evolve_refund import evolve_refund
from payments.payment import (
    Attention,
    Authorization,
    AuthorizationStage,
    CaptureRecord,
    Payment,
    RequestRecord,
    VoidRecord,
    Watched,
)
from payments.references import PaymentKey
from payments.refund_events import (
    RefundAsked,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundIntended,
    RefundRequested,
    RefundReversed,
)
from payments.states import CaptureStage


def fold(key: PaymentKey, events: Iterable[AnyEvent]) -> Payment:
    """Return the payment that these events, in their order, make."""
    payment = Payment(key=key)
    for event in events:
        payment = evolve(payment, event)
    return payment


def catch_up(payment: Payment, recorded: Iterable[RecordedEvent]) -> Payment:
    """Fold the events that `payment` does not know yet; what it knows is skipped, a gap is an error."""
    for entry in recorded:
        if entry.sequence <= payment.sequence:
            continue
        if entry.sequence != payment.sequence + 1:
            raise ValueError(f"{payment.key}: event {entry.sequence} follows {payment.sequence}")
        payment = evolve(payment, entry.event)
    return payment


def evolve(payment: Payment, event: AnyEvent) -> Payment:
    """Return the payment after `event`; its sequence grows by one."""
    after = _apply(payment, event)
    if after.unknown_operation is not None and after.unresolved != after.unknown_operation:
        after = _with(after, unknown_operation=None)
    return _with(after, sequence=payment.sequence + 1)


def _apply(payment: Payment, event: AnyEvent) -> Payment:
    match event:
        case Opened():
            return _with(payment, opened=event)
        case AuthorizationIntended() | Authorized() | Declined() | AuthorizationRefused() | AttemptAbsent():
            return _authorization(payment, event)
        case Abandoned():
            remembered = _remember(payment, event.request_id, event.request_hash, event.subject)
            return _hold(remembered, None, stage=AuthorizationStage.ABANDONED)
        case CaptureIntended() | CaptureRefused() | CaptureRequested() | Captured() | Collected() | CaptureRejected():
            return _capture(payment, event)
        case VoidIntended() | VoidRefused() | Voided() | CapturesFinalized() | HoldReleased() | HoldExpired():
            return _release(payment, event)
        case OutcomeUnknown():
            return _with(payment, unknown_operation=event.subject)
        case WatchEnded():
            return _with(payment, watched=tuple(w for w in payment.watched if w.reference != event.subject))
        case Unexplained():
            hold = _find(payment, event.authorization_id)
            return _hold(payment, hold, open_minor=hold.open_minor - event.used_hold_minor)
        case (
            RefundAsked()
            | RefundIntended()
            | RefundDeferred()
            | RefundRequested()
            | Refunded()
            | RefundFailed()
            | RefundReversed()
        ):
            return evolve_refund(payment, event)
        case AttentionNeeded():
            others = tuple(a for a in payment.attention if a.subject != event.subject)
            return _with(payment, attention=(*others, Attention(subject=event.subject, sentence=event.sentence)))
        case AttentionSettled():
            return _with(payment, attention=tuple(a for a in payment.attention if a.subject != event.subject))
        case _:
            assert_never(event)


def _authorization(
    payment: Payment,
    event: AuthorizationIntended | Authorized | Declined | AuthorizationRefused | AttemptAbsent,
) -> Payment:
    if isinstance(event, AuthorizationIntended):
        asked = Authorization(
            authorization_id=event.subject,
            attempt=event.attempt,
            reference=event.reference,
            amount_minor=event.amount_minor,
        )
        others = tuple(a for a in payment.authorizations if a.authorization_id != event.subject)
        sent = (*payment.references, event.reference)
        return _with(payment, authorizations=(*others, asked), references=sent)
    hold = _find(payment, event.subject)
    match event:
        case Authorized():
            return _hold(
                payment,
                hold,
                stage=AuthorizationStage.HELD,
                amount_minor=event.amount_minor,
                open_minor=event.amount_minor,
                provider_id=event.provider_id,
                authorization_code=event.authorization_code,
                authorized_at=event.authorized_at,
                several_captures=event.several_captures,
            )
        case Declined():
            return _hold(
                payment,
                hold,
                stage=AuthorizationStage.DECLINED,
                decline=event.decline,
                provider_id=event.provider_id,
            )
        case AuthorizationRefused():
            return _hold(payment, hold, stage=AuthorizationStage.REFUSED, refusal=f"{event.code}: {event.message}")
        case AttemptAbsent():
            watched = (*payment.watched, Watched(reference=event.reference, until=event.watched_until))
            return _hold(_with(payment, watched=watched), hold, stage=AuthorizationStage.ABSENT)
        case _:
            assert_never(event)


def _capture(
    payment: Payment,
    event: CaptureIntended | CaptureRefused | CaptureRequested | Captured | Collected | CaptureRejected,
) -> Payment:
    hold = _find(payment, event.authorization_id)
    match event:
        case CaptureIntended():
            capture = CaptureRecord(
                capture_id=event.subject,
                authorization_id=event.authorization_id,
                request_id=event.request_id,
                shipment_id=event.shipment_id,
                amount_minor=event.amount_minor,
                final=event.final,
                reference=event.reference,
            )
            remembered = _remember(payment, event.request_id, event.request_hash, event.subject)
            sent = (*payment.references, event.reference) if event.reference else payment.references
            added = _with(remembered, captures=(*payment.captures, capture), references=sent)
            return _hold(
                added,
                hold,
                open_minor=hold.open_minor - event.amount_minor,
                reserved_minor=hold.reserved_minor + event.amount_minor,
            )
        case CaptureRefused():
            returned = _hold(
                payment,
                hold,
                open_minor=hold.open_minor + event.amount_minor,
                reserved_minor=hold.reserved_minor - event.amount_minor,
            )
            return _stage(returned, event.subject, CaptureStage.REFUSED)
        case CaptureRequested():
            taken = min(event.amount_minor, event.reported_minor)
            back = event.amount_minor - taken
            used = _hold(
                payment,
                hold,
                reserved_minor=hold.reserved_minor - event.amount_minor,
                open_minor=hold.open_minor + back - event.rest_minor,
                lapsing_minor=hold.lapsing_minor + event.rest_minor,
            )
            return _stage(
                used,
                event.subject,
                CaptureStage.REQUESTED,
                amount_minor=taken,
                reported_minor=event.reported_minor,
                provider_capture_id=event.provider_capture_id,
            )
        case Captured():
            return _stage(payment, event.subject, CaptureStage.CAPTURED)
        case Collected():
            return _stage(payment, event.subject, CaptureStage.COLLECTED)
        case CaptureRejected():
            again = _hold(
                payment,
                hold,
                open_minor=hold.open_minor + event.reopened_minor,
                lapsing_minor=hold.lapsing_minor + event.lapsing_minor,
            )
            return _stage(again, event.subject, CaptureStage.REJECTED)
        case _:
            assert_never(event)


def _release(
    payment: Payment,
    event: VoidIntended | VoidRefused | Voided | CapturesFinalized | HoldReleased | HoldExpired,
) -> Payment:
    hold = _find(payment, event.authorization_id)
    match event:
        case VoidIntended():
            remembered = _remember(payment, event.request_id, event.request_hash, event.subject)
            return _hold(
                remembered, hold, void=VoidRecord(void_id=event.subject, cause=event.cause, finalizes=event.finalizes)
            )
        case VoidRefused():
            return _hold(payment, hold, void=None)
        case Voided():
            return _hold(
                payment,
                hold,
                stage=AuthorizationStage.VOIDED,
                void=None,
                open_minor=hold.open_minor - event.amount_minor,
                lapsing_minor=hold.lapsing_minor + event.amount_minor,
            )
        case CapturesFinalized():
            return _hold(
                payment,
                hold,
                void=None,
                finalized_by=event.subject,
                open_minor=hold.open_minor - event.amount_minor,
                lapsing_minor=hold.lapsing_minor + event.amount_minor,
            )
        case HoldReleased():
            return _hold(payment, hold, ends=hold.ends + 1, lapsing_minor=hold.lapsing_minor - event.amount_minor)
        case HoldExpired():
            return _hold(
                payment,
                hold,
                stage=hold.stage if payment.live_captures(hold.authorization_id) else AuthorizationStage.EXPIRED,
                ends=hold.ends + 1,
                open_minor=hold.open_minor - event.amount_minor,
            )
        case _:
            assert_never(event)


def _find(payment: Payment, authorization_id: str) -> Authorization:
    found = next((a for a in payment.authorizations if a.authorization_id == authorization_id), None)
    if found is None:
        raise ValueError(f"{payment.key} has no authorization {authorization_id}")
    return found


def _with(payment: Payment, **changes: Any) -> Payment:  # noqa: ANN401 (fields of the model, checked by tests)
    return payment.model_copy(update=changes)


def _hold(payment: Payment, hold: Authorization | None, **changes: Any) -> Payment:  # noqa: ANN401
    target = hold or payment.authorization
    if target is None:
        raise ValueError(f"{payment.key} has no authorization")
    changed = target.model_copy(update=changes)
    return _with(payment, authorizations=tuple(changed if a is target else a for a in payment.authorizations))


def _stage(payment: Payment, capture_id: str, stage: CaptureStage, **changes: Any) -> Payment:  # noqa: ANN401
    return _with(
        payment,
        captures=tuple(
            c.model_copy(update={"stage": stage, **changes}) if c.capture_id == capture_id else c
            for c in payment.captures
        ),
    )


def _remember(payment: Payment, request_id: str, request_hash: str, operation_id: str) -> Payment:
    record = RequestRecord(request_id=request_id, request_hash=request_hash, operation_id=operation_id)
    return _with(payment, requests=(*payment.requests, record))
