"""What must have come of each story, to the minor unit."""

from devstack.checker import Totals
from devstack.stories.steps import less, more
from payments.order import Order


def collected(order: Order) -> Totals:
    """Taken, once."""
    owed = order.total.amount_minor
    return Totals(payments=1, authorized=owed, captured=owed, collected=owed)


def refunded(order: Order) -> Totals:
    """Taken, and given back."""
    return collected(order).model_copy(update={"refunded": order.total.amount_minor})


def released(order: Order) -> Totals:
    """Held, and let go of: nothing was taken."""
    return Totals(payments=1, authorized=order.total.amount_minor)


def nothing(_order: Order) -> Totals:
    """Asked for, and never held."""
    return Totals(payments=1)


def taken_in_part(order: Order) -> Totals:
    """Less was taken than was held, and the rest is nobody's to take."""
    taken = less(order).amount_minor
    return Totals(payments=1, authorized=order.total.amount_minor, captured=taken, collected=taken)


def edited_up(order: Order) -> Totals:
    """The rest was held beside the first hold, and both were taken."""
    owed = more(order).amount_minor
    return Totals(payments=2, authorized=owed, captured=owed, collected=owed)


def reauthorized(order: Order) -> Totals:
    """Held twice, taken once."""
    owed = order.total.amount_minor
    return Totals(payments=2, authorized=2 * owed, captured=owed, collected=owed)


def second_card(order: Order) -> Totals:
    """Asked for twice, taken once."""
    return collected(order).model_copy(update={"payments": 2})
