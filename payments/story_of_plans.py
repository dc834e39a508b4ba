"""Captures taken back, planned captures and windows as sentences, for `story`."""

from typing import assert_never

from payments.events import (
    CaptureScheduled,
    CaptureTakenBack,
    CaptureUnscheduled,
    RefundTakenBack,
    TakeBackIntended,
    TakeBackRefused,
    WindowChanged,
    WindowEnding,
)
from payments.payment import Payment

PlanEvent = (
    TakeBackIntended
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
