"""The command `payments callbacks`: what the order service has not taken, and sending it again."""

import asyncio

import pytest

from cli.exits import Exit
from ledger import migrate
from ledger.database import open_database
from ledger.operations import SqlRecords
from ledger.outbox import SqlOutbox
from payments.attention import told_once
from payments.callbacks import given_up
from tests.ledger.conftest import Books

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_was_given_up_is_listed_and_sent_again(payments_command, tmp_path):
    """The list says why; sending again makes it due, settles that a person was needed, and finds no other order."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with open_database(url) as database:
        books, outbox = Books(database), SqlOutbox(database)
        books.records = SqlRecords(database, notifies=lambda _key: True)
        await books.start()
        empty = await payments_command("callbacks", PAYMENTS_LEDGER_URL=url)
        await books.records.record(books.key, lambda p: told_once(p, "a", "Look."), now=books.now, known=0)
        waiting = await payments_command("callbacks", PAYMENTS_LEDGER_URL=url)
        await outbox.give_up(await outbox.take(books.key, now=books.now), "HTTP 410", now=books.now)
        await books.records.record(books.key, given_up, now=books.now, known=0)
        listed = await payments_command("callbacks", "--json", PAYMENTS_LEDGER_URL=url)
        sent = await payments_command("callbacks", "--resend", books.key.order_id, PAYMENTS_LEDGER_URL=url)
        again = await outbox.take(books.key, now=books.now)
        payment = await books.queries.payment(books.key)
    assert (empty.code, "taken every callback" in empty.out) == (Exit.DONE, True), empty.err
    assert "payment.needs_attention" in waiting.out
    assert [line["last_error"] for line in listed.document] == [None, "HTTP 410"]
    assert (sent.code, "2 are sent again" in sent.out) == (Exit.DONE, True), sent.err
    assert again.sequence == 3
    assert [told.subject for told in payment.attention] == ["a"]


@pytest.mark.parametrize(
    ("order", "code"),
    [("T-unknown", Exit.NOT_FOUND), ("no order", Exit.BAD_INPUT), ("4111111111111111", Exit.BAD_INPUT)],
)
async def test_another_order_is_refused(payments_command, order, code):
    """An order without a payment, and what is no order's number, are told with what to do."""
    ran = await payments_command("callbacks", "--resend", order)
    assert ran.code == code
    assert "--resend" in ran.err
    assert "Traceback" not in ran.err
    assert "4111111111111111" not in ran.err
