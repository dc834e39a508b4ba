"""Orders that one card pays: shipped, cancelled, refunded, in parts, declined, and when things go wrong."""

import asyncio

from devstack.stack import SEVERAL_CAPTURES
from devstack.stories.steps import (
    CAPTURE_REJECTED,
    DECLINED,
    SHORT_WINDOW_SECONDS,
    Stage,
    StoryFailed,
    authorize,
    less,
    ship,
    until,
)
from payments.commands import Capture, Void
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationResult

# So that there is something to see between two parcels.
PARCELS_APART_SECONDS = 0.6
# The first try, the one that follows at once, and the one that Ingenico's event brings about are over in a moment; one
# more, so that whoever asks with little patience hears that nobody knows.
LOST_ANSWERS = 4


async def play_shipped(stage: Stage, order: Order) -> None:
    """Authorize, ship, and see the money collected."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await ship(stage, order)


async def play_cancelled(stage: Stage, order: Order) -> None:
    """Authorize, cancel the order, and see the hold released."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await stage.payments.signal_void(order.key, Void(request_id="cancelled", reason="the customer changed their mind"))
    await until(stage, order, PaymentState.VOIDED)


async def play_never_shipped(stage: Stage, order: Order) -> None:
    """Authorize and do nothing more: the payment lets go of the hold by itself."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED, window_seconds=SHORT_WINDOW_SECONDS)
    await until(stage, order, PaymentState.VOIDED)


async def play_refunded(stage: Stage, order: Order) -> str:
    """Ship, see the money collected, and give it back in two parts: a part for one item, then the rest."""
    view = await stage.payments.view(order.key)
    # Played again after a kill, it may have come further than its shipment.
    if view is None or not view.refunds:
        await play_shipped(stage, order)
    part = order.total.with_amount(order.total.amount_minor // 3)
    await stage.payments.refund(order.key, request_id="return-1", amount=part, reason="one item came back")
    await until(stage, order, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDING, PaymentState.REFUNDED)
    await stage.payments.refund(order.key, request_id="return-2", reason="the rest came back")
    view = await until(stage, order, PaymentState.REFUNDED)
    references = ", ".join(str(refund.transaction_id)[-10:] for refund in view.refunds)
    return f"two refunds, each once and under a key of its own (Ingenico's …{references})"


async def play_three_shipments(stage: Stage, order: Order) -> str:
    """Ship in three parcels, each captured by itself, and see all of the money collected."""
    answer = await authorize(stage, order, AuthorizationResult.AUTHORIZED, account=SEVERAL_CAPTURES)
    if not answer.several_captures:
        raise StoryFailed("the account was set up for several captures, and its payment takes one")
    part = order.total.with_amount(order.total.amount_minor // 3)
    for name, amount in (("parcel-1", part), ("parcel-2", part), ("parcel-3", None)):
        capture = Capture(request_id=name, shipment_id=name, amount=amount, final=amount is None)
        await stage.payments.signal_capture(order.key, capture)
        await asyncio.sleep(PARCELS_APART_SECONDS)
    view = await until(stage, order, PaymentState.COLLECTED)
    captures = ", ".join(str(capture.transaction_id)[-10:] for capture in view.captures)
    return f"three captures of one authorization, each once (Ingenico's …{captures})"


async def play_shipped_short(stage: Stage, order: Order) -> str:
    """Ship what there is, tell that no more comes, and see only that collected."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED)
    shipped = less(order)
    last = Capture(request_id="shipment-1", shipment_id="shipment-1", amount=shipped, final=True)
    await stage.payments.signal_capture(order.key, last)
    await until(stage, order, PaymentState.COLLECTED)
    return f"{shipped} of the {order.total} that is held was captured; the rest lapses"


async def play_declined(stage: Stage, order: Order) -> None:
    """Be told that the card was declined, and why."""
    answer = await authorize(stage, order, AuthorizationResult.DECLINED, token=DECLINED)
    if not answer.reason:
        raise StoryFailed("the decline came without its reason")
    await until(stage, order, PaymentState.DECLINED)


async def play_answer_lost(stage: Stage, order: Order) -> str:
    """Have the answer to a processed authorization lost, again and again: be told `unknown`, learn the truth later."""
    prefix = f"{order.shop}-{order.order_id}-"
    if not await stage.simulator.requests(prefix, "payments.create"):
        await stage.simulator.fault(
            fault="drop_after", operation="payments.create", count=LOST_ANSWERS, merchant_reference_prefix=prefix
        )
        await authorize(stage, order, AuthorizationResult.UNKNOWN, patience_seconds=0.5)
    await authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await ship(stage, order)
    sent = await stage.simulator.requests(prefix, "payments.create")
    keys = {request["idempotence_key"] for request in sent}
    if len(sent) < 2 or len(keys) != 1:
        raise StoryFailed(f"{len(sent)} authorizations were sent under {len(keys)} keys: the repeat was not played")
    return (
        f"the answer was lost {len(sent) - 1} times and the shop was told `unknown`; "
        f"{len(sent)} requests under one key, one authorization in the provider's books"
    )


async def play_capture_rejected(stage: Stage, order: Order) -> str:
    """Ship, and have the capture rejected after it was accepted: fulfilment is told, and nothing is held any more."""
    await authorize(stage, order, AuthorizationResult.AUTHORIZED, token=CAPTURE_REJECTED)
    view = await ship(stage, order, PaymentState.CAPTURE_REJECTED)
    if not any("Stop the shipment" in told for told in view.attention):
        raise StoryFailed("nobody was told to stop the shipment")
    return "accepted, then rejected: fulfilment is told to stop the shipment, and nothing was taken"
