"""Several captures of one authorization, where the account is set up for them."""

from simulator.front.reader import Reader
from simulator.kernel import errors
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.payments import bodies, ids, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.changes import capture_step, existing, read_amount, take
from simulator.payments.life import Part
from simulator.payments.records import Payment, Step


def capture(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/capture: a part, or with no amount, the whole amount or `isFinal` the last one."""
    payment = existing(desk, call)
    life = timeline.unfold(payment, call.at)
    if life.status != s.PENDING_CAPTURE:
        raise errors.not_pending()
    reader = Reader(call.fields)
    reference = reader.text("order.references.merchantCaptureReference", r"[\x20-\x7e]{1,50}") or ""
    final = reader.boolean("isFinal", default=False) or reader.value("amount") is None
    amount = read_amount(payment, life, reader)
    place = len(life.captures) + 1
    last = final or amount == life.open_amount
    step = capture_step(desk, payment, call.at, amount, place=place, final=last, reference=reference)
    payment = take(desk, payment, step)
    life = timeline.unfold(payment, call.at)
    return answer(201, bodies.capture_body(payment, life, life.captures[place]))


def finalize(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/finalizecapture: no further capture follows, the rest of the hold is released."""
    payment = existing(desk, call)
    life = timeline.unfold(payment, call.at)
    if life.status != s.PENDING_CAPTURE or not life.live_captures():
        raise errors.not_pending()
    payment = take(desk, payment, Step(kind=r.FINALIZE, at=call.at))
    return answer(200, bodies.payment_body(payment, call.at))


def of_payment(desk: Desk, call: Call) -> Answer:
    """GET /payments/{id}/captures: all of them, oldest first."""
    payment = existing(desk, call)
    life = timeline.unfold(payment, call.as_of)
    return answer(200, {"captures": [bodies.capture_body(payment, life, part) for part in life.captures.values()]})


def get(desk: Desk, call: Call) -> Answer:
    """GET /captures/{id}: the bare capture."""
    payment, part = existing_capture(desk, call)
    return answer(200, bodies.capture_body(payment, timeline.unfold(payment, call.as_of), part))


def existing_capture(desk: Desk, call: Call) -> tuple[Payment, Part]:
    """The capture of the path, with its payment; else a 404 in JSON."""
    capture_id = call.params["captureId"]
    place = ids.capture_place(capture_id)
    if place:
        payment = existing(desk, call, ids.payment_of(capture_id))
        part = timeline.unfold(payment, call.as_of).captures.get(place)
        if part is not None and ids.capture_id(payment.payment_id, place) == capture_id:
            return payment, part
    raise errors.unknown("CAPTURE", "captureId")
