"""`payments review` and `returned`, and what `start` asks of 3-D Secure."""

import re

import pytest

from cli.exits import Exit
from devstack.customer import SHOP, by_form, return_mac_of
from payments.order import Address
from tests.cli.test_commands import EXAMPLE_TEXT, NUMBER, own
from tests.cli.test_refund import shown_as
from tests.support.witnesses import operations, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

YES = {"code": "1234", "decision": "confirm"}


@pytest.fixture
def example(new_order, tmp_path):
    """Write an order as OroCommerce hands it out, which does not say how it is paid."""

    def write():
        order = new_order()
        file = tmp_path / f"{order.order_id}.json"
        file.write_text(EXAMPLE_TEXT.replace("FR2611001", order.order_id))
        return order, str(file)

    return write


async def in_review(run, new_order):
    order = new_order(billing_address=Address(country_code="FR", city="Calais"))
    ran = await run("start", "-", "--json", stdin=own(order))
    assert ran.document["result"] == "in_review", ran.words
    return order


async def test_a_review_is_accepted(payments_command, simulator, new_order):
    """The payment is held from then on; the same request again accepts nothing twice."""
    order = await in_review(payments_command, new_order)
    accept = ("review", "accept", order.order_id, "--request-id", "f1", "--reason", "[/] known customer")
    first, again = await payments_command(*accept), await payments_command(*accept, "--json")
    assert (first.code, again.code, again.document["state"]) == (Exit.DONE, Exit.DONE, "authorized"), first.words
    [line] = await simulator.books(prefix(order))
    assert line.status == "PENDING_APPROVAL"
    accepted = await simulator.requests(prefix(order), "payments.processchallenged")
    assert operations(accepted) == ["payments.processchallenged"]


async def test_a_review_is_refused_and_nothing_else_is_in_review(payments_command, simulator, new_order):
    """Refused it is cancelled; a review that nobody opened is refused with what to do."""
    order = await in_review(payments_command, new_order)
    refused = await payments_command("review", "refuse", order.order_id, "--request-id", "f1")
    assert refused.code == Exit.DONE, refused.words
    [line] = await simulator.books(prefix(order))
    assert line.status == "CANCELLED"
    late = await payments_command("review", "accept", order.order_id, "--request-id", "f2", "--json")
    assert (late.code, late.document["refusal"]["code"]) == (Exit.REFUSED, "not_in_review")
    assert late.document["refusal"]["remedy"]
    unknown = await payments_command("review", "accept", f"{order.order_id}-no", "--request-id", "f1")
    assert unknown.code == Exit.REFUSED


async def test_a_customer_comes_back(payments_command, example):
    """`--challenge mandated` sends the customer of any card away; what they bring back tells the outcome."""
    order, file = example()
    asked = ("--token", "token-visa-approved", "--return-url", SHOP, "--challenge", "mandated")
    sent = await payments_command("start", file, *asked, "--json")
    assert (sent.code, sent.document["result"]) == (Exit.OPEN, "redirect"), sent.words
    stranger = await payments_command("returned", order.order_id, "--return-mac", "somebody-elses")
    assert stranger.code == Exit.REFUSED, stranger.words
    assert "return_mac" in stranger.words
    return_mac = return_mac_of(await by_form(sent.document["redirect_url"], YES))
    back = await payments_command("returned", order.order_id, "--return-mac", return_mac)
    assert (back.code, "authorized" in back.out) == (Exit.DONE, True), back.words
    assert return_mac not in (await payments_command("show", order.order_id, "--json")).out


async def test_nobody_is_asked_where_the_start_says_so(payments_command, example):
    """`--skip-3ds` authorizes a card whose issuer would have asked, and needs no address to come back to."""
    order, file = example()
    ran = await payments_command("start", file, "--token", "token-visa-challenge", "--skip-3ds", "--json")
    assert (ran.code, ran.document["result"]) == (Exit.DONE, "authorized"), ran.words
    await shown_as(payments_command, order, "authorized")


async def test_an_exemption_is_a_part_of_the_start(payments_command, example):
    """The same exemption again is the same start; another one is another content, and refused."""
    _, file = example()
    asked = ("start", file, "--token", "token-visa-approved", "--return-url", SHOP, "--json", "--exemption")
    first, again = await payments_command(*asked, "low_value"), await payments_command(*asked, "low_value")
    assert first.document["result"] == "authorized"
    assert again.document["transaction_id"] == first.document["transaction_id"]
    other = await payments_command(*asked, "whitelist")
    assert (other.code, other.document[0]["code"]) == (Exit.REFUSED, "another_order"), other.words


async def test_whoever_may_be_asked_must_come_back_somewhere(payments_command, example):
    """Without an address of the shop the start is refused with the field and the remedy."""
    _, file = example()
    ran = await payments_command("start", file, "--token", "token-visa-approved", "--challenge", "requested")
    assert ran.code == Exit.REFUSED
    assert re.search(r"payment.return_url: .*Send return_url", ran.words), ran.words


WRONG = {
    "a review that is neither": (["review", "perhaps", "X", "--request-id", "f"], "'perhaps' is not one of"),
    "a review without an id": (["review", "accept", "X"], "--request-id"),
    "a review for a card number": (["review", "accept", "X", "--request-id", "f", "--reason", NUMBER], "--reason:"),
    "a review of no order": (["review", "refuse", "a/b", "--request-id", "f"], "ORDER:"),
    "nothing brought back": (["returned", "X"], "--return-mac"),
    "an empty RETURNMAC": (["returned", "X", "--return-mac", ""], "--return-mac:"),
    "a RETURNMAC with a space": (["returned", "X", "--return-mac", "a b"], "--return-mac:"),
    "a customer of no order": (["returned", NUMBER, "--return-mac", "m"], "ORDER:"),
    "a challenge there is not": (["start", "X", "--token", "t", "--challenge", "yes"], "--challenge"),
    "an exemption there is not": (["start", "X", "--token", "t", "--exemption", "all"], "--exemption"),
}


@pytest.mark.parametrize("case", WRONG)
async def test_wrong_input_names_the_option(payments_command, case):
    """What is wrong is said with its place before anybody is asked, and no card number is repeated."""
    args, told = WRONG[case]
    ran = await payments_command(*args, TEMPORAL_ADDRESS="127.0.0.1:9")
    assert ran.code == Exit.BAD_INPUT, ran.words
    assert re.search(told, ran.words), ran.words
    assert NUMBER not in ran.words


async def test_a_document_says_all_of_how_it_is_paid(payments_command, new_order):
    """Beside a document that says how it is paid the options of 3-D Secure are one too many."""
    ran = await payments_command("start", "-", "--challenge", "requested", stdin=own(new_order()))
    assert (ran.code, "--challenge, --exemption, --skip-3ds" in ran.words) == (Exit.BAD_INPUT, True)
