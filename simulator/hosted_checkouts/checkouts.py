"""A hosted checkout as it is kept, and what it is at a time: open, under way at a bank, done, cancelled, over."""

from dataclasses import dataclass, replace
from enum import Enum

from simulator.kernel import documents
from simulator.kernel.books import Books
from simulator.kernel.calls import Json
from simulator.kernel.documents import Document
from simulator.payments import card_input, records, timeline
from simulator.payments import statuses as s
from simulator.payments.records import Criteria, Payment

KIND = "hosted checkout"


class Phase(Enum):
    """What the customer can do with it."""

    OPEN = "open"  # pay, or try again after a decline
    WAITING = "waiting"  # an attempt is at the issuer's or the bank's page
    DONE = "done"  # a payment was made
    CANCELLED = "cancelled"
    OVER = "over"  # deleted by the merchant, or its time is over and nothing was paid


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """What the merchant asked for, and what the customer did besides paying. Times are the clock's; 0 is never."""

    id: str
    merchant_id: str
    reference: str
    created_at: int
    expires_at: int
    order: Json
    inputs: Json  # the methods' blocks, as the merchant set them up
    returnmac: str
    return_url: str
    shows_result: bool
    tells_cancel: bool
    recurring: bool = False
    products: tuple[int, ...] = ()  # what the customer may pay with
    tokens: tuple[str, ...] = ()
    remember_me: bool = False
    cancelled_at: int = 0
    deleted_at: int = 0

    @property
    def keeps_card(self) -> bool:
        """Whether merchant or customer wish for a token."""
        block = self.inputs.get(card_input.INPUT)
        asked = isinstance(block, dict) and block.get("tokenize") is True
        return self.remember_me or self.recurring or asked

    def deleted_by(self, now: int) -> bool:
        """Whether the merchant has removed it."""
        return 0 < self.deleted_at <= now

    def cancelled_by(self, now: int) -> bool:
        """Whether the customer gave up, where the merchant wants to be told of that."""
        return 0 < self.cancelled_at <= now


def insert(books: Books, checkout: Checkout) -> None:
    """Write a new one."""
    documents.insert(books, _document(checkout))


def change(books: Books, checkout: Checkout, **changes: object) -> Checkout:
    """Write what has changed."""
    changed: Checkout = replace(checkout, **changes)  # type: ignore[arg-type]
    documents.save(books, _document(changed))
    return changed


def load(books: Books, merchant_id: str, checkout_id: str) -> Checkout | None:
    """One checkout of a merchant's."""
    found = documents.load(books, KIND, merchant_id, checkout_id)
    if found is None:
        return None
    content = dict(found.content)
    for name in ("products", "tokens"):
        values = content[name]
        assert isinstance(values, list)
        content[name] = tuple(values)
    return Checkout(**content)  # type: ignore[arg-type]


def _document(checkout: Checkout) -> Document:
    return Document(
        kind=KIND,
        id=checkout.id,
        merchant_id=checkout.merchant_id,
        content=dict(vars(checkout)),
        created_at=checkout.created_at,
        reference=checkout.reference,
    )


def last_attempt(books: Books, checkout: Checkout, now: int) -> Payment | None:
    """The payment that counts: a later attempt takes the place of a declined one."""
    found = records.search(
        books, Criteria(merchant_id=checkout.merchant_id, hosted_checkout_id=checkout.id, created_until=now)
    )
    return timeline.as_of(found[-1], now) if found else None


def phase(checkout: Checkout, attempt: Payment | None, now: int) -> Phase:
    """Where it stands."""
    if checkout.deleted_by(now):
        return Phase.OVER
    if checkout.cancelled_by(now):
        return Phase.CANCELLED
    status = s.REJECTED if attempt is None else timeline.state_at(attempt, now).status
    if status == s.REDIRECTED:
        return Phase.WAITING
    if status != s.REJECTED:
        return Phase.DONE
    return Phase.OPEN if now < checkout.expires_at else Phase.OVER
