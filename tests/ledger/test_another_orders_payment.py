"""A provider that names another order's payment: nothing is booked on it, a person is told, and told once."""

from activities.messages import AuthorizeRequest
from activities.outcomes import Errand
from activities.sending import Sending
from ledger.check import faults
from payments.accounts import Account
from payments.decide import open_payment
from payments.methods import PaymentInstruction
from payments.operations import Operation, OperationKind
from payments.references import PaymentKey, operation_id
from payments.resend import Patience
from payments.states import PaymentState
from tests.support.orders import order as build_order
from tests.support.provider import FakeProvider
from tests.support.workbench import SetClock


class OneForAll(FakeProvider):
    """Answers every authorization with the first payment it ever made."""

    async def authorize(self, request):
        await super().authorize(request)
        return next(iter(self.payments.values()))


def errand(order_id, known=0):
    order, instruction = build_order(order_id), PaymentInstruction(token="token")
    key = PaymentKey(order_id=order_id)
    named = operation_id(key, OperationKind.AUTHORIZE, "@start")
    return Errand(
        key=key,
        known=known,
        operation=Operation(
            operation_id=named,
            kind=OperationKind.AUTHORIZE,
            request_id="@start",
            request_hash="d" * 64,
            authorization_id=named,
            amount=order.total,
            account="main",
        ),
        events=(),
        limit_seconds=1.8,
        start=AuthorizeRequest(key=key, known=known, order=order, instruction=instruction, digest="d" * 64),
        opened=open_payment(order, instruction, Account(name="main"), "d" * 64),
    )


async def test_a_payment_of_another_order_is_told_to_a_person(books):
    """Shipping two orders on one hold is not possible, and the second is asked about again without telling again."""
    clock = SetClock()
    sending = Sending(OneForAll(clock), books.records, clock, Patience(), sender="worker-1")
    first = await sending.attempt(errand("first"))
    assert first.told.resolved
    for known in (0, 3):
        told = await sending.attempt(errand("second", known))
        assert not told.told.resolved
        assert "is main/first/authorize/@start" in told.why
    payment = await books.queries.payment(PaymentKey(order_id="second"))
    assert payment.state is PaymentState.AUTHORIZING
    [attention] = payment.attention
    assert "that is main/first/authorize/@start already" in attention.sentence
    lines = {line.order_id: line for line in await books.queries.claims()}
    assert (lines["first"].attention, lines["second"].attention) == (False, True)
    assert [hold.open_minor for hold in await books.queries.holds()] == [10_000]
    assert [fault async for fault in faults(books.database)] == []
