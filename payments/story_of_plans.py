"""What was planned, changed or taken back as sentences, for `story`."""

from typing import assert_never

from payments.events import (
    AuthorizationAdopted,
    CaptureDropped,
    CapturePlanned,
    CaptureScheduled,
    CaptureTakenBack,
    CaptureUnscheduled,
    OrderChanged,
    RefundTakenBack,
    ReleasePlanned,
    TakeBackIntended,
    TakeBackRefused,
    WatchEnded,
    WindowChanged,
    WindowEnding,
)
from payments.events.release import VoidCause
from payments.payment import Payment

CAUSES: dict[VoidCause, str] = {
    "request": "the order was cancelled",
    "window": "its window ended",
    "customer": "the customer did not return in time",
    "review_refused": "the fraud review refused it",
    "review_deadline": "the fraud review was not decided in time",
    "refund": "all of it was refunded before it was captured",
    "late_success": "it was authorized after the customer had been given up",
    "late": "it appeared after it was proven absent",
    "superseded": "another hold takes its place",
    "order_changed": "the order needs less",
}

PlanEvent = (
    AuthorizationAdopted
    | OrderChanged
    | CapturePlanned
    | CaptureDropped
    | ReleasePlanned
    | WatchEnded
    | TakeBackIntended
    | TakeBackRefused
    | CaptureTakenBack
    | RefundTakenBack
    | WindowChanged
    | WindowEnding
    | CaptureScheduled
    | CaptureUnscheduled
)


def told_of_plan(payment: Payment, event: PlanEvent) -> str:
    """Tell `event` in words."""

    def money(amount_minor: int) -> str:
        return str(payment.money(amount_minor))

    match event:
        case WatchEnded():
            return f"{event.subject} is not looked for any more"
        case OrderChanged():
            return f"the order owes {money(event.owed_minor)} now"
        case CapturePlanned():
            return f"{money(event.amount_minor)} more of it to be captured of another hold"
        case CaptureDropped():
            return f"{money(event.amount_minor)} of it is not captured: {event.reason}"
        case ReleasePlanned():
            return f"to be released: {CAUSES[event.cause]}"
        case AuthorizationAdopted():
            return f"a hold of {money(event.amount_minor)} appeared late under {event.reference}"
        case TakeBackIntended():
            return "the queued capture is to be taken back" + (": it is refunded whole" if event.refund_id else "")
        case TakeBackRefused():
            return f"the capture was not taken back: {event.reason}"
        case CaptureTakenBack():
            return f"capture of {money(event.amount_minor)} taken back, {money(event.reopened_minor)} is held again"
        case RefundTakenBack():
            return f"refund of {money(event.amount_minor)} not needed: its capture was taken back"
        case WindowChanged():
            return f"the window ends {event.ends_at:%Y-%m-%d %H:%M} UTC now"
        case WindowEnding():
            return f"fulfilment warned: {money(event.amount_minor)} unshipped until {event.ends_at:%Y-%m-%d %H:%M} UTC"
        case CaptureScheduled():
            what = "all that is left" if event.amount_minor is None else money(event.amount_minor)
            return f"capture of {what} planned for {event.at:%Y-%m-%d %H:%M} UTC"
        case CaptureUnscheduled():
            return f"the planned capture is not made: {event.reason}"
        case _:
            assert_never(event)
