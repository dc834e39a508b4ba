"""The double entry: `postings(event, currency)` is what one event books, summing to zero.

The chart of accounts is documented in `docs/architecture.md`. Amounts are signed minor units.
"""

from enum import StrEnum
from typing import Protocol, assert_never

from payments.base import Value
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
    CheckoutEvent,
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
    RejectedStage,
    ReleasePlanned,
    TakeBackIntended,
    TakeBackRefused,
    Unexplained,
    Voided,
    VoidIntended,
    VoidRefused,
    WatchEnded,
    WindowChanged,
    WindowEnding,
)


class Account(StrEnum):
    """The accounts of the ledger."""

    HOLD_OPEN = "hold.open"
    HOLD_RESERVED = "hold.reserved"
    HOLD_LAPSING = "hold.lapsing"
    HOLD_CONTRA = "hold.contra"
    CAPTURE_QUEUED = "capture.queued"
    SALE_PENDING = "sale.pending"
    PROVIDER_CAPTURED = "provider.captured"
    PROVIDER_COLLECTED = "provider.collected"
    SALE = "sale"
    SUSPENSE = "suspense"
    REFUNDS = "refunds"
    """What was promised back to the customer."""
    REFUND_OWED = "refund.owed"
    """Promised back and not paid out yet; negative."""


class Entry(Value):
    """One line of a posting: a signed amount on an account, with the dimensions it is looked up by."""

    account: Account
    amount_minor: int
    authorization_id: str
    capture_id: str | None = None


class _OfAuthorization(Protocol):
    @property
    def authorization_id(self) -> str: ...


def postings(event: AnyEvent) -> tuple[Entry, ...]:
    """Return the entries that `event` makes; none for what moves no money."""
    if isinstance(event, CheckoutEvent):
        return ()
    match event:
        case AuthorizationPending():
            return _move(event.subject, None, event.held_minor, Account.HOLD_CONTRA, Account.HOLD_OPEN)
        case Authorized():
            gained = event.amount_minor - event.booked_minor
            return _move(event.subject, None, gained, Account.HOLD_CONTRA, Account.HOLD_OPEN)
        case AuthorizationAdopted():
            return _move(event.subject, None, event.amount_minor, Account.HOLD_CONTRA, Account.HOLD_OPEN)
        case CaptureIntended():
            return _capture(event, event.amount_minor, (Account.HOLD_OPEN, Account.HOLD_RESERVED))
        case CaptureRefused():
            return _capture(event, event.amount_minor, (Account.HOLD_RESERVED, Account.HOLD_OPEN))
        case CaptureRequested():
            return _requested(event)
        case Captured():
            return _capture(
                event,
                event.amount_minor,
                (Account.CAPTURE_QUEUED, Account.SALE_PENDING),
                (Account.SALE, Account.PROVIDER_CAPTURED),
            )
        case Collected():
            return _capture(event, event.amount_minor, (Account.PROVIDER_CAPTURED, Account.PROVIDER_COLLECTED))
        case CaptureRejected():
            return (
                *_capture(event, event.amount_minor, _UNDONE[event.stage]),
                *_hold(event, event.reopened_minor, Account.HOLD_CONTRA, Account.HOLD_OPEN),
                *_hold(event, event.lapsing_minor, Account.HOLD_CONTRA, Account.HOLD_LAPSING),
            )
        case CaptureTakenBack():
            return (
                *_capture(event, event.amount_minor, _UNDONE[RejectedStage.REQUESTED]),
                *_hold(event, event.reopened_minor, Account.HOLD_CONTRA, Account.HOLD_OPEN),
            )
        case Voided() | CapturesFinalized():
            return _hold(event, event.amount_minor, Account.HOLD_OPEN, Account.HOLD_LAPSING)
        case HoldReleased():
            return _hold(event, event.amount_minor, Account.HOLD_LAPSING, Account.HOLD_CONTRA)
        case HoldExpired():
            return _hold(event, event.amount_minor, Account.HOLD_OPEN, Account.HOLD_CONTRA)
        case Unexplained():
            return (
                *_hold(event, event.amount_minor, Account.SUSPENSE, Account.PROVIDER_COLLECTED),
                *_hold(event, event.used_hold_minor, Account.HOLD_OPEN, Account.HOLD_CONTRA),
            )
        case RefundAsked():
            return _capture_of(event, event.capture_id, event.amount_minor, Account.REFUND_OWED, Account.REFUNDS)
        case RefundFailed() | RefundTakenBack():
            return _hold(event, event.amount_minor, Account.REFUNDS, Account.REFUND_OWED)
        case Refunded():
            return _hold(event, event.amount_minor, Account.PROVIDER_COLLECTED, Account.REFUND_OWED)
        case RefundReversed():
            return _hold(event, event.amount_minor, Account.REFUNDS, Account.PROVIDER_COLLECTED)
        case (
            Opened()
            | RefundIntended()
            | RefundDeferred()
            | RefundRequested()
            | AuthorizationIntended()
            | AcceptIntended()
            | AcceptRefused()
            | AuthorizationGivenUp()
            | OutcomeUnknown()
            | Declined()
            | AuthorizationRefused()
            | AttemptAbsent()
            | WatchEnded()
            | Abandoned()
            | OrderChanged()
            | CapturePlanned()
            | CaptureDropped()
            | ReleasePlanned()
            | VoidIntended()
            | VoidRefused()
            | TakeBackIntended()
            | TakeBackRefused()
            | WindowChanged()
            | WindowEnding()
            | CaptureScheduled()
            | CaptureUnscheduled()
            | AttentionNeeded()
            | AttentionSettled()
        ):
            return ()
        case _:
            assert_never(event)


# A rejected capture leaves the account it had reached, back to where it came from.
_UNDONE = {
    RejectedStage.REQUESTED: (Account.CAPTURE_QUEUED, Account.SALE_PENDING),
    RejectedStage.CAPTURED: (Account.PROVIDER_CAPTURED, Account.SALE),
    RejectedStage.COLLECTED: (Account.PROVIDER_COLLECTED, Account.SALE),
}


def _requested(event: CaptureRequested) -> tuple[Entry, ...]:
    taken = min(event.amount_minor, event.reported_minor)
    return (
        *_capture(
            event,
            taken,
            (Account.HOLD_RESERVED, Account.HOLD_CONTRA),
            (Account.SALE_PENDING, Account.CAPTURE_QUEUED),
        ),
        *_capture(event, event.amount_minor - taken, (Account.HOLD_RESERVED, Account.HOLD_OPEN)),
        *_capture(event, event.rest_minor, (Account.HOLD_OPEN, Account.HOLD_LAPSING)),
    )


class _OfCapture(_OfAuthorization, Protocol):
    @property
    def subject(self) -> str: ...


def _capture(event: _OfCapture, amount: int, *moves: tuple[Account, Account]) -> tuple[Entry, ...]:
    return tuple(
        entry
        for source, target in moves
        for entry in _move(event.authorization_id, event.subject, amount, source, target)
    )


def _capture_of(
    event: _OfAuthorization, capture_id: str, amount: int, source: Account, target: Account
) -> tuple[Entry, ...]:
    return _move(event.authorization_id, capture_id, amount, source, target)


def _hold(event: _OfAuthorization, amount: int, source: Account, target: Account) -> tuple[Entry, ...]:
    return _move(event.authorization_id, None, amount, source, target)


def _move(
    authorization_id: str, capture_id: str | None, amount: int, source: Account, target: Account
) -> tuple[Entry, ...]:
    """Take `amount` from one account and put it on another; nothing for nothing."""
    if amount == 0:
        return ()
    return tuple(
        Entry(account=account, amount_minor=signed, authorization_id=authorization_id, capture_id=capture_id)
        for account, signed in ((source, -amount), (target, amount))
    )
