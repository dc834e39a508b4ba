"""What is asked of a payment that exists: captures, releases, decisions. Each checks, then writes, then answers."""

from simulator.front.reader import Reader
from simulator.kernel import announcements, errors
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.clock import DAY, microseconds
from simulator.kernel.desk import Desk
from simulator.mandates import collecting
from simulator.payments import bodies, debit_approval, ids, records, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.life import Life
from simulator.payments.records import Payment, Step


def existing(desk: Desk, call: Call, payment_id: str | None = None) -> Payment:
    """The payment of the path as it stood at the time spoken of; else a 404 in JSON (unknown paths answer HTML)."""
    sought = payment_id or call.params["paymentId"]
    payment = records.load(desk.books, call.merchant_id, sought)
    seen = None if payment is None else timeline.as_of(payment, call.as_of)
    if seen is None:
        if len(sought) == 30 and sought.isascii() and sought.isdigit():
            raise errors.refuse(404, errors.api_error("300240", "REQUEST {0} GET_ORDERSTATUS ORDER NOT FOUND", 404))
        raise errors.refuse(404, errors.api_error("1002", "INVALID_PAYMENT_ID", 404, property_name="paymentId"))
    return seen


def take(desk: Desk, payment: Payment, *steps: Step) -> Payment:
    """Write steps and plan what is to be told of them."""
    for step in steps:
        payment = records.add_step(desk.books, payment, step)
    announce(desk, payment)
    return payment


def announce(desk: Desk, payment: Payment) -> None:
    """Plan the telling of the payment's changes, past and still to come, and of its refunds'."""
    life = timeline.unfold(payment)
    changes = [moment.at for moment in life.moments]
    announcements.plan(desk.books, announcements.PAYMENT, payment.merchant_id, payment.payment_id, changes)
    for place, refund in life.refunds.items():
        refund_id = ids.refund_id(payment.payment_id, place)
        changes = [moment.at for moment in refund.moments]
        announcements.plan(desk.books, announcements.REFUND, payment.merchant_id, refund_id, changes)


def captures_itself(payment: Payment, now: int) -> bool:
    """Whether a payment that was created, came back or was let through now is captured without being asked."""
    if payment.captures != r.AT_ONCE:
        return False
    life = timeline.unfold(payment, now)
    if not life.moments:
        return True
    returned = payment.steps[-1].result == "done" if payment.steps and payment.steps[-1].kind == r.RETURN else False
    accepted = bool(payment.steps) and payment.steps[-1].kind in {r.ACCEPT, r.COMPLETE}
    return accepted or (returned and life.status == s.REDIRECTED)


def capture_step(
    desk: Desk, payment: Payment, now: int, amount: int, *, place: int, final: bool = True, reference: str = ""
) -> Step:
    """A capture with its whole future."""
    outcome, settings = payment.outcome, desk.settings
    debit = payment.method in {r.DIRECT_DEBIT, r.SEPA}
    delay = settings.debit_delay_seconds if debit else settings.capture_delay_seconds
    captured_at = now if payment.method == r.REDIRECT else max(now + microseconds(delay), payment.collect_from)
    collected_at = captured_at + (0 if debit else microseconds(settings.collect_delay_seconds))
    days, chargeback = outcome.returned_after_days, outcome.chargeback_after_days
    return Step(
        kind=r.CAPTURE,
        at=now,
        amount=amount,
        place=place,
        final=final,
        fails=outcome.capture_fails or (payment.method == r.CARD and now >= timeline.window_closes(payment)),
        cancellable_until=now + (captured_at - now) // 2,
        captured_at=captured_at,
        collected_at=collected_at,
        returned_at=0 if days is None else collected_at + days * DAY,
        chargeback_at=0 if chargeback is None else collected_at + chargeback * DAY,
        details={"merchantCaptureReference": reference} if reference else {},
    )


def read_amount(payment: Payment, life: Life, reader: Reader) -> int:
    """The amount to capture: all that is open, or less. Raises Refusal for more."""
    asked = reader.amount("amount", payment.currency)
    reader.raise_if_wrong()
    amount = life.open_amount if asked is None else asked
    if amount > life.open_amount:
        reader.wrong("amount", f"AMOUNT IS HIGHER THAN THE AUTHORIZED {life.open_amount}")
    if amount < life.open_amount and payment.mode == timeline.FINAL_AUTHORIZATION:
        reader.wrong("amount", "A FINAL AUTHORIZATION IS CAPTURED IN FULL")
    reader.raise_if_wrong()
    return amount


def approve(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/approve: one capture of all or less; a key on it is ignored, so a repeat is refused."""
    payment = existing(desk, call)
    life = timeline.unfold(payment, call.at)
    if life.status != s.PENDING_APPROVAL:
        raise errors.not_pending()
    reader = Reader(call.fields)
    collected = debit_approval.read(desk, reader, payment, call.at)
    amount = read_amount(payment, life, reader)
    void_response = "00" if amount < life.open_amount else None
    payment = take(desk, payment, capture_step(desk, collected, call.at, amount, place=len(life.captures) + 1))
    return answer(200, bodies.with_void(payment, call.at, void_response=void_response))


def cancel(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/cancel: releases the hold, and undoes captures that are still early in their queue."""
    payment = existing(desk, call)
    if not timeline.is_cancellable(timeline.unfold(payment, call.at), call.at):
        raise errors.not_pending()
    payment = take(desk, payment, Step(kind=r.CANCEL, at=call.at, amount=payment.amount))
    return answer(200, bodies.with_void(payment, call.at, void_response="00"))


def cancel_approval(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/cancelapproval: takes the capture out of its queue, while it can be."""
    payment = existing(desk, call)
    life = timeline.unfold(payment, call.at)
    live = life.live_captures()
    queued = [part for part in live if part.status == s.CAPTURE_REQUESTED and call.at < part.cancellable_until]
    if not queued or len(queued) < len(live) or payment.captures != r.ONE_CAPTURE:
        raise errors.not_pending()
    payment = take(desk, payment, Step(kind=r.UNDO_CAPTURE, at=call.at, place=queued[-1].place))
    return answer(200, {"payment": bodies.payment_body(payment, call.at)})


def process_challenged(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/processchallenged: a person let the payment through; it goes on as it would have."""
    payment = existing(desk, call)
    if timeline.state_at(payment, call.at).status != s.PENDING_FRAUD_APPROVAL:
        raise errors.not_pending()
    payment = take(desk, payment, Step(kind=r.ACCEPT, at=call.at))
    payment = capture_if_due(desk, payment, call.at)
    return answer(200, bodies.payment_body(payment, call.at))


def capture_if_due(desk: Desk, payment: Payment, now: int) -> Payment:
    """A sale that has just passed its review or its customer's return is captured."""
    if not captures_itself(payment, now):
        return payment
    return take(desk, payment, capture_step(desk, payment, now, payment.amount, place=1))


def customer_returned(desk: Desk, payment: Payment, now: int, result: str) -> Payment:
    """The customer is through with the page: `done`, `failed` or `cancelled`; a second end changes nothing."""
    if timeline.state_at(payment, now).status != s.REDIRECTED:
        return payment
    if result == "done":
        collecting.signed(desk, payment, now)
    return capture_if_due(desk, take(desk, payment, Step(kind=r.RETURN, at=now, result=result)), now)
