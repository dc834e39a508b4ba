"""Which holds a shipment is captured of: exact to the minor unit, and never more of a hold than it has."""

from collections.abc import Sequence
from datetime import datetime

from payments.base import Value
from payments.parts import Authorization
from payments.payment import Payment


class Part(Value):
    """What of a shipment is captured of one hold, in minor units."""

    hold: Authorization
    amount_minor: int
    final: bool
    """Nothing more is captured of the hold afterwards."""


def usable(payment: Payment, now: datetime) -> list[Authorization]:
    """Return the holds of which something may be captured now, the one that ends first before the others."""
    within = [
        (expires, hold)
        for hold in payment.authorizations
        if payment.free_minor(hold) and (expires := payment.window_end(hold)) is not None and now < expires
    ]
    return [hold for _, hold in sorted(within, key=lambda each: each[0])]


def capturable(payment: Payment, holds: Sequence[Authorization]) -> int:
    """Return what may still be captured of holds: what they have and what the order owes, the lesser of the two."""
    return min(sum(payment.free_minor(hold) for hold in holds), payment.owed_minor - payment.captured_minor)


def allocate(payment: Payment, holds: Sequence[Authorization], amount_minor: int, *, final: bool) -> tuple[Part, ...]:
    """Divide an amount over holds that together have it.

    What ends first is used first. A hold that is captured once loses what a capture leaves of it: so those are taken
    whole where they fit, and what remains is taken where the least lapses.
    """
    parts = {holds[0].authorization_id: amount_minor} if len(holds) == 1 else _divided(payment, holds, amount_minor)
    return tuple(
        Part(
            hold=hold,
            amount_minor=parts[hold.authorization_id],
            final=final or not hold.several_captures or parts[hold.authorization_id] == payment.free_minor(hold),
        )
        for hold in holds
        if hold.authorization_id in parts
    )


def _divided(payment: Payment, holds: Sequence[Authorization], amount_minor: int) -> dict[str, int]:
    left, parts = amount_minor, dict[str, int]()
    spared: list[Authorization] = []
    once = any(not hold.several_captures for hold in holds)
    exact = next((hold for hold in holds if once and payment.free_minor(hold) == amount_minor), None)
    for hold in [exact] if exact else holds:
        free = payment.free_minor(hold)
        if once and free > left:
            spared.append(hold)
        elif left:
            parts[hold.authorization_id] = min(free, left)
            left -= min(free, left)
    if left and spared:
        # Of a hold that takes several captures nothing lapses.
        best = min(spared, key=lambda hold: (not hold.several_captures, payment.free_minor(hold)))
        parts[best.authorization_id] = left
    return parts
