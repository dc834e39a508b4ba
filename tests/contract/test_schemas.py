"""Requests against the vendor's own JSON schemas: what the simulator accepts of the SDK, and what our client sends."""

import json
import re
from pathlib import Path

import pytest

from ingenico import requests
from payments.methods import PaymentAction, PaymentInstruction
from payments.money import Money
from payments.provider import AuthorizationRequest
from simulator import api
from tests.contract.sdk import plans
from tests.contract.sdk.planning import PLANS, play
from tests.contract.sdk.reflection import methods
from tests.contract.sdk.world import opened
from tests.contract.vendor_schemas import THEIRS, faults
from tests.support.orders import order

assert plans
OURS = Path(__file__).parents[1] / "ingenico" / "data" / "schemas"
SCHEMA_OF = {(each.method, f"{each.root}/{{merchantId}}{each.path}"): each.schema for each in api.OPERATIONS}
ROUTES = [
    (verb, re.compile(re.sub(r"{\w+}", "[^/]+", route)), schema)
    for (verb, route), schema in SCHEMA_OF.items()
    if schema
]


@pytest.fixture(scope="module")
def worlds():
    with opened() as all_of_them:
        yield all_of_them


@pytest.mark.parametrize("plan", [plan for plan in PLANS if plan.ends is None], ids=str)
def test_what_the_simulator_takes_is_what_the_vendor_describes(plan, worlds):
    """Each body that is accepted on the way of a plan is valid by the official schema of its request."""
    tape = worlds[plan.account].tape
    before = len(tape.exchanges)
    play(plan, worlds[plan.account])
    for exchange in tape.exchanges[before:]:
        if exchange.status < 300 and exchange.sent is not None:
            (name,) = [
                schema for verb, path, schema in ROUTES if verb == exchange.verb and path.fullmatch(exchange.path)
            ]
            assert faults(name, exchange.sent) == []


def test_both_rooms_hold_the_same_schemas():
    """The client's and the simulator's copies, taken one by one, are the same text."""
    shared = {path.name for path in OURS.iterdir()} & {path.name for path in THEIRS.iterdir()}
    assert len(shared) >= 10
    for name in shared:
        assert json.loads((OURS / name).read_text()) == json.loads((THEIRS / name).read_text())


def test_every_schema_is_of_an_operation():
    """No operation with a body goes unchecked, and no schema lies idle."""
    assert {path.stem for path in THEIRS.glob("*.json")} == {name for name in SCHEMA_OF.values() if name}
    unchecked = {
        method.name
        for method in methods().values()
        if method.has_body and SCHEMA_OF.get((method.verb, method.route)) is None
    }
    assert unchecked == {"disputes.upload_file"}


@pytest.mark.parametrize("action", PaymentAction)
def test_what_our_engine_sends_is_what_the_vendor_describes(action):
    """The bodies of create and approve payment, as the engine's port builds them."""
    asked = AuthorizationRequest(
        account="main",
        order=order("FR1", 10_000, "USD"),
        instruction=PaymentInstruction(token="token-visa-approved", action=action),
        amount=Money(amount_minor=10_000, currency="USD"),
        reference="main-FR1-1",
        idempotence_key="key-1",
    )
    assert faults("CreatePaymentRequest", json.loads(requests.create_payment(asked).as_json())) == []
    approval = requests.approve_payment(asked.amount)
    assert faults("ApprovePaymentRequest", json.loads(approval.as_json())) == []
