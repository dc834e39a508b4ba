"""What must hold in every state of the search of refunds: one function a rule, named as a violation is reported."""

from collections.abc import Callable

from payments.explore.invariants import named_by
from payments.explore.refunds import RefundWorld
from payments.explore.shelf import PLACES
from payments.explore.world import of_books
from payments.parts import LIVE_REFUND_STAGES
from payments.postings import Account
from payments.states import CaptureStage, RefundStage, RefundStatus


@of_books
def refunds_sum_to_zero(world: RefundWorld) -> bool:
    """The entries of every event sum to zero, and so does the ledger; no event happens twice."""
    return sum(world.books.accounts) == 0 and world.books.flaw is None


@of_books
def refunds_at_most_captured(world: RefundWorld) -> bool:
    """What is promised back never exceeds what was captured, and nothing waits for a capture that was rejected."""
    payment = world.books.payment
    for capture in payment.captures:
        live = [r for r in payment.refunds if r.capture_id == capture.capture_id and r.stage in LIVE_REFUND_STAGES]
        if capture.stage is CaptureStage.REJECTED:
            # What is just being asked for is found out first.
            live = [r for r in live if r.stage is not RefundStage.INTENDED]
        taken = 0 if capture.stage is CaptureStage.REJECTED else capture.amount_minor
        if sum(r.amount_minor for r in live) > taken:
            return False
    return True


def refunds_ask_for_something(world: RefundWorld) -> bool:
    """A refund is of at least one unit, of the order's currency: an empty amount would mean everything."""
    payment, slip = world.books.payment, world.slip
    asked = slip is None or slip.asked.operation.amount.currency == payment.money(0).currency
    return asked and all(r.amount_minor > 0 for r in payment.refunds)


def refunds_are_of_the_currency(world: RefundWorld) -> bool:
    """A refund that was accepted was asked for in the order's currency."""
    return world.flaw != "refunds_are_of_the_currency"


def one_effect_per_refund(world: RefundWorld) -> bool:
    """A refund that was asked for once goes back at most once, under however many keys."""
    alive = [t.operation for t in world.truths if t.operation is not None and t.status is not RefundStatus.FAILED]
    return len(alive) == len(set(alive))


def an_open_refund_is_found_again(world: RefundWorld) -> bool:
    """A payment taken up from its story names the very attempt that the ledger has."""
    named = named_by(world.books)
    there = None if world.slip is None else world.slip.asked.operation
    return (named is None) == (there is None) and (named is None or named == there)


@of_books
def refund_accounts_are_what_is_folded(world: RefundWorld) -> bool:
    """Promised and paid as folded equal the sums of the entries."""
    refunds = world.books.payment.refunds
    live = sum(r.amount_minor for r in refunds if r.stage in LIVE_REFUND_STAGES)
    paid = sum(r.amount_minor for r in refunds if r.stage is RefundStage.REFUNDED)
    accounts = world.books.accounts
    return accounts[PLACES[Account.REFUNDS]] == live and accounts[PLACES[Account.REFUND_OWED]] == paid - live


def a_failed_refund_did_not_happen(world: RefundWorld) -> bool:
    """What the ledger calls failed does not go back at the provider."""
    failed = {r.refund_id for r in world.books.payment.refunds if r.stage is RefundStage.FAILED}
    return not any(t.operation in failed and t.status is not RefundStatus.FAILED for t in world.truths)


def the_ledger_knows_every_refund(world: RefundWorld) -> bool:
    """Once nothing is open and nothing is followed, what went back at the provider is in the books."""
    payment = world.books.payment
    if world.slip is not None or world.flight is not None or payment.refund_on_its_way() is not None:
        return True
    alive = sum(t.amount for t in world.truths if t.operation is not None and t.status is not RefundStatus.FAILED)
    # A refund that came back after it was paid out is told by a later look.
    return sum(r.amount_minor for r in payment.refunds if r.stage is RefundStage.REFUNDED) >= alive


def money_that_went_back_unasked_is_told(world: RefundWorld) -> bool:
    """A payment that shows as returned while nothing of ours is at the provider is told to people."""
    return world.flaw != "money_that_went_back_unasked_is_told"


REFUND_INVARIANTS: tuple[Callable[[RefundWorld], bool], ...] = (
    refunds_sum_to_zero,
    refunds_at_most_captured,
    refunds_ask_for_something,
    refunds_are_of_the_currency,
    one_effect_per_refund,
    an_open_refund_is_found_again,
    refund_accounts_are_what_is_folded,
    a_failed_refund_did_not_happen,
    the_ledger_knows_every_refund,
    money_that_went_back_unasked_is_told,
)
