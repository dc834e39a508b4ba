"""The issuer's page: the cardholder proves with a one-time code who pays. One wrong code may be put right."""

from starlette.responses import Response

from simulator.kernel import documents
from simulator.kernel.documents import Document
from simulator.pages import rendering
from simulator.pages.payments import facts, finish, waiting
from simulator.pages.visits import Visit
from simulator.payments.completion import CHALLENGE
from simulator.payments.records import Payment

CODE = "1234"


def show(visit: Visit) -> Response:
    """The payment, and a field for the code."""
    found = waiting(visit, "challenge")
    if isinstance(found, Response):
        return found
    return _form(found, {}) if not was_tried(visit, found) else _form(found, {"code": _WRONG})


def decide(visit: Visit) -> Response:
    """The right code confirms; a second wrong one ends it, and so does the customer."""
    found = waiting(visit, "challenge")
    if isinstance(found, Response):
        return found
    if visit.text("decision") == "cancel":
        return finish(visit, found, "cancelled")
    code = "".join(visit.text("code").split())
    if not code:
        return _form(found, {"code": "Enter the code that you were sent."}, status=400)
    if code == CODE and found.outcome.authentication != "failed":
        return finish(visit, found, "done")
    if was_tried(visit, found):
        return finish(visit, found, "failed")
    _note_try(visit, found)
    return _form(found, {"code": _WRONG}, status=400)


_WRONG = "This code is not right. You have one more try."


def was_tried(visit: Visit, payment: Payment) -> bool:
    """Whether a wrong code was typed before."""
    return documents.load(visit.books, CHALLENGE, payment.merchant_id, payment.payment_id) is not None


def _note_try(visit: Visit, payment: Payment) -> None:
    with visit.books.transaction():
        documents.insert(
            visit.books,
            Document(
                kind=CHALLENGE, id=payment.payment_id, merchant_id=payment.merchant_id, content={}, created_at=visit.now
            ),
        )


def _form(payment: Payment, errors: dict[str, str], *, status: int = 200) -> Response:
    return rendering.page("challenge", {"errors": errors, "code": CODE, **facts(payment)}, status=status)
