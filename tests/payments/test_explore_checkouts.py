"""The search of hosted checkouts finds what each of their rules keeps."""

from payments.checkouts import checkout_result
from payments.events import CheckoutPaid
from payments.explore import CONFIGURATIONS, Rules, explore

CHECKOUT = next(c for c in CONFIGURATIONS if c.checkout)


def test_the_search_misses_the_watch_after_a_page_was_paid():
    """A first try at a bank may succeed after another one paid: unwatched, nobody here would ever know."""

    def unwatched(payment, hold, reading):
        seen = checkout_result(payment, hold, reading)
        return [event for event in seen if not isinstance(event, CheckoutPaid)]

    report = explore(CHECKOUT, Rules(page=unwatched), until="nothing_paid_is_forgotten")
    [violation] = report.violations
    assert violation.invariant == "nothing_paid_is_forgotten"
    assert "at the bank: authorized" in violation.path
