"""Hosted checkouts and client sessions: what a merchant's server prepares for a customer's browser."""

import re

from worldline.connect.sdk.v1.domain.create_hosted_checkout_request import CreateHostedCheckoutRequest
from worldline.connect.sdk.v1.domain.session_request import SessionRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, order

TYPED = {"number": "4567 3500 0042 7977", "expiry": "12/49", "cvv": "123", "name": "Wile E. Coyote"}


def checkout(**specific):
    """A request for a page on which a customer pays."""
    block = {"locale": "en_GB", "returnUrl": "https://shop.example/back", **specific}
    card = {"authorizationMode": "PRE_AUTHORIZATION", "requiresApproval": True}
    content = {
        "order": order(2345),
        "hostedCheckoutSpecificInput": block,
        "cardPaymentMethodSpecificInput": card,
    }
    return body(CreateHostedCheckoutRequest, content)


def paid(world, created, number=TYPED["number"]):
    """The customer pays by card on the page of a new checkout."""
    path, _, query = created.partial_redirect_url.partition("/")[2].partition("?")
    answered = world.merchant.http.post(f"/{path}/pay?{query}&how=card", data={**TYPED, "number": number})
    assert answered.status_code in {200, 303}, answered.text


@succeeds("hostedcheckouts.create")
def a_page_for_a_payment(world):
    request = checkout()
    created = yield (request,)
    assert re.fullmatch(r"1234-[0-9a-f]{32}", created.hosted_checkout_id)
    assert re.fullmatch(r"[0-9a-f-]{36}", created.returnmac)
    assert "://" not in created.partial_redirect_url
    assert created.merchant_reference == request.order.references.merchant_reference
    assert created.invalid_tokens is None


@succeeds("hostedcheckouts.create")
def a_page_with_a_token_that_is_unknown(world):
    created = yield (checkout(tokens="token-visa-approved,token-nobody-has"),)
    assert created.invalid_tokens == ["token-nobody-has"]


@succeeds("hostedcheckouts.create")
def a_page_without_a_way_back(world):
    request = checkout()
    request.hosted_checkout_specific_input.return_url = None
    created = yield (request,)
    paid(world, created)
    found = world.sdk.hostedcheckouts().get(created.hosted_checkout_id)
    assert found.status == "PAYMENT_CREATED"
    shown = world.merchant.http.get(f"/{created.partial_redirect_url.partition('/')[2]}")
    assert shown.status_code == 200
    assert found.created_payment_output.payment.id in shown.text


@refused("hostedcheckouts.create", ValidationException, 400)
def a_way_back_that_is_no_address(world):
    wrong = yield (checkout(returnUrl="shop.example"),)
    assert wrong.errors[0].property_name == "hostedCheckoutSpecificInput.returnUrl"


@succeeds("hostedcheckouts.get")
def a_customer_at_the_page(world):
    created = world.sdk.hostedcheckouts().create(checkout())
    found = yield (created.hosted_checkout_id,)
    assert found.status == "IN_PROGRESS"
    assert found.created_payment_output is None


@succeeds("hostedcheckouts.get")
def a_customer_who_has_paid(world):
    created = world.sdk.hostedcheckouts().create(checkout())
    paid(world, created)
    found = yield (created.hosted_checkout_id,)
    output = found.created_payment_output
    assert (found.status, output.payment_status_category) == ("PAYMENT_CREATED", "SUCCESSFUL")
    assert output.payment.status == "PENDING_APPROVAL"
    assert output.payment.hosted_checkout_specific_output.hosted_checkout_id == created.hosted_checkout_id
    assert output.payment_creation_references.external_reference == output.payment.id


@refused("hostedcheckouts.get", ReferenceException, 410)
def a_page_that_was_deleted(world):
    created = world.sdk.hostedcheckouts().create(checkout())
    world.sdk.hostedcheckouts().delete(created.hosted_checkout_id)
    yield (created.hosted_checkout_id,)


@succeeds("hostedcheckouts.delete", 204)
def a_page_is_closed(world):
    created = world.sdk.hostedcheckouts().create(checkout())
    nothing = yield (created.hosted_checkout_id,)
    assert nothing is None


@succeeds("sessions.create", 201)
def a_session_for_a_browser(world):
    filters = {"exclude": {"products": [3]}, "restrictTo": {"groups": ["cards"]}}
    tokens = ["token-visa-approved", "token-nobody-has"]
    session = yield (body(SessionRequest, {"tokens": tokens, "paymentProductFilters": filters}),)
    assert re.fullmatch(r"[0-9a-f]{32}", session.client_session_id)
    assert re.fullmatch(r"00000-[0-9a-f]{32}", session.customer_id)
    assert session.client_api_url.startswith("http")
    assert session.asset_url.endswith("/")
    assert session.region
    assert session.invalid_tokens == ["token-nobody-has"]


@refused("sessions.create", ValidationException, 400)
def a_group_that_does_not_exist(world):
    filters = {"restrictTo": {"groups": ["coins"]}}
    wrong = yield (body(SessionRequest, {"paymentProductFilters": filters}),)
    assert wrong.errors[0].property_name == "paymentProductFilters.restrictTo.groups"
