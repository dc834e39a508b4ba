"""A moment of the search of hosted checkouts: the pages, what was tried on them, and what the ledger holds of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from payments.decide import open_payment
from payments.events import Opened
from payments.explore.captures import intent_of as intent_at
from payments.explore.world import ACCOUNT, CURRENCY, EPOCH, KEY, SETTLED, UNITS, Books, Configuration, Slip, reference
from payments.hosted_checkout import HostedCheckout
from payments.methods import PaymentInstruction
from payments.money import Money
from payments.operations import Intent
from payments.order import Address, Customer, Order
from payments.provider import CheckoutStatus, OpenedCheckout, ProviderCheckout, ProviderPayment, Release
from payments.states import ProviderStatus

# Another page, and a third try, add no kind of state that the ones before have not.
MOST_PAGES = 2
MOST_TRIES = 2
WATCHED_UNTIL = EPOCH + timedelta(hours=24)


class Age(StrEnum):
    """How long ago the customer was sent away."""

    FRESH = "fresh"
    AWAY = "the customer's time is over"
    DAY = "nothing is looked for any more"
    WINDOW_ENDED = "the window has ended"


AGES = tuple(Age)
_OLD = {
    Age.FRESH: SETTLED,
    Age.AWAY: timedelta(hours=2),
    Age.DAY: timedelta(hours=26),
    Age.WINDOW_ENDED: timedelta(days=6, hours=20),
}


class Page(NamedTuple):
    """A page as the provider has it."""

    attempt: int
    known: bool
    """Its address was handed out: a customer can be on it."""
    open: bool = True
    cancelled: bool = False


class Try(NamedTuple):
    """A payment that was tried on a page."""

    attempt: int
    status: ProviderStatus
    hidden: bool = False
    """A lookup by reference still lags behind it, by less than the time between two looks."""
    voided: int = 0


class CheckoutWorld(NamedTuple):
    """One state of the search."""

    books: Books
    slip: Slip | None = None
    pages: tuple[Page, ...] = ()
    tries: tuple[Try, ...] = ()
    age: Age = Age.FRESH
    has_start: bool = True
    flaw: str | None = None


def terms(configuration: Configuration) -> Opened:
    """Return what the payment is opened with."""
    return open_payment(
        Order(
            order_id=KEY.order_id,
            total=Money(amount_minor=UNITS, currency=CURRENCY),
            customer=Customer(customer_id="c1"),
            billing_address=Address(country_code="FR"),
        ),
        PaymentInstruction(
            hosted_checkout=HostedCheckout(return_url="https://shop.example/back"),
            late_success=configuration.late_success,
        ),
        ACCOUNT,
        "digest",
    )


def now_of(world: CheckoutWorld) -> datetime:
    """Return a time of the world's age."""
    return EPOCH + _OLD[world.age]


def intent_of(world: CheckoutWorld, slip: Slip) -> Intent:
    """Return the intent that the slip stands for."""
    hold = world.books.payment.authorization
    operation = slip.asked.operation
    own = reference(operation.attempt) if hold is None or operation.provider_id is None else hold.reference
    intent = intent_at(slip, own, now_of(world))
    return intent.model_copy(update={"created_at": EPOCH, "first_sent_at": EPOCH if slip.sent else None})


def opened(attempt: int) -> OpenedCheckout:
    """Return what the answer to opening an attempt's page says."""
    return OpenedCheckout(checkout_id=f"page{attempt}", url="https://page.example", return_mac_hash=None)


def shown(world: CheckoutWorld, place: int) -> ProviderPayment:
    """Return what a reading of a try says."""
    tried = world.tries[place]
    return ProviderPayment(
        provider_id=f"p{place}",
        status=tried.status,
        raw_status=tried.status.value.upper(),
        reference=reference(tried.attempt),
        amount=Money(amount_minor=UNITS, currency=CURRENCY),
        release=Release.CONFIRMED if tried.status is ProviderStatus.RELEASED else None,
    )


def page_reading(world: CheckoutWorld, checkout_id: str) -> ProviderCheckout:
    """Return what a reading of a page says."""
    attempt = int(checkout_id.removeprefix("page"))
    page = next(page for page in world.pages if page.attempt == attempt)
    own = [place for place, tried in enumerate(world.tries) if tried.attempt == attempt]
    status, payment = CheckoutStatus.OPEN, None
    if not page.open:
        status = CheckoutStatus.GONE
    elif page.cancelled:
        status = CheckoutStatus.CANCELLED
    elif own:
        status, payment = CheckoutStatus.TRIED, shown(world, own[-1])
    return ProviderCheckout(checkout_id=checkout_id, status=status, raw_status=status.value, payment=payment)


def found(world: CheckoutWorld, wanted: str) -> tuple[ProviderPayment, ...]:
    """Return what a lookup by reference shows."""
    return tuple(
        shown(world, place)
        for place, tried in enumerate(world.tries)
        if reference(tried.attempt) == wanted and not tried.hidden
    )


def closed(world: CheckoutWorld, checkout_id: str) -> CheckoutWorld:
    """Return the world after a page was deleted."""
    attempt = int(checkout_id.removeprefix("page"))
    pages = tuple(page._replace(open=False) if page.attempt == attempt else page for page in world.pages)
    return world._replace(pages=pages)


def put(world: CheckoutWorld, place: int, tried: Try) -> CheckoutWorld:
    """Return the world with one try changed."""
    return world._replace(tries=(*world.tries[:place], tried, *world.tries[place + 1 :]))
