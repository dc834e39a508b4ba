"""The operations that assess risks, and what was collected of the device that paid."""

from simulator.front.reader import Reader
from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation
from simulator.payments import cards
from simulator.payments.changes import existing
from simulator.risk import results
from simulator.services import bank_details


def of_card(_desk: Desk, call: Call) -> Answer:
    """POST /riskassessments/cards."""
    reader = Reader(call.fields)
    cards.read(reader, "card", call.at)
    city = _order(reader)
    reader.raise_if_wrong()
    return answer(200, {"results": results.of_card(city)})


def of_account(_desk: Desk, call: Call) -> Answer:
    """POST /riskassessments/bankaccounts: a check digit that is wrong is a result, not a mistake of the request."""
    reader = Reader(call.fields)
    account = bank_details.read(reader)
    city = _order(reader)
    reader.raise_if_wrong()
    assert account is not None
    return answer(200, {"results": results.of_account(account, city)})


def _order(reader: Reader) -> str:
    """The city of an order that says how much is at stake."""
    reader.integer("paymentProductId", 1, 99_999)
    currency = reader.text("order.amountOfMoney.currencyCode", "[A-Z]{3}", required=True)
    reader.amount("order.amountOfMoney.amount", currency, required=True)
    city = reader.value("order.customer.billingAddress.city")
    return city if isinstance(city, str) else ""


def device_fingerprint(desk: Desk, call: Call) -> Answer:
    """GET /payments/{id}/devicefingerprint: the simulator collects nothing of a device."""
    payment = existing(desk, call)
    return answer(200, {"paymentId": payment.payment_id, "rawDeviceFingerprintOutput": "{}"})


OPERATIONS = (
    Operation(
        name="riskassessments.cards",
        method="POST",
        path="/riskassessments/cards",
        handle=of_card,
        schema="RiskAssessmentCard",
    ),
    Operation(
        name="riskassessments.bankaccounts",
        method="POST",
        path="/riskassessments/bankaccounts",
        handle=of_account,
        schema="RiskAssessmentBankAccount",
    ),
    Operation(
        name="payments.devicefingerprint",
        method="GET",
        path="/payments/{paymentId}/devicefingerprint",
        handle=device_fingerprint,
        lookup=True,
    ),
)
