"""Finding payments by what Temporal's search attributes say of them."""

from collections.abc import AsyncIterator
from datetime import datetime

from pydantic import BaseModel
from temporalio.client import Client

from payments.references import PaymentKey, customer_pseudonym
from payments.states import PaymentState
from workflows import contract
from workflows.search_attributes import (
    AUTHORIZATION_EXPIRES_AT,
    CURRENCY,
    MERCHANT_REFERENCE,
    NEEDS_ATTENTION,
    PAYMENT_STATE,
)


class PaymentLine(BaseModel):
    """One payment in a list."""

    shop: str
    order_id: str
    state: str
    currency: str | None
    references: list[str]
    expires_at: datetime | None
    needs_attention: bool
    started_at: datetime
    open: bool
    """Whether its workflow still runs."""


async def find_payments(
    temporal: Client,
    *,
    state: PaymentState | None = None,
    needs_attention: bool | None = None,
    customer_id: str | None = None,
    shop: str = "main",
    reference: str | None = None,
    limit: int = 50,
) -> AsyncIterator[PaymentLine]:
    """Yield the payments of the latest `limit` runs that fit, newest first."""
    query = [f"WorkflowType = '{contract.WORKFLOW}'"]
    if state is not None:
        query.append(f"PaymentState = '{state.value}'")
    if needs_attention is not None:
        query.append(f"NeedsAttention = {str(needs_attention).lower()}")
    if customer_id is not None:
        query.append(f"CustomerId = '{customer_pseudonym(shop, customer_id)}'")
    if reference is not None:
        query.append(f"MerchantReference = '{reference.replace(chr(39), '')}'")
    seen: set[PaymentKey] = set()
    async for run in temporal.list_workflows(" AND ".join(query), limit=limit):
        key = contract.key_of(run.id)
        attributes = run.typed_search_attributes
        # A payment that was taken up again has several runs, the newest first; a run without a payment was a mistake,
        # shown only when somebody has to look at it.
        is_shown = attributes.get(PAYMENT_STATE) is not None or attributes.get(NEEDS_ATTENTION)
        if key is not None and key not in seen and is_shown:
            seen.add(key)
            yield PaymentLine(
                shop=key.shop,
                order_id=key.order_id,
                state=attributes.get(PAYMENT_STATE) or "unknown order",
                currency=attributes.get(CURRENCY),
                references=list(attributes.get(MERCHANT_REFERENCE) or ()),
                expires_at=attributes.get(AUTHORIZATION_EXPIRES_AT),
                needs_attention=bool(attributes.get(NEEDS_ATTENTION)),
                started_at=run.start_time,
                open=run.close_time is None,
            )
