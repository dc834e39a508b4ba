"""Every command of one payment, as a person or a script gives it."""

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from cli.exits import Exit
from payments.references import customer_pseudonym
from tests.support.raw import as_json, signal

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER = "4567350000427977"
EXAMPLE = Path("examples/orders/1-shipped.json")
EXAMPLE_TEXT = EXAMPLE.read_text()
CODES = re.findall(r"^\| (\d+) \|", Path("docs/cli.md").read_text(), re.MULTILINE)


def own(order, token="token-visa-approved", **payment) -> bytes:
    """Return a start in our own format."""
    document = {"order": order.model_dump(mode="json", exclude_none=True), "payment": {"token": token, **payment}}
    return json.dumps(document).encode()


async def started(run, order, **payment) -> None:
    ran = await run("start", "-", stdin=own(order, **payment))
    assert ran.code == Exit.DONE, ran.err


async def eventually(run, *args, holds):
    """Run a command until what it says holds: search follows the payment with a little delay."""
    for _ in range(40):
        ran = await run(*args)
        if holds(ran):
            return ran
        await asyncio.sleep(0.2)
    raise AssertionError(f"{args}: {ran.out} {ran.err}")


async def test_an_order_goes_from_standard_input_to_collected(payments_command, new_order):
    """Started from standard input, shown, captured in part as people write amounts, watched to its own end."""
    order = new_order(23_979)
    told = await payments_command("start", "-", stdin=own(order))
    assert told.code == Exit.DONE
    assert "authorized" in told.out
    assert "$239.79" in told.out
    shown = await payments_command("show", order.order_id)
    assert shown.code == Exit.DONE
    assert "OK1131" in shown.out
    captured = await payments_command("capture", order.order_id, "--request-id", "s1", "--amount", "239.79 USD")
    assert captured.code == Exit.DONE
    again = await payments_command("capture", order.order_id, "--request-id", "s1", "--amount", "239.79 USD", "--json")
    assert (again.code, again.document["result"]) == (Exit.DONE, "done")
    watched = await payments_command("watch", order.order_id)
    assert watched.code == Exit.DONE
    assert "collected" in watched.out
    assert (await payments_command("watch", order.order_id)).code == Exit.DONE


async def test_an_orocommerce_order_is_started_from_a_file(payments_command, new_order, tmp_path):
    """A file as OroCommerce hands it out is started with the token named on the command line, and twice is once."""
    order = new_order()
    file = tmp_path / "order.json"
    file.write_text(EXAMPLE_TEXT.replace("FR2611001", order.order_id))
    first = await payments_command("start", str(file), "--token", "token-visa-approved", "--json")
    second = await payments_command("start", str(file), "--token", "token-visa-approved", "--json")
    assert (first.code, second.code) == (Exit.DONE, Exit.DONE)
    assert first.document["transaction_id"] == second.document["transaction_id"]
    assert first.document["amount"] == {"amount_minor": 24_759, "currency": "USD"}


async def test_an_order_is_voided_with_words(payments_command, new_order):
    """A void releases the hold; a second one says that nothing is held."""
    order = new_order()
    await started(payments_command, order)
    first = await payments_command("void", order.order_id, "--request-id", "v1", "--reason", "[/] cancelled [bold]")
    assert first.code == Exit.DONE
    second = await payments_command("void", order.order_id, "--request-id", "v2")
    assert second.code == Exit.DONE
    assert "nothing is held" in second.out


async def test_payments_are_listed_by_state_customer_reference_and_attention(payments_command, temporal, new_order):
    """Each filter of the list finds the payment, and the words of strangers break nothing."""
    order = new_order()
    customer = f"c{order.order_id}"
    changed = order.model_copy(update={"customer": order.customer.model_copy(update={"customer_id": customer})})
    await started(payments_command, changed)
    assert customer_pseudonym("main", customer)
    here = lambda ran: order.order_id in ran.out  # noqa: E731 (what is looked for)
    await eventually(payments_command, "list", "--customer", customer, holds=here)
    await eventually(payments_command, "list", "--state", "authorized", holds=here)
    by_reference = await eventually(
        payments_command, "list", "--reference", f"main-{order.order_id}-a01", "--json", holds=here
    )
    [line] = by_reference.document
    assert (line["state"], line["open"], line["needs_attention"]) == ("authorized", True, False)
    await signal(temporal, order.key.workflow_id, "[/red] nonsense", as_json({}))
    found = await eventually(payments_command, "list", "--attention", holds=here)
    assert "needs a person" in found.out
    shown = await payments_command("show", order.order_id)
    assert "[/red] nonsense" in shown.out
    nothing = await payments_command("list", "--reference", "it's nobody\\'s", "--json")
    assert nothing.code in {Exit.DONE, Exit.FAILED}
    json.loads(nothing.out)


async def test_yen_are_written_without_decimals(payments_command, new_order):
    """12680 JPY is an amount; 12680.5 JPY is none, and is refused before anybody is asked."""
    order = new_order(12_680, "JPY")
    await started(payments_command, order)
    wrong = await payments_command("capture", order.order_id, "--request-id", "s1", "--amount", "12680.5 JPY")
    assert wrong.code == Exit.BAD_INPUT
    assert "more decimals" in wrong.err
    right = await payments_command("capture", order.order_id, "--request-id", "s1", "--amount", "12680 JPY")
    assert right.code == Exit.DONE
    assert "¥12,680" in right.out


async def test_interrupting_a_start_leaves_the_payment_going_on(payments_command, simulator, new_order):
    """Ctrl-C during a slow authorization ends with 130, and the order is authorized once."""
    order = new_order()
    prefix = f"main-{order.order_id}-"
    await simulator.fault(fault="slow", operation="payments.create", seconds=3, merchant_reference_prefix=prefix)
    running = await payments_command.start("start", "-", "--patience", "10", stdin=own(order))
    for _ in range(100):
        if await simulator.requests(prefix, "payments.create"):
            break
        await asyncio.sleep(0.05)
    running.interrupt()
    before = time.monotonic()
    ran = await running.result()
    assert ran.code == Exit.INTERRUPTED
    assert "Traceback" not in ran.err
    assert time.monotonic() - before < 2
    again = await payments_command("start", "-", "--patience", "10", "--json", stdin=own(order))
    assert again.document["result"] == "authorized"
    [line] = await simulator.books(prefix)
    assert line.authorized == 10_000


async def test_json_is_one_document_whatever_happens(payments_command, new_order):
    """With --json standard output is one JSON document: answers, lists, refusals, wrong input, no server."""
    order = new_order()
    other = order.model_copy(update={"total": order.total.with_amount(5)})
    declined = new_order()
    runs = [
        await payments_command("start", "-", "--json", stdin=own(order)),
        await payments_command("start", "-", "--json", stdin=own(other)),
        await payments_command("start", "-", "--json", stdin=own(declined, "token-visa-expired-card")),
        await payments_command("start", "-", "--json", stdin=b"{"),
        await payments_command("start", "/nowhere", "--json"),
        await payments_command("start", str(EXAMPLE), "--json"),
        await payments_command("start", str(EXAMPLE), "--token", NUMBER, "--json"),
        await payments_command("show", order.order_id, "--json"),
        await payments_command("show", "N0-SUCH", "--json"),
        await payments_command("show", "a/b", "--json"),
        await payments_command("list", "--json"),
        await payments_command("capture", order.order_id, "--request-id", "a/b", "--json"),
        await payments_command("capture", order.order_id, "--request-id", "s1", "--amount", "x", "--json"),
        await payments_command("capture", order.order_id, "--request-id", "s1", "--amount", "999 USD", "--json"),
        await payments_command("void", "N0-SUCH", "--request-id", "v", "--json"),
        await payments_command("list", "--json", TEMPORAL_ADDRESS="127.0.0.1:9"),
        await payments_command("doctor", "--json"),
    ]
    for ran in runs:
        assert isinstance(ran.document, dict | list)
        assert NUMBER not in ran.out + ran.err
        if ran.code == Exit.BAD_INPUT:
            assert all(each["field"] and each["message"] and each["remedy"] for each in ran.document)
    assert [ran.code for ran in runs] == [0, 4, 3, 2, 2, 2, 2, 0, 6, 2, 0, 2, 2, 4, 4, 7, 0]


async def test_each_exit_code_of_the_table_is_reached(payments_command, simulator, new_order):
    """The table in docs/cli.md lists exactly our codes, and a command ends with each of them."""
    assert [int(code) for code in CODES] == sorted(Exit)
    order, declined, slow = new_order(), new_order(), new_order()
    prefix = f"main-{slow.order_id}-"
    await simulator.fault(fault="slow", operation="payments.create", seconds=1.5, merchant_reference_prefix=prefix)
    interrupted = await payments_command.start("watch", order.order_id)
    reached = {
        Exit.OPEN: await payments_command("start", "-", "--patience", "0", stdin=own(slow)),
        Exit.DONE: await payments_command("start", "-", stdin=own(order)),
        Exit.FAILED: await payments_command("db", "upgrade", PAYMENTS_LEDGER_URL="mysql://x/y"),
        Exit.BAD_INPUT: await payments_command("show", "a/b"),
        Exit.DECLINED: await payments_command("start", "-", stdin=own(declined, "token-mastercard-declined")),
        Exit.REFUSED: await payments_command("capture", order.order_id, "--request-id", "s", "--amount", "1000 USD"),
        Exit.NOT_FOUND: await payments_command("show", "N0-SUCH-ORDER"),
        Exit.UNREACHABLE: await payments_command("show", "X", TEMPORAL_ADDRESS="127.0.0.1:9"),
    }
    assert (await interrupted.result()).code == Exit.NOT_FOUND
    watching = await payments_command.start("watch", order.order_id)
    await asyncio.sleep(1)
    watching.interrupt()
    reached[Exit.INTERRUPTED] = await watching.result()
    assert {code: ran.code for code, ran in reached.items()} == {code: int(code) for code in Exit}
    assert "amount.amount_minor" in reached[Exit.REFUSED].out


WRONG = {
    "no such command": (["pay"], "No such command"),
    "no such option": (["list", "--patience", "3"], "No such option"),
    "a patience of a day": (["show", "X", "--patience", "86400"], "No such option"),
    "too much patience": (["void", "X", "--request-id", "v", "--patience", "11"], "--patience"),
    "no number of seconds": (["void", "X", "--request-id", "v", "--patience", "nan"], "--patience"),
    "no request id": (["capture", "X"], "--request-id"),
    "an engine's request id": (["capture", "X", "--request-id", "@start"], "--request-id"),
    "a card number as request id": (["capture", "X", "--request-id", NUMBER], "--request-id"),
    "a card number as reason": (["void", "X", "--request-id", "v", "--reason", NUMBER], "--reason"),
    "a card number as shipment": (["capture", "X", "--request-id", "s", "--shipment", NUMBER], "--shipment"),
    "a card number as order": (["show", NUMBER], "ORDER"),
    "an order with a slash": (["show", "a/b"], "ORDER"),
    "an order with brackets": (["show", "[/red]"], "ORDER"),
    "an order of 65 characters": (["show", "x" * 65], "ORDER"),
    "an emoji": (["show", "🙂"], "ORDER"),
    "a shop in capitals": (["show", "X", "--shop", "MAIN"], "--shop"),
    "half a cent": (["capture", "X", "--request-id", "s", "--amount", "1.005 USD"], "--amount"),
    "a negative amount": (["capture", "X", "--request-id", "s", "--amount", "-5 USD"], "--amount"),
    "an amount without currency": (["capture", "X", "--request-id", "s", "--amount", "5"], "--amount"),
    "an amount with a comma": (["capture", "X", "--request-id", "s", "--amount", "1,000.00 USD"], "--amount"),
    "a small currency": (["capture", "X", "--request-id", "s", "--amount", "5 usd"], "--amount"),
    "dinars": (["capture", "X", "--request-id", "s", "--amount", "5 KWD"], "--amount"),
    "gold": (["capture", "X", "--request-id", "s", "--amount", "5 XAU"], "--amount"),
    "too much": (["capture", "X", "--request-id", "s", "--amount", "100000000.00 USD"], "--amount"),
    "thirty digits": (["capture", "X", "--request-id", "s", "--amount", f"1.{'0' * 29}1 USD"], "--amount"),
    "a state there is not": (["list", "--state", "paid"], "--state"),
    "a limit of zero": (["list", "--limit", "0"], "--limit"),
    "a file that is a folder": (["start", "/tmp"], "FILE"),
    "a file with brackets in its name": (["start", "[/red].json"], "FILE"),
    "a file that never ends": (["start", "/dev/zero"], "(message)"),
    "no token": (["start", str(EXAMPLE)], "--token"),
    "an empty token": (["start", str(EXAMPLE), "--token", ""], "--token"),
    "a long token": (["start", str(EXAMPLE), "--token", "x" * 41], "--token"),
    "a card number as token": (["start", str(EXAMPLE), "--token", NUMBER], "--token"),
    "a window of nothing": (["start", str(EXAMPLE), "--token", "t", "--window", "0"], "--window"),
    "a window of 181 days": (["start", str(EXAMPLE), "--token", "t", "--window", "15638400"], "--window"),
    "an action there is not": (["start", str(EXAMPLE), "--token", "t", "--action", "steal"], "--action"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_input_ends_with_two_and_the_place(payments_command, case):
    """What is wrong with the input is said, with its place, before anybody is asked; no server is needed for it."""
    args, place = WRONG[case]
    ran = await payments_command(*args, TEMPORAL_ADDRESS="127.0.0.1:9")
    assert ran.code == Exit.BAD_INPUT
    assert place in ran.err
    assert NUMBER not in ran.out + ran.err
    assert len(ran.err) < 1_500


async def test_two_ways_of_paying_are_one_too_many(payments_command, new_order):
    """A document that says how it is paid and an option that says otherwise are refused together."""
    ran = await payments_command("start", "-", "--action", "sale", "--window", "5", stdin=own(new_order()))
    assert ran.code == Exit.BAD_INPUT
    assert "--action" in ran.err
    assert "--window" in ran.err


async def test_standard_input_is_interrupted_with_130(payments_command, tmp_path):
    """Ctrl-C while standard input is waited for ends with 130, like any other."""
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    running = await payments_command.start("start", str(pipe))
    await asyncio.sleep(0.7)
    running.interrupt()
    assert (await running.result()).code == Exit.INTERRUPTED


async def test_without_a_worker_the_question_stays_open(payments_command, temporal, new_order):
    """Where no worker runs, a command ends with 5 and says how to start one instead of waiting for ever."""
    from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest

    asked = RegisterNamespaceRequest(namespace="empty")
    asked.workflow_execution_retention_period.FromSeconds(86_400)
    await temporal.workflow_service.register_namespace(asked)
    for _ in range(60):
        ran = await payments_command("list", TEMPORAL_NAMESPACE="empty")
        if ran.code == Exit.DONE:
            break
        await asyncio.sleep(0.5)
    runs = await asyncio.gather(
        payments_command("start", "-", "--patience", "0", stdin=own(new_order()), TEMPORAL_NAMESPACE="empty"),
        payments_command("show", "NOBODY", TEMPORAL_NAMESPACE="empty"),
        payments_command("capture", "NOBODY", "--request-id", "s", "--patience", "0", TEMPORAL_NAMESPACE="empty"),
    )
    without_search_attributes, *without_worker = runs
    assert without_search_attributes.code == Exit.FAILED
    assert "payments doctor" in without_search_attributes.err
    for ran in without_worker:
        assert ran.code == Exit.OPEN, ran
        assert "payments worker" in ran.err


async def test_a_namespace_that_does_not_exist_is_named(payments_command):
    """A wrong namespace is told as what it is, with a remedy."""
    ran = await payments_command("list", TEMPORAL_NAMESPACE="nowhere")
    assert ran.code == Exit.FAILED
    assert "nowhere" in ran.err
    assert "payments doctor" in ran.err
