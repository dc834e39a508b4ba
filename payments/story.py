"""One event as one sentence, for the timeline that people read."""

from typing import assert_never

from payments.events import (
    Abandoned,
    AcceptIntended,
    AcceptRefused,
    AnyEvent,
    AttemptAbsent,
    AttentionNeeded,
    AttentionSettled,
    AuthorizationAdopted,
    AuthorizationGivenUp,
    AuthorizationIntended,
    AuthorizationPending,
    AuthorizationRefused,
    Authorized,
    Captured,
    CaptureDropped,
    CaptureIntended,
    CapturePlanned,
    CaptureRefused,
    CaptureRejected,
    CaptureRequested,
    CaptureScheduled,
    CapturesFinalized,
    CaptureTakenBack,
    CaptureUnscheduled,
    CheckoutClosed,
    CheckoutDeclined,
    CheckoutEnd,
    CheckoutEvent,
    CheckoutOpened,
    CheckoutOver,
    CheckoutPaid,
    CheckoutPaidLate,
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
    RefundTakenBack,
    ReleasePlanned,
    TakeBackIntended,
    TakeBackRefused,
    Unexplained,
    Voided,
    VoidIntended,
    VoidRefused,
    WaitsFor,
    WatchEnded,
    WindowChanged,
    WindowEnding,
)
from payments.payment import Payment
from payments.states import Purpose
from payments.story_of_plans import CAUSES, told_of_plan

_WAITS_FOR = {
    WaitsFor.CUSTOMER: "the customer, who was sent to a page elsewhere",
    WaitsFor.REVIEW: "a fraud review",
    WaitsFor.ISSUER: "the issuer",
}


def sentence(payment: Payment, event: AnyEvent) -> str:
    """Tell `event` in words; `payment` is the one it happened to, for the currency."""

    def money(amount_minor: int) -> str:
        return str(payment.money(amount_minor))

    if isinstance(event, CheckoutEvent):
        return _on_the_page(event)
    match event:
        case Opened():
            return f"opened: {event.owed} owed, {event.action.value.replace('_', ' ')} on account {event.account}"
        case AuthorizationIntended():
            why = "" if event.purpose is Purpose.START else f" ({event.purpose.value})"
            return f"authorization of {money(event.amount_minor)} asked for, reference {event.reference}{why}"
        case OutcomeUnknown():
            return f"the answer was lost ({event.reason}): it is being found out"
        case AuthorizationPending():
            held = f", {money(event.held_minor)} is held on the card meanwhile" if event.held_minor else ""
            return f"not authorized yet: it waits for {_WAITS_FOR[event.waits_for]}{held}"
        case AcceptIntended():
            why = f" ({event.reason})" if event.reason else ""
            return f"the review was accepted{why}: the provider is told"
        case AcceptRefused():
            return f"the acceptance did not happen: {event.reason}"
        case AuthorizationGivenUp():
            return f"given up, nothing was held: {event.reason.value.replace('_', ' ')}"
        case Authorized():
            several = ", in several captures" if event.several_captures else ""
            return f"authorized {money(event.amount_minor)}, code {event.authorization_code or 'none'}{several}"
        case Declined():
            return f"declined: {event.decline.message} ({event.decline.code})"
        case AuthorizationRefused():
            return f"authorization refused: {event.message} ({event.code})"
        case AttemptAbsent():
            return f"attempt {event.occurrence} never arrived: {event.evidence}"
        case Abandoned():
            return "abandoned: nothing was ever held"
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
        case VoidIntended():
            what = "the page is being closed" if event.closes else "void asked for"
            return f"{what}: {CAUSES[event.cause]}"
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
        case (
            AuthorizationAdopted()
            | OrderChanged()
            | CapturePlanned()
            | CaptureDropped()
            | ReleasePlanned()
            | WatchEnded()
            | TakeBackIntended()
            | TakeBackRefused()
            | CaptureTakenBack()
            | RefundTakenBack()
            | WindowChanged()
            | WindowEnding()
            | CaptureScheduled()
            | CaptureUnscheduled()
        ):
            return told_of_plan(payment, event)
        case AttentionNeeded():
            return f"needs a person: {event.sentence}"
        case AttentionSettled():
            return "no longer needs a person"
        case _:
            assert_never(event)


def _on_the_page(
    event: CheckoutOpened | CheckoutDeclined | CheckoutOver | CheckoutClosed | CheckoutPaid | CheckoutPaidLate,
) -> str:
    match event:
        case CheckoutOpened():
            return "a page for paying is open: it waits for the customer"
        case CheckoutDeclined():
            return f"declined on the page: {event.decline.message} ({event.decline.code}); another try may follow"
        case CheckoutOver():
            left = event.end is CheckoutEnd.CANCELLED
            return "the customer left the page" if left else "the page is there no more"
        case CheckoutClosed():
            return "the page is closed: nothing can be begun on it any more"
        case CheckoutPaid():
            return f"the customer paid on the page: {event.provider_id}"
        case CheckoutPaidLate():
            return f"paid on the page after all: {'it is let go of' if event.unwanted else 'it counts'}"
