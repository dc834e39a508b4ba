"""What must hold in every state: one function a rule, named as a violation is reported."""

from collections.abc import Callable
from functools import lru_cache

from payments.authorizing import WAITS_FOR
from payments.commands import AnyCommand, Capture
from payments.decide import next_due_at, unresolved_operation
from payments.explore.shelf import PLACES
from payments.explore.world import CAPTURED_STATUSES, Books, Truth, World, of_books
from payments.methods import PaymentAction
from payments.operations import Operation, OperationKind
from payments.parts import AuthorizationStage
from payments.payment import Payment
from payments.postings import Account
from payments.references import START
from payments.states import PENDING_STATUSES, CaptureStage, ProviderStatus

Invariant = Callable[[World], bool]


@of_books
def entries_sum_to_zero(world: World) -> bool:
    """The entries of every event sum to zero, and so does the ledger."""
    return sum(world.books.accounts) == 0


@of_books
def no_event_happens_twice(world: World) -> bool:
    """The ledger takes an event's kind, subject and occurrence once."""
    return world.books.flaw is None


@of_books
def holds_are_what_the_entries_say(world: World) -> bool:
    """Open, reserved and lapsing as folded equal the sums of the entries on the hold's accounts."""
    holds = world.books.payment.authorizations
    return (
        sum(h.open_minor for h in holds) == _on(world, Account.HOLD_OPEN)
        and sum(h.reserved_minor for h in holds) == _on(world, Account.HOLD_RESERVED)
        and sum(h.lapsing_minor for h in holds) == _on(world, Account.HOLD_LAPSING)
    )


@of_books
def no_hold_is_negative(world: World) -> bool:
    """No part of a hold falls below nothing."""
    return all(min(h.open_minor, h.reserved_minor, h.lapsing_minor) >= 0 for h in world.books.payment.authorizations)


@of_books
def captured_at_most_held(world: World) -> bool:
    """What was captured, is being captured, may be captured or lapses is at most what was held."""
    payment = world.books.payment
    for hold in payment.authorizations:
        live = payment.live_captures(hold.authorization_id)
        taken = sum(c.amount_minor for c in live if c.stage not in {CaptureStage.PLANNED, CaptureStage.INTENDED})
        if taken + hold.reserved_minor + hold.open_minor + hold.lapsing_minor > hold.amount_minor:
            return False
    return True


def one_effect_per_operation(world: World) -> bool:
    """An operation has at most one effect at the provider."""
    return all(count <= 1 for _, count in world.effects)


def one_unresolved_operation(world: World) -> bool:
    """An authorization has at most one unresolved operation, and the ledger its intent."""
    payment = world.books.payment
    hold = payment.authorization
    if hold is None:
        return True
    open_ones = [c for c in payment.captures if c.stage is CaptureStage.INTENDED]
    count = len(open_ones) + (hold.void is not None) + (hold.stage is AuthorizationStage.INTENDED)
    count += hold.accept_id is not None
    return count == (world.slip is not None)


def what_is_unresolved_is_found_again(world: World) -> bool:
    """A payment taken up from its story names the very operation that the ledger has."""
    if world.slip is None:
        return True
    there, named = world.slip.asked.operation, named_by(world.books)
    return named is not None and all(getattr(there, name) == getattr(named, name) for name in _NAMED)


@lru_cache(maxsize=10_000)
def named_by(books: Books) -> Operation | None:
    """Return what a payment taken up from its story names as unresolved. Books are one each, so they are asked once."""
    return unresolved_operation(books.payment)


_NAMED = ("operation_id", "kind", "request_id", "request_hash", "authorization_id", "attempt", "amount", "account")


def a_final_authorization_is_captured_whole(world: World) -> bool:
    """A final authorization is never captured in part by us."""
    slip, payment = world.slip, world.books.payment
    if slip is None or slip.kind is not OperationKind.CAPTURE or payment.opened is None:
        return True
    hold = payment.authorization
    is_final = payment.opened.action is PaymentAction.FINAL_AUTHORIZATION
    return not is_final or (hold is not None and slip.asked.operation.amount.amount_minor == hold.amount_minor)


def is_of_another_currency(payment: Payment, command: AnyCommand) -> bool:
    """Whether a capture names money that the order is not in; to begin it would be a flaw."""
    amount = command.amount if isinstance(command, Capture) else None
    return amount is not None and payment.opened is not None and amount.currency != payment.opened.owed.currency


def asked_in_the_orders_currency(world: World) -> bool:
    """What is asked for is of the payment's currency, and was asked of us in no other."""
    if world.flaw == "asked_in_the_orders_currency":
        return False
    slip, opened = world.slip, world.books.payment.opened
    if slip is None or opened is None:
        return True
    amount = slip.asked.operation.amount
    return amount.currency == opened.owed.currency


def a_capture_asks_for_something(world: World) -> bool:
    """A capture is of at least one unit: an empty amount would mean everything."""
    slip = world.slip
    is_capture = slip is not None and slip.kind is OperationKind.CAPTURE
    return not is_capture or (slip is not None and slip.asked.operation.amount.amount_minor > 0)


def nothing_is_captured_after_the_window(world: World) -> bool:
    """No capture is asked for once the window has ended."""
    return world.flaw != "nothing_is_captured_after_the_window"


def no_void_hits_a_capture(world: World) -> bool:
    """No void is sent while a capture of ours is unresolved or taken."""
    return world.flaw != "no_void_hits_a_capture"


def only_the_content_that_opened_it_is_sent(world: World) -> bool:
    """An authorization is sent with the start that opened the payment: another one's content is another charge."""
    return world.flaw != "only_the_content_that_opened_it_is_sent"


def ingenico_takes_what_was_asked(world: World) -> bool:
    """The effect of a capture of ours is of the amount that was asked for."""
    return world.flaw != "ingenico_takes_what_was_asked"


def another_key_only_after_absence(world: World) -> bool:
    """A second idempotence key is used only when the first attempt is not, and will not be, at the provider."""
    return world.flaw != "another_key_only_after_absence"


@of_books
def one_operation_per_request(world: World) -> bool:
    """A request id never yields two operations."""
    payment = world.books.payment
    ids = [record.request_id for record in payment.requests]
    names = [record.operation_id for record in payment.requests]
    captures = [capture.capture_id for capture in payment.captures]
    started = payment.authorization is not None and START in ids
    return all(len(set(few)) == len(few) for few in (ids, names, captures)) and not started


def what_is_called_proven_is_true(world: World) -> bool:
    """What the ledger calls refused, declined or absent did not happen at the provider."""
    if world.flaw == "what_is_called_proven_is_true":
        return False
    payment = world.books.payment
    effects = dict(world.effects)
    hold = payment.authorization
    without = {AuthorizationStage.REFUSED, AuthorizationStage.ABSENT, AuthorizationStage.ABANDONED}
    nothing = hold is not None and hold.stage in without | {AuthorizationStage.DECLINED}
    given_up = hold is not None and hold.given_up is not None
    ended = {ProviderStatus.DECLINED, ProviderStatus.RELEASED} if given_up else {ProviderStatus.DECLINED}
    if nothing and any(t.status not in ended for t in world.truths):
        return False
    return not any(effects.get(c.capture_id) for c in payment.captures if c.stage is CaptureStage.REFUSED)


def the_ledger_is_the_truth(world: World) -> bool:
    """With nothing unresolved, on its way or unread, the ledger has what the provider has; suspense tells people."""
    payment = world.books.payment
    hold = payment.authorization
    if world.slip is not None or world.flight is not None or world.unread or hold is None:
        return True
    if hold.provider_id is None:
        return not any(t.status is not ProviderStatus.DECLINED for t in world.truths)
    truth = world.truths[int(hold.provider_id.removeprefix("p"))]
    if _on(world, Account.SUSPENSE):
        return bool(payment.attention)
    return _agree(payment, world.books, truth)


def _agree(payment: Payment, books: Books, truth: Truth) -> bool:
    hold = payment.authorization
    if hold is None:
        return False
    if truth.status is ProviderStatus.DECLINED:
        return hold.stage is AuthorizationStage.DECLINED or (hold.given_up is not None and not hold.open_minor)
    if truth.status in PENDING_STATUSES:
        if hold.stage is AuthorizationStage.EXPIRED:
            return not hold.open_minor
        held = truth.authorized if truth.held_in_review else 0
        return hold.waits_for is WAITS_FOR[truth.status] and hold.open_minor == held
    queued, taken, collected = (books.accounts[PLACES[a]] for a in _TAKEN)
    expected = dict.fromkeys(CAPTURED_STATUSES, 0)
    captured = truth.captured if truth.status in expected else 0
    reached = {
        ProviderStatus.CAPTURE_REQUESTED: (captured, 0, 0),
        ProviderStatus.CAPTURED: (0, captured, 0),
        ProviderStatus.COLLECTED: (0, 0, captured),
        ProviderStatus.RETURNED: (0, 0, captured),
    }.get(truth.status, (0, 0, 0))
    if (queued, taken, collected) != reached or hold.amount_minor != truth.authorized:
        return False
    if truth.status is ProviderStatus.AUTHORIZED:
        return hold.open_minor == truth.authorized or hold.stage is AuthorizationStage.EXPIRED
    return hold.open_minor == 0


_TAKEN = (Account.CAPTURE_QUEUED, Account.PROVIDER_CAPTURED, Account.PROVIDER_COLLECTED)


@of_books
def what_waits_has_a_deadline(world: World) -> bool:
    """What waits for fulfilment, or for a hold to lapse, waits until a moment that is known."""
    payment = world.books.payment
    hold = payment.authorization
    if hold is None or payment.unresolved is not None:
        return True
    if hold.is_pending:
        # Where giving it up was refused a person knows, and the provider's own end of it is waited for.
        return next_due_at(payment) is not None or bool(payment.attention)
    if not hold.open_minor + hold.lapsing_minor:
        return True
    return next_due_at(payment) is not None


def _on(world: World, account: Account) -> int:
    return world.books.accounts[PLACES[account]]


INVARIANTS: tuple[Invariant, ...] = (
    entries_sum_to_zero,
    no_event_happens_twice,
    holds_are_what_the_entries_say,
    no_hold_is_negative,
    captured_at_most_held,
    asked_in_the_orders_currency,
    a_capture_asks_for_something,
    a_final_authorization_is_captured_whole,
    one_operation_per_request,
    nothing_is_captured_after_the_window,
    no_void_hits_a_capture,
    only_the_content_that_opened_it_is_sent,
    another_key_only_after_absence,
    ingenico_takes_what_was_asked,
    one_effect_per_operation,
    one_unresolved_operation,
    what_is_unresolved_is_found_again,
    what_is_called_proven_is_true,
    the_ledger_is_the_truth,
    what_waits_has_a_deadline,
)
