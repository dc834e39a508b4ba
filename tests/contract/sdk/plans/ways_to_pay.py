"""Payments by other means than a token alone: authenticated cards, direct debits, a bank's own page."""

from worldline.connect.sdk.v1.declined_payment_exception import DeclinedPaymentException
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.domain.refund_request import RefundRequest
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.plans.mandates import made, mandate
from tests.contract.sdk.plans.tokens import APPROVAL, kept, sepa_token
from tests.contract.sdk.world import body, card_payment, money, order

BACK = {"redirectionData": {"returnUrl": "https://shop.example/back"}}
TWO_WEEKS = 14 * 86_400


def paid_by(block, content, currency="EUR"):
    """A request for a payment by this block."""
    return body(CreatePaymentRequest, {"order": order(2345, currency), block: content})


def by_ach(number="123456789", **changes):
    account = {"accountHolderName": "W. Coyote", "accountNumber": number, "bankCode": "021000021"}
    specific = {"paymentProduct730SpecificInput": {"bankAccountBban": account}}
    block = {"paymentProductId": 730, "directDebitText": "Order 7", "requiresApproval": True, **specific, **changes}
    return paid_by("directDebitPaymentMethodSpecificInput", block, "USD")


def by_sepa(**block):
    return paid_by("sepaDirectDebitPaymentMethodSpecificInput", {"requiresApproval": True, **block})


def collected(world):
    """The id of a direct debit whose money has come."""
    payment_id = world.sdk.payments().create(by_ach(requiresApproval=False)).payment.id
    world.advance(TWO_WEEKS)
    return payment_id


@succeeds("payments.create", 201)
def a_card_is_authenticated_without_a_question(world):
    created = yield (card_payment(token="token-visa-frictionless", threeDSecure=BACK),)
    results = created.payment.payment_output.card_payment_method_specific_output.three_d_secure_results
    assert created.payment.status == "PENDING_APPROVAL"
    assert results.eci == "05"
    assert results.three_d_secure_version
    assert results.authentication_amount.amount == 12680


@succeeds("payments.create", 201)
def a_card_that_is_authenticated_elsewhere(world):
    proof = {"cavv": "AAABBEg0VhI0VniQEjRWAAAAAAA=", "eci": 5, "threeDSecureVersion": "2.2.0"}
    request = card_payment(threeDSecure={"externalCardholderAuthenticationData": proof})
    created = yield (request,)
    assert created.payment.status == "PENDING_APPROVAL"


@succeeds("payments.create", 201)
def a_card_is_kept_while_it_pays(world):
    card = {"cardNumber": "4012000033330026", "expiryDate": "1249", "cvv": "123"}
    created = yield (card_payment(card=card, tokenize=True),)
    assert created.creation_output.tokenization_succeeded is True
    assert created.payment.payment_output.card_payment_method_specific_output.token == created.creation_output.token


@succeeds("payments.create", 201)
def a_card_is_verified_for_nothing(world):
    created = yield (card_payment(0),)
    assert (created.payment.status, created.payment.status_output.status_category) == ("ACCOUNT_VERIFIED",) * 2


@succeeds("payments.create", 201)
def an_american_account_is_debited(world):
    created = yield (by_ach(),)
    payment = created.payment
    assert (payment.status, payment.payment_output.payment_method) == ("PENDING_APPROVAL", "directDebit")
    assert payment.status_output.is_authorized is False
    assert payment.payment_output.direct_debit_payment_method_specific_output.payment_product_id == 730


@refused("payments.create", DeclinedPaymentException, 402)
def an_account_that_does_not_exist(world):
    declined = yield (by_ach("999420080"),)
    assert declined.errors[0].code == "420080"


@refused("payments.create", ValidationException, 400)
def a_routing_number_with_a_wrong_digit(world):
    request = by_ach()
    specific = request.direct_debit_payment_method_specific_input.payment_product730_specific_input
    specific.bank_account_bban.bank_code = "021000022"
    wrong = yield (request,)
    assert wrong.errors[0].property_name.endswith("bankAccountBban.bankCode")


@succeeds("payments.create", 201)
def an_account_is_debited_by_the_token_of_its_mandate(world):
    token = kept(world, sepa_token(mandateApproval=APPROVAL))
    created = yield (by_sepa(paymentProductId=770, token=token),)
    output = created.payment.payment_output.sepa_direct_debit_payment_method_specific_output
    assert (created.payment.status, output.token) == ("PENDING_APPROVAL", token)


@refused("payments.create", ValidationException, 400)
def a_mandate_that_nobody_signed(world):
    wrong = yield (by_sepa(paymentProductId=770, token=kept(world, sepa_token())),)
    assert wrong.errors[0].property_name == "sepaDirectDebitPaymentMethodSpecificInput.token"


@succeeds("payments.create", 201)
def an_account_is_debited_by_a_mandate(world):
    reference = made(world)
    specific = {"existingUniqueMandateReference": reference}
    created = yield (by_sepa(paymentProductId=771, paymentProduct771SpecificInput=specific),)
    output = created.payment.payment_output.sepa_direct_debit_payment_method_specific_output
    assert output.payment_product771_specific_output.mandate_reference == reference


@succeeds("payments.create", 201)
def a_mandate_comes_with_the_payment(world):
    specific = {"mandate": mandate().to_dictionary()}
    created = yield (by_sepa(paymentProductId=771, paymentProduct771SpecificInput=specific),)
    output = created.payment.payment_output.sepa_direct_debit_payment_method_specific_output
    reference = output.payment_product771_specific_output.mandate_reference
    assert world.sdk.mandates().get(reference).mandate.unique_mandate_reference == reference


@succeeds("payments.create", 201)
def a_customer_is_sent_to_the_bank(world):
    request = paid_by("redirectPaymentMethodSpecificInput", {"paymentProductId": 809, **BACK})
    created = yield (request,)
    assert (created.payment.status, created.merchant_action.action_type) == ("REDIRECTED", "REDIRECT")
    assert created.payment.status_output.status_category == "PENDING_PAYMENT"
    assert created.merchant_action.redirect_data.redirect_url.startswith("http")


@succeeds("payments.approve")
def a_debit_is_let_through(world):
    payment_id = world.sdk.payments().create(by_ach()).payment.id
    approved = yield payment_id, body(ApprovePaymentRequest, {"amount": 2345})
    assert approved.payment.status == "CAPTURE_REQUESTED"
    assert approved.card_payment_method_specific_output is None


@succeeds("payments.get")
def a_debit_is_paid(world):
    payment = yield collected(world), GetPaymentParams()
    assert (payment.status, payment.status_output.status_category) == ("PAID", "COMPLETED")
    assert (payment.status_output.is_authorized, payment.status_output.is_refundable) == (True, True)


@succeeds("payments.refund", 201)
def a_debit_is_given_back_to_an_account(world):
    account = {"bankAccountIban": {"iban": "NL08INGB0000000555", "accountHolderName": "W. Coyote"}, "countryCode": "NL"}
    request = {**money(1000, "USD"), "bankRefundMethodSpecificInput": account, "refundReason": "RETURN"}
    refund = yield collected(world), body(RefundRequest, request)
    assert (refund.status, refund.refund_output.payment_method) == ("REFUND_REQUESTED", "bankRefund")
    assert refund.refund_output.bank_refund_method_specific_output.total_amount_paid == 2345
