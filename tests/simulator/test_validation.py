"""Whatever a body holds, it is read or refused: the simulator never fails on it."""

import copy
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from simulator.front import schemas
from simulator.kernel.calls import Call, Refusal
from simulator.kernel.clock import Clock
from simulator.kernel.desk import Desk
from simulator.payments import orders
from simulator.payments.context import Context
from simulator.settings import Settings

DESK = Desk.open(Settings())

PATHS = [
    "order",
    "order.amountOfMoney",
    "order.amountOfMoney.amount",
    "order.amountOfMoney.currencyCode",
    "order.customer.billingAddress.countryCode",
    "order.references",
    "order.references.merchantReference",
    "order.references.merchantOrderId",
    "cardPaymentMethodSpecificInput",
    "cardPaymentMethodSpecificInput.token",
    "cardPaymentMethodSpecificInput.card",
    "cardPaymentMethodSpecificInput.card.cardNumber",
    "cardPaymentMethodSpecificInput.card.expiryDate",
    "cardPaymentMethodSpecificInput.card.cvv",
    "cardPaymentMethodSpecificInput.authorizationMode",
    "cardPaymentMethodSpecificInput.requiresApproval",
    "cardPaymentMethodSpecificInput.paymentProductId",
]
GOOD = {
    "order": {
        "amountOfMoney": {"amount": 100, "currencyCode": "EUR"},
        "customer": {"billingAddress": {"countryCode": "NL"}},
        "references": {"merchantReference": "r", "merchantOrderId": 1},
    },
    "cardPaymentMethodSpecificInput": {"card": {"cardNumber": "4567350000427977", "expiryDate": "1249"}},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def parse(body):
    """As the front and the operation do it: the schema first, then the rules."""
    now = Clock().now()
    call = Call(
        operation="", method="", target="", headers=(), body=body, merchant_id="1234", base_url="http://here", at=now
    )
    schemas.check("CreatePaymentRequest", call)
    return orders.parse(DESK, Context(merchant_id="1234", now=now, base_url="http://here"), call.fields)


@given(st.sampled_from(PATHS), ANYTHING)
@example("cardPaymentMethodSpecificInput", [])
@example("cardPaymentMethodSpecificInput.card", [])
@example("cardPaymentMethodSpecificInput.card.expiryDate", "\ud800")
@example("order", "text")
def test_any_value_is_read_or_refused(path, value):
    """A value of any type at any place gives an order or a 400 whose errors can be printed."""
    content = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    inner = content
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    refused = None
    try:
        parse(json.dumps(content).encode())
    except Refusal as refusal:
        refused = refusal.answer
    assert refused is None or (refused.status == 400 and json.loads(refused.body)["errors"])


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"order": ' * 100_000, b"\xff\xfe", b"1e999999", b"9" * 5000])
def test_hostile_bodies_are_refused(content):
    """Nesting without end, no text, and numbers without end are refused like any wrong body."""
    with pytest.raises(Refusal) as caught:
        parse(content)
    assert caught.value.answer.status == 400


def test_half_a_surrogate_pair_is_refused_over_http(merchant, body):
    """Text that cannot be written down is refused, and the request is in the log all the same."""
    last = merchant.requests()[-1]["number"] if merchant.requests() else 0
    answered = merchant.create(body(reference="\ud800"))
    assert answered.status_code == 400
    (entry,) = merchant.requests(after=last)
    assert (entry["status"], entry["merchant_reference"]) == (400, None)
