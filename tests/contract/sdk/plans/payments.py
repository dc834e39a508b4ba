"""Payments: created, read, captured, released."""

import re

from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.declined_payment_exception import DeclinedPaymentException
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.capture_payment_request import CapturePaymentRequest
from worldline.connect.sdk.v1.domain.complete_payment_request import CompletePaymentRequest
from worldline.connect.sdk.v1.merchant.payments.find_payments_params import FindPaymentsParams
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import DELAY, SEVERAL, body, card_payment, new_name

CARD = {"cardNumber": "4567350000427977", "expiryDate": "1249", "cvv": "123", "cardholderName": "Wile E. Coyote"}


@succeeds("payments.create", 201)
def a_token_is_held(world):
    request = card_payment(2345)
    created = yield (request,)
    payment, output = created.payment, created.payment.payment_output
    assert re.fullmatch(r"0000001234\d{20}", payment.id)
    assert created.creation_output.external_reference == payment.id
    assert created.creation_output.additional_reference == request.order.references.merchant_reference
    assert created.merchant_action is None
    assert (payment.status, payment.status_output.status_category) == ("PENDING_APPROVAL", "PENDING_MERCHANT")
    assert payment.status_output.status_code == 600
    assert re.fullmatch(r"\d{14}", payment.status_output.status_code_change_date_time)
    assert (payment.status_output.is_authorized, payment.status_output.is_cancellable) == (True, True)
    assert (output.amount_of_money.amount, output.amount_of_money.currency_code) == (2345, "EUR")
    assert output.payment_method == "card"
    assert output.card_payment_method_specific_output.payment_product_id == 1
    assert world.tape.last.headers["location"].endswith(f"/v1/1234/payments/{payment.id}")


@succeeds("payments.create", 201)
def a_typed_card_is_shown_with_stars(world):
    created = yield (card_payment(token=None, card=CARD),)
    shown = created.payment.payment_output.card_payment_method_specific_output
    assert (shown.card.card_number, shown.card.expiry_date) == ("************7977", "1249")
    assert shown.authorisation_code == "OK1131"
    assert shown.fraud_results.fraud_service_result == "no-advice"


@succeeds("payments.create", 201)
def a_repeat_has_the_first_answer(world):
    request, key = card_payment(), new_name()
    first = world.sdk.payments().create(request, CallContext(key))
    context = CallContext(key)
    second = yield request, context
    assert second.to_dictionary() == first.to_dictionary()
    assert isinstance(context.idempotence_request_timestamp, int)


@refused("payments.create", DeclinedPaymentException, 402)
def a_decline_has_the_rejected_payment(world):
    declined = yield (card_payment(token="token-mastercard-declined"),)
    payment = declined.create_payment_result.payment
    assert (payment.status, payment.status_output.status_category) == ("REJECTED", "UNSUCCESSFUL")
    assert (payment.status_output.is_authorized, payment.status_output.is_cancellable) == (False, False)
    assert declined.errors[0].code == payment.status_output.errors[0].code == "430330"
    assert declined.errors[0].http_status_code == 402


@refused("payments.create", ValidationException, 400)
def a_card_without_its_expiry_date(world):
    wrong = yield (card_payment(token=None, card={"cardNumber": "4567350000427977"}),)
    assert wrong.errors[0].property_name == "cardPaymentMethodSpecificInput.card.expiryDate"
    assert wrong.error_id


@refused("payments.create", ReferenceException, 409)
def a_reference_is_used_once(world):
    request = card_payment()
    world.sdk.payments().create(request)
    twice = yield (request,)
    assert twice.errors[0].code == "300620"


@succeeds("payments.find")
def payments_of_an_order(world):
    created = [world.create().payment for _ in range(2)]
    reference = created[1].payment_output.references.merchant_reference
    query = FindPaymentsParams()
    query.merchant_reference, query.limit, query.offset = reference, 5, 0
    found = yield (query,)
    assert (found.limit, found.offset, found.total_count) == (5, 0, 1)
    assert [payment.id for payment in found.payments] == [created[1].id]


@refused("payments.find", ValidationException, 400)
def a_page_of_more_than_a_hundred(world):
    query = FindPaymentsParams()
    query.limit = 101
    wrong = yield (query,)
    assert wrong.errors[0].property_name == "limit"


@succeeds("payments.get")
def a_payment_is_read_with_its_operations(world):
    payment_id = world.captured()
    query = GetPaymentParams()
    query.return_operations = True
    payment = yield payment_id, query
    assert (payment.id, payment.status) == (payment_id, "CAPTURED")
    assert payment.status_output.status_category == "COMPLETED"
    assert payment.status_output.is_refundable is True
    (operation,) = payment.payment_output.operations
    assert (operation.type, operation.status, operation.amount_of_money.amount) == ("capture", "CAPTURED", 12680)


@succeeds("payments.approve")
def a_hold_is_captured(world):
    payment_id = world.held()
    approved = yield payment_id, ApprovePaymentRequest()
    assert (approved.payment.id, approved.payment.status) == (payment_id, "CAPTURE_REQUESTED")
    assert approved.payment.status_output.status_category == "PENDING_CONNECT_OR_3RD_PARTY"
    assert approved.payment.status_output.status_code == 800
    assert approved.payment.payment_output.amount_of_money.amount == 12680


@succeeds("payments.approve")
def a_part_of_a_hold_is_captured(world):
    payment_id = world.held()
    approved = yield payment_id, body(ApprovePaymentRequest, {"amount": 12000})
    assert approved.payment.payment_output.amount_capture_requested == 12000
    assert approved.card_payment_method_specific_output.void_response_id == "00"


@refused("payments.approve", ValidationException, 400)
def more_than_is_held(world):
    wrong = yield world.held(), body(ApprovePaymentRequest, {"amount": 12681})
    assert wrong.errors[0].property_name == "amount"


@refused("payments.approve", ApiException, 402)
def a_hold_is_approved_once(world):
    again = yield world.approved(), ApprovePaymentRequest()
    assert again.errors[0].code == "410110"


@succeeds("payments.cancel")
def a_hold_is_released(world):
    payment_id = world.held()
    cancelled = yield (payment_id,)
    assert (cancelled.payment.id, cancelled.payment.status) == (payment_id, "CANCELLED")
    assert cancelled.payment.status_output.status_code == 99999
    assert cancelled.payment.status_output.is_cancellable is False
    assert cancelled.card_payment_method_specific_output.void_response_id == "00"


@refused("payments.cancel", ApiException, 402)
def a_hold_is_released_once(world):
    payment_id = world.held()
    world.sdk.payments().cancel(payment_id)
    again = yield (payment_id,)
    assert again.errors[0].code == "410110"


@succeeds("payments.cancelapproval")
def a_queued_capture_is_undone(world):
    payment_id = world.approved()
    undone = yield (payment_id,)
    assert (undone.payment.id, undone.payment.status) == (payment_id, "PENDING_APPROVAL")
    world.sdk.payments().approve(payment_id, ApprovePaymentRequest())


@refused("payments.cancelapproval", ApiException, 402)
def a_finished_capture_is_not_undone(world):
    late = yield (world.captured(),)
    assert late.errors[0].code == "410110"


@succeeds("payments.capture", 201, account=SEVERAL)
def a_first_part_is_captured(world):
    payment_id = world.held()
    reference = {"order": {"references": {"merchantCaptureReference": "shipment 1"}}}
    capture = yield payment_id, body(CapturePaymentRequest, {"amount": 5000, "isFinal": False, **reference})
    assert (capture.status, capture.status_output.status_code) == ("CAPTURE_REQUESTED", 800)
    assert capture.status_output.is_final is False
    assert capture.capture_output.amount_of_money.amount == 5000
    assert capture.capture_output.references.merchant_capture_reference == "shipment 1"
    assert world.sdk.payments().get(payment_id, GetPaymentParams()).status == "PENDING_CAPTURE"


@refused("payments.capture", ValidationException, 400, account=SEVERAL)
def a_capture_above_the_hold(world):
    wrong = yield world.held(), body(CapturePaymentRequest, {"amount": 12681})
    assert wrong.errors[0].property_name == "amount"


@refused("payments.capture", ApiException, 402)
def an_account_with_one_capture(world):
    refusal = yield world.held(), CapturePaymentRequest()
    assert refusal.errors[0].code == "410110"


@succeeds("payments.captures", account=SEVERAL)
def captures_of_a_payment(world):
    payment_id = world.held()
    made = [
        world.sdk.payments().capture(payment_id, body(CapturePaymentRequest, {"amount": amount})).id
        for amount in (5000, 7680)
    ]
    world.advance(DELAY)
    found = yield (payment_id,)
    assert [(capture.id, capture.status) for capture in found.captures] == [(each, "CAPTURED") for each in made]


@succeeds("payments.finalizecapture", account=SEVERAL)
def no_further_capture_follows(world):
    payment_id = world.held()
    world.sdk.payments().capture(payment_id, body(CapturePaymentRequest, {"amount": 5000}))
    payment = yield (payment_id,)
    assert (payment.id, payment.status) == (payment_id, "CAPTURE_REQUESTED")
    assert payment.payment_output.amount_capture_requested == 5000


@refused("payments.finalizecapture", ApiException, 402)
def nothing_is_final_without_a_capture(world):
    refusal = yield (world.held(),)
    assert refusal.errors[0].code == "410110"


@succeeds("payments.processchallenged")
def a_challenged_payment_is_let_through(world):
    payment_id = challenged(world)
    payment = yield (payment_id,)
    assert (payment.id, payment.status) == (payment_id, "PENDING_APPROVAL")


@refused("payments.processchallenged", ApiException, 402)
def a_payment_that_nobody_doubts(world):
    refusal = yield (world.held(),)
    assert refusal.errors[0].code == "410110"


def challenged(world):
    """The id of a payment that the fraud service wants to have reviewed."""
    request = card_payment()
    request.order.customer.billing_address.city = "Calais"
    payment = world.sdk.payments().create(request).payment
    assert (payment.status, payment.status_output.status_category) == ("PENDING_FRAUD_APPROVAL", "PENDING_MERCHANT")
    return payment.id


def at_the_issuer(world, token):
    """A payment whose cardholder was sent to the issuer's page."""
    url = {"redirectionData": {"returnUrl": "https://shop.example/back"}}
    created = world.create(token=token, threeDSecure=url)
    assert (created.payment.status, created.merchant_action.action_type) == ("REDIRECTED", "REDIRECT")
    assert created.merchant_action.redirect_data.returnmac
    return created


def incomplete(world):
    """The id of a payment that needs something more from the merchant, after the cardholder has given the code."""
    created = at_the_issuer(world, "token-visa-completion")
    answered = world.merchant.http.post(created.merchant_action.redirect_data.redirect_url, data={"code": "1234"})
    assert answered.status_code == 303
    assert answered.headers["location"].startswith("https://shop.example/back")
    payment = world.sdk.payments().get(created.payment.id, GetPaymentParams())
    assert (payment.status, payment.status_output.status_category) == ("PENDING_COMPLETION", "PENDING_MERCHANT")
    return payment.id


@succeeds("payments.third_party_status")
def a_customer_at_the_issuer(world):
    found = yield (at_the_issuer(world, "token-visa-challenge").payment.id,)
    assert found.third_party_status == "WAITING"


@succeeds("payments.complete")
def a_payment_goes_on(world):
    payment_id = incomplete(world)
    completed = yield payment_id, CompletePaymentRequest()
    assert (completed.payment.id, completed.payment.status) == (payment_id, "PENDING_APPROVAL")
    assert completed.creation_output.external_reference == payment_id


@refused("payments.complete", ValidationException, 400)
def a_card_number_that_is_a_number(world):
    request = body(
        CompletePaymentRequest, {"cardPaymentMethodSpecificInput": {"card": {"cardNumber": 4567350000427977}}}
    )
    wrong = yield incomplete(world), request
    assert wrong.errors[0].property_name == "cardPaymentMethodSpecificInput.card.cardNumber"


@refused("payments.complete", ApiException, 402)
def a_payment_that_lacks_nothing(world):
    refusal = yield world.held(), CompletePaymentRequest()
    assert refusal.errors[0].code == "410110"
