"""The orders that the demo plays: each a file in `examples/orders/`, what is done with it, what must come of it.

Every step names its request, so a story that is played again from its beginning repeats nothing.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devstack.checker import Totals
from devstack.customer import SHOP, NotThrough, go_through, pay_on_page
from devstack.simulator_control import SimulatorControl
from devstack.stack import SEVERAL_CAPTURES, SHORT_HOLDS
from payments.commands import Capture, Review, ReviewDecision, Void
from payments.hosted_checkout import HostedCheckout
from payments.methods import Challenge, PaymentInstruction, ThreeDSecure
from payments.money import Money
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationAnswer, AuthorizationResult, CommandAnswer, CommandResult, PaymentView
from starter import PaymentClient
from starter.intake.orocommerce import read_orocommerce

ORDERS = Path(__file__).parent.parent / "examples" / "orders"
# Tokens that the simulator holds for the official test cards.
APPROVED = "token-visa-approved"
CHALLENGED = "token-visa-challenge"
DECLINED = "token-mastercard-declined"
# What a customer types on a hosted page: an official test card.
CARD = {"number": "4567 3500 0042 7977", "expiry": "12/49", "cvv": "123", "name": "A. Customer"}
# Nobody ships this order: the demo waits for its window's end.
SHORT_WINDOW_SECONDS = 6
# What an order is told that somebody has to decide: played again after a kill it may have been decided.
_PENDING = {AuthorizationResult.REDIRECT, AuthorizationResult.IN_REVIEW}
_PAID_OTHERWISE = {AuthorizationResult.AUTHORIZED, AuthorizationResult.RELEASED}
# So that there is something to see between two parcels.
PARCELS_APART_SECONDS = 0.6
# The first try, the one that follows at once, and the one that Ingenico's event brings about are over in a moment; one
# more, so that whoever asks with little patience hears that nobody knows.
LOST_ANSWERS = 4
# A state that does not come within this long is a failure of the demo.
STEP_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Stage:
    """What a story is played on."""

    payments: PaymentClient
    simulator: SimulatorControl


@dataclass(frozen=True)
class Story:
    """One order and its fate. `totals` tells what must have come of it, in minor units."""

    file: str
    title: str
    play: Callable[[Stage, Order], Awaitable[str | None]]
    """Plays it, and may say what there was to see that the table does not show."""
    final_state: PaymentState
    totals: Callable[[Order], Totals]

    def order(self, batch: int) -> Order:
        """Read the order; each batch has order numbers of its own."""
        read = read_orocommerce(json.loads((ORDERS / self.file).read_text(encoding="utf-8")))
        return read.model_copy(update={"order_id": f"{read.order_id}-{batch}"})


class StoryFailed(Exception):
    """A step did not come out as it must."""


async def play_shipped(stage: Stage, order: Order) -> None:
    """Authorize, ship, and see the money collected."""
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED)
    shipment = Capture(request_id="shipment-1", shipment_id="shipment-1")
    await stage.payments.signal_capture(order.key, shipment)
    await _until(stage, order, PaymentState.COLLECTED)


async def play_cancelled(stage: Stage, order: Order) -> None:
    """Authorize, cancel the order, and see the hold released."""
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await stage.payments.signal_void(order.key, Void(request_id="cancelled", reason="the customer changed their mind"))
    await _until(stage, order, PaymentState.VOIDED)


async def play_never_shipped(stage: Stage, order: Order) -> None:
    """Authorize and do nothing more: the payment lets go of the hold by itself."""
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED, window_seconds=SHORT_WINDOW_SECONDS)
    await _until(stage, order, PaymentState.VOIDED)


async def play_refunded(stage: Stage, order: Order) -> str:
    """Ship, see the money collected, and give it back in two parts: a part for one item, then the rest."""
    view = await stage.payments.view(order.key)
    # Played again after a kill, it may have come further than its shipment.
    if view is None or not view.refunds:
        await play_shipped(stage, order)
    part = order.total.with_amount(order.total.amount_minor // 3)
    await stage.payments.refund(order.key, request_id="return-1", amount=part, reason="one item came back")
    await _until(stage, order, PaymentState.PARTIALLY_REFUNDED, PaymentState.REFUNDING, PaymentState.REFUNDED)
    await stage.payments.refund(order.key, request_id="return-2", reason="the rest came back")
    view = await _until(stage, order, PaymentState.REFUNDED)
    references = ", ".join(str(refund.transaction_id)[-10:] for refund in view.refunds)
    return f"two refunds, each once and under a key of its own (Ingenico's …{references})"


async def play_three_shipments(stage: Stage, order: Order) -> str:
    """Ship in three parcels, each captured by itself, and see all of the money collected."""
    answer = await _authorize(stage, order, AuthorizationResult.AUTHORIZED, account=SEVERAL_CAPTURES)
    if not answer.several_captures:
        raise StoryFailed("the account was set up for several captures, and its payment takes one")
    part = order.total.with_amount(order.total.amount_minor // 3)
    for name, amount in (("parcel-1", part), ("parcel-2", part), ("parcel-3", None)):
        capture = Capture(request_id=name, shipment_id=name, amount=amount, final=amount is None)
        await stage.payments.signal_capture(order.key, capture)
        await asyncio.sleep(PARCELS_APART_SECONDS)
    view = await _until(stage, order, PaymentState.COLLECTED)
    captures = ", ".join(str(capture.transaction_id)[-10:] for capture in view.captures)
    return f"three captures of one authorization, each once (Ingenico's …{captures})"


async def play_hosted_checkout(stage: Stage, order: Order) -> str:
    """Send the customer to Ingenico's page, where they pay by card; then ship."""
    page = HostedCheckout(return_url=SHOP, restrict_to=("cards",), show_result_page=False)
    instruction = PaymentInstruction(hosted_checkout=page)
    while (answer := await stage.payments.authorize(order, instruction)).result is AuthorizationResult.PENDING:
        pass
    if answer.result is AuthorizationResult.REDIRECT and answer.redirect_url is not None:
        brought = await pay_on_page(answer.redirect_url, CARD)
        answer = await stage.payments.customer_returned(order.key, brought)
    view = await _until(stage, order, *_PAID)
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    await _until(stage, order, PaymentState.COLLECTED)
    product = view.payment_product.name if view.payment_product else "something"
    return f"paid with {product} on Ingenico's page, where the customer was sent and came back from"


async def play_declined(stage: Stage, order: Order) -> None:
    """Be told that the card was declined, and why."""
    answer = await _authorize(stage, order, AuthorizationResult.DECLINED, token=DECLINED)
    if not answer.reason:
        raise StoryFailed("the decline came without its reason")
    await _until(stage, order, PaymentState.DECLINED)


async def play_edited_down(stage: Stage, order: Order) -> str:
    """Authorize, drop an item, ship: the hold stays, and less of it is captured."""
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED)
    less = _less(order)
    await _answered(stage.payments.change(order.key, less, request_id="edit-1"))
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    await _until(stage, order, PaymentState.COLLECTED)
    return f"{less} of the {order.total} that is held was captured; the rest lapses"


async def play_edited_up(stage: Stage, order: Order) -> str:
    """Authorize, add an item, ship in two parcels: the difference is held beside, each parcel captured once."""
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED, account=SEVERAL_CAPTURES)
    await _answered(stage.payments.change(order.key, _more(order), request_id="edit-1"))
    half = order.total.with_amount(order.total.amount_minor // 2)
    await _answered(stage.payments.capture(order.key, request_id="parcel-1", amount=half))
    await _answered(stage.payments.capture(order.key, request_id="parcel-2"))
    view = await _until(stage, order, PaymentState.COLLECTED)
    parts = ", ".join(str(capture.amount) for capture in view.captures)
    return f"two parcels over two authorizations: captured {parts}"


async def play_reauthorized(stage: Stage, order: Order) -> str:
    """Authorize, wait longer than the hold lasts, ship: the card is asked anew, then the old hold is released."""
    instruction = PaymentInstruction(token=APPROVED, account=SHORT_HOLDS, reauthorize=True, window_seconds=600)
    answer = await stage.payments.authorize(order, instruction, patience_seconds=10)
    first = answer.merchant_reference
    deadline = asyncio.get_running_loop().time() + STEP_PATIENCE_SECONDS
    while True:
        view = await stage.payments.view(order.key)
        if view is not None and len(view.authorizations) > 1 and view.authorizations[0].stage == "voided":
            break
        if asyncio.get_running_loop().time() > deadline:
            raise StoryFailed("the hold was not followed by another")
        await asyncio.sleep(0.2)
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    view = await _until(stage, order, PaymentState.COLLECTED)
    return f"held anew before {first} was released; one of {len(view.authorizations)} holds captured, the others voided"


async def play_second_card(stage: Stage, order: Order) -> str:
    """Be declined, pay with another card, ship: the order is the same one, and is charged once."""
    await _authorize(stage, order, AuthorizationResult.DECLINED, token=DECLINED)
    card = PaymentInstruction(token=APPROVED)
    answer = await stage.payments.retry(order, card, request_id="second-card", patience_seconds=10)
    if answer.result is not AuthorizationResult.AUTHORIZED:
        raise StoryFailed(f"the second card is {answer.result}: {answer.reason}")
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    await _until(stage, order, PaymentState.COLLECTED)
    return f"declined once, paid as {answer.merchant_reference}"


def _less(order: Order) -> Money:
    return order.total.with_amount(order.total.amount_minor * 3 // 4)


def _more(order: Order) -> Money:
    return order.total.with_amount(order.total.amount_minor * 5 // 4)


async def _answered(asking: Awaitable[CommandAnswer]) -> None:
    answer = await asking
    if answer.result not in {CommandResult.DONE, CommandResult.ALREADY_DONE}:
        raise StoryFailed(f"{answer.result}: {answer.refusal or answer.message}")


async def play_answer_lost(stage: Stage, order: Order) -> str:
    """Have the answer to a processed authorization lost, again and again: be told `unknown`, learn the truth later."""
    prefix = f"{order.shop}-{order.order_id}-"
    if not await stage.simulator.requests(prefix, "payments.create"):
        await stage.simulator.fault(
            fault="drop_after", operation="payments.create", count=LOST_ANSWERS, merchant_reference_prefix=prefix
        )
        await _authorize(stage, order, AuthorizationResult.UNKNOWN, patience_seconds=0.5)
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    await _until(stage, order, PaymentState.COLLECTED)
    sent = await stage.simulator.requests(prefix, "payments.create")
    keys = {request["idempotence_key"] for request in sent}
    if len(sent) < 2 or len(keys) != 1:
        raise StoryFailed(f"{len(sent)} authorizations were sent under {len(keys)} keys: the repeat was not played")
    return (
        f"the answer was lost {len(sent) - 1} times and the shop was told `unknown`; "
        f"{len(sent)} requests under one key, one authorization in the provider's books"
    )


async def play_challenge(stage: Stage, order: Order) -> str:
    """Send the customer to the issuer's page, have them come back, and ship."""
    asked: dict[str, Any] = {"return_url": SHOP, "three_d_secure": ThreeDSecure(challenge=Challenge.REQUESTED)}
    answer = await _authorize(stage, order, AuthorizationResult.REDIRECT, token=CHALLENGED, **asked)
    how = "before"
    # Played again after a kill, the customer may have been through already: nobody is sent there twice.
    with contextlib.suppress(NotThrough):
        if answer.redirect_url is not None:
            return_mac, how = await go_through(answer.redirect_url)
            await stage.payments.customer_returned(order.key, return_mac)
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED, token=CHALLENGED, **asked)
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    view = await _until(stage, order, PaymentState.COLLECTED)
    kept = view.authentication
    if kept is None or kept.method != "challenged":
        raise StoryFailed("what came of 3-D Secure was not kept")
    return f"the customer answered the issuer {how}; 3-D Secure {kept.version}, ECI {kept.eci}, the issuer is liable"


async def play_abandoned(stage: Stage, order: Order) -> str:
    """Send the customer to the issuer's page, from where nobody comes back."""
    asked: dict[str, Any] = {
        "return_url": SHOP,
        "three_d_secure": ThreeDSecure(),
        "redirect_window_seconds": SHORT_WINDOW_SECONDS,
    }
    await _authorize(stage, order, AuthorizationResult.REDIRECT, token=CHALLENGED, **asked)
    view = await _until(stage, order, PaymentState.ABANDONED)
    return f"nobody came back from the issuer's page: cancelled at Ingenico, told as declined ({view.reason})"


async def play_review_accepted(stage: Stage, order: Order) -> None:
    """Have the fraud service doubt, let the payment through, and ship."""
    await _authorize(stage, order, AuthorizationResult.IN_REVIEW)
    await stage.payments.review(order.key, request_id="review-1", decision=ReviewDecision.ACCEPT, reason="well known")
    await _authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await stage.payments.signal_capture(order.key, Capture(request_id="shipment-1", shipment_id="shipment-1"))
    await _until(stage, order, PaymentState.COLLECTED)


async def play_review_refused(stage: Stage, order: Order) -> None:
    """Have the fraud service doubt, and refuse the payment."""
    await _authorize(stage, order, AuthorizationResult.IN_REVIEW)
    await stage.payments.signal_review(order.key, Review(request_id="review-1", decision=ReviewDecision.REFUSE))
    await _until(stage, order, PaymentState.ABANDONED)


async def _authorize(
    stage: Stage,
    order: Order,
    expected: AuthorizationResult,
    *,
    token: str = APPROVED,
    window_seconds: int | None = None,
    patience_seconds: float = 10.0,
    account: str = "main",
    **terms: Any,  # noqa: ANN401 (fields of the instruction)
) -> AuthorizationAnswer:
    instruction = PaymentInstruction(token=token, window_seconds=window_seconds, account=account, **terms)
    deadline = asyncio.get_running_loop().time() + STEP_PATIENCE_SECONDS
    while True:
        answer = await stage.payments.authorize(order, instruction, patience_seconds=patience_seconds)
        waiting = {AuthorizationResult.PENDING, AuthorizationResult.UNKNOWN} - {expected}
        # Played again after a kill, an order that was authorized may have gone on to the end of its hold.
        went_on = expected is AuthorizationResult.AUTHORIZED and answer.result is AuthorizationResult.RELEASED
        went_on = went_on or (expected in _PENDING and answer.result not in waiting)
        # The same for a declined one that was paid with another card.
        went_on = went_on or (expected is AuthorizationResult.DECLINED and answer.result in _PAID_OTHERWISE)
        if answer.result is expected or went_on:
            return answer
        if answer.result not in waiting or asyncio.get_running_loop().time() > deadline:
            raise StoryFailed(f"the authorization is {answer.result}, not {expected}: {answer.reason}")


async def _until(stage: Stage, order: Order, *states: PaymentState) -> PaymentView:
    deadline = asyncio.get_running_loop().time() + STEP_PATIENCE_SECONDS
    while True:
        view = await stage.payments.view(order.key)
        if view is not None and view.state in states:
            return view
        if asyncio.get_running_loop().time() > deadline:
            raise StoryFailed(f"the payment is {view.state if view else 'gone'}, not {' or '.join(states)}")
        await asyncio.sleep(0.2)


def _collected(order: Order) -> Totals:
    owed = order.total.amount_minor
    return Totals(payments=1, authorized=owed, captured=owed, collected=owed)


def _refunded(order: Order) -> Totals:
    return _collected(order).model_copy(update={"refunded": order.total.amount_minor})


def _released(order: Order) -> Totals:
    return Totals(payments=1, authorized=order.total.amount_minor)


def _nothing(_order: Order) -> Totals:
    return Totals(payments=1)


def _edited_down(order: Order) -> Totals:
    taken = _less(order).amount_minor
    return Totals(payments=1, authorized=order.total.amount_minor, captured=taken, collected=taken)


def _edited_up(order: Order) -> Totals:
    owed = _more(order).amount_minor
    return Totals(payments=2, authorized=owed, captured=owed, collected=owed)


def _reauthorized(order: Order) -> Totals:
    owed = order.total.amount_minor
    return Totals(payments=2, authorized=2 * owed, captured=owed, collected=owed)


def _second_card(order: Order) -> Totals:
    return _collected(order).model_copy(update={"payments": 2})


# Played again after a kill, an order that was paid may have gone on.
_PAID = (
    PaymentState.AUTHORIZED,
    PaymentState.CAPTURING,
    PaymentState.CAPTURE_REQUESTED,
    PaymentState.CAPTURED,
    PaymentState.COLLECTED,
)

STORIES = (
    Story("1-shipped.json", "shipped", play_shipped, PaymentState.COLLECTED, _collected),
    Story("2-cancelled.json", "cancelled", play_cancelled, PaymentState.VOIDED, _released),
    Story("3-never-shipped.json", "never shipped", play_never_shipped, PaymentState.VOIDED, _released),
    Story("4-declined.json", "declined", play_declined, PaymentState.DECLINED, _nothing),
    Story("5-yen.json", "paid in yen", play_shipped, PaymentState.COLLECTED, _collected),
    Story("6-answer-lost.json", "answer lost", play_answer_lost, PaymentState.COLLECTED, _collected),
    Story("7-refunded.json", "refunded in two parts", play_refunded, PaymentState.REFUNDED, _refunded),
    Story("8-three-shipments.json", "three shipments", play_three_shipments, PaymentState.COLLECTED, _collected),
    Story("20-challenge.json", "3-D Secure", play_challenge, PaymentState.COLLECTED, _collected),
    Story("21-abandoned.json", "3-D Secure, abandoned", play_abandoned, PaymentState.ABANDONED, _nothing),
    Story("22-review-accepted.json", "review accepted", play_review_accepted, PaymentState.COLLECTED, _collected),
    Story("23-review-refused.json", "review refused", play_review_refused, PaymentState.ABANDONED, _nothing),
    Story("24-hosted-checkout.json", "hosted checkout", play_hosted_checkout, PaymentState.COLLECTED, _collected),
    Story("30-edited-down.json", "edited down", play_edited_down, PaymentState.COLLECTED, _edited_down),
    Story("31-edited-up.json", "edited up", play_edited_up, PaymentState.COLLECTED, _edited_up),
    Story("32-reauthorized.json", "re-authorized by token", play_reauthorized, PaymentState.COLLECTED, _reauthorized),
    Story("33-second-card.json", "declined, paid otherwise", play_second_card, PaymentState.COLLECTED, _second_card),
)
