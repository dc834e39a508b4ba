"""The operations on payments, captures and refunds."""

from simulator.kernel.operations import Operation
from simulator.payments import captures, changes, completion, create, lookups, refunds

_PAYMENT = "/payments/{paymentId}"
_REFUND = "/refunds/{refundId}"

OPERATIONS = (
    Operation(
        name="payments.create",
        method="POST",
        path="/payments",
        handle=create.create,
        schema="CreatePaymentRequest",
    ),
    Operation(name="payments.get", method="GET", path=_PAYMENT, handle=lookups.get, lookup=True),
    Operation(name="payments.find", method="GET", path="/payments", handle=lookups.find, lookup=True),
    Operation(
        name="payments.approve",
        method="POST",
        path=f"{_PAYMENT}/approve",
        handle=changes.approve,
        schema="ApprovePaymentRequest",
    ),
    Operation(name="payments.cancel", method="POST", path=f"{_PAYMENT}/cancel", handle=changes.cancel),
    Operation(
        name="payments.cancelapproval", method="POST", path=f"{_PAYMENT}/cancelapproval", handle=changes.cancel_approval
    ),
    Operation(
        name="payments.capture",
        method="POST",
        path=f"{_PAYMENT}/capture",
        handle=captures.capture,
        schema="CapturePaymentRequest",
    ),
    Operation(
        name="payments.captures", method="GET", path=f"{_PAYMENT}/captures", handle=captures.of_payment, lookup=True
    ),
    Operation(
        name="payments.finalizecapture", method="POST", path=f"{_PAYMENT}/finalizecapture", handle=captures.finalize
    ),
    Operation(
        name="payments.processchallenged",
        method="POST",
        path=f"{_PAYMENT}/processchallenged",
        handle=changes.process_challenged,
    ),
    Operation(
        name="payments.complete",
        method="POST",
        path=f"{_PAYMENT}/complete",
        handle=completion.complete,
        schema="CompletePaymentRequest",
    ),
    Operation(
        name="payments.thirdPartyStatus",
        method="GET",
        path=f"{_PAYMENT}/thirdpartystatus",
        handle=completion.third_party_status,
        lookup=True,
    ),
    Operation(
        name="payments.refund",
        method="POST",
        path=f"{_PAYMENT}/refund",
        handle=refunds.of_payment,
        schema="RefundRequest",
    ),
    Operation(
        name="payments.refunds", method="GET", path=f"{_PAYMENT}/refunds", handle=refunds.list_of_payment, lookup=True
    ),
    Operation(name="captures.get", method="GET", path="/captures/{captureId}", handle=captures.get, lookup=True),
    Operation(
        name="captures.refund",
        method="POST",
        path="/captures/{captureId}/refund",
        handle=refunds.of_capture,
        schema="RefundRequest",
    ),
    Operation(name="refunds.get", method="GET", path=_REFUND, handle=refunds.get, lookup=True),
    Operation(name="refunds.find", method="GET", path="/refunds", handle=refunds.find, lookup=True),
    Operation(
        name="refunds.approve",
        method="POST",
        path=f"{_REFUND}/approve",
        handle=refunds.approve,
        schema="ApproveRefundRequest",
    ),
    Operation(name="refunds.cancel", method="POST", path=f"{_REFUND}/cancel", handle=refunds.cancel),
    Operation(
        name="refunds.cancelapproval", method="POST", path=f"{_REFUND}/cancelapproval", handle=refunds.cancel_approval
    ),
)
