"""The page of a bank or wallet: what a customer of iDEAL and its like confirms outside the shop."""

from starlette.responses import Response

from simulator.pages import rendering
from simulator.pages.payments import facts, finish, waiting
from simulator.pages.visits import Visit
from simulator.payments.redirect_input import PRODUCTS


def show(visit: Visit) -> Response:
    """The payment, to be confirmed or not."""
    found = waiting(visit, "bank")
    if isinstance(found, Response):
        return found
    return rendering.page("bank", {"errors": {}, "product": PRODUCTS[found.product], **facts(found)})


def decide(visit: Visit) -> Response:
    """Confirmed or cancelled; anything else shows the page again."""
    found = waiting(visit, "bank")
    if isinstance(found, Response):
        return found
    match visit.text("decision"):
        case "confirm":
            return finish(visit, found, "done")
        case "cancel":
            return finish(visit, found, "cancelled")
        case _:
            return show(visit)
