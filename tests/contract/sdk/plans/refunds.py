"""Captures and refunds: read, asked, let through and taken back."""

import re

from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.declined_refund_exception import DeclinedRefundException
from worldline.connect.sdk.v1.domain.approve_refund_request import ApproveRefundRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.merchant.refunds.find_refunds_params import FindRefundsParams
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import CAREFUL, DELAY, SEVERAL, body, money, new_name


@succeeds("captures.get", account=SEVERAL)
def a_capture_is_read(world):
    capture_id = world.capture()
    capture = yield (capture_id,)
    assert (capture.id, capture.status) == (capture_id, "CAPTURE_REQUESTED")
    assert (capture.status_output.is_refundable, capture.status_output.is_final) == (False, False)
    assert capture.capture_output.payment_method == "card"


@succeeds("captures.refund", 201, account=SEVERAL)
def a_capture_is_refunded(world):
    capture_id = world.capture(12680)
    world.advance(DELAY)
    refund = yield capture_id, body(RefundRequest, money(12680))
    assert refund.status == "REFUND_REQUESTED"
    assert refund.refund_output.amount_of_money.amount == 12680


@refused("captures.refund", ValidationException, 400, account=SEVERAL)
def more_than_a_capture_took(world):
    capture_id = world.capture(12680)
    world.advance(DELAY)
    wrong = yield capture_id, body(RefundRequest, money(12681))
    assert wrong.errors[0].property_name == "amountOfMoney.amount"


@refused("captures.refund", ApiException, 402, account=SEVERAL)
def a_queued_capture_has_nothing_to_refund(world):
    refusal = yield world.capture(12680), body(RefundRequest, money(100))
    assert refusal.errors[0].code == "410110"


@succeeds("payments.refund", 201)
def a_part_is_refunded(world):
    payment_id, reference = world.captured(), new_name()
    request = body(RefundRequest, {**money(1000), "refundReferences": {"merchantReference": reference}})
    refund = yield payment_id, request
    assert re.fullmatch(r"\d{23}-\d{6}|\d{30}", refund.id)
    assert (refund.status, refund.status_output.status_code) == ("REFUND_REQUESTED", 800)
    assert refund.status_output.status_category == "PENDING_CONNECT_OR_3RD_PARTY"
    assert refund.refund_output.references.merchant_reference == reference
    assert refund.refund_output.payment_method == "card"
    assert world.tape.last.headers["location"].endswith(f"/v1/1234/refunds/{refund.id}")


@succeeds("payments.refund", 201)
def a_repeated_refund_is_one_refund(world):
    payment_id, request, key = world.captured(), body(RefundRequest, money(1000)), new_name()
    first = world.sdk.payments().refund(payment_id, request, CallContext(key))
    second = yield payment_id, request, CallContext(key)
    assert second.id == first.id
    assert len(world.sdk.payments().refunds(payment_id).refunds) == 1


@refused("payments.refund", ValidationException, 400)
def more_than_was_captured(world):
    wrong = yield world.captured(), body(RefundRequest, money(12681))
    assert wrong.errors[0].property_name == "amountOfMoney.amount"


@refused("payments.refund", ApiException, 402)
def a_hold_has_nothing_to_refund(world):
    refusal = yield world.held(), body(RefundRequest, money(100))
    assert refusal.errors[0].code == "410110"


@succeeds("payments.refunds")
def refunds_of_a_payment(world):
    payment_id = world.captured()
    made = [world.sdk.payments().refund(payment_id, body(RefundRequest, money(each))).id for each in (1000, 2000)]
    found = yield (payment_id,)
    assert [refund.id for refund in found.refunds] == made


@succeeds("refunds.get")
def a_refund_reaches_the_customer(world):
    refund_id = world.refund()
    world.advance(DELAY)
    refund = yield (refund_id,)
    assert (refund.id, refund.status) == (refund_id, "REFUNDED")
    assert (refund.status_output.status_category, refund.status_output.status_code) == ("REFUNDED", 1800)
    assert refund.refund_output.card_refund_method_specific_output.total_amount_refunded == 1000


@succeeds("refunds.find")
def refunds_by_reference(world):
    payment_id, reference = world.captured(), new_name()
    request = body(RefundRequest, {**money(1000), "refundReferences": {"merchantReference": reference}})
    made = world.sdk.payments().refund(payment_id, request)
    query = FindRefundsParams()
    query.merchant_reference = reference
    found = yield (query,)
    assert (found.total_count, found.limit, found.offset) == (1, 10, 0)
    assert found.refunds[0].id == made.id


@refused("refunds.find", ValidationException, 400)
def a_page_of_no_refunds(world):
    query = FindRefundsParams()
    query.limit = 0
    wrong = yield (query,)
    assert wrong.errors[0].property_name == "limit"


@succeeds("refunds.approve", 204, account=CAREFUL)
def a_waiting_refund_is_let_through(world):
    refund_id = world.refund()
    assert world.sdk.refunds().get(refund_id).status == "PENDING_APPROVAL"
    nothing = yield refund_id, body(ApproveRefundRequest, {"amount": 1000})
    assert nothing is None
    assert world.sdk.refunds().get(refund_id).status == "REFUND_REQUESTED"


@refused("refunds.approve", ValidationException, 400, account=CAREFUL)
def another_amount_than_was_asked(world):
    wrong = yield world.refund(), body(ApproveRefundRequest, {"amount": 999})
    assert wrong.errors[0].property_name == "amount"


@refused("refunds.approve", ApiException, 402)
def a_refund_that_needs_no_approval(world):
    refusal = yield world.refund(), body(ApproveRefundRequest, {"amount": 1000})
    assert refusal.errors[0].code == "410110"


@succeeds("refunds.cancel", 204)
def a_queued_refund_is_cancelled(world):
    refund_id = world.refund()
    nothing = yield (refund_id,)
    assert nothing is None
    assert world.sdk.refunds().get(refund_id).status == "CANCELLED"


@refused("refunds.cancel", ApiException, 402)
def a_refund_is_cancelled_once(world):
    refund_id = world.refund()
    world.sdk.refunds().cancel(refund_id)
    again = yield (refund_id,)
    assert again.errors[0].code == "410110"


@succeeds("refunds.cancelapproval", 204, account=CAREFUL)
def a_refund_waits_again(world):
    refund_id = world.refund()
    world.sdk.refunds().approve(refund_id, body(ApproveRefundRequest, {"amount": 1000}))
    nothing = yield (refund_id,)
    assert nothing is None
    assert world.sdk.refunds().get(refund_id).status == "PENDING_APPROVAL"


@refused("refunds.cancelapproval", ApiException, 402, account=CAREFUL)
def a_refund_that_waits_already(world):
    refusal = yield (world.refund(),)
    assert refusal.errors[0].code == "410110"


@refused("payments.refund", DeclinedRefundException, 402)
def a_refund_that_is_declined(world):
    payment_id = world.captured(token="token-visa-refund-declined")
    declined = yield payment_id, body(RefundRequest, money(100))
    assert (declined.refund_result.status, declined.errors[0].http_status_code) == ("REJECTED", 402)
    assert declined.refund_result.status_output.status_category == "UNSUCCESSFUL"


@refused("captures.refund", DeclinedRefundException, 402)
def a_refund_of_a_capture_that_is_declined(world):
    payment_id = world.captured(token="token-visa-refund-declined")
    (capture,) = world.sdk.payments().captures(payment_id).captures
    declined = yield capture.id, body(RefundRequest, money(100))
    assert declined.refund_result.status == "REJECTED"
