"""Bad input, wherever it comes in: the field and the remedy are named, nothing is asked of Ingenico, nothing booked."""

import asyncio
import json
import re
import sqlite3
from dataclasses import dataclass, replace

import pytest
from pydantic import TypeAdapter, ValidationError
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from devstack.simulator_control import SimulatorControl
from ledger.queries import Queries
from payments.commands import Capture, Refund, Void
from payments.methods import PaymentAction, PaymentInstruction
from payments.money import Money
from payments.order import Address, Customer, Order
from payments.references import PaymentKey, content_digest
from payments.refusals import Refusal
from payments.states import PaymentState
from payments.view import AuthorizationResult, CommandResult
from starter import PaymentClient, PaymentError
from starter.intake import OrderUnreadable, read_order
from tests.bad_input.table import ALL_WRITTEN, OROCOMMERCE, ROWS, Entry, Given, Row, change
from tests.cli.conftest import Terminal
from tests.support.raw import as_json, raw, signal, update

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEEN = [0]
# Updates whose names are not their command's with `_payment`.
UPDATES = {
    "take_back": "take_back_capture",
    "schedule": "schedule_capture",
    "change_window": "change_window",
    "change": "change_order",
}
REFUSALS = TypeAdapter(list[Refusal])


@dataclass(frozen=True)
class Place:
    """What a row is tried on."""

    temporal: Client
    payments: PaymentClient
    simulator: SimulatorControl
    books: Queries
    command_line: Terminal
    order: Order
    card: PaymentInstruction

    @property
    def key(self) -> PaymentKey:
        return self.order.key

    @property
    def start(self) -> dict:
        return {
            "order": self.order.model_dump(mode="json", exclude_none=True),
            "payment": self.card.model_dump(mode="json", exclude_none=True),
        }

    async def facts(self) -> dict[str, object]:
        """What must not change: claims, intents, what is held, the story but for what people are told."""
        balances = await self.books.balances(self.key)
        story = [recorded.event.kind for recorded in await self.books.events(self.key)]
        return {
            "claims": len(await self.books.claims()),
            "intents": len(await self.books.intents(self.key)),
            "holds": {b.account: b.amount_minor for b in balances if b.account.startswith("hold")},
            "story": [kind for kind in story if kind not in {"attention_needed", "captured", "collected"}],
        }

    async def requests_so_far(self) -> int:
        """The number of the provider's last request."""
        known = SEEN[-1]
        SEEN.append(max([known, *(r["number"] for r in await self.requests_after(known))]))
        return SEEN[-1]

    async def requests_after(self, number: int) -> list[dict]:
        answer = await self.simulator._get("/simulator/requests", {"after": str(number)})
        return answer["requests"]

    async def asked_of_the_provider(self, after: int) -> list[dict]:
        """Every request that would change something, whichever order it is for."""
        return [
            r
            for r in await self.requests_after(after)
            if r["operation"] in {"payments.create", "payments.approve", "payments.cancel", "payments.refund"}
        ]


async def prepare(place: Place, given: Given) -> None:
    """Bring the order's payment to where the row needs it."""
    if given is Given.NOTHING:
        return
    told = await place.payments.authorize(place.order, place.card)
    declined = given is Given.DECLINED
    assert told.result is (AuthorizationResult.DECLINED if declined else AuthorizationResult.AUTHORIZED)
    if given is Given.PART:
        half = Money(amount_minor=5_000, currency="USD")
        done = await place.payments.capture(place.key, request_id="one", amount=half)
        assert done.result is CommandResult.DONE
    elif given is Given.VOIDED:
        assert (await place.payments.void(place.key, request_id="v")).result is CommandResult.DONE
    elif given is Given.WINDOW_ENDED:
        await until_voided(place)


async def until_voided(place: Place) -> None:
    for _ in range(100):
        if (await place.payments.view(place.key)).state is PaymentState.VOIDED:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the window's end voided nothing")


def paid_with(given: Given) -> PaymentInstruction:
    match given:
        case Given.DECLINED:
            return PaymentInstruction(token="token-mastercard-declined")
        case Given.FINAL:
            return PaymentInstruction(token="token-visa-approved", action=PaymentAction.FINAL_AUTHORIZATION)
        case Given.WINDOW_ENDED:
            return PaymentInstruction(token="token-visa-approved", window_seconds=1)
        case _:
            return PaymentInstruction(token="token-visa-approved")


def content_of(row: Row, valid: dict):
    """Return what the row sends: the valid document changed, or its bytes."""
    if isinstance(row.content, bytes):
        return row.content
    for path, value in row.content.items():
        valid = change(valid, path, value)
    return valid


async def by_client(place: Place, row: Row) -> list[Refusal]:
    changed = content_of(row, place.start)
    order, card = Order.model_validate(changed["order"]), PaymentInstruction.model_validate(changed["payment"])
    try:
        return list((await place.payments.authorize(order, card)).refusals)
    except PaymentError as refused:
        return list(refused.refusals)


async def by_names(place: Place, row: Row) -> list[Refusal]:
    changed = content_of(row, place.start)
    try:
        digest = content_digest(changed)
    except (ValueError, AttributeError):
        digest = "0" * 64
    start = raw(changed) if isinstance(changed, bytes) else as_json(changed)
    ask = {"digest": digest, "patience_seconds": 5}
    try:
        answer = await update(place.temporal, place.key.workflow_id, "authorization", ask, start=start)
    except WorkflowUpdateFailedError as failed:
        return of_failure(failed)
    assert answer["result"] == "refused"
    return REFUSALS.validate_python(answer["refusals"])


async def by_intake(place: Place, row: Row) -> list[Refusal]:
    changed = content_of(row, change(OROCOMMERCE, "data.attributes.identifier", place.order.order_id))
    with pytest.raises(OrderUnreadable) as refused:
        read_order(changed if isinstance(changed, bytes) else json.dumps(changed))
    return list(refused.value.refusals)


async def by_command_line(place: Place, row: Row) -> list[Refusal]:
    changed = content_of(row, place.start)
    written = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
    ran = await place.command_line("start", "-", "--json", stdin=written)
    assert ran.code in {2, 4}
    assert not any(number in ran.out + ran.err for number in ALL_WRITTEN)
    document = ran.document
    return REFUSALS.validate_python(document["refusals"] if isinstance(document, dict) else document)


async def by_update(place: Place, row: Row) -> list[Refusal]:
    try:
        answer = await update(
            place.temporal, place.key.workflow_id, UPDATES.get(row.command, f"{row.command}_payment"), sent(row)
        )
    except WorkflowUpdateFailedError as failed:
        return of_failure(failed)
    assert answer["result"] == "refused", answer
    return REFUSALS.validate_python(answer.get("refusals") or [answer["refusal"]])


async def by_signal(place: Place, row: Row) -> list[Refusal]:
    """Signal, and return what people are told of it; the payment goes on."""
    await signal(place.temporal, place.key.workflow_id, row.command, sent(row))
    if row.given is Given.NOTHING:
        return []
    for _ in range(100):
        view = await place.payments.view(place.key)
        # A run that has only begun to take its payment up shows none yet.
        if view is not None and view.attention:
            break
        await asyncio.sleep(0.05)
    [sentence] = view.attention
    assert len(sentence) < 3_000
    assert sentence.isprintable()
    if row.given is Given.HELD:
        assert view.may == ("capture", "void", "schedule_capture", "change_window")
    return [Refusal(code="attention", field=sentence, message=sentence, remedy=sentence)]


def sent(row: Row):
    changed = content_of(row, {"request_id": "new"})
    return raw(changed) if isinstance(changed, bytes) else as_json(changed)


def of_failure(failed: WorkflowUpdateFailedError) -> list[Refusal]:
    assert isinstance(failed.cause, ApplicationError)
    return REFUSALS.validate_python(failed.cause.details[0])


TRIED = {
    Entry.CLIENT: by_client,
    Entry.RAW: by_names,
    Entry.INTAKE: by_intake,
    Entry.COMMAND_LINE: by_command_line,
    Entry.UPDATE: by_update,
    Entry.SIGNAL: by_signal,
}


@pytest.fixture
def tried_on(  # noqa: PLR0917 (fixtures)
    temporal, payments, simulator, books, payments_command, new_order
) -> Place:
    return Place(temporal, payments, simulator, books, payments_command, new_order(), paid_with(Given.NOTHING))


# A refused update leaves nothing behind, so the next one is tried on the same payment.
AGAIN: dict[Given, Place] = {}


async def prepared(place: Place, row: Row) -> Place:
    """Return a payment where the row needs it."""
    if row.entry is Entry.UPDATE and row.given in AGAIN:
        return AGAIN[row.given]
    place = replace(place, card=paid_with(row.given))
    await prepare(place, row.given)
    if row.entry is Entry.UPDATE:
        AGAIN[row.given] = place
    return place


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_bad_input_is_named_and_does_nothing(tried_on, row):
    """The answer names field and remedy and no card number; the provider is not asked, the books are as before."""
    place = await prepared(tried_on, row)
    asked = await place.requests_so_far()
    before = await place.facts()
    refusals = await TRIED[row.entry](place, row)
    assert await place.facts() == before
    assert await place.asked_of_the_provider(after=asked) == []
    if row.entry is Entry.SIGNAL and row.given is Given.NOTHING:
        return
    assert refusals
    assert any(row.field in refusal.field and row.remedy in refusal.remedy for refusal in refusals), refusals
    for refusal in refusals:
        assert refusal.message
        assert not any(number in str(refusal) for number in ALL_WRITTEN)
    if row.given is Given.NOTHING:
        assert await place.books.payment(place.key) is None
    elif row.entry is Entry.SIGNAL and isinstance(row.content, bytes):
        # What could not be read has cost the honest shipment nothing.
        assert (await place.payments.capture(place.key, request_id="honest")).result is CommandResult.DONE


@pytest.mark.parametrize("number", ALL_WRITTEN)
async def test_a_card_number_cannot_even_be_built(new_order, number):
    """Our client sends none: no order, instruction or command can hold a card number, and no error repeats it."""
    order = new_order()
    builds = [
        lambda: PaymentInstruction(token=number),
        lambda: PaymentInstruction(encrypted_input=number),
        lambda: PaymentInstruction(encrypted_input=f"{number}.a.b.c.d"),
        lambda: Capture(request_id="s", shipment_id=number),
        lambda: Capture(request_id=number),
        lambda: Void(request_id="v", reason=number),
        lambda: Refund(request_id="r", reason=number),
        lambda: Refund(request_id="r", capture_id=number),
        lambda: Refund(request_id=number),
        lambda: Customer(customer_id=number),
        lambda: Address(country_code="US", street=number),
        lambda: Order.model_validate({**order.model_dump(), "order_id": number}),
    ]
    for build in builds:
        with pytest.raises(ValidationError) as refused:
            build()
        assert not any(written in str(refused.value) for written in ALL_WRITTEN)


async def test_a_start_of_null_is_told_to_send_its_order(temporal, books, new_order):
    """A start without an order opens nothing: whoever asks is told to send the start."""
    key = new_order().key
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await update(temporal, key.workflow_id, "authorization", {"digest": "0" * 64}, start=raw(b"null"))
    assert "with its start" in str(failed.value.cause)
    assert await books.payment(key) is None


async def test_no_card_number_stands_in_logs_or_books(stack, simulator):
    """After all of the above no log line and no row of the ledger holds a card number, however it was written."""
    logs = {file.name: file.read_text(errors="replace") for file in (stack.layout.folder / "logs").glob("*.log")}
    assert {"worker.log", "temporal.log"} <= set(logs)
    with sqlite3.connect(f"file:{stack.layout.folder / 'ledger.sqlite'}?mode=ro", uri=True) as ledger:
        rows = "\n".join(ledger.iterdump())
    ledger.close()
    for name, text in {**logs, "ledger": rows}.items():
        for number in ALL_WRITTEN:
            assert number not in text, name
        assert "4567350000427977" not in re.sub(r"[\s-]", "", text), name
