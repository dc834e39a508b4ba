"""What a payment does to its mandate: writes the one that came with it, has it signed, uses it."""

from simulator.kernel import documents
from simulator.kernel.desk import Desk
from simulator.kernel.documents import Document
from simulator.mandates import book
from simulator.payments.records import Payment


def begin(desk: Desk, payment: Payment, mandate: Document | None) -> None:
    """A payment is written; one that is declined, or whose customer is still to sign, uses nothing."""
    if mandate is None:
        return
    if book.by_id(desk, mandate.id) is None:
        mandate = documents.insert(desk.books, mandate)
    if payment.redirect is None and not payment.outcome.decline_code:
        book.use(desk, mandate, payment.created_at)


def signed(desk: Desk, payment: Payment, now: int) -> None:
    """The customer has come back from the page on which a payment's mandate is signed."""
    mandate_id = (payment.redirect or {}).get("mandate")
    mandate = book.by_id(desk, mandate_id) if isinstance(mandate_id, str) else None
    if mandate is None:
        return
    mandate = book.sign(desk, mandate, now)
    if not payment.outcome.decline_code and book.status_at(mandate, now) == book.ACTIVE:
        book.use(desk, mandate, now)
