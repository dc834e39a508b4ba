"""The operations on hosted checkouts."""

from simulator.front import addresses
from simulator.hosted_checkouts import checkouts, reading
from simulator.hosted_checkouts.checkouts import Checkout, Phase
from simulator.kernel import errors
from simulator.kernel.calls import Answer, Call, Json, answer, no_content
from simulator.kernel.desk import Desk
from simulator.kernel.operations import Operation
from simulator.payments import bodies, timeline
from simulator.payments import create as payments
from simulator.payments import statuses as s
from simulator.payments.records import CARD, Payment

IN_PROGRESS, PAYMENT_CREATED, CANCELLED = "IN_PROGRESS", "PAYMENT_CREATED", "CANCELLED_BY_CONSUMER"

# Groups from the SDK's CreatedPaymentOutput; everything else counts as successful so far.
_CATEGORIES = {
    s.REDIRECTED: "STATUS_UNKNOWN",
    s.CREATED: "REJECTED",
    s.REJECTED: "REJECTED",
    s.REJECTED_CAPTURE: "REJECTED",
    s.CANCELLED: "REJECTED",
}


def create(desk: Desk, call: Call) -> Answer:
    """POST /hostedcheckouts: where to send the customer."""
    checkout, bad_tokens = reading.read(desk, call)
    payments.refuse_duplicate(desk, call.merchant_id, checkout.reference)
    checkouts.insert(desk.books, checkout)
    body: Json = {
        "hostedCheckoutId": checkout.id,
        "RETURNMAC": checkout.returnmac,
        "partialRedirectUrl": addresses.partial(call.base_url, reading.path(checkout)),
        "merchantReference": checkout.reference,
    }
    return answer(200, {**body, "invalidTokens": bad_tokens} if bad_tokens else body)


def get(desk: Desk, call: Call) -> Answer:
    """GET /hostedcheckouts/{id}: how far the customer is; the last attempt's payment, where there is one."""
    checkout = _existing(desk, call)
    attempt = checkouts.last_attempt(desk.books, checkout, call.as_of)
    if checkout.deleted_by(call.as_of):
        raise errors.gone("HOSTED_CHECKOUT", "hostedCheckoutId")
    if checkout.cancelled_by(call.as_of):
        return answer(200, {"status": CANCELLED})
    if attempt is not None:
        created = _created(checkout, attempt, call.as_of)
        return answer(200, {"status": PAYMENT_CREATED, "createdPaymentOutput": created})
    if checkouts.phase(checkout, None, call.as_of) == Phase.OVER:
        raise errors.gone("HOSTED_CHECKOUT", "hostedCheckoutId")
    return answer(200, {"status": IN_PROGRESS})


def delete(desk: Desk, call: Call) -> Answer:
    """DELETE /hostedcheckouts/{id}: nothing more can be paid here; payments that were made stay."""
    checkout = _existing(desk, call)
    if checkout.deleted_by(call.at):
        raise errors.gone("HOSTED_CHECKOUT", "hostedCheckoutId")
    checkouts.change(desk.books, checkout, deleted_at=call.at)
    return no_content()


def _existing(desk: Desk, call: Call) -> Checkout:
    """The checkout of the path as it stood at the time spoken of; else a 404 in JSON."""
    found = checkouts.load(desk.books, call.merchant_id, call.params["hostedCheckoutId"])
    if found is None or found.created_at > call.as_of:
        raise errors.unknown("HOSTED_CHECKOUT", "hostedCheckoutId")
    return found


def _created(checkout: Checkout, payment: Payment, now: int) -> Json:
    creation = bodies.created_body(payment, now)["creationOutput"]
    assert isinstance(creation, dict)
    status = timeline.state_at(payment, now).status
    body: Json = {
        "payment": bodies.payment_body(payment, now),
        "paymentCreationReferences": {name: creation[name] for name in ("additionalReference", "externalReference")},
        "paymentStatusCategory": _CATEGORIES.get(status, "SUCCESSFUL"),
        "isCheckedRememberMe": checkout.remember_me,
    }
    if checkout.tokens:
        body["tokens"] = ",".join(checkout.tokens)
    if checkout.keeps_card and payment.method == CARD:
        kept = bool(creation.get("tokenizationSucceeded")) or payment.redirect is not None
        body["tokenizationSucceeded"] = kept and status not in {s.REJECTED, s.REDIRECTED}
    if checkout.shows_result:
        body["displayedData"] = {"displayedDataType": "SHOW_TRANSACTION_RESULTS"}
    return body


_CHECKOUT = "/hostedcheckouts/{hostedCheckoutId}"
OPERATIONS = (
    Operation(
        name="hostedcheckouts.create",
        method="POST",
        path="/hostedcheckouts",
        handle=create,
        schema="CreateHostedCheckoutRequest",
    ),
    Operation(name="hostedcheckouts.get", method="GET", path=_CHECKOUT, handle=get, lookup=True),
    Operation(name="hostedcheckouts.delete", method="DELETE", path=_CHECKOUT, handle=delete),
)
