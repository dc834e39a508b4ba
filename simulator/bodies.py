"""Connect's JSON bodies: shapes from the official SDK's recorded answers (tests/simulator/data)."""

import uuid

from simulator import lifecycle
from simulator.calls import Answer, Json, Refusal, answer
from simulator.clock import stamp
from simulator.records import Payment

CONNECT = "CONNECT_PLATFORM_ERROR"
PAYMENT = "PAYMENT_PLATFORM_ERROR"


def api_error(
    code: str, message: str, status: int, *, property_name: str = "", short_id: str = "", category: str = CONNECT
) -> Json:
    """One entry of `errors`; the SDK's APIError names the fields."""
    entry: Json = {"code": code, "message": message, "httpStatusCode": status, "category": category}
    if short_id:
        entry["id"] = short_id
    if property_name:
        entry["propertyName"] = property_name
    return entry


def errors_body(errors: list[Json]) -> Json:
    """The body of every refusal."""
    return {"errorId": str(uuid.uuid4()), "errors": errors}


def errors_answer(status: int, *errors: Json) -> Answer:
    """A refusal as an answer."""
    return answer(status, errors_body(list(errors)))


def refuse(status: int, *errors: Json) -> Refusal:
    """A refusal to raise."""
    return Refusal(errors_answer(status, *errors))


def missing_parameter(property_name: str) -> Json:
    """Code, id and message as the vendor's SDK for PHP plug-ins records them."""
    return api_error(
        "20000000",
        "PARAMETER_NOT_FOUND_IN_REQUEST",
        400,
        property_name=property_name,
        short_id="PARAMETER_NOT_FOUND_IN_REQUEST",
    )


def invalid_value(property_name: str, message: str) -> Json:
    """INVALID_VALUE is on the vendor's testing pages; its code is printed as 400 there."""
    return api_error("400", message, 400, property_name=property_name, short_id="INVALID_VALUE")


def not_pending() -> Refusal:
    """A recorded answer to approve on a payment that is not pending: 402 without paymentResult."""
    return refuse(402, api_error("410110", "UNKNOWN ORDER OR NOT PENDING", 402, category=PAYMENT))


def server_error(status: int) -> Answer:
    """The official SDK's own sample of a platform failure."""
    return errors_answer(status, api_error("9999", "UNKNOWN_SERVER_ERROR", status))


def money(amount: int, currency: str) -> Json:
    """An amount, always with two implied decimals."""
    return {"amount": amount, "currencyCode": currency}


def payment_body(payment: Payment, now: int) -> Json:
    """A payment as GET shows it, at the time `now`."""
    state = lifecycle.state_at(payment, now)
    totals = lifecycle.totals_at(payment, now)
    references: Json = {"paymentReference": "0"}
    if payment.merchant_reference is not None:
        references["merchantReference"] = payment.merchant_reference
    if payment.merchant_order_id is not None:
        references["merchantOrderId"] = payment.merchant_order_id
    output: Json = {
        "amountOfMoney": money(payment.amount, payment.currency),
        "references": references,
        "paymentMethod": "card",
        "cardPaymentMethodSpecificOutput": _card_output(payment),
    }
    if totals.capture_requested and state.status != lifecycle.CANCELLED:
        output["amountCaptureRequested"] = totals.capture_requested
        output["amountCaptured"] = totals.captured
        output["amountPaid"] = totals.collected
    return {
        "id": payment.payment_id,
        "paymentOutput": output,
        "status": state.status,
        "statusOutput": _status_output(payment, state, now),
    }


def _card_output(payment: Payment) -> Json:
    """A rejected card payment shows its product alone (official sample of a decline)."""
    if payment.decline_code is not None:
        return {"paymentProductId": payment.product}
    return {
        "paymentProductId": payment.product,
        "authorisationCode": payment.authorisation_code,
        "card": {"cardNumber": payment.masked_number, "expiryDate": payment.expiry_date},
        "fraudResults": {"fraudServiceResult": "no-advice", "avsResult": "0", "cvvResult": "0"},
    }


def _status_output(payment: Payment, state: lifecycle.Moment, now: int) -> Json:
    facts = lifecycle.FACTS[state.status]
    output: Json = {
        "isCancellable": lifecycle.is_cancellable(payment, now),
        "statusCategory": facts.category,
        "statusCode": facts.code,
        "statusCodeChangeDateTime": stamp(state.at),
        "isAuthorized": facts.authorized,
        "isRefundable": facts.refundable,
        "isRetriable": False,
    }
    if state.status == lifecycle.REJECTED:
        output["errors"] = [_decline_error(payment)]
    return output


def _decline_error(payment: Payment) -> Json:
    assert payment.decline_code is not None
    return api_error(payment.decline_code, payment.decline_message, 402, category=PAYMENT)


def created_body(payment: Payment, now: int) -> Json:
    """The answer to create: additionalReference is the merchant's own when there is one (recorded both ways)."""
    return {
        "creationOutput": {
            "additionalReference": payment.merchant_reference or payment.payment_id[:20],
            "externalReference": payment.payment_id,
        },
        "payment": payment_body(payment, now),
    }


def declined_body(payment: Payment, now: int) -> Json:
    """The body of a 402 decline: errors and the payment that exists as REJECTED."""
    return {**errors_body([_decline_error(payment)]), "paymentResult": created_body(payment, now)}


def with_void(payment: Payment, now: int, *, void_response: str | None) -> Json:
    """The answer to approve and cancel; `voidResponseId` tells of a reversal, where one was tried."""
    body: Json = {"payment": payment_body(payment, now)}
    if void_response is not None:
        body["cardPaymentMethodSpecificOutput"] = {"voidResponseId": void_response}
    return body
