"""Beginning: one claim, one intent, and never a second authorization."""

import asyncio
from datetime import timedelta

import pytest

from ledger.database import Database
from payments.events import Abandoned, AttemptAbsent, CaptureRefused
from payments.operations import IntentOutcome, OperationKind
from payments.parts import AuthorizationStage
from payments.records import AnotherUnresolved, RecordsError, UnknownOrder
from payments.references import PaymentKey, idempotence_key
from payments.states import PaymentState


def kinds(progress):
    return [e.event.kind for e in progress.events]


async def absent(books, attempt=1):
    begun = await books.start(attempt=attempt)
    subject = begun.intent.operation.operation_id
    event = AttemptAbsent(
        subject=subject,
        occurrence=attempt,
        evidence="not found twice",
        reference=begun.intent.reference,
        watched_until=begun.intent.created_at,
    )
    await books.conclude(begun.intent, IntentOutcome.ABSENT, event)
    return begun.intent


async def test_begin_claims_the_order_and_writes_the_intent(books):
    """The first start leaves a claim, its opening, and an intent that is stamped, leased, keyed and named."""
    begun = await books.start()
    intent = begun.intent
    assert begun.created
    assert kinds(begun) == ["opened", "authorization_intended"]
    assert [e.sequence for e in begun.events] == [1, 2]
    assert intent.reference == "main-FR1012401-a01"
    assert intent.idempotence_key == idempotence_key("main", "main/FR1012401/authorize/@start", 1)
    assert intent.first_sent_at == intent.last_sent_at == books.now
    assert intent.lease_owner == "worker-1"
    assert await books.queries.intents(books.key) == (intent,)
    (claim,) = await books.queries.claims()
    assert (claim.key, claim.state, claim.sequence) == (books.key, PaymentState.AUTHORIZING, 2)


async def test_begin_again_returns_what_is_there(books):
    """A second run finds the intent untouched, and is told what it did not know."""
    first = await books.start()
    books.now += timedelta(minutes=1)
    again = await books.start(known=1, owner="worker-2", digest="e" * 64)
    assert not again.created
    assert again.intent == first.intent
    assert again.events == first.events[1:]
    assert len(await books.queries.claims()) == 1


async def test_two_begins_at_once_make_one_claim_and_one_intent(books, url):
    """Neither two tasks nor two processes can charge one order twice."""
    other = Database(url)
    elsewhere = type(books)(other)
    begun = await asyncio.gather(*(b.start(owner=str(n)) for n in range(8) for b in (books, elsewhere)))
    await other.close()
    assert sum(b.created for b in begun) == 1
    assert len({b.intent.lease_owner for b in begun}) == 1
    assert len(await books.queries.claims()) == 1
    assert len(await books.queries.intents(books.key)) == 1
    assert len(await books.queries.events(books.key)) == 2


async def test_an_attempt_after_an_absent_one_gets_the_next_number(books):
    """A new attempt has a key and a reference of its own, and the order still one claim."""
    first = await absent(books)
    second = await books.start(attempt=2, known=3)
    assert second.created
    assert second.intent.reference == "main-FR1012401-a02"
    assert second.intent.idempotence_key != first.idempotence_key
    assert kinds(second) == ["authorization_intended"]
    assert not (await books.start(attempt=2)).created


@pytest.mark.parametrize("outcome", [IntentOutcome.DONE, IntentOutcome.DECLINED, IntentOutcome.REFUSED])
async def test_a_start_never_authorizes_again(books, outcome):
    """Whatever attempt a late start asks for, an order that was answered keeps its answer."""
    intent = (await books.start()).intent
    await books.conclude(intent, outcome)
    late = await books.start(attempt=2)
    assert not late.created
    assert late.intent.outcome is outcome
    assert len(await books.queries.intents(books.key)) == 1


async def test_a_start_of_other_content_makes_no_attempt(books):
    """An absent attempt is followed only by one for the same order and payment."""
    intent = await absent(books)
    other = await books.start(attempt=2, digest="e" * 64)
    assert not other.created
    assert other.intent.idempotence_key == intent.idempotence_key


async def test_an_attempt_waits_for_the_one_before(books):
    """A second key while the first may have been received would be a second charge."""
    await books.start()
    with pytest.raises(AnotherUnresolved, match="unresolved"):
        await books.start(attempt=2)


async def test_one_operation_at_a_time_on_an_authorization(books):
    """A void must wait for the capture that is not resolved."""
    await books.authorized()
    await books.capturing()
    with pytest.raises(AnotherUnresolved, match="capture/shipment-1"):
        await books.begin(books.operation(OperationKind.VOID, "cancel-1"))
    assert len(await books.queries.unresolved()) == 1


async def test_each_of_several_captures_has_a_reference_of_its_own(books):
    """Captures of a payment that takes several are numbered, in the order in which they are begun."""
    await books.authorized()
    for number in (1, 2):
        operation = books.operation(OperationKind.CAPTURE, f"s{number}", 4_000)
        operation = operation.model_copy(update={"one_of_several": True})
        intended = books.capture_intended(4_000, f"s{number}")
        intent = (await books.begin(operation, (intended,), known=99)).intent
        assert intent.reference == f"main-FR1012401-c0{number}"
        refused = CaptureRefused(
            subject=operation.operation_id,
            authorization_id=operation.authorization_id,
            amount_minor=4_000,
            reason="no",
        )
        await books.conclude(intent, IntentOutcome.REFUSED, refused)


async def test_a_capture_is_sent_under_its_authorizations_reference(books):
    """The merchant reference is the authorization's; the key is the capture's own."""
    authorization = await books.authorized()
    capture = await books.capturing()
    assert capture.reference == authorization.reference
    assert capture.idempotence_key != authorization.idempotence_key
    assert (await books.queries.intents(books.key))[0].operation.provider_id == "0000012345"


async def test_a_request_is_accepted_once(books):
    """The same request id for another operation of the order is refused by name."""
    await books.authorized()
    with pytest.raises(RecordsError, match="authorize/@start"):
        await books.begin(books.operation(OperationKind.CAPTURE, "@start"))


async def test_what_was_never_opened_is_unknown(books):
    """Nothing but a start opens an order."""
    operation = books.operation(OperationKind.CAPTURE, "shipment-1")
    with pytest.raises(UnknownOrder):
        await books.begin(operation)
    with pytest.raises(UnknownOrder):
        await books.records.record(books.key, lambda _: (), now=books.now, known=0)
    with pytest.raises(UnknownOrder):
        await books.records.progress(books.key, known=0)


async def test_orders_of_two_shops_are_two_payments(books):
    """The shop is part of the key, of the operation's name and of the reference."""
    await books.start()
    other = await books.start(key=PaymentKey(shop="fr", order_id="FR1012401"))
    assert other.created
    assert other.intent.reference == "fr-FR1012401-a01"


async def test_an_abandoned_order_is_not_authorized_again(books):
    """A cancelled order whose attempt was absent gets no new one from a late start."""
    await absent(books)
    payment = await books.queries.payment(books.key)
    assert payment.authorization.stage is AuthorizationStage.ABSENT
    abandoned = Abandoned(subject="main/FR1012401/void/cancel-1", request_id="cancel-1", request_hash="h" * 64)
    await books.records.record(books.key, lambda _: (abandoned,), now=books.now, known=0)
    assert not (await books.start(attempt=2)).created
