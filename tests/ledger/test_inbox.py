"""The provider's events in the ledger: kept once, handed out with their payment, looked at again without one."""

import asyncio
from datetime import timedelta

import pytest

from ledger.inbox import LATEST_SECOND_LOOK, LEASE, SOONEST_SECOND_LOOK, Arrival, Inbox
from payments.operations import IntentOutcome, OperationKind
from payments.records import ToldOf
from tests.ledger.conftest import START

REFERENCE = "main-FR1012401-a01"


def arrival(event_id="e-1", **fields):
    told = {"account": "main", "type": "payment.captured", "kind": "payment", "created": "2026-11-24T10:00"}
    of = {"object_id": "0000012345", "payment_id": "0000012345"}
    return Arrival(event_id=event_id, **told | of | fields)


@pytest.fixture
def inbox(books):
    return Inbox(books.database)


async def test_an_event_is_kept_once(inbox):
    """Posted again, also at the same moment, it stands there once; another account's of the same id is another."""
    assert await inbox.take_in(arrival(), now=START)
    again = await asyncio.gather(*(inbox.take_in(arrival(type="payment.paid"), now=START) for _ in range(5)))
    assert again == [False] * 5
    assert await inbox.take_in(arrival(account="other"), now=START)
    lines = await inbox.listing()
    assert [(line.account, line.type) for line in lines] == [
        ("main", "payment.captured"),
        ("other", "payment.captured"),
    ]
    assert lines[0].created == "2026-11-24T10:00"


async def test_an_event_finds_its_payment_by_whole_names_alone(inbox, books):
    """By the reference that was sent or the provider's payment; never by a part of one, nor in another account."""
    await books.authorized()
    await books.begin(books.operation(OperationKind.REFUND, "return-1"))
    cases = {
        "by reference": {"merchant_reference": REFERENCE, "payment_id": None},
        "by the payment": {"merchant_reference": None},
        "by the payment of a foreign reference": {"merchant_reference": "made in the console"},
        "a refund": {"kind": "refund", "merchant_reference": "main-FR1012401-r01", "payment_id": None},
        "a part of a reference": {"merchant_reference": "main-FR1012401", "payment_id": None},
        "more than a reference": {"merchant_reference": f"{REFERENCE}1", "payment_id": None},
        "another payment": {"payment_id": "0000099999"},
        "nothing": {"payment_id": None},
    }
    for name, fields in cases.items():
        await inbox.take_in(arrival(name, **fields), now=START)
    await inbox.take_in(arrival("another account", account="x", merchant_reference=REFERENCE), now=START)
    found = {event.event_id for event in await inbox.undelivered(now=START) if event.key == books.key}
    assert found == {"by reference", "by the payment", "by the payment of a foreign reference", "a refund"}


async def test_what_was_handed_out_comes_again_only_after_its_lease(inbox):
    """Two relays do not get the same event at once; one that was killed loses nothing."""
    await inbox.take_in(arrival(), now=START)
    first = await asyncio.gather(*(inbox.undelivered(now=START) for _ in range(3)))
    assert sum(map(len, first)) == 1
    assert await inbox.undelivered(now=START + LEASE - timedelta(milliseconds=1)) == ()
    [again] = await inbox.undelivered(now=START + LEASE)
    assert again.attempts == 2


async def test_delivered_is_over_and_postponed_comes_later(inbox, books):
    """A delivered event never comes again; one whose try failed comes when it was put off to."""
    for event_id in ("one", "two"):
        await inbox.take_in(arrival(event_id), now=START)
    one, two = await inbox.undelivered(now=START)
    await inbox.delivered([one], books.key, now=START)
    await inbox.postpone([one, two], START + timedelta(seconds=60))
    assert await inbox.undelivered(now=START + timedelta(seconds=59)) == ()
    assert [event.event_id for event in await inbox.undelivered(now=START + timedelta(seconds=60))] == [two.event_id]
    [line] = [line for line in await inbox.listing(everything=True) if line.event_id == one.event_id]
    assert (line.order_id, line.delivered_at) == (books.key.order_id, START)
    assert [line.event_id for line in await inbox.listing()] == [two.event_id]


async def test_a_quarantined_event_is_looked_at_again_and_found_when_its_payment_appears(inbox, books):
    """It is counted and listed with its reason, tried ever more rarely, and delivered once a payment matches."""
    await inbox.take_in(arrival(merchant_reference=REFERENCE), now=START)
    [event] = await inbox.undelivered(now=START)
    assert event.key is None
    await inbox.quarantine([(event, "no payment here has this reference")], now=START)
    counts = await inbox.counts()
    assert (counts.undelivered, counts.quarantined, counts.oldest_undelivered) == (0, 1, None)
    assert [line.quarantined for line in await inbox.listing()] == ["no payment here has this reference"]
    assert await inbox.undelivered(now=START + SOONEST_SECOND_LOOK - timedelta(seconds=1)) == ()
    await books.authorized()
    [event] = await inbox.undelivered(now=START + SOONEST_SECOND_LOOK)
    assert event.key == books.key
    await inbox.delivered([event], event.key, now=START)
    assert (await inbox.counts()).quarantined == 0
    await inbox.take_in(arrival("old", payment_id="x"), now=START - timedelta(days=90))
    [old] = await inbox.undelivered(now=START)
    await inbox.quarantine([(old, "no payment")], now=START)
    assert await inbox.undelivered(now=START + LATEST_SECOND_LOOK - timedelta(seconds=1)) == ()
    assert len(await inbox.undelivered(now=START + LATEST_SECOND_LOOK)) == 1


async def test_what_waits_is_counted_with_its_age(inbox):
    """An operator sees how many events wait and since when."""
    for event_id in ("one", "two"):
        await inbox.take_in(arrival(event_id), now=START)
    counts = await inbox.counts()
    assert (counts.undelivered, counts.quarantined, counts.oldest_undelivered) == (2, 0, START)


async def test_what_the_provider_has_told_of_is_not_absent(inbox, books):
    """An attempt whose reference came with an event is never concluded absent, however often it is not found."""
    intent = (await books.start()).intent
    await inbox.take_in(arrival(merchant_reference="main-another-a01"), now=START)
    await inbox.take_in(arrival("e-2", merchant_reference=REFERENCE), now=START)
    with pytest.raises(ToldOf):
        await books.conclude(intent, IntentOutcome.ABSENT)
    assert (await books.queries.intents(books.key))[0].outcome is None
    await books.conclude(intent, IntentOutcome.DONE, books.authorized_event(), provider_id="0000012345")
