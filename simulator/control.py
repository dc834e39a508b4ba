"""The control API under /simulator: what the books say, what was asked, what shall go wrong, what time it is.

It is not part of Connect, needs no signature, and is the reason why the simulator listens on loopback alone.
"""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from simulator import api
from simulator.front import faults, request_log
from simulator.front.faults import Fault
from simulator.kernel.clock import iso
from simulator.kernel.desk import Desk
from simulator.kernel.merchants import Merchant
from simulator.payments import records, timeline
from simulator.payments.records import Criteria, Payment
from simulator.payouts import bodies as payouts

Content = dict[str, object]


class Advance(BaseModel):
    """How far to move the clock. Backwards is refused: books that fall are no books."""

    model_config = ConfigDict(extra="forbid")

    seconds: Annotated[float, Field(ge=0, le=366 * 86_400)]


def router(desk: Desk) -> APIRouter:
    """The control API of one desk."""
    routes = APIRouter(prefix="/simulator")

    @routes.get("/health")
    async def health() -> Content:
        return {"status": "ok"}

    @routes.get("/books")
    async def books(merchant_reference_prefix: str | None = None) -> Content:
        now = desk.clock.now()
        found = records.search(desk.books, Criteria(reference_prefix=merchant_reference_prefix))
        sent = payouts.lines(desk, now, reference_prefix=merchant_reference_prefix or "")
        return {"payments": [line(payment, now) for payment in found], "payouts": sent}

    @routes.get("/requests")
    async def requests(
        operation: str | None = None,
        merchant_reference_prefix: str | None = None,
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    ) -> Content:
        _known(operation)
        found = request_log.listing(
            desk.books, operation=operation, reference_prefix=merchant_reference_prefix, after=after
        )
        return {"requests": found}

    @routes.post("/clock/advance")
    async def advance(order: Advance) -> Content:
        return {"now": iso(desk.advance(order.seconds))}

    @routes.get("/clock")
    async def clock() -> Content:
        return {"now": iso(desk.clock.now())}

    @routes.post("/faults", status_code=201)
    async def order_fault(fault: Fault) -> Content:
        _meaningful(desk, fault)
        with desk.books.transaction():
            number = faults.QUEUE.order(desk.books, fault)
        return {"number": number}

    @routes.get("/faults")
    async def pending_faults() -> Content:
        return {"faults": faults.QUEUE.pending(desk.books)}

    @routes.delete("/faults")
    async def clear_faults() -> Content:
        with desk.books.transaction():
            return {"cleared": faults.QUEUE.clear(desk.books)}

    @routes.get("/merchants")
    async def merchants() -> Content:
        return {"merchants": [merchant.model_dump(mode="json") for merchant in desk.merchants.all()]}

    @routes.put("/merchants")
    async def put_merchant(merchant: Merchant) -> Content:
        with desk.books.transaction():
            desk.merchants.put(merchant, desk.clock.now())
        return merchant.model_dump(mode="json")

    return routes


def _known(operation: str | None) -> None:
    """Refuse a name that no operation has: a fault ordered under it would never strike."""
    if operation is not None and operation not in api.NAMES:
        raise HTTPException(422, f"operation: there is no {operation!r}; there are any, {', '.join(sorted(api.NAMES))}")


def _meaningful(desk: Desk, fault: Fault) -> None:
    """Refuse what could never do what was meant: a test would wait for it."""
    keyed = desk.settings.keyed
    if fault.fault == "in_progress" and fault.operation not in keyed:
        raise HTTPException(422, f"in_progress belongs to an operation that honours keys: {', '.join(sorted(keyed))}")
    if fault.operation == faults.ANY:
        return
    _known(fault.operation)
    if fault.sticky and fault.operation not in keyed:
        raise HTTPException(422, f"sticky: {fault.operation} keeps no answers; {', '.join(sorted(keyed))} do")
    if fault.fault == "lag" and not next(each.lookup for each in api.OPERATIONS if each.name == fault.operation):
        raise HTTPException(422, "lag belongs to operations that look something up: only they can be behind")


def line(payment: Payment, now: int) -> Content:
    """One payment in the books: cumulative amounts in Connect's unit of two decimals."""
    life = timeline.unfold(payment, now)
    return {
        "payment_id": payment.payment_id,
        "merchant_id": payment.merchant_id,
        "merchant_reference": payment.merchant_reference,
        "merchant_order_id": payment.merchant_order_id,
        "currency": payment.currency,
        "status": life.status,
        **vars(life.totals),
        "created_at": iso(payment.created_at),
    }
