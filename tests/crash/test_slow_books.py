"""Books that answer late: a lease counts from before the wait, so what is left of it bounds the call."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from activities.messages import AuthorizeRequest
from activities.operations import OperationActivities
from ledger import migrate
from ledger.database import open_database
from ledger.operations import SqlRecords
from ledger.queries import Queries
from payments.accounts import Account
from payments.provider import ProviderPayment
from payments.references import content_digest
from payments.states import ProviderStatus


class Watch:
    """A clock that the test moves."""

    def __init__(self):
        self.time = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def now(self):
        return self.time


class Late(SqlRecords):
    """A ledger that begins an intent only after a wait for the database."""

    def __init__(self, database, watch):
        super().__init__(database)
        self.watch, self.wait = watch, timedelta(0)

    async def begin(self, *arguments, **named):
        begun = await super().begin(*arguments, **named)
        self.watch.time += self.wait
        return begun


class Slow:
    """A provider that counts its calls and answers after a while."""

    def __init__(self, seconds=0.0):
        self.calls, self.seconds = 0, seconds

    def amount_as_sent(self, amount):
        return amount.amount_minor

    async def authorize(self, request):
        self.calls += 1
        await asyncio.sleep(self.seconds)
        return ProviderPayment(
            provider_id="1",
            reference=request.reference,
            status=ProviderStatus.AUTHORIZED,
            raw_status="PENDING_APPROVAL",
            amount=request.amount,
            authorization_code="OK1131",
        )


async def _try(tmp_path, order, card, provider, waits):
    """Try an authorization once for each wait; return what each told, and the intent afterwards."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    content = {"order": order.model_dump(mode="json"), "payment": card.model_dump(mode="json")}
    request = AuthorizeRequest(key=order.key, known=0, order=order, instruction=card, digest=content_digest(content))
    watch = Watch()
    async with open_database(url) as database:
        records = Late(database, watch)
        activities = OperationActivities(provider, records, watch, {"main": Account(name="main")}, sender="test")
        told = []
        for records.wait in waits:
            told.append(await activities.authorize(request))
            [intent] = await Queries(database).intents(order.key)
    return told, intent


@pytest.mark.parametrize("waited", [4, 30, 3600])
async def test_a_lease_used_up_by_waiting_for_the_books_sends_nothing(tmp_path, new_order, card, waited):
    """Another sender may take an ended lease, so the call is not begun; the next try, with a lease of its own, is."""
    provider = Slow()
    [first, second], intent = await _try(
        tmp_path, new_order(), card, provider, [timedelta(seconds=waited), timedelta(0)]
    )
    assert (first.resolved, second.resolved) == (False, True)
    assert provider.calls == 1
    assert intent.outcome is not None
    assert intent.first_sent_at is not None
    assert intent.first_sent_at > intent.created_at


async def test_a_call_ends_before_what_is_left_of_its_lease(tmp_path, new_order, card):
    """A call that the rest of the lease cannot cover is given up as unknown before anybody else may send."""
    provider = Slow(seconds=5)
    # A first try's lease lasts 4.8 s: a second of it is spare, 3.6 s were waited.
    [told], intent = await _try(tmp_path, new_order(), card, provider, [timedelta(seconds=3.6)])
    assert provider.calls == 1
    assert told.resolved is False
    assert [entry.event.reason for entry in told.events if type(entry.event).__name__ == "OutcomeUnknown"] == [
        "no answer within 0.2 s"
    ]
    assert intent.first_sent_at is not None
