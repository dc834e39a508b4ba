"""The life of a payment as a pure function of what was asked and when: nothing is ever moved by a timer.

Every reading folds the payment's steps into the moments at which its status changes, future ones included,
and takes the last moment that has come. So a restart loses nothing, and the state of ten seconds ago can be told.
"""

from dataclasses import dataclass

from simulator.records import APPROVE, Payment, Step

REJECTED = "REJECTED"
PENDING_APPROVAL = "PENDING_APPROVAL"
CAPTURE_REQUESTED = "CAPTURE_REQUESTED"
CAPTURED = "CAPTURED"
PAID = "PAID"
REJECTED_CAPTURE = "REJECTED_CAPTURE"
CANCELLED = "CANCELLED"

DAY = 86_400 * 1_000_000

# Days after which a capture no longer succeeds (docstrings of connect-sdk-python3 2.26.0, cards). Without a mode
# the hold lasts as long as a final one, yet the real sandbox captured less than all of it (ActiveMerchant's suite).
UNSPECIFIED = ""
PRE_AUTHORIZATION = "PRE_AUTHORIZATION"
FINAL_AUTHORIZATION = "FINAL_AUTHORIZATION"
SALE = "SALE"
WINDOW_DAYS = {PRE_AUTHORIZATION: 30, FINAL_AUTHORIZATION: 7, SALE: 30, UNSPECIFIED: 7}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What Connect prints beside a status."""

    category: str
    code: int
    authorized: bool
    refundable: bool


# Categories from the SDK's OrderStatusOutput; 100, 600, 800, 1000 and 99999 are in recorded answers, 900 and
# 1100 are ours (docs/simulator.md).
FACTS = {
    REJECTED: Facts(category="UNSUCCESSFUL", code=100, authorized=False, refundable=False),
    PENDING_APPROVAL: Facts(category="PENDING_MERCHANT", code=600, authorized=True, refundable=False),
    CAPTURE_REQUESTED: Facts(category="PENDING_CONNECT_OR_3RD_PARTY", code=800, authorized=True, refundable=False),
    CAPTURED: Facts(category="COMPLETED", code=900, authorized=True, refundable=True),
    PAID: Facts(category="COMPLETED", code=1000, authorized=True, refundable=True),
    REJECTED_CAPTURE: Facts(category="UNSUCCESSFUL", code=1100, authorized=False, refundable=False),
    CANCELLED: Facts(category="UNSUCCESSFUL", code=99999, authorized=False, refundable=False),
}


@dataclass(frozen=True, kw_only=True)
class Moment:
    """From `at` on the payment has this status."""

    at: int
    status: str


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Cumulative amounts: none of them ever falls."""

    authorized: int
    capture_requested: int
    captured: int
    collected: int
    voided: int


def moments(payment: Payment) -> list[Moment]:
    """All changes of status in order, past and still to come."""
    if payment.decline_code is not None:
        return [Moment(at=payment.created_at, status=REJECTED)]
    line = [] if payment.captured_at_once else [Moment(at=payment.created_at, status=PENDING_APPROVAL)]
    for step in payment.steps:
        line = [earlier for earlier in line if earlier.at <= step.at] + _moments_of(step)
    return line


def _moments_of(step: Step) -> list[Moment]:
    if step.kind != APPROVE:
        return [Moment(at=step.at, status=CANCELLED)]
    asked = Moment(at=step.at, status=CAPTURE_REQUESTED)
    if step.fails:
        return [asked, Moment(at=step.captured_at, status=REJECTED_CAPTURE)]
    return [
        asked,
        Moment(at=step.captured_at, status=CAPTURED),
        Moment(at=step.collected_at, status=PAID),
    ]


def state_at(payment: Payment, now: int) -> Moment:
    """The status that holds at `now`; asking about a time before the payment existed is a mistake of the caller."""
    return [moment for moment in moments(payment) if moment.at <= now][-1]


def is_cancellable(payment: Payment, now: int) -> bool:
    """Pending, or queued for capture and not yet past the cut-off."""
    status = state_at(payment, now).status
    if status == CAPTURE_REQUESTED:
        return now < payment.steps[-1].cancellable_until
    return status == PENDING_APPROVAL


def totals_at(payment: Payment, now: int) -> Totals:
    """What was ever authorized, asked, captured, collected and voided up to `now`."""
    if payment.decline_code is not None:
        return Totals(authorized=0, capture_requested=0, captured=0, collected=0, voided=0)
    steps = [step for step in payment.steps if step.at <= now]
    reached = {moment.status for moment in moments(payment) if moment.at <= now}
    asked = sum(step.amount for step in steps if step.kind == APPROVE)
    cancelled = any(step.kind != APPROVE for step in steps)
    rest = payment.amount - asked if asked else 0
    return Totals(
        authorized=payment.amount,
        capture_requested=asked,
        captured=asked if CAPTURED in reached else 0,
        collected=asked if PAID in reached else 0,
        voided=payment.amount if cancelled else rest,
    )


def window_closes(payment: Payment) -> int:
    """When the hold is too old for its capture to succeed."""
    return payment.created_at + WINDOW_DAYS[payment.mode] * DAY


def as_of(payment: Payment, now: int) -> Payment | None:
    """The payment as it stood at `now`: later steps forgotten, None before it existed."""
    if payment.created_at > now:
        return None
    return payment.with_steps(tuple(step for step in payment.steps if step.at <= now))
