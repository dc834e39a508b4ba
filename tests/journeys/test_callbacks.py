"""Orders whose service is told over HTTP: signed, in order, over answers that are lost or wrong, and a dead worker."""

import asyncio
import copy
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from temporalio.client import Client

from devstack.processes import free_ports
from devstack.simulator_control import SimulatorControl
from devstack.stack import Layout, Stack
from ledger.database import open_database
from ledger.outbox import SqlOutbox
from ledger.queries import Queries
from payments.methods import PaymentInstruction
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationResult
from starter import PaymentClient
from tests.contract.speaker import Speaker, digest_of, example
from tests.support.processes import kill
from tests.support.receiver import SECRET, OrderService, redirect
from tests.support.witnesses import Witnesses, collected, prefix

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE = Path(__file__).parents[2] / "docs" / "contract.md"
DECLINED = PaymentInstruction(token="token-mastercard-declined")
SHIPPED = ["payment.authorized", "payment.capture_requested", "payment.captured", "payment.collected"]
# A killed worker is missed after a quarter of a minute, and what it had taken is free after half of one.
PATIENCE_SECONDS = 75


@dataclass(frozen=True)
class Told:
    """What a test here works on."""

    stack: Stack
    temporal: Client
    payments: PaymentClient
    simulator: SimulatorControl
    witnesses: Witnesses
    outbox: SqlOutbox
    shop: OrderService

    async def hears(self, order_id: str, *types: str, seconds: float = 40) -> list[dict]:
        """Wait until the order service has heard these of an order, in this order and nothing else."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            bodies = self.shop.bodies(order_id)
            if [body["type"] for body in bodies] == list(types) and not await self.outbox.listing(limit=1):
                return bodies
            assert asyncio.get_running_loop().time() < deadline, (
                f"told {[body['type'] for body in bodies]}, not {types}; {await self.outbox.listing()}"
            )
            await asyncio.sleep(0.1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """A stack whose order service is told."""
    async with OrderService().running() as shop:
        layout = Layout(
            tmp_path_factory.mktemp("told"),
            *free_ports(3),
            capture_delay_seconds=0.5,
            collect_delay_seconds=0.5,
            quiet_seconds=0.5,
            callback_url=shop.url,
        )
        stack = Stack(layout)
        stack.worker.environment = {**stack.worker.environment, "PAYMENTS_CALLBACK_SECRETS": SECRET}
        try:
            temporal = await stack.start()
            payments = PaymentClient(temporal, asked_by="tests")
            async with SimulatorControl(layout.simulator_url) as control, open_database(layout.ledger) as database:
                witnesses = Witnesses(payments, control, Queries(database))
                yield Told(stack, temporal, payments, control, witnesses, SqlOutbox(database), shop)
        finally:
            await stack.stop()


async def shipped(told: Told, order: Order, card: PaymentInstruction) -> None:
    """Authorize, ship, and see the money collected."""
    await told.payments.authorize(order, card)
    await told.payments.capture(order.key, request_id="shipment-1")
    await told.witnesses.until(order, PaymentState.COLLECTED)


async def test_an_order_service_follows_its_order(told, new_order, card):
    """Each step once, verified by an independent library, the last one as the payment stands."""
    order = new_order()
    await shipped(told, order, card)
    bodies = await told.hears(order.order_id, *SHIPPED)
    view = await told.payments.view(order.key)
    last = bodies[-1]["data"]
    assert last["amounts"] == view.amounts.model_dump(mode="json")
    assert (last["state"], last["transaction_id"]) == (view.state, view.transaction_id)
    assert last["authorization_code"] == view.authorization_code
    assert told.shop.forged == 0
    await told.witnesses.agree_on(order, collected(order))


async def test_a_callback_is_as_the_page_shows_it(told):
    """The documented example is what a real stack posts, field by field."""
    start, ask = copy.deepcopy(example("start")), example("authorization")
    speaker = Speaker(told.temporal, "payment-main-FR1012401")
    assert ask["digest"] == digest_of(start)
    await speaker.authorize(start, ask)
    await speaker.update("capture_payment", example("capture_payment"))
    async with asyncio.timeout(30):
        while len(told.shop.bodies("FR1012401")) < 2:  # noqa: ASYNC110 (it hears by itself)
            await asyncio.sleep(0.1)
    body, shown = told.shop.bodies("FR1012401")[1], example("callback")
    changing = {"transaction_id", "expires_at"}
    assert body.keys() == shown.keys()
    assert body["type"] == shown["type"]
    assert body["data"].keys() == shown["data"].keys()
    assert body["data"] | {name: shown["data"][name] for name in changing} == shown["data"]


async def test_the_recipe_of_the_page_verifies_what_arrives(told, new_order, card):
    """The lines of Python that receivers copy take a real callback and refuse a changed one."""
    order = new_order()
    await told.payments.authorize(order, card)
    await told.hears(order.order_id, "payment.authorized")
    recipe = re.search(r"```python\n(def verify.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    copied: dict = {}
    exec("import base64, hashlib, hmac, time\n" + recipe, copied)
    headers, body = told.shop.raw[-1]
    assert copied["verify"](SECRET, headers, body)
    assert not copied["verify"](SECRET, headers, body + b" ")
    assert not copied["verify"](SECRET, headers | {"webhook-timestamp": "1"}, body)
    assert not copied["verify"]("whsec_" + "A" * 43 + "=", headers, body)


@pytest.mark.parametrize("outcome", ["authorized", "declined"])
async def test_who_was_told_unknown_hears_the_truth(told, new_order, card, outcome):
    """The provider's answers are lost again and again: a signed callback tells what came of it."""
    order = new_order()
    await told.simulator.fault(
        fault="drop_after", operation="payments.create", count=3, merchant_reference_prefix=prefix(order)
    )
    paid = card if outcome == "authorized" else DECLINED
    answer = await told.payments.authorize(order, paid, patience_seconds=0.5)
    assert answer.result in {AuthorizationResult.UNKNOWN, AuthorizationResult.PENDING}
    unknown, known = await told.hears(order.order_id, "payment.unknown", f"payment.{outcome}")
    assert (unknown["data"]["state"], known["data"]["state"]) == ("unknown", outcome)
    assert known["data"]["sequence"] > unknown["data"]["sequence"]


async def test_answers_that_are_wrong_lose_nothing_and_change_no_order(told, new_order, card):
    """500, a redirect, an answer that breaks off: the same message again, under the same id, then the next."""
    order = new_order()
    told.shop.answers[:] = [500, redirect("http://127.0.0.1:9/"), b"HTTP/1.1 20"]
    before = len(told.shop.got)
    await shipped(told, order, card)
    await told.hears(order.order_id, *SHIPPED, seconds=PATIENCE_SECONDS)
    heard = [(headers["webhook-id"], body["type"]) for headers, body in told.shop.got[before:]]
    assert [kind for _, kind in heard] == ["payment.authorized"] * 3 + SHIPPED
    assert len({message for message, _ in heard}) == len(SHIPPED)


async def test_a_worker_killed_between_the_post_and_its_note_repeats_the_message(told, new_order, card):
    """The order service has it, we do not know: it gets it again under its id, and then what happened since."""
    order, reached = new_order(), asyncio.Event()

    async def kept_waiting():
        reached.set()
        await asyncio.sleep(3600)

    told.shop.answers[:] = [kept_waiting]
    await told.payments.authorize(order, card)
    await reached.wait()
    await kill(told.stack.worker)
    await told.stack.worker.start()
    await told.payments.capture(order.key, request_id="shipment-1")
    await told.hears(order.order_id, *SHIPPED, seconds=PATIENCE_SECONDS)
    ids = [headers["webhook-id"] for headers, body in told.shop.got if body["data"]["order_id"] == order.order_id]
    assert ids[0] == ids[1]
    assert len(ids) == len(SHIPPED) + 1
