"""The contract with other systems, spoken as they speak it: by names and JSON, each message as it is documented."""

import asyncio
import copy
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from temporalio.client import Client

from tests.contract.speaker import MESSAGES, Speaker, as_example, digest_of, example

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = Path(__file__).parent.parent.parent / "docs" / "contract.md"
BLOCK = re.compile(r"<!-- (?P<name>[a-z_-]+)\.json -->\n```json\n(?P<json>.*?)```", re.DOTALL)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stranger(stack) -> Client:
    """A connection with Temporal's own JSON converter, as any SDK has it."""
    return await Client.connect(stack.layout.temporal_address)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def patient(queueing) -> Client:
    """The same, where captures stay queued."""
    return await Client.connect(queueing.layout.temporal_address)


def start_of(order_id, *, total=None, token=None, **payment):
    start = copy.deepcopy(example("start"))
    start["order"]["order_id"] = order_id
    if total is not None:
        start["order"]["total"]["amount_minor"] = total
    if token is not None:
        start["payment"]["token"] = token
    start["payment"].update(payment)
    return start


async def answered_as(name, answer):
    """Compare an answer with its example; what changes from run to run is only there."""
    shown = example(name)
    assert as_example(answer, shown) == shown


async def test_a_payment_is_made_as_the_page_shows_it(stranger):
    """From start to capture every request of the page is accepted and every answer is the page's, field by field."""
    shop = Speaker(stranger, "payment-main-FR1012401")
    start, ask = example("start"), example("authorization")
    assert ask["digest"] == digest_of(start)
    await answered_as("authorization-answer", await shop.authorize(start, ask))
    kind, details = await shop.refused("capture_payment", {"request_id": "shipment-7", "amuont": 5})
    assert (kind, details) == ("bad_message", example("bad-message"))
    other = start_of("FR1012401", window_seconds=86_400)
    kind, details = await shop.refused("authorization", {"digest": digest_of(other)}, start=other)
    assert (kind, details) == ("another_order", example("another-order"))
    await answered_as("capture_payment-answer", await shop.update("capture_payment", example("capture_payment")))
    await answered_as("void_payment-refused", await shop.update("void_payment", example("void_payment")))
    await shop.signal("capture", example("capture"))
    again = await shop.update("capture_payment", example("capture_payment"))
    assert (again["result"], again["operation_id"]) == ("done", example("capture_payment-answer")["operation_id"])
    await shop.view()


async def test_the_view_has_the_fields_of_the_page(stranger):
    """The query answers with every field of the documented view and no other, amounts and captures included."""
    start = start_of("FR1012405")
    shop = Speaker(stranger, "payment-main-FR1012405")
    await shop.authorize(start, {"digest": digest_of(start)})
    await shop.update("capture_payment", example("capture_payment"))
    view, shown = await shop.view(), example("payment")
    assert view.keys() == shown.keys()
    assert view["amounts"].keys() == shown["amounts"].keys()
    assert view["captures"][0].keys() == shown["captures"][0].keys()
    assert view["amounts"]["owed"] == shown["amounts"]["owed"]


async def test_a_hosted_checkout_is_answered_as_the_page_shows_it(stranger):
    """The documented start opens a page; its address is told, and a void closes it."""
    start = example("start-hosted_checkout")
    shop = Speaker(stranger, "payment-main-FR1012420")
    await answered_as("authorization-hosted_checkout", await shop.authorize(start, {"digest": digest_of(start)}))
    await shop.update("void_payment", {"request_id": "cancelled-1"})
    await _until(shop, "abandoned")


async def test_a_void_is_answered_as_the_page_shows_it(stranger):
    """A void by update releases the hold with the page's answer; the same as a signal later changes nothing."""
    start = start_of("FR1012402")
    shop = Speaker(stranger, "payment-main-FR1012402")
    await shop.authorize(start, {"digest": digest_of(start)})
    await answered_as("void_payment-answer", await shop.update("void_payment", example("void_payment")))
    await shop.signal("void", example("void"))
    assert (await shop.update("void_payment", example("void_payment")))["result"] == "done"


async def test_a_refund_is_answered_as_the_page_shows_it(stranger):
    """Once the money is there a part goes back with the page's answer; more than is left is refused in its words."""
    start = start_of("FR1012406")
    shop = Speaker(stranger, "payment-main-FR1012406")
    await shop.authorize(start, {"digest": digest_of(start)})
    await shop.update("capture_payment", {"request_id": "shipment-7"})
    await _until(shop, "collected")
    await answered_as("refund_payment-answer", await shop.update("refund_payment", example("refund_payment")))
    await shop.signal("refund", example("refund"))
    more = {"request_id": "return-2", "amount": {"amount_minor": 30_000, "currency": "USD"}}
    await answered_as("refund_payment-refused", await shop.update("refund_payment", more))
    assert len((await shop.view())["refunds"]) == 1


async def test_a_customer_is_sent_away_as_the_page_shows_it(stranger):
    """The answer tells where to send the customer, and a return that is nobody's is refused in the page's words."""
    secure = {"return_url": "https://shop.example/thanks", "three_d_secure": {"challenge": "requested"}}
    start = start_of("FR1012410", token="token-visa-challenge", **secure)
    shop = Speaker(stranger, "payment-main-FR1012410")
    answer = await shop.authorize(start, {"digest": digest_of(start)})
    await answered_as("authorization-redirect", answer)
    refused = await shop.refused("customer_returned", example("customer_returned"))
    assert refused == ("bad_message", example("customer_returned-refused"))
    [return_mac] = parse_qs(urlsplit(answer["redirect_url"]).query)["mac"]
    back = await shop.update("customer_returned", {**example("customer_returned"), "return_mac": return_mac})
    assert (back["result"], back["redirect_url"]) == ("redirect", answer["redirect_url"])
    assert (await shop.view())["waits_for"] == "customer"
    await shop.update("void_payment", {"request_id": "cancelled-1"})


async def test_a_review_is_decided_as_the_page_shows_it(stranger):
    """An accepted review is answered with the page's words, by update and signal; decided again it is refused."""
    start = start_of("FR1012413")
    start["order"]["billing_address"] |= {"city": "Calais"}
    shop = Speaker(stranger, "payment-main-FR1012413")
    assert (await shop.authorize(start, {"digest": digest_of(start)}))["result"] == "in_review"
    await answered_as("review_payment-answer", await shop.update("review_payment", example("review_payment")))
    await shop.signal("review", example("review"))
    late = {"request_id": "review-2", "decision": "refuse"}
    await answered_as("review_payment-refused", await shop.update("review_payment", late))
    assert (await shop.view())["attention"] == []
    await shop.update("void_payment", {"request_id": "cancelled-1"})


async def test_an_event_wakes_a_payment_as_the_page_shows_it(stranger):
    """The documented signal is taken, also once the payment has closed, and nobody has to look at anything."""
    start = start_of("FR1012409")
    shop = Speaker(stranger, "payment-main-FR1012409")
    await shop.authorize(start, {"digest": digest_of(start)})
    await shop.signal("provider_event", example("provider_event"))
    await shop.update("void_payment", {"request_id": "cancelled-1"})
    await shop.signal("provider_event", example("provider_event"))
    await _until(shop, "voided")
    assert (await shop.view())["attention"] == []


async def test_one_of_several_shipments_is_answered_as_the_page_shows_it(stranger):
    """On an account that takes several captures a part is captured by itself, and a void leaves it."""
    start = start_of("FR1012407", account="parts")
    shop = Speaker(stranger, "payment-main-FR1012407")
    assert (await shop.authorize(start, {"digest": digest_of(start)}))["several_captures"] is True
    part = await shop.update("capture_payment", example("capture_payment-part"))
    assert part == example("capture_payment-part-answer")
    view = await shop.view()
    assert (view["several_captures"], view["may"]) == (
        True,
        ["capture", "void", "schedule_capture", "change_window", "refund"],
    )
    rest = await shop.update("void_payment", example("void_payment"))
    assert rest["state"] in {"capture_requested", "captured", "collected"}
    assert rest | {"state": "capture_requested"} == example("void_payment-rest-answer")


async def test_a_capture_is_taken_back_as_the_page_shows_it(patient):
    """A queued capture leaves its queue with the page's answer, and its amount is held again."""
    start = start_of("FR1012410")
    shop = Speaker(patient, "payment-main-FR1012410")
    await shop.authorize(start, {"digest": digest_of(start)})
    await shop.update("capture_payment", {"request_id": "shipment-7"})
    answer = await shop.update("take_back_capture", example("take_back_capture"))
    await answered_as("take_back_capture-answer", answer)
    assert (await shop.view())["captures"][0]["stage"] == "taken_back"


async def test_a_capture_is_planned_and_the_window_moved_as_the_page_shows_it(stranger):
    """A plan for a time within the window and a window moved beyond it are answered as the page says."""
    start = start_of("FR1012411")
    shop = Speaker(stranger, "payment-main-FR1012411")
    await shop.authorize(start, {"digest": digest_of(start)})
    soon = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    plan = example("schedule_capture") | {"at": soon}
    await answered_as("schedule_capture-answer", await shop.update("schedule_capture", plan))
    await answered_as("change_window-answer", await shop.update("change_window", example("change_window")))
    assert (await shop.view())["scheduled"]["request_id"] == plan["request_id"]
    given_up = await shop.update("schedule_capture", {"request_id": "no-friday", "cancel": True})
    assert given_up["result"] == "done"
    await shop.update("void_payment", {"request_id": "v1"})


async def test_a_refund_of_a_queued_capture_is_answered_as_the_page_shows_it(patient):
    """A refund of all of it while it is queued takes it back: no money came, and the hold is voided."""
    start = start_of("FR1012412")
    shop = Speaker(patient, "payment-main-FR1012412")
    await shop.authorize(start, {"digest": digest_of(start)})
    await shop.update("capture_payment", {"request_id": "shipment-7"})
    answer = await shop.update("refund_payment", {"request_id": "return-1"})
    await answered_as("refund_payment-taken-back", answer)
    await _until(shop, "voided")


async def test_another_card_is_answered_as_the_page_shows_it(stranger):
    """After a hard decline the same card is refused in the page's words, and another one pays."""
    declined = start_of("FR1012430", token="token-mastercard-declined")
    shop = Speaker(stranger, "payment-main-FR1012430")
    answer = await shop.authorize(declined, {"digest": digest_of(declined)})
    assert answer["may_retry_until"] is not None
    again = copy.deepcopy(example("retry_payment")) | {"request_id": "same-card", "payment": declined["payment"]}
    await answered_as("retry_payment-refused", await shop.update("retry_payment", again))
    await answered_as("retry_payment-answer", await shop.update("retry_payment", example("retry_payment")))
    told = await shop.update("authorization", {"digest": digest_of(declined)}, start=declined)
    assert (told["result"], told["merchant_reference"]) == ("authorized", "main-FR1012430-a02")
    assert [hold["purpose"] for hold in (await shop.view())["authorizations"]] == ["start", "retry"]


async def test_an_edited_order_is_answered_as_the_page_shows_it(stranger):
    """Edited up the difference is held beside the rest, and one capture takes both; below that no edit goes."""
    start = start_of("FR1012431")
    shop = Speaker(stranger, "payment-main-FR1012431")
    await shop.authorize(start, {"digest": digest_of(start)})
    assert await shop.update("change_order", example("change_order")) == example("change_order-answer")
    shipped = await shop.update("capture_payment", {"request_id": "shipment-1"})
    assert (shipped["result"], shipped["amount"]["amount_minor"]) == ("done", 26_979)
    below = {"request_id": "edit-2", "total": {"amount_minor": 20_000, "currency": "USD"}}
    await _until(shop, "collected")
    refused = await shop.update("change_order", below)
    assert refused | {"state": "capture_requested"} == example("change_order-refused")


async def _until(shop, state):
    for _ in range(300):
        if (await shop.view())["state"] == state:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the payment is {(await shop.view())['state']}, not {state}")


async def test_no_is_said_as_the_page_shows_it(stranger):
    """Declined, refused for its sums, unknown and not started: each in the page's words."""
    declined = start_of("FR1012403", token="token-mastercard-declined")
    answer = await Speaker(stranger, "payment-main-FR1012403").authorize(declined, {"digest": digest_of(declined)})
    await answered_as("authorization-declined", answer)
    wrong = start_of("FR1012404", total=1)
    answer = await Speaker(stranger, "payment-main-FR1012404").authorize(wrong, {"digest": digest_of(wrong)})
    await answered_as("authorization-refused", answer)
    nobody = Speaker(stranger, "payment-main-nobodys")
    await answered_as("unknown-order", await nobody.update("capture_payment", {"request_id": "x"}))
    kind, _ = await nobody.refused("authorization", {"digest": "0" * 64})
    assert kind == "not_started"


async def test_the_encrypted_card_input_is_not_part_of_the_digest():
    """Two starts that differ in nothing but the encrypted input have one digest: it is encrypted anew each time."""
    one = start_of("FR1", encrypted_input="aaa")
    other = start_of("FR1", encrypted_input="bbb")
    assert digest_of(one) == digest_of(other) == digest_of(start_of("FR1"))


async def test_the_page_shows_exactly_the_tested_messages():
    """Each JSON block of docs/contract.md is one of the tested files, and each file is on the page."""
    page = PAGE.read_text(encoding="utf-8")
    shown = {block["name"]: block["json"] for block in BLOCK.finditer(page)}
    files = {path.stem: path.read_text(encoding="utf-8") for path in MESSAGES.glob("*.json")}
    assert shown == files
    assert page.count("```json") == len(shown)
    for text in shown.values():
        json.loads(text)
