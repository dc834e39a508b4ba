"""After the beginning: what is written once, what is left untouched, and who may send."""

import asyncio
from datetime import timedelta

import pytest

from ledger.database import Database
from ledger.operations import SqlRecords
from payments.advance import numbered
from payments.events import AttentionNeeded, Captured, Decline, Declined, OutcomeUnknown
from payments.operations import IntentOutcome
from payments.records import Amendment, LeaseHeld, ProviderIdTaken, RecordsError, SentMeanwhile
from payments.references import PaymentKey


def kinds(progress):
    return [e.event.kind for e in progress.events]


async def test_conclude_writes_the_outcome_once(books):
    """A second conclusion, even another one, changes nothing and is told the first one's events."""
    intent = (await books.start()).intent
    first = await books.conclude(
        intent, IntentOutcome.DONE, books.authorized_event(), provider_id="0000012345", known=2
    )
    declined = Declined(
        subject=intent.operation.operation_id, decline=Decline(code="1", message="no"), provider_id=None
    )
    again = await books.conclude(intent, IntentOutcome.DECLINED, declined, known=2)
    assert kinds(first) == ["authorized"]
    assert again == first
    (stored,) = await books.queries.intents(books.key)
    assert (stored.outcome, stored.lease_owner, stored.operation.provider_id) == ("done", None, "0000012345")


async def test_what_is_not_begun_cannot_be_concluded(books):
    """An intent that the books do not have is an error, not a success."""
    intent = (await books.start()).intent
    stranger = intent.model_copy(update={"operation": intent.operation.model_copy(update={"attempt": 7})})
    with pytest.raises(RecordsError, match="not in the ledger"):
        await books.conclude(stranger, IntentOutcome.DONE)


async def test_amend_of_a_resolved_intent_changes_nothing(books):
    """A late doubt does not unsettle what is proven."""
    intent = await books.authorized()
    unknown = OutcomeUnknown(
        subject=intent.operation.operation_id,
        authorization_id=intent.operation.authorization_id,
        reason="no answer",
    )
    told = await books.records.amend(
        books.key, intent, Amendment(key_is_dead=True), lambda _: (unknown,), now=books.now, known=3
    )
    assert told.events == ()
    assert (await books.queries.intents(books.key))[0].key_dead_at is None


async def amend(books, intent, **learned):
    amendment = Amendment(**learned)
    await books.records.amend(books.key, intent, amendment, lambda _: (), now=books.now, known=0)
    return (await books.queries.intents(books.key))[-1]


async def test_amend_remembers_when_it_was_first_so(books):
    """A dead key and a first empty look keep their first time."""
    intent = (await books.start()).intent
    dead = await amend(books, intent, key_is_dead=True, absent_once=True)
    assert (dead.key_dead_at, dead.first_absent_at, dead.lease_until) == (books.now, books.now, None)
    books.now += timedelta(minutes=1)
    assert await amend(books, intent, key_is_dead=True, absent_once=True) == dead


async def test_a_send_that_never_left_is_forgotten(books):
    """Only while it was the only one: an earlier send may still have arrived."""
    intent = (await books.start()).intent
    unsent = await amend(books, intent, nothing_was_sent=True)
    assert (unsent.first_sent_at, unsent.last_sent_at, unsent.lease_owner) == (None, None, None)
    books.now += timedelta(seconds=1)
    sent = await books.records.send_again(unsent, books.sender(), now=books.now)
    assert sent.first_sent_at == sent.last_sent_at == books.now
    await amend(books, sent)
    # The clock stands still: the repetition is told from the first send all the same.
    repeated = await books.records.send_again(sent, books.sender(), now=books.now)
    kept = await amend(books, repeated, nothing_was_sent=True)
    assert (kept.first_sent_at, kept.last_sent_at) == (sent.first_sent_at, repeated.last_sent_at)
    assert kept.first_sent_at != kept.last_sent_at


async def test_a_lease_keeps_others_from_sending(books):
    """Until it ends or is given back, nobody sends; its own process does not either."""
    intent = (await books.start()).intent
    for owner in ("worker-2", "worker-1"):
        with pytest.raises(LeaseHeld) as held:
            await books.records.send_again(intent, books.sender(owner), now=books.now)
        assert held.value.until == intent.lease_until
    books.now += timedelta(seconds=5)
    taken = await books.records.send_again(intent, books.sender("worker-2"), now=books.now)
    assert (taken.lease_owner, taken.first_sent_at) == ("worker-2", intent.first_sent_at)
    assert (await amend(books, intent)).lease_owner == "worker-2"
    assert (await amend(books, taken)).lease_owner is None


async def test_one_of_two_senders_gets_the_lease(books):
    """Asked at once, one sends and the other is told to wait."""
    intent = (await books.start()).intent
    books.now += timedelta(minutes=1)
    asked = [books.records.send_again(intent, books.sender(f"worker-{n}"), now=books.now) for n in range(5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(r, LeaseHeld) for r in results) == 4


async def test_what_was_seen_before_another_send_is_no_reason_to_send(books):
    """A sender that slept between its look and its send finds that somebody has sent since, and looks again."""
    await books.authorized()
    asleep = await books.capturing()
    books.now += timedelta(minutes=1)
    awake = await books.records.send_again(asleep, books.sender("worker-2"), now=books.now)
    await amend(books, awake)
    with pytest.raises(SentMeanwhile, match="meanwhile"):
        await books.records.send_again(asleep, books.sender("worker-1"), now=books.now)
    (_, stored) = await books.queries.intents(books.key)
    assert (stored.last_sent_at, stored.lease_owner) == (awake.last_sent_at, None)
    assert await books.records.send_again(stored, books.sender("worker-1"), now=books.now)


@pytest.mark.parametrize("outcome", [IntentOutcome.REFUSED, IntentOutcome.ABSENT])
async def test_what_was_seen_before_another_send_proves_no_absence(books, outcome):
    """It did not happen by then; since then somebody has sent, and only what did happen can be concluded."""
    asleep = (await books.start()).intent
    books.now += timedelta(minutes=1)
    awake = await books.records.send_again(asleep, books.sender("worker-2"), now=books.now)
    with pytest.raises(SentMeanwhile):
        await books.conclude(asleep, outcome)
    assert (await books.queries.intents(books.key)) == (awake,)
    await books.conclude(asleep, IntentOutcome.DONE, books.authorized_event(), provider_id="0000012345")
    # The late conclusion of whoever slept changes nothing any more.
    assert (await books.conclude(asleep, outcome, known=2)).events[0].event.kind == "authorized"


async def test_one_payment_at_the_provider_is_one_authorization(books):
    """An id that another order has is refused by name, nothing is booked, and what was learned can be told."""
    await books.authorized()
    books.key = PaymentKey(order_id="another")
    intent = (await books.start(key=books.key)).intent
    with pytest.raises(ProviderIdTaken, match="0000012345 is main/FR1012401/authorize/@start"):
        await books.conclude(intent, IntentOutcome.DONE, books.authorized_event(), provider_id="0000012345")
    assert await books.queries.intents(books.key) == (intent,)
    assert len(await books.queries.events(books.key)) == 2
    assert (await amend(books, intent)).lease_owner is None
    own = books.authorized_event().model_copy(update={"provider_id": "0000054321"})
    await books.conclude(intent, IntentOutcome.DONE, own, provider_id="0000054321")


async def test_of_two_that_claim_one_payment_at_once_one_gets_it(books, url):
    """Two processes conclude two orders under one id: the index decides, the other is told."""
    keys = [PaymentKey(order_id=f"order-{n}") for n in range(4)]
    others = [Database(url) for _ in keys]
    racing = []
    for key, database in zip(keys, others, strict=True):
        theirs = type(books)(database)
        theirs.key = key
        intent = (await theirs.start(key=key)).intent
        event = theirs.authorized_event()
        racing.append(theirs.conclude(intent, IntentOutcome.DONE, event, provider_id="0000012345"))
    results = await asyncio.gather(*racing, return_exceptions=True)
    for database in others:
        await database.close()
    assert sum(isinstance(r, ProviderIdTaken) for r in results) == 3
    assert len(await books.queries.holds()) == 1


async def test_nothing_is_sent_for_a_resolved_intent(books):
    """Whoever was about to repeat it learns that it is over."""
    intent = await books.authorized()
    with pytest.raises(RecordsError, match="is done"):
        await books.records.send_again(intent, books.sender(), now=books.now + timedelta(hours=1))


async def test_record_runs_its_rule_on_the_payment_as_stored(books):
    """A rule that runs again sees its own events and adds none."""
    await books.authorized()

    def rule(payment):
        if payment.attention:
            return ()
        return numbered(payment, (AttentionNeeded(subject=str(payment.key), sentence="Look."),))

    first = await books.records.record(books.key, rule, now=books.now, known=3)
    again = await books.records.record(books.key, rule, now=books.now, known=3)
    assert kinds(first) == ["attention_needed"]
    assert again == first == await books.records.progress(books.key, known=3)
    (claim,) = (await books.queries.page(attention=True)).payments
    assert claim.attention


async def test_a_refusal_of_the_database_is_a_records_error(books):
    """More than is held cannot be reserved; the refusal keeps its cause, and nothing of it stays."""
    await books.authorized()
    with pytest.raises(RecordsError, match="holds_open") as refused:
        await books.capturing(10_001)
    assert refused.value.__cause__ is not None
    assert len(await books.queries.events(books.key)) == 3
    assert (await books.capturing(10_000)).operation.amount.amount_minor == 10_000


async def test_a_rule_that_fails_writes_nothing(books):
    """The intent's outcome and its events stand or fall together."""
    intent = (await books.start()).intent
    with pytest.raises(ValueError, match="has no authorization"):
        await books.conclude(intent, IntentOutcome.DONE, Captured(subject="x", authorization_id="x", amount_minor=1))
    assert (await books.queries.intents(books.key))[0].outcome is None


async def test_the_books_outlive_their_process(books, url):
    """Another process reads what this one committed."""
    await books.authorized()
    other = Database(url)
    progress = await SqlRecords(other).progress(books.key, known=0)
    await other.close()
    assert kinds(progress) == ["opened", "authorization_intended", "authorized"]
