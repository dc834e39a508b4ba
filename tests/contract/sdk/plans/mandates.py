"""Mandates of SEPA direct debits, and the hosted pages that make them."""

from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.domain.create_hosted_mandate_management_request import (
    CreateHostedMandateManagementRequest,
)
from worldline.connect.sdk.v1.domain.create_mandate_request import CreateMandateRequest
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from tests.contract.sdk.planning import refused, succeeds
from tests.contract.sdk.world import body, new_iban, new_name

STATUSES = {"ACTIVE", "EXPIRED", "CREATED", "REVOKED", "WAITING_FOR_REFERENCE", "BLOCKED", "USED"}
INFO = {"customerReference": "customer-7", "recurrenceType": "RECURRING", "signatureType": "UNSIGNED"}


def mandate(**changes):
    """A request for a mandate; signed elsewhere unless told otherwise."""
    name = {"firstName": "Wile", "surname": "Coyote"}
    customer = {
        "bankAccountIban": {"iban": new_iban()},
        "mandateAddress": {"countryCode": "NL", "city": "Utrecht", "street": "Kade", "houseNumber": "1", "zip": "1111"},
        "personalInformation": {"name": name, "title": "Mr"},
        "contactDetails": {"emailAddress": "wile@example.com"},
    }
    return body(CreateMandateRequest, {**INFO, "language": "nl", "customer": customer, **changes})


def made(world, **changes):
    """The reference of a new mandate."""
    return world.sdk.mandates().create(mandate(**changes)).mandate.unique_mandate_reference


@succeeds("mandates.create", 201)
def a_mandate_that_is_signed_elsewhere(world):
    created = yield (mandate(),)
    assert (created.mandate.status, created.mandate.recurrence_type) == ("ACTIVE", "RECURRING")
    assert created.mandate.customer_reference == "customer-7"
    assert created.mandate.unique_mandate_reference
    assert created.merchant_action is None


@succeeds("mandates.create", 201)
def a_mandate_that_is_signed_by_sms(world):
    created = yield (mandate(signatureType="SMS", returnUrl="https://shop.example/back"),)
    assert created.mandate.status == "CREATED"
    assert created.merchant_action.action_type == "REDIRECT"
    assert created.merchant_action.redirect_data.returnmac
    assert created.merchant_action.redirect_data.redirect_url.startswith("http")


@refused("mandates.create", ValidationException, 400)
def an_iban_that_is_none(world):
    request = mandate()
    request.customer.bank_account_iban.iban = "NL00INGB0000000555"
    wrong = yield (request,)
    assert wrong.errors[0].property_name == "customer.bankAccountIban.iban"


@succeeds("mandates.create_with_mandate_reference", 201)
def a_mandate_under_a_reference(world):
    reference = new_name()
    created = yield reference, mandate()
    assert created.mandate.unique_mandate_reference == reference


@refused("mandates.create_with_mandate_reference", ValidationException, 400)
def another_reference_than_the_address(world):
    wrong = yield new_name(), mandate(uniqueMandateReference=new_name())
    assert wrong.errors[0].property_name == "uniqueMandateReference"


@refused("mandates.create_with_mandate_reference", ReferenceException, 409)
def a_reference_that_is_taken(world):
    yield made(world), mandate()


@succeeds("mandates.get")
def a_mandate_is_read(world):
    reference = made(world, alias="savings")
    found = yield (reference,)
    assert (found.mandate.unique_mandate_reference, found.mandate.alias) == (reference, "savings")
    assert found.mandate.status in STATUSES
    assert found.mandate.customer.mandate_address.city == "Utrecht"


@succeeds("mandates.block")
def a_mandate_is_blocked(world):
    blocked = yield (made(world),)
    assert blocked.mandate.status == "BLOCKED"


@refused("mandates.block", ApiException, 402)
def a_mandate_is_blocked_once(world):
    reference = made(world)
    world.sdk.mandates().block(reference)
    again = yield (reference,)
    assert again.errors[0].code == "410110"


@succeeds("mandates.unblock")
def a_mandate_is_unblocked(world):
    reference = made(world)
    world.sdk.mandates().block(reference)
    active = yield (reference,)
    assert active.mandate.status == "ACTIVE"


@refused("mandates.unblock", ApiException, 402)
def a_mandate_that_is_not_blocked(world):
    yield (made(world),)


@succeeds("mandates.revoke")
def a_mandate_is_revoked(world):
    revoked = yield (made(world),)
    assert revoked.mandate.status == "REVOKED"


@refused("mandates.revoke", ApiException, 402)
def a_mandate_is_revoked_once(world):
    reference = made(world)
    world.sdk.mandates().revoke(reference)
    yield (reference,)


def hosted():
    specific = {"locale": "nl_NL", "returnUrl": "https://shop.example/back"}
    content = {"createMandateInfo": INFO, "hostedMandateManagementSpecificInput": specific}
    return body(CreateHostedMandateManagementRequest, content)


@succeeds("hostedmandatemanagements.create", 201)
def a_page_for_a_mandate(world):
    created = yield (hosted(),)
    assert created.hosted_mandate_management_id
    assert created.returnmac
    assert "://" not in created.partial_redirect_url


@refused("hostedmandatemanagements.create", ValidationException, 400)
def a_page_without_a_way_back(world):
    content = {"createMandateInfo": INFO, "hostedMandateManagementSpecificInput": {"locale": "nl_NL"}}
    wrong = yield (body(CreateHostedMandateManagementRequest, content),)
    assert wrong.errors[0].property_name == "hostedMandateManagementSpecificInput.returnUrl"


@succeeds("hostedmandatemanagements.get")
def a_customer_at_the_page(world):
    created = world.sdk.hostedmandatemanagements().create(hosted())
    found = yield (created.hosted_mandate_management_id,)
    assert found.status == "IN_PROGRESS"
    assert found.mandate is None
