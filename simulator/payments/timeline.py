"""The life of a payment as a pure function of what was asked and when: nothing is ever moved by a timer.

The steps of a payment unfold into effects in time, future ones included; a reading folds those that have come. So a
restart loses nothing, the state of ten seconds ago can be told, and every future change is known in advance.
"""

from collections.abc import Callable, Sequence

from simulator.kernel.clock import DAY
from simulator.payments import effects
from simulator.payments import statuses as s
from simulator.payments.effects import Effect
from simulator.payments.life import Life, Moment, Part
from simulator.payments.records import ONE_CAPTURE, REFUND, Payment

# Days after which a capture no longer succeeds (docstrings of connect-sdk-python3 2.26.0, cards). Without a mode
# the hold lasts as long as a final one, yet the real sandbox captured less than all of it (ActiveMerchant's suite).
UNSPECIFIED = ""
PRE_AUTHORIZATION = "PRE_AUTHORIZATION"
FINAL_AUTHORIZATION = "FINAL_AUTHORIZATION"
SALE = "SALE"
WINDOW_DAYS = {PRE_AUTHORIZATION: 30, FINAL_AUTHORIZATION: 7, SALE: 30, UNSPECIFIED: 7}

_UNDOABLE = {s.PENDING_APPROVAL, s.PENDING_CAPTURE, s.PENDING_FRAUD_APPROVAL, s.PENDING_COMPLETION, s.REDIRECTED}


def unfold(payment: Payment, until: int | None = None) -> Life:
    """The payment's life up to `until`, or all of it with what is still to come."""
    life = Life(payment)
    for effect in effects.of(payment):
        if until is None or effect.at <= until:
            _apply(life, effect)
    return life


def told_by(payment: Payment, changes: Callable[[Life], Sequence[Moment]], place: int, at: int) -> Life:
    """The life as one of its changes tells it: others of the same instant have not come yet."""
    due = [effect for effect in effects.of(payment) if effect.at <= at]
    life, seen = Life(payment), 0
    for count, effect in enumerate(due, 1):
        _apply(life, effect)
        if len(changes(life)) <= place + 1:
            seen = count
    if seen == len(due):
        return life
    life = Life(payment)
    for effect in due[:seen]:
        _apply(life, effect)
    return life


def _apply(life: Life, effect: Effect) -> None:
    match effect.what:
        case effects.PHASE:
            life.enter(effect.at, effect.status)
        case effects.CAPTURE:
            life.capture(effect)
        case effects.REFUND:
            life.refund(effect)
        case effects.CLOSE:
            life.close(effect.at)
        case effects.DISPUTE:
            life.dispute(effect.at, effect.status, effect.amount)


def moments(payment: Payment) -> list[Moment]:
    """All changes of the payment's status in order, past and still to come."""
    return unfold(payment).moments


def state_at(payment: Payment, now: int) -> Moment:
    """The status that holds at `now`; asking about a time before the payment existed is a mistake of the caller."""
    return unfold(payment, now).moments[-1]


def is_cancellable(life: Life, now: int) -> bool:
    """Nothing was captured yet, or what was is still early in its queue."""
    live = life.live_captures()
    if life.status in _UNDOABLE and not live:
        return True
    if life.status not in {s.CAPTURE_REQUESTED, s.PENDING_CAPTURE}:
        return False
    return all(part.status == s.CAPTURE_REQUESTED and now < part.cancellable_until for part in live)


def can_be_captured(payment: Payment, life: Life) -> bool:
    """Waits for its capture, or for more of them."""
    return life.status == (s.PENDING_APPROVAL if payment.captures == ONE_CAPTURE else s.PENDING_CAPTURE)


def refundable_of(payment: Payment, life: Life, capture: Part) -> int:
    """What of one capture may still be refunded: not more than it took, nor than is left of the payment."""
    if capture.status not in {s.CAPTURED, s.PAID}:
        return 0
    own = {step.place for step in payment.steps if step.kind == REFUND and step.capture == capture.place}
    given_back = sum(part.amount for part in life.live_refunds() if part.place in own)
    return min(life.refundable_amount, capture.amount - given_back)


def window_closes(payment: Payment) -> int:
    """When the hold is too old for its capture to succeed."""
    return payment.created_at + WINDOW_DAYS[payment.mode] * DAY


def as_of(payment: Payment, now: int) -> Payment | None:
    """The payment as it stood at `now`: later steps forgotten, None before it existed."""
    if payment.created_at > now:
        return None
    return payment.with_steps(*(step for step in payment.steps if step.at <= now))
