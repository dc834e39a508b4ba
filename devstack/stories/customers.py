"""Orders whose customer is sent to another page, or whom the fraud service doubts."""

import contextlib
from typing import Any

from devstack.customer import SHOP, NotThrough, go_through, pay_on_page
from devstack.stories.steps import CHALLENGED, SHORT_WINDOW_SECONDS, Stage, StoryFailed, authorize, ship, until
from payments.commands import Review, ReviewDecision
from payments.hosted_checkout import HostedCheckout
from payments.methods import Challenge, PaymentInstruction, ThreeDSecure
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationResult

# What a customer types on a hosted page: an official test card.
CARD = {"number": "4567 3500 0042 7977", "expiry": "12/49", "cvv": "123", "name": "A. Customer"}
# Played again after a kill, an order that was paid may have gone on.
_PAID = (
    PaymentState.AUTHORIZED,
    PaymentState.CAPTURING,
    PaymentState.CAPTURE_REQUESTED,
    PaymentState.CAPTURED,
    PaymentState.COLLECTED,
)


async def play_challenge(stage: Stage, order: Order) -> str:
    """Send the customer to the issuer's page, have them come back, and ship."""
    asked: dict[str, Any] = {"return_url": SHOP, "three_d_secure": ThreeDSecure(challenge=Challenge.REQUESTED)}
    answer = await authorize(stage, order, AuthorizationResult.REDIRECT, token=CHALLENGED, **asked)
    how = "before"
    # Played again after a kill, the customer may have been through already: nobody is sent there twice.
    with contextlib.suppress(NotThrough):
        if answer.redirect_url is not None:
            return_mac, how = await go_through(answer.redirect_url)
            await stage.payments.customer_returned(order.key, return_mac)
    await authorize(stage, order, AuthorizationResult.AUTHORIZED, token=CHALLENGED, **asked)
    view = await ship(stage, order)
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
    await authorize(stage, order, AuthorizationResult.REDIRECT, token=CHALLENGED, **asked)
    view = await until(stage, order, PaymentState.ABANDONED)
    return f"nobody came back from the issuer's page: cancelled at Ingenico, told as declined ({view.reason})"


async def play_review_accepted(stage: Stage, order: Order) -> None:
    """Have the fraud service doubt, let the payment through, and ship."""
    await authorize(stage, order, AuthorizationResult.IN_REVIEW)
    await stage.payments.review(order.key, request_id="review-1", decision=ReviewDecision.ACCEPT, reason="well known")
    await authorize(stage, order, AuthorizationResult.AUTHORIZED)
    await ship(stage, order)


async def play_review_refused(stage: Stage, order: Order) -> None:
    """Have the fraud service doubt, and refuse the payment."""
    await authorize(stage, order, AuthorizationResult.IN_REVIEW)
    await stage.payments.signal_review(order.key, Review(request_id="review-1", decision=ReviewDecision.REFUSE))
    await until(stage, order, PaymentState.ABANDONED)


async def play_hosted_checkout(stage: Stage, order: Order) -> str:
    """Send the customer to Ingenico's page, where they pay by card; then ship."""
    page = HostedCheckout(return_url=SHOP, restrict_to=("cards",), show_result_page=False)
    instruction = PaymentInstruction(hosted_checkout=page)
    while (answer := await stage.payments.authorize(order, instruction)).result is AuthorizationResult.PENDING:
        pass
    if answer.result is AuthorizationResult.REDIRECT and answer.redirect_url is not None:
        brought = await pay_on_page(answer.redirect_url, CARD)
        answer = await stage.payments.customer_returned(order.key, brought)
    view = await until(stage, order, *_PAID)
    await ship(stage, order)
    product = view.payment_product.name if view.payment_product else "something"
    return f"paid with {product} on Ingenico's page, where the customer was sent and came back from"
