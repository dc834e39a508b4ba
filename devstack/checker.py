"""Compare three accounts of the same money, cent by cent: our ledger, the provider's books, the workflow's view.

The books are an observer of their own: what they show happened, whatever we believe.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from devstack.simulator_control import BookLine
from ledger.queries import Balance
from payments.base import Value
from payments.events import AuthorizationAdopted, AuthorizationPending, Authorized, Declined, RecordedEvent
from payments.money import exponent
from payments.postings import Account
from payments.view import PaymentView

# Connect counts every currency in hundredths.
BOOKS_EXPONENT = 2


# What tells that the provider has a payment.
_AT_THE_PROVIDER = AuthorizationPending | Authorized | Declined


class Totals(Value):
    """What one order came to, in minor units of its currency."""

    payments: int = 0
    """How many payments the order has, declined ones included."""
    authorized: int = 0
    capturable: int = 0
    """Held and not captured: open or being captured. What lapses is nobody's to take."""
    captured: int = 0
    """Queued, confirmed or collected."""
    collected: int = 0
    """All that ever came to the provider, also what went back since."""
    refunded: int = 0


def of_ledger(balances: Iterable[Balance], events: Iterable[RecordedEvent]) -> Totals:
    """Sum an order's entries; what was ever authorized is told by its events."""
    sums: dict[Account, int] = defaultdict(int)
    for balance in balances:
        sums[balance.account] += balance.amount_minor
    happened = [recorded.event for recorded in events]
    refunded = sums[Account.REFUNDS] + sums[Account.REFUND_OWED]
    collected = sums[Account.PROVIDER_COLLECTED] + refunded
    return Totals(
        payments=len({event.subject for event in happened if isinstance(event, _AT_THE_PROVIDER)}),
        authorized=sum(e.amount_minor for e in happened if isinstance(e, Authorized | AuthorizationAdopted)),
        capturable=sums[Account.HOLD_OPEN] + sums[Account.HOLD_RESERVED],
        captured=sums[Account.CAPTURE_QUEUED] + sums[Account.PROVIDER_CAPTURED] + collected,
        collected=collected,
        refunded=refunded,
    )


def of_view(view: PaymentView) -> Totals:
    """Read the workflow's own view."""
    amounts = view.amounts
    if amounts is None:
        return Totals()
    return Totals(
        payments=sum(hold.transaction_id is not None for hold in view.authorizations),
        authorized=amounts.authorized.amount_minor,
        capturable=amounts.may_capture.amount_minor + amounts.being_captured.amount_minor,
        captured=amounts.capture_requested.amount_minor + amounts.captured.amount_minor,
        collected=amounts.collected.amount_minor,
        refunded=amounts.refunded.amount_minor,
    )


def of_books(lines: Iterable[BookLine]) -> Totals:
    """Sum the provider's books of one order. A yen amount that is no whole number of yen raises ValueError."""
    each = [_of_line(line) for line in lines]
    return Totals(
        payments=len(each),
        authorized=sum(t.authorized for t in each),
        capturable=sum(t.capturable for t in each),
        captured=sum(t.captured for t in each),
        collected=sum(t.collected for t in each),
        refunded=sum(t.refunded for t in each),
    )


def differences(accounts: Mapping[str, Totals]) -> list[str]:
    """Compare several accounts of one order with the first; return each figure that differs, in words."""
    (first, expected), *others = accounts.items()
    return [
        f"{figure}: {first} {getattr(expected, figure)}, {name} {getattr(totals, figure)}"
        for name, totals in others
        for figure in Totals.model_fields
        if getattr(totals, figure) != getattr(expected, figure)
    ]


def _of_line(line: BookLine) -> Totals:
    """The books never fall, so that a capture was rejected or taken back is told by its status."""
    undone = line.status in {"REJECTED_CAPTURE", "PENDING_APPROVAL", "CANCELLED"}
    left = {
        "PENDING_APPROVAL": line.authorized - line.voided,
        "PENDING_CAPTURE": line.authorized - line.capture_requested,
    }
    return Totals(
        authorized=_minor(line.authorized, line.currency),
        capturable=_minor(left.get(line.status, 0), line.currency),
        captured=0 if undone else _minor(line.capture_requested, line.currency),
        collected=_minor(line.collected, line.currency),
        refunded=_minor(line.refunded, line.currency),
    )


def _minor(in_books: int, currency: str) -> int:
    scale: int = 10 ** (BOOKS_EXPONENT - exponent(currency))
    minor, rest = divmod(in_books, scale)
    if rest:
        raise ValueError(f"{in_books} in the books is no amount of {currency}")
    return minor
