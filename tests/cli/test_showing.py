"""`payments show` and `payments check` about callbacks that wait, are given up, or are missing."""

import asyncio
import sqlite3

import pytest

from cli.exits import Exit
from ledger import migrate
from ledger.database import open_database
from ledger.operations import SqlRecords
from ledger.outbox import SqlOutbox
from payments.attention import told_once
from tests.cli.test_commands import started
from tests.ledger.conftest import Books

pytestmark = pytest.mark.asyncio(loop_scope="session")

RECEIVER = {
    "PAYMENTS_CALLBACK_URL": "http://127.0.0.1:9/payments",
    "PAYMENTS_CALLBACK_SECRETS": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


@pytest.fixture
async def told(tmp_path, new_order):
    """Books of an order with three callbacks: one delivered, one given up, one that waits."""
    file = tmp_path / "ledger.sqlite"
    url = f"sqlite:///{file}"
    await asyncio.to_thread(migrate.upgrade, url)
    async with open_database(url) as database:
        books, outbox = Books(database), SqlOutbox(database)
        # It is started on the stack that all tests share: its number is nobody else's.
        books.key = new_order().key
        books.records = SqlRecords(database, notifies=lambda _key: True)
        await books.authorized()
        for subject in ("a", "b"):
            await books.records.record(books.key, lambda p, s=subject: told_once(p, s, "Look."), now=books.now, known=0)
        await outbox.delivered(await outbox.take(books.key, now=books.now), now=books.now)
        await outbox.give_up(await outbox.take(books.key, now=books.now), "[/] HTTP 410", now=books.now)
    return books, file, {"PAYMENTS_LEDGER_URL": url}


async def test_a_payment_is_shown_with_what_was_not_told(payments_command, new_order, told):
    """Given up or waiting, in the order in which they go, and not what was delivered; in words and as JSON."""
    books, _, ledger = told
    # The payment of the same number, as the worker's own ledger has it.
    order = new_order().model_copy(update={"order_id": books.key.order_id})
    await started(payments_command, order)
    shown = await payments_command("show", order.order_id, **ledger)
    assert shown.code == Exit.DONE, shown.err
    lines = [line.split(maxsplit=1)[1] for line in shown.out.splitlines() if line.startswith("callback")]
    assert [" ".join(line.split()) for line in lines] == [
        "4 payment.needs_attention given up: [/] HTTP 410",
        "5 payment.needs_attention waits",
    ]
    as_json = (await payments_command("show", order.order_id, "--json", **ledger)).document
    assert [(line["sequence"], line["last_error"]) for line in as_json["callbacks"]] == [(4, "[/] HTTP 410"), (5, None)]
    assert as_json["state"] == "authorized"
    own = (await payments_command("show", order.order_id, "--json")).document
    assert own["callbacks"] == []


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/ledger.sqlite", "postgresql://127.0.0.1:9/payments", "mysql://x/y"]
)
async def test_a_payment_is_shown_without_the_ledger(payments_command, new_order, url):
    """A terminal that has no ledger shows the payment all the same, and says what it cannot know."""
    order = new_order()
    await started(payments_command, order)
    shown = await payments_command("show", order.order_id, PAYMENTS_LEDGER_URL=url)
    assert (shown.code, "authorized" in shown.out, "not known" in shown.out) == (Exit.DONE, True, True), shown.err
    as_json = await payments_command("show", order.order_id, "--json", PAYMENTS_LEDGER_URL=url)
    assert (as_json.code, as_json.document["callbacks"]) == (Exit.DONE, None)


async def test_a_spoilt_outbox_is_told(payments_command, told):
    """Whole it ends with 0; a callback that is lost is named with its order and event, and the code is 1."""
    books, file, ledger = told
    whole = await payments_command("check", **ledger, **RECEIVER)
    assert (whole.code, "agrees with its events" in whole.out) == (Exit.DONE, True), whole.err
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM outbox WHERE sequence IN (4, 5)")
    spoilt = await payments_command("check", "--json", **ledger, **RECEIVER)
    assert spoilt.code == Exit.FAILED
    assert {fault["key"]["order_id"] for fault in spoilt.document} == {books.key.order_id}
    assert [what for fault in spoilt.document if "event 5" in (what := fault["what"])]
    in_words = await payments_command("check", **ledger, **RECEIVER)
    assert (in_words.code, "2 differ" in in_words.out) == (Exit.FAILED, True)
    assert f"{books.key}: event 4 (attention_needed) has no callback" in in_words.out.replace("\n", " ")


async def test_a_ledger_that_cannot_be_read_is_told_with_the_remedy(payments_command):
    """Nothing is concluded from it."""
    ran = await payments_command("check", PAYMENTS_LEDGER_URL="mysql://x/y")
    assert ran.code == Exit.FAILED
    assert "payments doctor" in ran.err
