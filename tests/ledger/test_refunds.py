"""Refunds in the books: their references, what two at once may promise, and a story that is whole to its end."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from ledger.check import faults
from ledger.database import Database
from payments.commands import Refund
from payments.decide import decide, decide_refund_due, refund_intended
from payments.events import Captured, Collected
from payments.evolve import fold
from payments.money import Money
from payments.operations import IntentOutcome
from payments.payment import Payment
from payments.provider import ProviderRefund
from payments.records import AnotherUnresolved, RecordsError
from payments.references import PaymentKey
from payments.refunding import refund_deferred, refund_events
from payments.states import PaymentState, RefundStage, RefundStatus

AUTHORIZATION = "main/FR1012401/authorize/@start"
CAPTURE = "main/FR1012401/capture/shipment-1"
EUR = "EUR"


async def shipped(books, amount_minor=10_000):
    """Authorized 100.00, captured and collected."""
    await books.authorized()
    capture = await books.capturing(amount_minor)
    await books.conclude(
        capture, IntentOutcome.DONE, books.capture_requested(amount_minor, amount_minor, 10_000 - amount_minor)
    )
    about = {"subject": CAPTURE, "authorization_id": AUTHORIZATION, "amount_minor": amount_minor}
    moved = (Captured(**about), Collected(**about))
    await books.records.record(books.key, lambda _: moved, now=books.now, known=0)


async def ask(books, request_id, amount_minor=None):
    """Accept a refund as the worker does: decided of the payment that the ledger has."""
    amount = None if amount_minor is None else Money(amount_minor=amount_minor, currency=EUR)
    command = Refund(request_id=request_id, amount=amount)

    def rule(payment: Payment):
        decision = decide(payment, command, books.now)
        return getattr(decision, "events", ())

    progress = await books.records.record(books.key, rule, now=books.now, known=0)
    return [e.event for e in progress.events if e.event.kind == "refund_asked" and e.event.request_id == request_id]


async def begin(books):
    """Begin the next refund that is due."""
    payment = await books.queries.payment(books.key)
    due = decide_refund_due(payment, books.now)
    begun = await books.records.begin(
        books.key,
        books.draft(due.operation),
        books.sender(),
        lambda _payment, intent: (refund_intended(intent),),
        opening=None,
        now=books.now,
        known=payment.sequence,
    )
    return begun.intent


async def conclude(books, intent, outcome, rule):
    await books.records.conclude(
        books.key, intent, outcome, rule, provider_id=None, evidence="answered", now=books.now, known=0
    )


async def accepted(books, intent, status=RefundStatus.REQUESTED):
    reading = ProviderRefund(
        refund_id=f"id-{intent.reference}",
        status=status,
        raw_status=status.value.upper(),
        reference=intent.reference,
        amount=intent.operation.amount,
    )
    await conclude(
        books, intent, IntentOutcome.DONE, lambda held: refund_events(held, reading_subject(intent), reading)
    )
    return reading


def reading_subject(intent):
    return intent.operation.operation_id


async def absent(books, intent):
    await conclude(
        books, intent, IntentOutcome.ABSENT, lambda held: refund_deferred(held, intent, books.now, "not found twice")
    )


async def test_each_refund_has_a_reference_of_its_own(books):
    """Numbered through over the order, an attempt after an absent one included; each has its own key."""
    await shipped(books)
    await ask(books, "r1", 3_000)
    first = await begin(books)
    await absent(books, first)
    again = await begin(books)
    await accepted(books, again)
    await ask(books, "r2")
    last = await begin(books)
    await accepted(books, last)
    assert [i.reference[-4:] for i in (first, again, last)] == ["-r01", "-r02", "-r03"]
    assert [(i.operation.request_id, i.operation.attempt) for i in (first, again, last)] == [
        ("r1", 1),
        ("r1", 2),
        ("r2", 1),
    ]
    assert len({i.idempotence_key for i in (first, again, last)}) == 3
    assert [i.outcome for i in await books.queries.intents(books.key)][-3:] == ["absent", "done", "done"]


async def test_an_attempt_at_a_refund_needs_the_absence_of_the_one_before(books):
    """While an answer is open nothing else begins; once it is there, no second attempt does."""
    await shipped(books)
    await ask(books, "r1", 3_000)
    first = await begin(books)
    second = first.operation.model_copy(update={"attempt": 2})
    with pytest.raises(AnotherUnresolved):
        await books.begin(second)
    await accepted(books, first)
    with pytest.raises(RecordsError, match="attempt_needs_absence"):
        await books.begin(second)


async def test_a_refunds_reference_is_taken_once_an_account(books):
    """The same reference cannot name two refunds, nor an authorization and a refund."""
    await shipped(books)
    await ask(books, "r1", 3_000)
    await begin(books)
    same = "shop, order_id, kind"
    agreed = "request_hash, amount_minor, currency, account, amount_as_sent, created_at"
    for reference in ("main-FR1012401-r01", "main-FR1012401-a01"):
        taken = (
            f"INSERT INTO operations ({same}, {agreed}, operation_id, attempt, request_id, authorization_id,"
            f" idempotence_key, reference) SELECT {same}, {agreed}, 'other', 1, 'other', 'other',"
            f" '{'0' * 40}', '{reference}' FROM operations WHERE kind = 'refund'"
        )
        with pytest.raises(IntegrityError, match=r"operation_kept|operations_one_reference"):
            await books.database.write(lambda connection, said=taken: connection.exec_driver_sql(said))


@pytest.mark.parametrize("processes", [1, 2])
async def test_refunds_accepted_at_once_never_exceed_the_capture(books, url, processes):
    """Each is decided of what the one before left, whichever task or process asks: of ten thirds three are accepted."""
    await shipped(books, 9_000)
    other = Database(url)
    places = [books, type(books)(other)][:processes]
    for place in places:
        place.now, place.key = books.now, books.key
    told = await asyncio.gather(*(ask(places[n % processes], f"r{n}", 3_000) for n in range(10)))
    await other.close()
    assert sum(len(events) for events in told) == 3
    payment = await books.queries.payment(books.key)
    assert sum(r.amount_minor for r in payment.refunds) == 9_000
    assert [fault async for fault in faults(books.database)] == []


async def test_one_request_asked_at_once_is_accepted_once(books):
    """The same request from several tasks makes one refund."""
    await shipped(books)
    await asyncio.gather(*(ask(books, "r1", 3_000) for _ in range(6)))
    payment = await books.queries.payment(books.key)
    assert [(r.request_id, r.amount_minor) for r in payment.refunds] == [("r1", 3_000)]


async def test_the_books_are_whole_after_each_step_of_a_refund(books):
    """Asked, begun, absent, begun again, accepted, paid out, come back: sums, snapshot and intents agree each time."""
    await shipped(books)

    async def whole():
        assert [fault async for fault in faults(books.database)] == []
        events = await books.queries.events(books.key)
        assert await books.queries.payment(books.key) == fold(books.key, [e.event for e in events])

    await ask(books, "r1", 3_000)
    await whole()
    intent = await begin(books)
    await whole()
    await absent(books, intent)
    await whole()
    books.now += timedelta(minutes=1)
    intent = await begin(books)
    reading = await accepted(books, intent)
    await whole()
    subject = intent.operation.operation_id
    for status, stage, state in (
        (RefundStatus.REFUNDED, RefundStage.REFUNDED, PaymentState.PARTIALLY_REFUNDED),
        (RefundStatus.FAILED, RefundStage.FAILED, PaymentState.COLLECTED),
    ):
        moved = reading.model_copy(update={"status": status})
        await books.records.record(
            books.key, lambda held, shown=moved: refund_events(held, subject, shown), now=books.now, known=0
        )
        await whole()
        payment = await books.queries.payment(books.key)
        assert (payment.refunds[0].stage, payment.state) == (stage, state)
    (claim,) = await books.queries.claims()
    assert claim.state is PaymentState.COLLECTED


async def test_orders_share_no_numbers(books):
    """Another order's refunds are numbered by themselves."""
    await shipped(books)
    await ask(books, "r1")
    await accepted(books, await begin(books))
    intents = await books.queries.intents(PaymentKey(order_id="another"))
    assert intents == ()
    assert (await books.queries.intents(books.key))[-1].reference == "main-FR1012401-r01"
