"""Tokens: a card or an account that is kept, shown, changed and forgotten."""

from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.domain.approve_token_request import ApproveTokenRequest
from worldline.connect.sdk.v1.domain.create_token_request import CreateTokenRequest
from worldline.connect.sdk.v1.domain.tokenize_payment_request import TokenizePaymentRequest
from worldline.connect.sdk.v1.domain.update_token_request import UpdateTokenRequest
from worldline.connect.sdk.v1.merchant.tokens.delete_token_params import DeleteTokenParams
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, new_card, new_iban

APPROVAL = {"mandateSignatureDate": "20200101", "mandateSignaturePlace": "Utrecht", "mandateSigned": True}


def card_token(number, **changes):
    """A request to keep a card."""
    data = {"cardWithoutCvv": {"cardNumber": number, "expiryDate": "1249", "cardholderName": "Wile E. Coyote"}}
    customer = {"billingAddress": {"countryCode": "NL"}, "merchantCustomerId": "7"}
    return body(CreateTokenRequest, {"paymentProductId": 1, "card": {"data": data, "customer": customer, **changes}})


def sepa_token(**mandate):
    """A request to keep an account for direct debits."""
    debtor = {"surname": "Coyote", "firstName": "Wile", "countryCode": "NL"}
    iban = {"iban": new_iban(), "accountHolderName": "W. Coyote"}
    block = {
        "customer": {"billingAddress": {"countryCode": "NL"}},
        "mandate": {"bankAccountIban": iban, "debtor": debtor, "isRecurring": True, **mandate},
    }
    return body(CreateTokenRequest, {"paymentProductId": 770, "sepaDirectDebit": block})


def kept(world, request=None):
    """The id of a new token."""
    return world.sdk.tokens().create(request or card_token(new_card())).token


@succeeds("tokens.create", 201)
def a_new_card(world):
    created = yield (card_token(new_card()),)
    assert created.is_new_token is True
    assert world.tape.last.headers["location"].endswith(f"/v1/1234/tokens/{created.token}")
    assert world.create(token=created.token).payment.status == "PENDING_APPROVAL"


@succeeds("tokens.create")
def a_card_that_is_kept_already(world):
    request = card_token(new_card())
    token = kept(world, request)
    again = yield (request,)
    assert (again.token, again.is_new_token) == (token, False)


@refused("tokens.create", ValidationException, 400)
def a_card_number_with_a_wrong_digit(world):
    wrong = yield (card_token("4567350000427978"),)
    assert wrong.errors[0].code == "21000020"
    assert "4567350000427978" not in wrong.response_body


@succeeds("tokens.get")
def a_token_shows_no_number(world):
    number = new_card()
    token = kept(world, card_token(number, alias="the blue one"))
    shown = yield (token,)
    assert (shown.id, shown.payment_product_id, shown.card.alias) == (token, 1, "the blue one")
    assert shown.card.data.card_without_cvv.card_number == f"************{number[-4:]}"
    assert shown.card.data.card_without_cvv.expiry_date == "1249"
    assert shown.card.customer.merchant_customer_id == "7"


@succeeds("tokens.get")
def a_sepa_token_tells_its_creditor(world):
    token = kept(world, sepa_token())
    shown = yield (token,)
    mandate = shown.sepa_direct_debit.mandate
    assert mandate.mandate_id
    assert mandate.creditor.id
    assert mandate.mandate_approval.mandate_signed is False


@refused("tokens.get", ReferenceException, 410)
def a_token_that_was_deleted(world):
    token = kept(world)
    world.sdk.tokens().delete(token, DeleteTokenParams())
    gone = yield (token,)
    assert gone.errors[0].http_status_code == 410


@succeeds("tokens.update", 204)
def another_expiry_date(world):
    token = kept(world)
    changed = {"data": {"cardWithoutCvv": {"expiryDate": "0250"}}}
    nothing = yield token, body(UpdateTokenRequest, {"paymentProductId": 1, "card": changed})
    assert nothing is None
    assert world.sdk.tokens().get(token).card.data.card_without_cvv.expiry_date == "0250"


@refused("tokens.update", ValidationException, 400)
def an_expiry_date_in_the_past(world):
    changed = {"data": {"cardWithoutCvv": {"expiryDate": "0110"}}}
    wrong = yield kept(world), body(UpdateTokenRequest, {"card": changed})
    assert wrong.errors[0].property_name == "card.data.cardWithoutCvv.expiryDate"


@succeeds("tokens.delete", 204)
def a_token_is_forgotten(world):
    token = kept(world, sepa_token())
    query = DeleteTokenParams()
    query.mandate_cancel_date = "20200102"
    nothing = yield token, query
    assert nothing is None


@refused("tokens.delete", ValidationException, 400)
def a_card_has_no_mandate(world):
    query = DeleteTokenParams()
    query.mandate_cancel_date = "20200102"
    wrong = yield kept(world), query
    assert wrong.errors[0].property_name == "mandateCancelDate"


@succeeds("tokens.approvesepadirectdebit", 204)
def a_mandate_is_signed(world):
    token = kept(world, sepa_token())
    nothing = yield token, body(ApproveTokenRequest, APPROVAL)
    assert nothing is None
    approval = world.sdk.tokens().get(token).sepa_direct_debit.mandate.mandate_approval
    assert (approval.mandate_signed, approval.mandate_signature_place) == (True, "Utrecht")


@refused("tokens.approvesepadirectdebit", ValidationException, 400)
def a_signature_without_a_day(world):
    wrong = yield kept(world, sepa_token()), body(ApproveTokenRequest, {"mandateSigned": True})
    assert "mandateSignatureDate" in {error.property_name for error in wrong.errors}


@refused("tokens.approvesepadirectdebit", ApiException, 402)
def a_mandate_is_signed_once(world):
    token = kept(world, sepa_token(mandateApproval=APPROVAL))
    again = yield token, body(ApproveTokenRequest, APPROVAL)
    assert again.errors[0].code == "410110"


@succeeds("payments.tokenize")
def the_card_of_a_payment(world):
    number = new_card()
    card = {"cardNumber": number, "expiryDate": "1249", "cvv": "123"}
    payment_id = world.create(card=card).payment.id
    created = yield payment_id, body(TokenizePaymentRequest, {"alias": "from a payment"})
    assert (created.is_new_token, created.original_payment_id) == (True, payment_id)
    shown = world.sdk.tokens().get(created.token)
    assert (shown.card.alias, shown.original_payment_id) == ("from a payment", payment_id)


@refused("payments.tokenize", ValidationException, 400)
def an_alias_that_tells_the_number(world):
    wrong = yield world.held(), body(TokenizePaymentRequest, {"alias": "4567350000427977"})
    assert wrong.errors[0].property_name == "alias"


@refused("payments.tokenize", ApiException, 402)
def the_card_of_a_payment_that_was_cancelled(world):
    payment_id = world.held()
    world.sdk.payments().cancel(payment_id)
    refusal = yield payment_id, TokenizePaymentRequest()
    assert refusal.errors[0].code == "410110"
