"""The orders that the demo plays: each a file in `examples/orders/`, what is done with it, what must come of it."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from devstack.checker import Totals
from devstack.stories import authorizations, customers, shipping, totals
from devstack.stories.steps import Stage
from payments.order import Order
from payments.states import PaymentState as State
from starter.intake.orocommerce import read_orocommerce

__all__ = ["STORIES", "Stage", "Story"]

ORDERS = Path(__file__).parents[2] / "examples" / "orders"


@dataclass(frozen=True)
class Story:
    """One order and its fate. `totals` tells what must have come of it, in minor units."""

    file: str
    title: str
    play: Callable[[Stage, Order], Awaitable[str | None]]
    """Plays it, and may say what there was to see that the table does not show."""
    final_state: State
    totals: Callable[[Order], Totals]

    def order(self, batch: int) -> Order:
        """Read the order; each batch has order numbers of its own."""
        read = read_orocommerce(json.loads((ORDERS / self.file).read_text(encoding="utf-8")))
        return read.model_copy(update={"order_id": f"{read.order_id}-{batch}"})


STORIES = (
    Story("1-shipped.json", "shipped", shipping.play_shipped, State.COLLECTED, totals.collected),
    Story("2-cancelled.json", "cancelled", shipping.play_cancelled, State.VOIDED, totals.released),
    Story("3-never-shipped.json", "never shipped", shipping.play_never_shipped, State.VOIDED, totals.released),
    Story("4-declined.json", "declined", shipping.play_declined, State.DECLINED, totals.nothing),
    Story("5-yen.json", "paid in yen", shipping.play_shipped, State.COLLECTED, totals.collected),
    Story("6-answer-lost.json", "answer lost", shipping.play_answer_lost, State.COLLECTED, totals.collected),
    Story("7-refunded.json", "refunded in two parts", shipping.play_refunded, State.REFUNDED, totals.refunded),
    Story(
        "8-three-shipments.json", "three shipments", shipping.play_three_shipments, State.COLLECTED, totals.collected
    ),
    Story(
        "10-capture-rejected.json",
        "capture rejected later",
        shipping.play_capture_rejected,
        State.CAPTURE_REJECTED,
        totals.released,
    ),
    Story("11-shipped-short.json", "shipped short", shipping.play_shipped_short, State.COLLECTED, totals.taken_in_part),
    Story("20-challenge.json", "3-D Secure", customers.play_challenge, State.COLLECTED, totals.collected),
    Story("21-abandoned.json", "3-D Secure, abandoned", customers.play_abandoned, State.ABANDONED, totals.nothing),
    Story(
        "22-review-accepted.json", "review accepted", customers.play_review_accepted, State.COLLECTED, totals.collected
    ),
    Story("23-review-refused.json", "review refused", customers.play_review_refused, State.ABANDONED, totals.nothing),
    Story(
        "24-hosted-checkout.json", "hosted checkout", customers.play_hosted_checkout, State.COLLECTED, totals.collected
    ),
    Story("30-edited-down.json", "edited down", authorizations.play_edited_down, State.COLLECTED, totals.taken_in_part),
    Story("31-edited-up.json", "edited up", authorizations.play_edited_up, State.COLLECTED, totals.edited_up),
    Story(
        "32-reauthorized.json",
        "re-authorized by token",
        authorizations.play_reauthorized,
        State.COLLECTED,
        totals.reauthorized,
    ),
    Story(
        "33-second-card.json",
        "declined, paid otherwise",
        authorizations.play_second_card,
        State.COLLECTED,
        totals.second_card,
    ),
)
