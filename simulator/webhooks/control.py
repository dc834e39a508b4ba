"""The control API of webhooks: what was sent, what shall be sent again, what shall go wrong on the way."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response

from simulator.kernel.calls import Json
from simulator.kernel.desk import Desk
from simulator.kernel.merchants import Merchant
from simulator.webhooks import checks, deliveries, faults
from simulator.webhooks.faults import EventFault


def router(desk: Desk) -> APIRouter:
    """The routes of one desk."""
    routes = APIRouter(prefix="/simulator")

    @routes.get("/webhooks")
    async def listing(
        after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
        type: str | None = None,  # noqa: A002  (the parameter's name)
        merchant_reference_prefix: str | None = None,
    ) -> Json:
        found = deliveries.listing(desk.books, after=after, event_type=type, prefix=merchant_reference_prefix)
        return {"webhooks": found}

    @routes.post("/webhooks/faults", status_code=201)
    async def order_fault(fault: EventFault) -> Json:
        with desk.books.transaction():
            return {"number": faults.QUEUE.order(desk.books, fault)}

    @routes.get("/webhooks/faults")
    async def pending_faults() -> Json:
        return {"faults": faults.QUEUE.pending(desk.books)}

    @routes.delete("/webhooks/faults")
    async def clear_faults() -> Json:
        with desk.books.transaction():
            return {"cleared": faults.QUEUE.clear(desk.books)}

    @routes.get("/webhooks/{event_id}")
    async def event(event_id: str) -> Response:
        row = deliveries.newest(desk.books, event_id)
        if row is None:
            raise HTTPException(404, f"there is no event {event_id!r}")
        return Response(row["body"], media_type="application/json")

    @routes.post("/webhooks/{event_id}/redeliver", status_code=202)
    async def redeliver(event_id: str) -> Json:
        with desk.books.transaction():
            number = deliveries.send_again(desk.books, event_id, desk.clock.now())
        if number is None:
            raise HTTPException(404, f"there is no event {event_id!r}")
        return {"number": number}

    @routes.post("/merchants/{merchant_id}/verify")
    async def verify(merchant_id: str) -> Json:
        return await checks.verify(_receiver(desk, merchant_id))

    @routes.post("/merchants/{merchant_id}/test-event", status_code=202)
    async def send_test(merchant_id: str) -> Json:
        return {"event_id": checks.send_test(desk, _receiver(desk, merchant_id))}

    return routes


def _receiver(desk: Desk, merchant_id: str) -> Merchant:
    merchant = desk.merchants.get(merchant_id)
    if merchant is None:
        raise HTTPException(404, f"there is no merchant {merchant_id!r}")
    if not merchant.webhook_url:
        raise HTTPException(422, "webhook_url: the account has none")
    return merchant
