"""A token from a payment that was made: its card or account is kept for the next time."""

from simulator.front.reader import Reader
from simulator.kernel import documents, errors
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.payments import aliases, timeline
from simulator.payments import statuses as s
from simulator.payments.changes import existing
from simulator.payments.records import Payment
from simulator.tokens import book, calls, vault

_UNSUCCESSFUL = {s.REDIRECTED, s.PENDING_COMPLETION, s.PENDING_FRAUD_APPROVAL, s.REJECTED, s.CANCELLED}


def tokenize(desk: Desk, call: Call) -> Answer:
    """POST /payments/{id}/tokenize: 200; a repeat tells the same token with isNewToken false."""
    payment = existing(desk, call)
    status = timeline.state_at(payment, call.at).status
    if status in _UNSUCCESSFUL:
        raise errors.not_pending()
    reader = Reader(call.fields)
    alias = aliases.read(reader, "alias") or ""
    reader.raise_if_wrong()
    token, is_new = _keep(desk, payment, alias, call.at)
    document = documents.load(desk.books, book.KIND, call.merchant_id, token)
    origin = "" if document is None else calls.origin_of(document)
    return answer(200, calls.created_body(token, is_new=is_new, payment_id=origin or payment.payment_id))


def _keep(desk: Desk, payment: Payment, alias: str, now: int) -> tuple[str, bool]:
    """A SEPA payment by token has its token; one by mandate, or at a bank's page, has nothing to keep."""
    if payment.vault is not None or payment.account is not None:
        return vault.keep_of(desk, payment, now, alias)
    token = payment.output.get("token")
    if not isinstance(token, str):
        raise errors.not_pending()
    return token, False
