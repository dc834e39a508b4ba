"""Connect's error bodies; the codes are recorded or listed by the vendor unless docs/simulator.md says otherwise."""

import uuid

from simulator.kernel.calls import Answer, Json, Refusal, answer

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
    return answer(status, errors_body(list(errors)), effect=False)


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
    """A recorded answer to approve on a payment that is not pending: 402 without paymentResult.

    The rule for every action that the state of its object does not allow.
    """
    return refuse(402, api_error("410110", "UNKNOWN ORDER OR NOT PENDING", 402, category=PAYMENT))


def unknown(what: str, property_name: str) -> Refusal:
    """404 in JSON for an object that is not there (an unknown path answers HTML)."""
    short_id = f"UNKNOWN_{what}_ID"
    return refuse(404, api_error("1002", short_id, 404, property_name=property_name, short_id=short_id))


def gone(what: str, property_name: str) -> Refusal:
    """410: it was there and was deleted."""
    short_id = f"{what}_HAS_BEEN_DELETED"
    return refuse(410, api_error("1003", short_id, 410, property_name=property_name, short_id=short_id))


def server_error(status: int) -> Answer:
    """The official SDK's own sample of a platform failure."""
    return errors_answer(status, api_error("9999", "UNKNOWN_SERVER_ERROR", status))
