"""What the console of the real platform offers for an endpoint: verification, and an event that is only a test."""

import secrets
import uuid

import httpx
import orjson

from simulator.kernel.calls import Json
from simulator.kernel.clock import stamp, webhook_stamp
from simulator.kernel.desk import Desk
from simulator.kernel.merchants import Merchant
from simulator.payments import bodies
from simulator.webhooks import deliveries, sending
from simulator.webhooks.deliveries import Event

HEADER = "X-GCS-Webhooks-Endpoint-Verification"


async def verify(merchant: Merchant) -> Json:
    """Ask whether the address is the merchant's: the header's value must come back as text/plain."""
    sent = secrets.token_urlsafe(24)
    try:
        async with httpx.AsyncClient(timeout=sending.PATIENCE, trust_env=False) as client:
            answered = await client.get(merchant.webhook_url, headers={HEADER: sent})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return {"verified": False, "status": None, "problem": f"no answer: {type(error).__name__}"}
    problem = _problem(answered, sent)
    return {"verified": not problem, "status": answered.status_code, "problem": problem or None}


def _problem(answered: httpx.Response, sent: str) -> str:
    media_type = answered.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answered.status_code != 200:
        return "the answer is not 200"
    if media_type != "text/plain":
        return f"the answer is {media_type or 'of no type'}, not text/plain"
    return "" if answered.content == sent.encode() else f"the body is not the value of {HEADER}"


def send_test(desk: Desk, merchant: Merchant) -> str:
    """Line up an event that receivers acknowledge and ignore: its id starts with TEST. Tells the id."""
    now = desk.clock.now()
    event_id = f"TEST-{uuid.uuid4()}"
    content = {
        "apiVersion": "v1",
        "id": event_id,
        "created": webhook_stamp(now),
        "merchantId": merchant.merchant_id,
        "type": "payment.paid",
        "payment": _sample(now),
    }
    event = Event(
        event_id=event_id,
        type="payment.paid",
        object_id=event_id,
        merchant_id=merchant.merchant_id,
        merchant_reference=None,
        body=orjson.dumps(content),
        created_at=now,
    )
    with desk.books.transaction():
        deliveries.insert(desk.books, event, now)
    return event_id


def _sample(now: int) -> Json:
    """The payment of the official SDK's sample event; it is in no books."""
    return {
        "id": "000000000000000000000000000000",
        "paymentOutput": {
            "amountOfMoney": bodies.money(1000, "EUR"),
            "references": {"paymentReference": "0"},
            "paymentMethod": "card",
            "cardPaymentMethodSpecificOutput": {"paymentProductId": 1},
        },
        "status": "PAID",
        "statusOutput": {
            "isCancellable": False,
            "statusCategory": "COMPLETED",
            "statusCode": 1000,
            "statusCodeChangeDateTime": stamp(now),
            "isAuthorized": True,
        },
    }
