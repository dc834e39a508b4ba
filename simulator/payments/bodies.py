"""A payment, its captures and its refunds as Connect's JSON: shapes from recorded answers (tests/simulator/data)."""

from simulator.kernel import errors
from simulator.kernel.calls import Json
from simulator.kernel.clock import stamp
from simulator.payments import ids, timeline
from simulator.payments import records as r
from simulator.payments import statuses as s
from simulator.payments.life import Life, Part
from simulator.payments.records import Payment, Step

# Both direct debits say `directDebit` (OroCommerce's recorded answers).
_METHODS = {
    r.CARD: ("card", "cardPaymentMethodSpecificOutput"),
    r.DIRECT_DEBIT: ("directDebit", "directDebitPaymentMethodSpecificOutput"),
    r.SEPA: ("directDebit", "sepaDirectDebitPaymentMethodSpecificOutput"),
    r.REDIRECT: ("redirect", "redirectPaymentMethodSpecificOutput"),
}


def money(amount: int, currency: str) -> Json:
    """An amount, always with two implied decimals."""
    return {"amount": amount, "currencyCode": currency}


def payment_body(payment: Payment, now: int, *, operations: bool = False, life: Life | None = None) -> Json:
    """A payment as GET shows it, at the time `now`; an event tells the `life` up to its own change."""
    life = life or timeline.unfold(payment, now)
    method, block = _METHODS[payment.method]
    output: Json = {
        "amountOfMoney": money(payment.amount, payment.currency),
        "references": _references(payment),
        "paymentMethod": method,
        block: _specific_output(payment, life),
        **_running_totals(payment, life),
    }
    if operations:
        output["operations"] = _operations(payment, life)
    body: Json = {
        "id": payment.payment_id,
        "paymentOutput": output,
        "status": life.status,
        "statusOutput": _status_output(payment, life, now),
    }
    if payment.hosted_checkout_id is not None:
        body["hostedCheckoutSpecificOutput"] = {"hostedCheckoutId": payment.hosted_checkout_id, "variant": "100"}
    return body


def _references(payment: Payment) -> Json:
    references: Json = {"paymentReference": "0"}
    if payment.merchant_reference is not None:
        references["merchantReference"] = payment.merchant_reference
    if payment.merchant_order_id is not None:
        references["merchantOrderId"] = payment.merchant_order_id
    return references


def _specific_output(payment: Payment, life: Life) -> Json:
    """A rejected payment shows its product alone (official sample of a decline); one on its way no results yet."""
    if life.status in {s.REJECTED, s.REDIRECTED}:
        return {"paymentProductId": payment.product}
    shown = payment.output
    if life.status in {s.PENDING_FRAUD_APPROVAL, s.PENDING_COMPLETION}:
        shown = {name: value for name, value in shown.items() if name != "authorisationCode"}
    return {"paymentProductId": payment.product, **shown}


def _running_totals(payment: Payment, life: Life) -> Json:
    """Told once something was asked; nothing of a payment that was cancelled."""
    totals = life.totals
    if not totals.capture_requested or life.status == s.CANCELLED:
        return {}
    told: Json = {
        "amountCaptureRequested": totals.capture_requested,
        "amountCaptured": totals.captured,
        "amountPaid": totals.collected,
    }
    if totals.refund_requested:
        told["amountRefundRequested"] = totals.refund_requested
        told["amountRefunded"] = totals.refunded
    if totals.reversed or totals.charged_back > totals.won_back:
        told["amountReversed"] = totals.reversed + totals.charged_back - totals.won_back
        told["reversalReason"] = "Chargeback" if payment.method == r.CARD else "Returned by the customer's bank"
    return told


def _operations(payment: Payment, life: Life) -> list[Json]:
    """Captures and refunds, oldest first; a refund under way is told as PENDING_CAPTURE (SDK, PaymentOperation)."""

    def line(part: Part, kind: str, part_id: str, status: str) -> Json:
        return {
            "id": part_id,
            "type": kind,
            "status": status,
            "amountOfMoney": money(part.amount, payment.currency),
            "timestamp": stamp(part.created_at),
        }

    captures = [
        (part.created_at, line(part, "capture", ids.capture_id(payment.payment_id, part.place), _short(part.status)))
        for part in life.captures.values()
    ]
    refunds = [
        (part.created_at, line(part, "refund", ids.refund_id(payment.payment_id, part.place), _short_refund(part)))
        for part in life.refunds.values()
    ]
    return [body for _, body in sorted(captures + refunds, key=lambda pair: pair[0])]


def _short(status: str) -> str:
    return {s.CAPTURE_REQUESTED: s.CREATED, s.REJECTED_CAPTURE: s.REJECTED}.get(status, status)


def _short_refund(part: Part) -> str:
    names = {
        s.REFUND_REQUESTED: s.PENDING_CAPTURE,
        s.PENDING_APPROVAL: s.CREATED,
        s.REJECTED_CAPTURE: s.REJECTED,
        s.CANCELLED: s.REJECTED,
    }
    return names.get(part.status, part.status)


def _status_output(payment: Payment, life: Life, now: int) -> Json:
    state = life.moments[-1]
    facts = s.PAYMENT[state.status]
    output: Json = {
        "isCancellable": timeline.is_cancellable(life, now),
        "statusCategory": facts.category,
        "statusCode": s.status_code(state.status, payment.method, payment.outcome.decline_status),
        "statusCodeChangeDateTime": stamp(state.at),
        "isAuthorized": s.is_authorized(state.status, payment.method),
        "isRefundable": facts.refundable and life.refundable_amount > 0,
        "isRetriable": payment.outcome.retriable if state.status == s.REJECTED else False,
    }
    if state.status == s.REJECTED:
        output["errors"] = [decline_error(payment)]
    return output


def decline_error(payment: Payment) -> Json:
    """Why a payment is rejected; a customer who gave up at the page has the vendor's code for it (Sofort's page)."""
    outcome = payment.outcome
    if outcome.decline_code:
        return errors.api_error(outcome.decline_code, outcome.decline_message, 402, category=errors.PAYMENT)
    failed = any(step.kind == r.RETURN and step.result == "failed" for step in payment.steps)
    code, message = ("430357", "Authentication failed") if failed else ("400700", "Cancelled by the consumer")
    return errors.api_error(code, message, 402, category=errors.PAYMENT)


def created_body(payment: Payment, now: int) -> Json:
    """The answer to create: additionalReference is the merchant's own when there is one (recorded both ways)."""
    body: Json = {
        "creationOutput": {
            "additionalReference": payment.merchant_reference or payment.payment_id[:20],
            "externalReference": payment.payment_id,
            **payment.creation,
        },
        "payment": payment_body(payment, now),
    }
    if payment.redirect is not None and timeline.state_at(payment, now).status == s.REDIRECTED:
        body["merchantAction"] = {
            "actionType": "REDIRECT",
            "redirectData": {"redirectURL": redirect_url(payment), "RETURNMAC": payment.redirect["returnmac"]},
        }
    return body


def redirect_url(payment: Payment) -> str:
    """Where the customer is sent."""
    assert payment.redirect is not None
    return f"{payment.redirect['page']}/{payment.payment_id}?mac={payment.redirect['returnmac']}"


def declined_body(payment: Payment, now: int) -> Json:
    """The body of a 402 decline: errors and the payment that exists as REJECTED."""
    return {**errors.errors_body([decline_error(payment)]), "paymentResult": created_body(payment, now)}


def with_void(payment: Payment, now: int, *, void_response: str | None) -> Json:
    """The answer to approve and cancel; `voidResponseId` tells of a reversal, where one was tried."""
    body: Json = {"payment": payment_body(payment, now)}
    if void_response is not None and payment.method == r.CARD:
        body["cardPaymentMethodSpecificOutput"] = {"voidResponseId": void_response}
    return body


def capture_body(payment: Payment, life: Life, part: Part) -> Json:
    """A capture: its status output has neither a category nor isCancellable (SDK, CaptureStatusOutput)."""
    facts = s.PAYMENT[part.status]
    method, block = _METHODS[payment.method]
    output: Json = {
        "amountOfMoney": money(part.amount, payment.currency),
        "references": _references(payment),
        "paymentMethod": method,
        block: {"paymentProductId": payment.product, **payment.output},
    }
    step = step_of(payment, r.CAPTURE, part.place)
    if step.details.get("merchantCaptureReference"):
        output["references"] = {**_references(payment), **step.details}
    return {
        "id": ids.capture_id(payment.payment_id, part.place),
        "captureOutput": output,
        "status": part.status,
        "statusOutput": {
            "statusCode": facts.code,
            "statusCodeChangeDateTime": stamp(part.at),
            "isFinal": part.final,
            "isRefundable": s.PAYMENT[life.status].refundable and timeline.refundable_of(payment, life, part) > 0,
            "isRetriable": False,
        },
    }


def refund_body(payment: Payment, part: Part) -> Json:
    """A refund; that of a direct debit goes back as a bank refund."""
    facts = s.REFUND[part.status]
    references = {"paymentReference": "0", **step_of(payment, r.REFUND, part.place).details}
    output: Json = {"amountOfMoney": money(part.amount, payment.currency), "references": references}
    if payment.method == r.CARD:
        output["paymentMethod"] = "card"
        output["cardRefundMethodSpecificOutput"] = {
            "totalAmountPaid": payment.amount,
            "totalAmountRefunded": part.amount if part.status == s.REFUNDED else 0,
            **{name: value for name, value in payment.output.items() if name == "card"},
        }
    else:
        output["paymentMethod"] = "bankRefund" if payment.method != r.REDIRECT else "redirect"
        output["bankRefundMethodSpecificOutput"] = {"totalAmountPaid": payment.amount}
    cancellable = part.status in {s.PENDING_APPROVAL, s.REFUND_REQUESTED}
    status: Json = {
        "isCancellable": cancellable,
        "isRetriable": False,
        "statusCategory": facts.category,
        "statusCode": facts.code,
        "statusCodeChangeDateTime": stamp(part.at),
    }
    if part.status == s.REJECTED:
        status["errors"] = [refund_error()]
    return {
        "id": ids.refund_id(payment.payment_id, part.place),
        "refundOutput": output,
        "status": part.status,
        "statusOutput": status,
    }


def refund_error() -> Json:
    """Why a refund is declined at once."""
    return errors.api_error("430330", "Not authorised", 402, category=errors.PAYMENT)


def step_of(payment: Payment, kind: str, place: int) -> Step:
    """The step that began a capture or a refund."""
    return next(step for step in payment.steps if step.kind == kind and step.place == place)
