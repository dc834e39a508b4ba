"""Callbacks in the books, on both engines: written with their event, taken in order, by one at a time."""

import asyncio
import json
from datetime import timedelta

import pytest

from ledger.operations import SqlRecords
from ledger.outbox import SqlOutbox
from payments.attention import told_once
from payments.callbacks import LEASE, Callback, Rest
from payments.notifications import message_id
from payments.operations import IntentOutcome
from payments.records import RecordsError
from payments.references import PaymentKey

MOMENT = timedelta(seconds=1)


@pytest.fixture
def told(books):
    """Books whose order service is told."""
    books.records = SqlRecords(books.database, notifies=lambda key: key.shop == "main")
    return books


@pytest.fixture
def outbox(database):
    return SqlOutbox(database)


async def needs(books, *subjects, key=None):
    """Have people told, an event each, which the order service is told of too."""
    for subject in subjects:
        await books.records.record(key or books.key, lambda p, s=subject: told_once(p, s, s), now=books.now, known=0)


async def test_a_callback_is_written_with_its_event(told, outbox):
    """Of the story so far what is told waits, with the body of that moment; silent events leave nothing."""
    intent = (await told.start()).intent
    assert await outbox.listing() == ()
    progress = await told.conclude(intent, IntentOutcome.DONE, told.authorized_event(), provider_id="0000012345")
    assert [(e.sequence, e.callback) for e in progress.events] == [(1, False), (2, False), (3, True)]
    [line] = await outbox.listing()
    assert (line.sequence, line.type, line.attempts) == (3, "payment.authorized", 0)
    assert line.message_id == message_id(told.key, 3)
    taken = await outbox.take(told.key, now=told.now)
    assert json.loads(taken.body)["data"]["state"] == "authorized"
    assert [e.callback for e in (await told.records.progress(told.key, known=0)).events] == [False, False, True]


async def test_without_a_receiver_nothing_is_written(books, outbox):
    """Where nobody is told the outbox stays empty and no event says otherwise."""
    await books.authorized()
    assert await outbox.listing(everything=True) == ()
    assert not any(e.callback for e in (await books.records.progress(books.key, known=0)).events)


async def test_an_event_that_is_not_written_leaves_no_callback(told, outbox):
    """What the database refuses takes its callback along."""
    intent = (await told.start()).intent
    too_much = told.authorized_event().model_copy(update={"subject": "x" * 10, "amount_minor": 10_000})
    with pytest.raises((RecordsError, ValueError, StopIteration)):
        await told.conclude(intent, IntentOutcome.DONE, told.authorized_event(), too_much, too_much, provider_id="p")
    assert await outbox.listing(everything=True) == ()


async def test_what_happens_twice_is_told_once(told, outbox):
    """A call that runs again finds its events, and tells that their callback still waits."""
    intent = (await told.start()).intent
    for _ in range(2):
        again = await told.conclude(
            intent, IntentOutcome.DONE, told.authorized_event(), provider_id="0000012345", known=2
        )
        assert [(e.sequence, e.callback) for e in again.events] == [(3, True)]
    assert len(await outbox.listing()) == 1
    await outbox.delivered(await outbox.take(told.key, now=told.now), now=told.now)
    assert [e.callback for e in (await told.records.progress(told.key, known=2)).events] == [False]


async def test_one_payment_s_callbacks_are_taken_in_order_and_one_at_a_time(told, outbox):
    """The second is not to be had before the first is delivered, by nobody; other payments go on."""
    await told.authorized()
    await needs(told, "a", "b")
    first = await outbox.take(told.key, now=told.now)
    assert (first.sequence, first.attempts) == (3, 1)
    assert await outbox.take(told.key, now=told.now + MOMENT) == Rest(reached=0, again_at=told.now + LEASE)
    other = PaymentKey(order_id="FR1012402")
    await told.start(key=other)
    await needs(told, "c", key=other)
    assert (await outbox.take(other, now=told.now)).key == other
    for sequence in (4, 5):
        await outbox.delivered(first, now=told.now)
        first = await outbox.take(told.key, now=told.now)
        assert first.sequence == sequence
    await outbox.delivered(first, now=told.now)
    assert await outbox.take(told.key, now=told.now) == Rest(reached=5)


async def test_of_many_who_take_at_once_one_gets_it(told, outbox):
    """Workflow and relays may come together: the callback is one's, whoever is first."""
    await told.authorized()
    taken = await asyncio.gather(*(outbox.take(told.key, now=told.now) for _ in range(12)))
    assert sum(isinstance(each, Callback) for each in taken) == 1
    assert all(each.again_at is not None for each in taken if isinstance(each, Rest))


async def test_after_a_crash_the_same_message_is_taken_again(told, outbox):
    """Whoever was killed between a post and its note is followed after the lease, under the same id."""
    await told.authorized()
    first = await outbox.take(told.key, now=told.now)
    second = await outbox.take(told.key, now=told.now + LEASE)
    assert (second.message_id, second.body, second.attempts) == (first.message_id, first.body, 2)


async def test_who_comes_late_undoes_nothing(told, outbox):
    """One that outlived its lease may say that it was taken, and not that it failed."""
    await told.authorized()
    first = await outbox.take(told.key, now=told.now)
    second = await outbox.take(told.key, now=told.now + LEASE)
    await outbox.postpone(first, told.now + timedelta(days=1), "late")
    await outbox.give_up(first, "late", now=told.now)
    [line] = await outbox.listing()
    assert (line.next_attempt_at, line.given_up_at) == (told.now + 2 * LEASE, None)
    await outbox.give_up(second, "HTTP 410", now=told.now)
    await outbox.delivered(first, now=told.now)
    [line] = await outbox.listing(everything=True)
    assert (line.delivered_at, line.given_up_at) == (told.now, None)
    await outbox.postpone(second, told.now, "later still")
    assert await outbox.listing() == ()


async def test_what_is_given_up_lets_the_next_one_pass_until_somebody_sends_it_again(told, outbox):
    """It stays in the list with its reason, and is sent when a person says so, before what waits behind it."""
    await told.authorized()
    await needs(told, "a")
    await outbox.give_up(await outbox.take(told.key, now=told.now), "HTTP 410", now=told.now)
    second = await outbox.take(told.key, now=told.now)
    assert second.sequence == 4
    await outbox.postpone(second, told.now + timedelta(hours=6), "HTTP 500")
    lines = {line.sequence: (line.last_error, line.given_up_at is not None) for line in await outbox.listing()}
    assert lines == {3: ("HTTP 410", True), 4: ("HTTP 500", False)}
    assert await outbox.send_again(told.key, now=told.now + MOMENT) == 2
    again = await outbox.take(told.key, now=told.now + MOMENT)
    assert (again.sequence, again.attempts) == (3, 2)
    assert again.give_up_at > told.now + timedelta(days=3)


async def test_sending_again_leaves_what_somebody_is_at(told, outbox):
    """Two at one callback would not keep the order."""
    await told.authorized()
    await outbox.take(told.key, now=told.now)
    assert await outbox.send_again(told.key, now=told.now + MOMENT) == 1
    assert isinstance(await outbox.take(told.key, now=told.now + MOMENT), Rest)


async def test_only_the_first_of_a_payment_can_be_overdue(told, outbox):
    """What waits behind one that is put off is nobody's to send; the longest overdue comes first."""
    await told.authorized()
    await needs(told, "a")
    other = PaymentKey(order_id="FR1012402")
    await told.start(key=other)
    told.now += MOMENT
    await needs(told, "b", key=other)
    assert await outbox.overdue(told.now, limit=9) == (told.key, other)
    assert await outbox.overdue(told.now, limit=1) == (told.key,)
    assert await outbox.overdue(told.now - MOMENT / 2, limit=9) == (told.key,)
    assert await outbox.overdue(told.now, without=frozenset({"main"}), limit=9) == ()
    first = await outbox.take(told.key, now=told.now)
    await outbox.postpone(first, told.now + timedelta(hours=1), "HTTP 500")
    assert await outbox.overdue(told.now, limit=9) == (other,)
    assert await outbox.overdue(told.now + timedelta(hours=1), limit=9) == (other, told.key)
