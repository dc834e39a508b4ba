"""The operations of the services."""

from simulator.kernel.calls import Answer, Call, answer
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation
from simulator.services import amounts, bank_details, iins, installments, privacy


def ping(_desk: Desk, _call: Call) -> Answer:
    """GET /services/testconnection: the signature was the test."""
    return answer(200, {"result": "OK"})


def convert(_desk: Desk, call: Call) -> Answer:
    """GET /services/convert/amount."""
    return answer(200, amounts.answer_of(call))


def convert_account(_desk: Desk, call: Call) -> Answer:
    """POST /services/convert/bankaccount."""
    return answer(200, bank_details.answer_of(call.fields))


def iin_details(_desk: Desk, call: Call) -> Answer:
    """POST /services/getIINdetails."""
    return answer(200, iins.answer_of(call.fields))


def privacy_policy(_desk: Desk, call: Call) -> Answer:
    """GET /services/privacypolicy."""
    return answer(200, privacy.answer_of(call))


def installment_options(_desk: Desk, call: Call) -> Answer:
    """POST /installments/getInstallmentsInfo."""
    return answer(200, installments.answer_of(call.fields))


OPERATIONS = (
    Operation(name="services.testconnection", method="GET", path="/services/testconnection", handle=ping),
    Operation(name="services.convertAmount", method="GET", path="/services/convert/amount", handle=convert),
    Operation(
        name="services.bankaccount",
        method="POST",
        path="/services/convert/bankaccount",
        handle=convert_account,
        schema="BankDetailsRequest",
    ),
    Operation(
        name="services.getIINdetails",
        method="POST",
        path="/services/getIINdetails",
        handle=iin_details,
        schema="GetIINDetailsRequest",
    ),
    Operation(name="services.privacypolicy", method="GET", path="/services/privacypolicy", handle=privacy_policy),
    Operation(
        name="installments.getInstallmentsInfo",
        method="POST",
        path="/installments/getInstallmentsInfo",
        handle=installment_options,
        schema="GetInstallmentRequest",
    ),
)
