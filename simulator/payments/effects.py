"""From the steps of a payment to its effects in time: what happens when, if nothing else is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from simulator.kernel.clock import DAY
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.records import Payment, Step

PHASE, CAPTURE, REFUND, CLOSE, DISPUTE = "phase", "capture", "refund", "close", "dispute"

# From the announcement of a chargeback to the debit; the real span differs by scheme.
CHARGEBACK_NOTICE_DAYS = 5


@dataclass(frozen=True, kw_only=True)
class Effect:
    """At a time something takes a status. `place` says which capture or refund it is."""

    at: int
    what: str
    status: str = ""
    place: int = 0
    amount: int = 0
    final: bool = False
    cancellable_until: int = 0


def of(payment: Payment) -> list[Effect]:
    """All effects in order of time; a step that undoes something takes away what has not come yet."""
    found = list(_birth(payment))
    for step in payment.steps:
        found = [effect for effect in found if effect.at <= step.at or not _undone_by(step, effect)]
        found += _of_step(payment, step)
    return sorted(found, key=lambda effect: effect.at)


def _birth(payment: Payment) -> Iterator[Effect]:
    """Where a payment begins: with the customer, or at the issuer."""
    if payment.redirect is None:
        yield from _authorization(payment, payment.created_at)
        return
    yield Effect(at=payment.created_at, what=PHASE, status=s.REDIRECTED)
    expires_at = payment.redirect["expires_at"]
    assert isinstance(expires_at, int)
    yield Effect(at=expires_at, what=PHASE, status=s.REJECTED)


def _authorization(payment: Payment, at: int) -> Iterator[Effect]:
    """What issuer and fraud service say; the capture of a sale is a step of its own at the same time."""
    if payment.outcome.decline_code:
        yield Effect(at=at, what=PHASE, status=s.REJECTED)
    elif payment.outcome.fraud == "challenged":
        yield Effect(at=at, what=PHASE, status=s.PENDING_FRAUD_APPROVAL)
    else:
        yield from authorized(payment, at)


def authorized(payment: Payment, at: int) -> Iterator[Effect]:
    """The hold stands and waits; nothing waits where the capture comes with it."""
    if payment.amount == 0:
        yield Effect(at=at, what=PHASE, status=s.ACCOUNT_VERIFIED)
    elif payment.captures == r.ONE_CAPTURE:
        yield Effect(at=at, what=PHASE, status=s.PENDING_APPROVAL)
    elif payment.captures == r.CAPTURES:
        yield Effect(at=at, what=PHASE, status=s.PENDING_CAPTURE)


def _undone_by(step: Step, effect: Effect) -> bool:
    """Whether a step takes an effect away that lies ahead of it."""
    match step.kind:
        case r.CANCEL:
            return True
        case r.RETURN:
            return effect.what == PHASE
        case r.UNDO_CAPTURE:
            return effect.what != REFUND and effect.place == step.place
        case r.APPROVE_REFUND | r.UNDO_REFUND_APPROVAL | r.CANCEL_REFUND:
            return effect.what == REFUND and effect.place == step.place
        case r.CHARGEBACK_WON:
            return effect.what == DISPUTE and effect.at > step.collected_at
        case r.CHARGEBACK_NOTICE | r.CHARGEBACK | r.DEBIT_RETURN:
            # A dispute that will be won is won all the same.
            return effect.what == DISPUTE and effect.status != ""
        case _:
            return False


def _of_step(payment: Payment, step: Step) -> list[Effect]:
    match step.kind:
        case r.RETURN:
            if step.result == "done" and payment.outcome.completes:
                return [Effect(at=step.at, what=PHASE, status=s.PENDING_COMPLETION)]
            if step.result == "done":
                return list(_authorization(payment, step.at))
            return [Effect(at=step.at, what=PHASE, status=s.REJECTED)]
        case r.ACCEPT | r.COMPLETE:
            return list(authorized(payment, step.at))
        case r.CANCEL:
            return [Effect(at=step.at, what=PHASE, status=s.CANCELLED)]
        case r.CAPTURE:
            return _capture(payment, step)
        case r.UNDO_CAPTURE:
            return [Effect(at=step.at, what=CAPTURE, status=s.CANCELLED, place=step.place)]
        case r.FINALIZE:
            return [Effect(at=step.at, what=CLOSE)]
        case r.REFUND | r.APPROVE_REFUND | r.UNDO_REFUND_APPROVAL | r.CANCEL_REFUND:
            return _refund(step)
        case _:
            # What a dispute wins comes back later than it was asked.
            at = max(step.at, step.collected_at)
            return [Effect(at=at, what=DISPUTE, status=_DISPUTES[step.kind], amount=step.amount)]


_DISPUTES = {
    r.CHARGEBACK_NOTICE: s.CHARGEBACK_NOTIFICATION,
    r.CHARGEBACK: s.CHARGEBACKED,
    r.CHARGEBACK_WON: "",
    r.DEBIT_RETURN: s.REVERSED,
}


def _capture(payment: Payment, step: Step) -> list[Effect]:
    def becomes(at: int, status: str) -> Effect:
        return Effect(
            at=at,
            what=CAPTURE,
            status=status,
            place=step.place,
            amount=step.amount,
            final=step.final,
            cancellable_until=step.cancellable_until,
        )

    # A bank's redirect page takes the money while the customer is there; nothing is queued.
    line = [] if payment.method == r.REDIRECT else [becomes(step.at, s.CAPTURE_REQUESTED)]
    if step.fails:
        return [*line, becomes(step.captured_at, s.REJECTED_CAPTURE)]
    if payment.method in {r.CARD, r.REDIRECT}:
        line.append(becomes(step.captured_at, s.CAPTURED))
    line.append(becomes(step.collected_at, s.PAID))
    if step.returned_at:
        line.append(Effect(at=step.returned_at, what=DISPUTE, status=s.REVERSED, place=step.place))
    if step.chargeback_at:
        notice = max(step.collected_at, step.chargeback_at - CHARGEBACK_NOTICE_DAYS * DAY)
        line.append(Effect(at=notice, what=DISPUTE, status=s.CHARGEBACK_NOTIFICATION, place=step.place))
        line.append(Effect(at=step.chargeback_at, what=DISPUTE, status=s.CHARGEBACKED, place=step.place))
    return line


def _refund(step: Step) -> list[Effect]:
    def becomes(at: int, status: str) -> Effect:
        return Effect(at=at, what=REFUND, status=status, place=step.place, amount=step.amount)

    if step.result == "declined":
        return [becomes(step.at, s.REJECTED)]
    if step.kind == r.CANCEL_REFUND:
        return [becomes(step.at, s.CANCELLED)]
    if step.kind == r.UNDO_REFUND_APPROVAL or step.waits:
        return [becomes(step.at, s.PENDING_APPROVAL)]
    ends = s.REJECTED_CAPTURE if step.fails else s.REFUNDED
    return [becomes(step.at, s.REFUND_REQUESTED), becomes(step.captured_at, ends)]
