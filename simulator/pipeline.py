"""The way of every request: signature, ordered fault, idempotence, the operation, one commit, the answer.

Faults sit where the real ones do, around the operation: before it nothing has happened, after it everything has and
the caller does not learn of it.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping

from starlette.responses import Response

from simulator import bodies, faults, idempotence, payments, records, request_log, signing
from simulator.calls import Answer, Call, Refusal
from simulator.desk import Desk
from simulator.faults import Fault
from simulator.request_log import Entry
from simulator.transport import Dropped, HalfAnswered

log = logging.getLogger("simulator")

Operation = Callable[[Desk, Call, int], Answer]

# The third argument is the time of which a lookup speaks; what changes something speaks of now.
OPERATIONS: Mapping[str, Operation] = {
    "create": lambda desk, call, _: payments.create(desk, call),
    "approve": lambda desk, call, _: payments.approve(desk, call),
    "cancel": lambda desk, call, _: payments.cancel(desk, call),
    "testconnection": lambda _desk, _call, _: payments.ping(),
    "get": payments.get,
    "find": payments.find,
}


async def serve(desk: Desk, call: Call) -> Response:
    """Answer one request."""
    entry = Entry.of(call, _reference(desk, call))
    try:
        signing.check(call, desk.settings)
    except Refusal as refusal:
        return _close(desk, entry, refusal.answer)
    # Approve and cancel ignore keys: documented for create and create refund alone, and leniency would hide a caller
    # that repeats a capture blindly.
    key = call.idempotence_key if call.operation == "create" else None
    if key is None:
        return await _carry_out(desk, call, entry, None)
    duplicate = desk.running.enter(call.merchant_id, key, call.at)
    if duplicate is not None:
        return _close(desk, entry, duplicate)
    try:
        return await _carry_out(desk, call, entry, key)
    finally:
        desk.running.leave(call.merchant_id, key)


async def _carry_out(desk: Desk, call: Call, entry: Entry, key: str | None) -> Response:
    fault = _take_fault(desk, entry)
    if fault is None:
        with desk.books.transaction():
            given = _process(desk, call, entry, key)
            _note(desk, entry, given, sent=True)
        return _response(given)
    if fault.fault == "slow":
        await asyncio.sleep(fault.seconds or 0)
    if fault.fault in {"fail_before", "drop_before"}:
        return _fail_before(desk, call, entry, fault, key)
    return _fail_after(desk, call, entry, fault, key)


def _fail_before(desk: Desk, call: Call, entry: Entry, fault: Fault, key: str | None) -> Response:
    """Nothing is done; a sticky failure spoils the key all the same."""
    failure = bodies.server_error(fault.status)
    dropped = fault.fault == "drop_before"
    with desk.books.transaction():
        if fault.sticky and key is not None:
            idempotence.remember_once(desk.books, call.merchant_id, key, call.at, failure)
        _note(desk, entry, failure, sent=not dropped)
    return Dropped() if dropped else _response(failure)


def _fail_after(desk: Desk, call: Call, entry: Entry, fault: Fault, key: str | None) -> Response:
    """Everything is done, late or of the past where that was ordered; what the caller sees of it depends."""
    failure = bodies.server_error(fault.status) if fault.fault == "fail_after" else None
    dropped = fault.fault == "drop_after"
    lag = round((fault.seconds or 0) * 1_000_000) if fault.fault == "lag" else 0
    with desk.books.transaction():
        given = _process(desk, call, entry, key, lag=lag, kept=failure if fault.sticky else None)
        sent = failure or given
        _note(desk, entry, sent, sent=not dropped)
    if dropped:
        return Dropped()
    return _response(sent, HalfAnswered if fault.fault == "half_answer" else Response)


def _process(
    desk: Desk, call: Call, entry: Entry, key: str | None, *, lag: int = 0, kept: Answer | None = None
) -> Answer:
    """Replay, or carry out and remember; a refusal leaves nothing behind, so its key stays free."""
    if key is not None:
        replayed = idempotence.replay(desk.books, call.merchant_id, key, call.at)
        if replayed is not None:
            entry.replayed = True
            return replayed
    now = desk.clock.now()
    try:
        given = OPERATIONS[call.operation](desk, call.at_time(now), now - lag)
    except Refusal as refusal:
        return refusal.answer
    entry.processed = given.effect
    if key is not None:
        idempotence.remember_once(desk.books, call.merchant_id, key, call.at, kept or given)
    return given


def _take_fault(desk: Desk, entry: Entry) -> Fault | None:
    """Use a fault up, and write the request down at once: a slow one is seen while it waits."""
    found = faults.find(desk.books, entry.operation, entry.merchant_reference)
    if found is None:
        return None
    number, fault = found
    entry.fault = fault.fault
    with desk.books.transaction():
        faults.use_up(desk.books, number)
        request_log.write(desk.books, entry)
    return fault


def _reference(desk: Desk, call: Call) -> str | None:
    """The merchant reference a request is about, for faults and the log; unreadable bodies have none."""
    if call.operation == "find":
        return call.query.get("merchantReference")
    if call.payment_id:
        payment = records.load(desk.books, call.merchant_id, call.payment_id)
        return None if payment is None else payment.merchant_reference
    if call.operation != "create":
        return None
    try:
        found = json.loads(call.body)["order"]["references"]["merchantReference"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    # Text outside ASCII is refused later; half a surrogate pair could not even be written down.
    return found if isinstance(found, str) and found.isascii() else None


def _close(desk: Desk, entry: Entry, answer: Answer) -> Response:
    """Answer a request that stops at the door."""
    with desk.books.transaction():
        _note(desk, entry, answer, sent=True)
    return _response(answer)


def _note(desk: Desk, entry: Entry, answer: Answer, *, sent: bool) -> None:
    entry.status = answer.status if sent else None
    request_log.write(desk.books, entry)
    log.debug("%s %s %s %s", entry.method, entry.path, entry.status, entry.fault or "")


def _response(answer: Answer, kind: type[Response] = Response) -> Response:
    return kind(
        content=answer.body,
        status_code=answer.status,
        headers=dict(answer.headers),
        media_type="application/json",
    )
