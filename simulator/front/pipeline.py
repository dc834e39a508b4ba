"""The way of every request: signature, ordered fault, idempotence, the operation, one commit, the answer.

Faults sit where the real ones do, around the operation: before it nothing has happened, after it everything has and
the caller does not learn of it.
"""

import asyncio
import logging
from dataclasses import dataclass

from starlette.responses import Response

from simulator.front import faults, request_log, schemas, signing
from simulator.front.faults import Fault
from simulator.front.references import merchant_reference
from simulator.front.request_log import Entry
from simulator.front.transport import Dropped, HalfAnswered
from simulator.kernel import errors, idempotence
from simulator.kernel.calls import Answer, Call, Refusal
from simulator.kernel.clock import microseconds
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation

log = logging.getLogger("simulator")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request on its way. `key` is its idempotence key where the operation honours one."""

    desk: Desk
    operation: Operation
    call: Call
    entry: Entry
    key: str | None = None


async def serve(desk: Desk, operation: Operation, call: Call) -> Response:
    """Answer one request."""
    entry = Entry.of(call, merchant_reference(desk, call))
    try:
        signing.check(desk, call)
    except Refusal as refusal:
        return _close(desk, entry, refusal.answer)
    key = call.idempotence_key if operation.name in desk.settings.keyed else None
    request = Request(desk=desk, operation=operation, call=call, entry=entry, key=key)
    if key is None:
        return await _carry_out(request)
    duplicate = desk.running.enter(call.merchant_id, key, call.at)
    if duplicate is not None:
        return _close(desk, entry, duplicate)
    try:
        return await _carry_out(request)
    finally:
        desk.running.leave(call.merchant_id, key)


async def _carry_out(request: Request) -> Response:
    fault = _take_fault(request.desk, request.operation, request.entry)
    if fault is None:
        with request.desk.books.transaction():
            given = _process(request)
            _note(request.desk, request.entry, given, sent=True)
        return _response(given)
    if fault.fault == "slow":
        await asyncio.sleep(fault.seconds or 0)
    if fault.fault in {"fail_before", "drop_before", "in_progress"}:
        return _fail_before(request, fault)
    return _fail_after(request, fault)


def _fail_before(request: Request, fault: Fault) -> Response:
    """Nothing is done; a sticky failure spoils the key all the same."""
    in_progress = fault.fault == "in_progress"
    failure = idempotence.in_progress(request.call.at) if in_progress else errors.server_error(fault.status)
    dropped = fault.fault == "drop_before"
    with request.desk.books.transaction():
        if fault.sticky:
            _remember(request, failure)
        _note(request.desk, request.entry, failure, sent=not dropped)
    return Dropped() if dropped else _response(failure)


def _fail_after(request: Request, fault: Fault) -> Response:
    """Everything is done, late or of the past where that was ordered; what the caller sees of it depends."""
    failure = errors.server_error(fault.status) if fault.fault == "fail_after" else None
    dropped = fault.fault == "drop_after"
    lag = microseconds(fault.seconds or 0) if fault.fault == "lag" else 0
    with request.desk.books.transaction():
        given = _process(request, lag=lag, kept=failure if fault.sticky else None)
        sent = failure or given
        _note(request.desk, request.entry, sent, sent=not dropped)
    if dropped:
        return Dropped()
    return _response(sent, HalfAnswered if fault.fault == "half_answer" else Response)


def _process(request: Request, *, lag: int = 0, kept: Answer | None = None) -> Answer:
    """Replay, or carry out and remember; a refusal leaves nothing behind, so its key stays free."""
    desk, call = request.desk, request.call
    if request.key is not None:
        replayed = idempotence.replay(desk.books, call.merchant_id, request.key, call.at)
        if replayed is not None:
            request.entry.replayed = True
            return replayed
    try:
        if request.operation.schema is not None:
            schemas.check(request.operation.schema, call)
        given = request.operation.handle(desk, call.carried_out(desk.clock.now(), lag))
    except Refusal as refusal:
        return refusal.answer
    request.entry.processed = given.effect
    _remember(request, kept or given)
    return given


def _remember(request: Request, answer: Answer) -> None:
    if request.key is not None:
        call = request.call
        idempotence.remember_once(request.desk.books, call.merchant_id, request.key, call.at, answer)


def _take_fault(desk: Desk, operation: Operation, entry: Entry) -> Fault | None:
    """Use a fault up, and write the request down at once: a slow one is seen while it waits."""
    reference = entry.merchant_reference
    number, fault = faults.find(desk.books, operation.name, reference, lookup=operation.lookup) or (
        0,
        faults.of_reference(desk.books, operation.name, reference),
    )
    if fault is None:
        return None
    entry.fault = fault.fault
    with desk.books.transaction():
        faults.QUEUE.use_up(desk.books, number)
        request_log.write(desk.books, entry)
    return fault


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
    """204 has neither body nor content type (recorded for delete token and approve refund)."""
    media_type = answer.media_type if answer.status != 204 else None
    return kind(content=answer.body, status_code=answer.status, headers=dict(answer.headers), media_type=media_type)
