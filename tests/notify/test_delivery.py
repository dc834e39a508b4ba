"""Callbacks on their way: in order, again until taken, given up with a word to people; the relay for the rest."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import migrate
from ledger.database import open_database
from ledger.operations import SqlRecords
from ledger.outbox import SqlOutbox
from notify.delivery import MOST_AT_ONCE, Delivery
from notify.relay import OVERDUE_AFTER, Relay, relaying
from payments.attention import told_once
from payments.callbacks import FIRST_WAIT, GIVEN_UP, GIVEN_UP_AFTER, LEASE
from payments.references import PaymentKey
from tests.ledger.conftest import START, Books
from tests.support.receiver import AWAY, BROKEN, GONE, FakeReceiver
from tests.support.workbench import SetClock

ONE = "FR1012401"


@dataclass
class Desk:
    """What a test works with."""

    books: Books
    outbox: SqlOutbox
    receiver: FakeReceiver
    clock: SetClock
    delivery: Delivery
    relay: Relay

    async def order(self, order_id: str, *told: str, shop: str = "main") -> PaymentKey:
        """Open an order, and have people told of it, each time a callback."""
        key = PaymentKey(shop=shop, order_id=order_id)
        await self.books.start(key=key)
        for sentence in told:
            await self.books.records.record(
                key, lambda p, s=sentence: told_once(p, s, s), now=self.clock.now(), known=0
            )
        return key

    async def deliver(self, key: PaymentKey):
        return await self.delivery.deliver(key, known=0)

    def reasons(self, order_id: str = ONE) -> list[str]:
        """Return what was taken of an order, by what each callback tells."""
        return [body["data"]["reason"] for body in self.receiver.taken[order_id]]

    def posts(self, order_id: str = ONE) -> list[int]:
        """Return the sequences of all posts of an order."""
        return [callback.sequence for callback in self.receiver.posts[order_id]]


@pytest.fixture
async def desk(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with open_database(url) as database:
        books = Books(database)
        books.records = SqlRecords(database, notifies=lambda _key: True)
        clock, receiver, outbox = SetClock(), FakeReceiver(), SqlOutbox(database)
        clock.at = START
        delivery = Delivery(outbox, receiver, books.records, clock)
        yield Desk(books, outbox, receiver, clock, delivery, Relay(outbox, delivery, clock, look_seconds=0.02))


async def test_all_that_waits_is_delivered_in_order(desk):
    """One delivery takes everything, each once, and says up to where."""
    key = await desk.order(ONE, "a", "b", "c")
    made = await desk.deliver(key)
    assert (made.delivered, made.reached, made.again_at) == (3, 5, None)
    assert desk.reasons() == ["a", "b", "c"]
    assert (await desk.deliver(key)).delivered == 0
    assert await desk.outbox.listing() == ()


async def test_a_long_queue_is_delivered_in_rounds(desk):
    """A delivery has an end that its caller can count on; the next goes on where it stopped."""
    key = await desk.order(ONE, *(f"{n:02}" for n in range(MOST_AT_ONCE + 3)))
    made = await desk.deliver(key)
    assert (made.delivered, made.reached, made.again_at) == (MOST_AT_ONCE, MOST_AT_ONCE + 2, None)
    assert (await desk.deliver(key)).delivered == 3
    assert desk.reasons() == sorted(desk.reasons())


@pytest.mark.parametrize("answer", [AWAY, BROKEN])
async def test_one_that_is_not_taken_is_tried_again_and_holds_back_the_next(desk, answer):
    """The order is kept over a receiver that is down: nothing overtakes, nothing is lost, nothing comes twice."""
    key = await desk.order(ONE, "a", "b")
    desk.receiver.now[ONE] = answer
    for wait in (1, 2, 4, 8):
        made = await desk.deliver(key)
        assert (made.delivered, made.again_at) == (0, desk.clock.now() + wait * FIRST_WAIT)
        assert made.why == answer.why
        assert (await desk.deliver(key)).again_at == made.again_at
        desk.clock.at = made.again_at
    assert desk.posts() == [3] * 4
    del desk.receiver.now[ONE]
    assert (await desk.deliver(key)).delivered == 2
    assert desk.reasons() == ["a", "b"]


async def test_a_crash_between_the_post_and_its_note_repeats_the_message_under_its_id(desk):
    """The receiver gets the same message twice, and knows it by its id; what follows waits until it is noted."""
    key = await desk.order(ONE, "a", "b")

    async def killed(*_args, **_kwargs):
        raise asyncio.CancelledError

    desk.outbox.delivered, noted = killed, desk.outbox.delivered
    with pytest.raises(asyncio.CancelledError):
        await desk.deliver(key)
    desk.outbox.delivered = noted
    assert (await desk.deliver(key)).again_at == START + LEASE
    desk.clock.at = START + LEASE
    await desk.deliver(key)
    assert desk.posts() == [3, 3, 4]
    first, second, _ = desk.receiver.posts[ONE]
    assert (first.message_id, first.body) == (second.message_id, second.body)


async def test_one_that_fails_for_three_days_is_given_up_and_people_are_told_once(desk):
    """The outbox keeps it, the payment shows it, and what comes later has its own three days."""
    key = await desk.order(ONE, "a", "b")
    desk.receiver.now[ONE] = BROKEN
    events = []
    while desk.clock.now() < START + 3 * GIVEN_UP_AFTER:
        made = await desk.deliver(key)
        events += made.events
        if made.again_at is None:
            break
        desk.clock.at = made.again_at
    told = [event for event in await desk.books.queries.events(key) if event.event.subject == GIVEN_UP]
    assert [event.event.kind for event in told] == ["attention_needed"]
    assert {event.sequence for event in events if event.event.subject == GIVEN_UP} == {told[0].sequence}
    lines = {line.sequence: line for line in await desk.outbox.listing()}
    assert set(lines) == {3, 4, told[0].sequence}
    assert all(line.given_up_at is not None and line.last_error == "HTTP 500" for line in lines.values())
    assert 15 < Counter(desk.posts())[3] < 40
    assert Counter(desk.posts())[4] < 3


async def test_who_says_that_it_takes_no_more_is_asked_no_more(desk):
    """A 410 gives up what is posted at once, each once, and people are told once."""
    key = await desk.order(ONE, "a", "b")
    desk.receiver.now[ONE] = GONE
    made = await desk.deliver(key)
    assert made.again_at is None
    assert desk.posts() == [3, 4, 5]
    payment = await desk.books.queries.payment(key)
    assert [told.subject for told in payment.attention].count(GIVEN_UP) == 1
    assert {line.given_up_at is None for line in await desk.outbox.listing()} == {False}


async def test_a_crash_before_giving_up_tells_people_once(desk):
    """People are told first: a crash after that repeats the post, and not the telling."""
    key = await desk.order(ONE, "a")
    desk.receiver.now[ONE] = GONE

    async def killed(*_args, **_kwargs):
        raise asyncio.CancelledError

    desk.outbox.give_up, kept = killed, desk.outbox.give_up
    with pytest.raises(asyncio.CancelledError):
        await desk.deliver(key)
    desk.outbox.give_up = kept
    desk.clock.at += LEASE
    await desk.deliver(key)
    kinds = [event.event.subject for event in await desk.books.queries.events(key)]
    assert kinds.count(GIVEN_UP) == 1


async def test_the_relay_leaves_to_workflows_what_is_not_overdue(desk):
    """What has just happened is its workflow's; after a while whoever left it has gone."""
    await desk.order(ONE, "a", "b")
    assert await desk.relay.deliver() == 0
    desk.clock.at += OVERDUE_AFTER
    assert await desk.relay.deliver() == 2
    assert desk.reasons() == ["a", "b"]


async def test_the_relay_and_a_workflow_at_once_keep_the_order(desk):
    """While one is at a payment's callback the other gets neither it nor the next."""
    key = await desk.order(ONE, "a", "b")
    desk.clock.at += OVERDUE_AFTER
    desk.receiver.hanging[ONE] = asyncio.Event()
    first = asyncio.create_task(desk.deliver(key))
    while not desk.receiver.posts[ONE]:  # noqa: ASYNC110 (the receiver in memory tells nobody)
        await asyncio.sleep(0.005)
    assert await desk.relay.deliver() == 0
    assert (await desk.deliver(key)).delivered == 0
    desk.receiver.hanging.pop(ONE).set()
    assert (await first).delivered == 2
    assert desk.posts() == [3, 4]


async def test_a_shop_whose_receiver_is_away_holds_up_no_other(desk):
    """Its payments are tried a few at a look; the other shop's all arrive, and its own once it is back."""
    lost = [await desk.order(f"L{n:02}", "a", shop="lost") for n in range(30)]
    fine = [await desk.order(f"F{n:02}", "a") for n in range(20)]
    desk.receiver.now |= {key.order_id: AWAY for key in lost}
    desk.clock.at += OVERDUE_AFTER
    assert await desk.relay.deliver() == len(fine)
    assert sum(len(desk.receiver.posts[key.order_id]) for key in lost) <= 8
    desk.receiver.now.clear()
    desk.clock.at += timedelta(minutes=5)
    assert await desk.relay.deliver() == len(lost)
    assert all(desk.reasons(key.order_id) == ["a"] for key in lost)


async def test_one_payment_that_cannot_be_delivered_holds_up_no_other(desk):
    """What fails in our own books is logged, passed by, and comes again."""
    for name in ("A1", "A2", "A3"):
        await desk.order(name, "a")
    desk.clock.at += OVERDUE_AFTER
    deliver = desk.delivery.deliver

    async def failing(key, *, known):
        if key.order_id == "A1":
            raise OSError("the books are away")
        return await deliver(key, known=known)

    desk.delivery.deliver = failing
    assert await desk.relay.deliver() == 2
    desk.delivery.deliver = deliver
    assert await desk.relay.deliver() == 1


async def test_the_relay_goes_on_whatever_fails(desk):
    """Books that are away for a moment end no relay."""
    await desk.order(ONE, "a")
    desk.clock.at += OVERDUE_AFTER
    overdue, failures = desk.outbox.overdue, []

    async def away(*args, **kwargs):
        failures.append(1)
        raise OSError("the books are away")

    desk.outbox.overdue = away
    async with relaying(desk.relay), asyncio.timeout(10):
        while len(failures) < 3:  # noqa: ASYNC110 (it is looked at from outside)
            await asyncio.sleep(0.005)
        desk.outbox.overdue = overdue
        while not desk.receiver.taken[ONE]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    assert desk.reasons() == ["a"]
