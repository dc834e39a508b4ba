"""The control API under /simulator: what the books say, what was asked, what shall go wrong, what time it is.

It is not part of Connect, needs no signature, and is the reason why the simulator listens on loopback alone.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from simulator import faults, lifecycle, records, request_log
from simulator.clock import iso
from simulator.desk import Desk
from simulator.faults import Fault
from simulator.records import Criteria, Payment

Content = dict[str, object]

LoggedOperation = Literal["create", "get", "find", "approve", "cancel", "testconnection"]


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
        return {"payments": [line(payment, now) for payment in found]}

    @routes.get("/requests")
    async def requests(
        operation: LoggedOperation | None = None,
        merchant_reference_prefix: str | None = None,
        after: Annotated[int, Query(ge=0)] = 0,
    ) -> Content:
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
        with desk.books.transaction():
            number = faults.order(desk.books, fault)
        return {"number": number}

    @routes.get("/faults")
    async def pending_faults() -> Content:
        return {"faults": faults.pending(desk.books)}

    @routes.delete("/faults")
    async def clear_faults() -> Content:
        with desk.books.transaction():
            return {"cleared": faults.clear(desk.books)}

    return routes


def line(payment: Payment, now: int) -> Content:
    """One payment in the books: cumulative amounts in Connect's unit of two decimals."""
    totals = lifecycle.totals_at(payment, now)
    return {
        "payment_id": payment.payment_id,
        "merchant_reference": payment.merchant_reference,
        "merchant_order_id": payment.merchant_order_id,
        "currency": payment.currency,
        "status": lifecycle.state_at(payment, now).status,
        "authorized": totals.authorized,
        "capture_requested": totals.capture_requested,
        "captured": totals.captured,
        "collected": totals.collected,
        "refunded": 0,
        "voided": totals.voided,
        "created_at": iso(payment.created_at),
    }
