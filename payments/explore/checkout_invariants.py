"""What must hold in every state of the search of hosted checkouts: one function a rule."""

from collections.abc import Callable

from payments.explore.checkouts import CheckoutWorld
from payments.explore.invariants import holds_are_what_the_entries_say, named_by
from payments.explore.world import of_books, reference
from payments.states import ProviderStatus


@of_books
def checkouts_sum_to_zero(world: CheckoutWorld) -> bool:
    """The entries of every event sum to zero, and so does the ledger; no event happens twice."""
    return sum(world.books.accounts) == 0 and world.books.flaw is None


@of_books
def holds_of_pages_are_what_the_entries_say(world: CheckoutWorld) -> bool:
    """What is held as folded equals the sums of the entries."""
    return holds_are_what_the_entries_say(world)  # type: ignore[arg-type]  # it reads the books alone


def one_page_at_a_time(world: CheckoutWorld) -> bool:
    """Of all pages that a customer can be on at most one is open."""
    return sum(page.known and page.open for page in world.pages) <= 1


def nothing_paid_is_forgotten(world: CheckoutWorld) -> bool:
    """What is held at the provider is booked, or it is still looked for, or a person was told."""
    payment = world.books.payment
    if payment.attention or world.slip is not None:
        return True
    booked = {hold.provider_id for hold in payment.authorizations}
    awaited = {hold.reference for hold in payment.authorizations if hold.at_checkout}
    looked_for = awaited | {watched.reference for watched in payment.watched}
    held = [place for place, tried in enumerate(world.tries) if tried.status is ProviderStatus.AUTHORIZED]
    return all(f"p{place}" in booked or reference(world.tries[place].attempt) in looked_for for place in held)


def a_try_is_voided_once(world: CheckoutWorld) -> bool:
    """No payment is cancelled twice."""
    return all(tried.voided <= 1 for tried in world.tries)


def what_a_page_left_open_is_found_again(world: CheckoutWorld) -> bool:
    """A payment taken up from its story names the very operation that the ledger has."""
    named = named_by(world.books)
    there = None if world.slip is None else world.slip.asked.operation
    if named is None or there is None:
        return named is there
    return all(getattr(named, name) == getattr(there, name) for name in _NAMED)


_NAMED = ("operation_id", "kind", "request_id", "request_hash", "authorization_id", "attempt", "account", "provider_id")


def what_is_over_holds_nothing(world: CheckoutWorld) -> bool:
    """A payment that is over, and that nobody was told of, has nothing on any card that is not booked."""
    payment = world.books.payment
    if not payment.is_over or payment.attention or world.slip is not None:
        return True
    return all(tried.status is not ProviderStatus.AUTHORIZED for tried in world.tries)


CHECKOUT_INVARIANTS: tuple[Callable[[CheckoutWorld], bool], ...] = (
    checkouts_sum_to_zero,
    holds_of_pages_are_what_the_entries_say,
    one_page_at_a_time,
    nothing_paid_is_forgotten,
    a_try_is_voided_once,
    what_a_page_left_open_is_found_again,
    what_is_over_holds_nothing,
)
