"""The banks' side over the control API: a chargeback is announced, taken and won, a direct debit comes back."""

from typing import Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from simulator.kernel.desk import Desk
from simulator.payments import changes, records, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.records import Payment, Step

_TAKEN = frozenset({s.CAPTURED, s.PAID})


class Chargeback(BaseModel):
    """Which stage a chargeback has come to."""

    model_config = ConfigDict(extra="forbid")

    stage: Literal["notice", "chargeback", "won"]


# Each stage: the step that it is, and the statuses that it may follow.
_STAGES = {
    "notice": (r.CHARGEBACK_NOTICE, _TAKEN),
    "chargeback": (r.CHARGEBACK, _TAKEN | {s.CHARGEBACK_NOTIFICATION}),
    "won": (r.CHARGEBACK_WON, frozenset({s.CHARGEBACK_NOTIFICATION, s.CHARGEBACKED})),
}
_DEBITS = frozenset({r.DIRECT_DEBIT, r.SEPA})


def router(desk: Desk) -> APIRouter:
    """What banks do to the payments of one desk."""
    routes = APIRouter(prefix="/simulator/payments/{payment_id}")

    @routes.post("/chargeback")
    async def chargeback(payment_id: str, order: Chargeback) -> dict[str, str]:
        payment = _payment(desk, payment_id)
        if payment.method in _DEBITS:
            raise HTTPException(409, "a direct debit has no chargeback: it is returned (POST …/return)")
        kind, before = _STAGES[order.stage]
        return _take(desk, payment, kind, before)

    @routes.post("/return")
    async def debit_return(payment_id: str) -> dict[str, str]:
        payment = _payment(desk, payment_id)
        if payment.method not in _DEBITS:
            raise HTTPException(409, "only a direct debit is returned: this payment may be charged back")
        return _take(desk, payment, r.DEBIT_RETURN, _TAKEN)

    return routes


def _payment(desk: Desk, payment_id: str) -> Payment:
    payment = records.load(desk.books, None, payment_id)
    if payment is None:
        raise HTTPException(404, f"there is no payment {payment_id!r}")
    return payment


def _take(desk: Desk, payment: Payment, kind: str, before: frozenset[str]) -> dict[str, str]:
    now = desk.clock.now()
    life = timeline.unfold(payment, now)
    status = life.status
    if kind in {r.CHARGEBACK_NOTICE, r.CHARGEBACK} and status in before and not life.chargeable_amount:
        raise HTTPException(409, "nothing is left to be charged back: all of it was refunded")
    if status not in before:
        raise HTTPException(409, f"the payment is {status}; this follows {', '.join(sorted(before))}")
    with desk.books.transaction():
        payment = changes.take(desk, payment, Step(kind=kind, at=now))
    return {"payment_id": payment.payment_id, "status": timeline.state_at(payment, now).status}
