"""What the order service is told: which events lead to a callback, and what it says. The public model of callbacks.

Each callback tells the whole standing of the payment after its event, so the last one is enough; `sequence` is the
event's place in the payment's story and tells which is the last. Nothing personal is in it.
"""

import hashlib
from datetime import datetime
from typing import Literal

from payments.base import Value
from payments.events import (
    AcceptRefused,
    AnyEvent,
    AttentionNeeded,
    AuthorizationGivenUp,
    AuthorizationRefused,
    CaptureDropped,
    CaptureRefused,
    CaptureUnscheduled,
    Decline,
    Declined,
    OutcomeUnknown,
    RecordedEvent,
    RefundFailed,
    RefundReversed,
    TakeBackRefused,
    VoidRefused,
)
from payments.money import Money
from payments.payment import Payment
from payments.references import PaymentKey
from payments.states import PaymentState
from payments.view import Amounts, view_of

SILENT = None
"""The order service is not told: nothing that it can act on has changed, or what follows at once is told."""

# Every kind of event, and the type of its callback.
TYPES: dict[str, str | None] = {
    "opened": SILENT,
    "authorization_intended": SILENT,
    "outcome_unknown": "payment.unknown",
    "authorized": "payment.authorized",
    "authorization_adopted": "payment.hold_appeared",
    "declined": "payment.declined",
    "authorization_pending": "payment.pending",
    "authorization_given_up": "payment.given_up",
    "checkout_opened": "payment.checkout_opened",
    "checkout_declined": "payment.checkout_declined",
    "checkout_paid": SILENT,
    "checkout_over": SILENT,
    "checkout_closed": "payment.checkout_closed",
    "checkout_paid_late": "payment.paid_late",
    "accept_intended": SILENT,
    "accept_refused": "payment.accept_refused",
    "authorization_refused": "payment.refused",
    "attempt_absent": SILENT,
    "watch_ended": SILENT,
    "abandoned": "payment.abandoned",
    "order_changed": "payment.order_changed",
    "capture_planned": SILENT,
    "capture_dropped": "payment.capture_dropped",
    "release_planned": SILENT,
    "capture_intended": SILENT,
    "capture_refused": "payment.capture_refused",
    "capture_requested": "payment.capture_requested",
    "captured": "payment.captured",
    "collected": "payment.collected",
    "capture_rejected": "payment.capture_rejected",
    "capture_scheduled": SILENT,
    "capture_unscheduled": "payment.capture_unscheduled",
    "take_back_intended": SILENT,
    "take_back_refused": "payment.take_back_refused",
    "capture_taken_back": "payment.capture_taken_back",
    "window_changed": "payment.window_changed",
    "window_ending": "payment.window_ending",
    "void_intended": SILENT,
    "void_refused": "payment.void_refused",
    "voided": "payment.voided",
    "captures_finalized": "payment.captures_finalized",
    "hold_released": SILENT,
    "hold_expired": "payment.expired",
    "unexplained": "payment.unexplained",
    "refund_asked": "payment.refund_asked",
    "refund_intended": SILENT,
    "refund_deferred": SILENT,
    "refund_requested": "payment.refund_requested",
    "refunded": "payment.refunded",
    "refund_failed": "payment.refund_failed",
    "refund_reversed": "payment.refund_reversed",
    "refund_taken_back": "payment.refund_taken_back",
    "attention_needed": "payment.needs_attention",
    "attention_settled": "payment.attention_settled",
}


class About(Value):
    """The operation that an event is about."""

    kind: Literal["authorization", "capture", "refund"]
    operation_id: str
    request_id: str | None = None
    """Of whoever asked for it; none for the authorization, which the start asks for."""
    shipment_id: str | None = None
    amount: Money
    """Of the authorization, the capture or the refund."""
    transaction_id: str | None = None
    """Ingenico's id of it."""


class NotificationData(Value):
    """How the payment stands after the event."""

    shop: str
    order_id: str
    sequence: int
    """Of the event: a callback with a lower one than the last taken is late and says nothing new."""
    state: PaymentState
    transaction_id: str | None
    authorization_code: str | None
    merchant_reference: str | None
    amounts: Amounts | None
    expires_at: datetime | None
    """When what is held and unshipped is voided by itself."""
    decline: Decline | None
    needs_attention: bool
    """Whether a person has to look at the payment."""
    about: About | None
    """None: it is about the payment as a whole."""
    reason: str | None
    """Why, in words, where something did not happen or somebody is needed."""


class Notification(Value):
    """One callback's body. The names of its fields are Standard Webhooks' own."""

    type: str
    timestamp: datetime
    """When the event happened."""
    data: NotificationData


def notification_of(payment: Payment, recorded: RecordedEvent) -> Notification | None:
    """Say what the order service is told of an event; `payment` is as the event left it. None: nothing."""
    named = TYPES.get(recorded.event.kind)
    if named is None:
        return None
    view = view_of(payment)
    data = NotificationData(
        shop=view.shop,
        order_id=view.order_id,
        sequence=recorded.sequence,
        state=view.state,
        transaction_id=view.transaction_id,
        authorization_code=view.authorization_code,
        merchant_reference=view.merchant_reference,
        amounts=view.amounts,
        expires_at=view.expires_at,
        decline=view.decline,
        needs_attention=bool(view.attention),
        about=_about(payment, recorded.event),
        reason=_reason(recorded.event),
    )
    return Notification(type=named, timestamp=recorded.occurred_at, data=data)


def message_id(key: PaymentKey, sequence: int) -> str:
    """Return the id under which an event's callback is sent, however often: receivers know a repeat by it.

    Of letters and digits alone, since a signature covers id, time and body joined by full stops.
    """
    named = f"{key.shop}/{key.order_id}/{sequence}"
    return f"msg_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def _about(payment: Payment, event: AnyEvent) -> About | None:
    capture, refund = payment.capture(event.subject), payment.refund(event.subject)
    if capture is not None:
        return About(
            kind="capture",
            operation_id=capture.capture_id,
            request_id=capture.request_id,
            shipment_id=capture.shipment_id,
            amount=payment.money(capture.amount_minor),
            transaction_id=capture.provider_capture_id,
        )
    if refund is not None:
        return About(
            kind="refund",
            operation_id=refund.refund_id,
            request_id=refund.request_id,
            amount=payment.money(refund.amount_minor),
            transaction_id=refund.provider_refund_id,
        )
    named = {event.subject, getattr(event, "authorization_id", None)}
    hold = next((hold for hold in payment.authorizations if hold.authorization_id in named), None)
    if hold is None:
        return None
    return About(
        kind="authorization",
        operation_id=hold.authorization_id,
        amount=payment.money(hold.amount_minor),
        transaction_id=hold.provider_id,
    )


def _reason(event: AnyEvent) -> str | None:
    match event:
        case AttentionNeeded():
            return event.sentence
        case Declined():
            return event.decline.message
        case AuthorizationRefused():
            return event.message
        case OutcomeUnknown() | CaptureRefused() | VoidRefused() | RefundFailed() | RefundReversed():
            return event.reason
        case AcceptRefused() | AuthorizationGivenUp() | CaptureDropped() | CaptureUnscheduled() | TakeBackRefused():
            return event.reason
        case _:
            return None
