"""One event as one sentence, for the timeline that people read."""

from typing import assert_never

from payments.events import (
    Abandoned,
    AnyEvent,
    AttemptAbsent,
    AttentionNeeded,
    AttentionSettled,
    AuthorizationAdopted,
    AuthorizationIntended,
    AuthorizationRefused,
    Authorized,
    Captured,
    CaptureDropped,
    CaptureIntended,
    CapturePlanned,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    CapturesFinalized,
    Collected,
    Declined,
    HoldExpired,
    HoldReleased,
    Opened,
    OrderChanged,
    OutcomeUnknown,
    RefundAsked,
    RefundDeferred,
    Refunded,
    RefundFailed,
    RefundIntended,
    RefundRequested,
    RefundReversed,
    ReleasePlanned,
    Unexplained,
    Voided,
    VoidIntended,
    VoidRefused,
    WatchEnded,
)
from payments.payment import Payment
from payments.states import Purpose

_CAUSES = {
    "request": "the order was cancelled",
    "window": "its window ended",
    "late": "it appeared after it was proven absent",
    "superseded": "another hold takes its place",
    "order_changed": "the order needs less",
}


def sentence(payment: Payment, event: AnyEvent) -> str:
    """Tell `event` in words; `payment` is the one it happened to, for the currency."""

    def money(amount_minor: int) -> str:
        return str(payment.money(amount_minor))

    match event:
        case Opened():
            return f"opened: {event.owed} owed, {event.action.value.replace('_', ' ')} on account {event.account}"
        case AuthorizationIntended():
            why = "" if event.purpose is Purpose.START else f" ({event.purpose.value})"
            return f"authorization of {money(event.amount_minor)} asked for, reference {event.reference}{why}"
        case OutcomeUnknown():
            return f"the answer was lost ({event.reason}): it is being found out"
        case Authorized():
            several = ", in several captures" if event.several_captures else ""
            return f"authorized {money(event.amount_minor)}, code {event.authorization_code or 'none'}{several}"
        case AuthorizationAdopted():
            return f"a hold of {money(event.amount_minor)} appeared late under {event.reference}"
        case Declined():
            return f"declined: {event.decline.message} ({event.decline.code})"
        case AuthorizationRefused():
            return f"authorization refused: {event.message} ({event.code})"
        case AttemptAbsent():
            return f"attempt {event.occurrence} never arrived: {event.evidence}"
        case WatchEnded():
            return f"{event.subject} is not looked for any more"
        case Abandoned():
            return "abandoned: nothing was ever held"
        case OrderChanged():
            return f"the order owes {money(event.owed_minor)} now"
        case CapturePlanned():
            return f"{money(event.amount_minor)} more of it to be captured of another hold"
        case CaptureDropped():
            return f"{money(event.amount_minor)} of it is not captured: {event.reason}"
        case CaptureIntended():
            shipment = f" ({event.shipment_id})" if event.shipment_id else ""
            return f"capture of {money(event.amount_minor)} asked for{shipment}"
        case CaptureRefused():
            return f"capture did not happen: {event.reason}"
        case CaptureRequested():
            rest = f", {money(event.rest_minor)} of the hold lapses" if event.rest_minor else ""
            return f"capture of {money(event.reported_minor)} queued{rest}"
        case Captured():
            return f"captured {money(event.amount_minor)}"
        case Collected():
            return f"collected {money(event.amount_minor)}: the provider has the money"
        case CaptureRejected():
            again = f", {money(event.reopened_minor)} may be captured again" if event.reopened_minor else ""
            return f"capture of {money(event.amount_minor)} rejected{again}"
        case ReleasePlanned():
            return f"to be released: {_CAUSES[event.cause]}"
        case VoidIntended():
            return f"void asked for: {_CAUSES[event.cause]}"
        case VoidRefused():
            return f"void did not happen: {event.reason}"
        case Voided():
            return f"voided {money(event.amount_minor)}"
        case CapturesFinalized():
            return f"no capture follows, {money(event.amount_minor)} of the hold lapses"
        case HoldReleased():
            return f"{money(event.amount_minor)} is off the card" + ("" if event.confirmed else " by its date")
        case HoldExpired():
            return f"hold of {money(event.amount_minor)} ended by itself"
        case Unexplained():
            return f"{money(event.amount_minor)} unexplained at the provider: in suspense"
        case RefundAsked():
            why = f" ({event.reason})" if event.reason else ""
            return f"refund of {money(event.amount_minor)} accepted{why}"
        case RefundIntended():
            return f"refund asked for, reference {event.reference}"
        case RefundDeferred():
            return f"refund not before {event.not_before:%Y-%m-%d %H:%M} UTC: {event.why}"
        case RefundRequested():
            return "refund queued"
        case Refunded():
            return f"refunded {money(event.amount_minor)}"
        case RefundFailed():
            return f"refund of {money(event.amount_minor)} did not happen: {event.reason}"
        case RefundReversed():
            return f"refund of {money(event.amount_minor)} came back: {event.reason}"
        case AttentionNeeded():
            return f"needs a person: {event.sentence}"
        case AttentionSettled():
            return "no longer needs a person"
        case _:
            assert_never(event)
