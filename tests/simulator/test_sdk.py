"""The official SDK for Python, unchanged, against the simulator."""

import threading

import pytest
from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communication.communication_exception import CommunicationException
from worldline.connect.sdk.communicator_configuration import CommunicatorConfiguration
from worldline.connect.sdk.factory import Factory
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.authorization_exception import AuthorizationException
from worldline.connect.sdk.v1.declined_payment_exception import DeclinedPaymentException
from worldline.connect.sdk.v1.domain.approve_payment_request import ApprovePaymentRequest
from worldline.connect.sdk.v1.domain.create_payment_request import CreatePaymentRequest
from worldline.connect.sdk.v1.idempotence_exception import IdempotenceException
from worldline.connect.sdk.v1.merchant.payments.find_payments_params import FindPaymentsParams
from worldline.connect.sdk.v1.merchant.payments.get_payment_params import GetPaymentParams
from worldline.connect.sdk.v1.platform_exception import PlatformException
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException


@pytest.fixture
def sdk(merchant):
    with Factory.create_client_from_configuration(merchant.configuration) as client:
        yield client.v1().merchant("1234")


@pytest.fixture
def asked(body):
    return lambda **changes: CreatePaymentRequest().from_dictionary(body(**changes))


def test_a_payment_from_hold_to_money(sdk, merchant, asked):
    """Test connection, create, get, approve and the way to PAID work through the SDK."""
    assert sdk.services().testconnection().result == "OK"
    created = sdk.payments().create(asked(amount=1268000, currency="JPY"))
    payment = created.payment
    assert payment.status == "PENDING_APPROVAL"
    assert payment.status_output.status_code == 600
    assert payment.payment_output.card_payment_method_specific_output.authorisation_code == "OK1131"
    assert created.creation_output.external_reference == payment.id
    params = GetPaymentParams()
    params.return_operations = True
    assert sdk.payments().get(payment.id, params).status == "PENDING_APPROVAL"
    approved = sdk.payments().approve(payment.id, ApprovePaymentRequest())
    assert approved.payment.status == "CAPTURE_REQUESTED"
    assert approved.card_payment_method_specific_output is None
    merchant.advance(60)
    assert sdk.payments().get(payment.id, GetPaymentParams()).status == "CAPTURED"
    merchant.advance(60)
    paid = sdk.payments().get(payment.id, GetPaymentParams())
    assert (paid.status, paid.payment_output.amount_paid) == ("PAID", 1268000)


def test_cancel_releases_the_hold(sdk, asked):
    """Cancel answers CANCELLED, 99999 and the result of the reversal."""
    payment = sdk.payments().create(asked()).payment
    cancelled = sdk.payments().cancel(payment.id)
    assert cancelled.payment.status == "CANCELLED"
    assert cancelled.payment.status_output.status_code == 99999
    assert cancelled.card_payment_method_specific_output.void_response_id == "00"


def test_find_by_reference(sdk, asked):
    """Find tells the one payment that has the reference."""
    sdk.payments().create(asked(reference="sdk-find"))
    params = FindPaymentsParams()
    params.merchant_reference = "sdk-find"
    found = sdk.payments().find(params)
    assert (found.total_count, found.limit, found.offset) == (1, 10, 0)
    assert found.payments[0].payment_output.references.merchant_reference == "sdk-find"


def test_a_decline_is_typed(sdk, asked):
    """A decline raises the SDK's own exception with the rejected payment in it."""
    with pytest.raises(DeclinedPaymentException) as caught:
        sdk.payments().create(asked(token="token-mastercard-declined"))
    assert caught.value.status_code == 402
    assert caught.value.errors[0].code == "430330"
    payment = caught.value.create_payment_result.payment
    assert (payment.status, payment.status_output.is_authorized) == ("REJECTED", False)
    assert sdk.payments().get(payment.id, GetPaymentParams()).status == "REJECTED"


def test_a_repeat_shows_in_the_context(sdk, asked):
    """The timestamp of the first request is None at first and set on the repeat, which answers the same."""
    request, context = asked(), CallContext("sdk-repeat")
    first = sdk.payments().create(request, context)
    assert context.idempotence_request_timestamp is None
    second = sdk.payments().create(request, context)
    assert second.to_dictionary() == first.to_dictionary()
    assert context.idempotence_request_timestamp is not None


def test_a_repeat_during_the_first_is_typed(sdk, merchant, asked, eventually):
    """The second request with a key whose first still runs raises IdempotenceException."""
    merchant.fault("slow", seconds=0.5, operation="payments.create", merchant_reference_prefix="sdk-slow")
    request = asked(reference="sdk-slow")
    first = threading.Thread(target=sdk.payments().create, args=(request, CallContext("sdk-slow")))
    first.start()
    eventually(lambda: merchant.requests(merchant_reference_prefix="sdk-slow"))
    with pytest.raises(IdempotenceException) as caught:
        sdk.payments().create(request, CallContext("sdk-slow"))
    first.join()
    assert caught.value.idempotence_request_timestamp is not None


def test_validation_and_reference_errors_are_typed(sdk, asked):
    """A wrong field, a duplicate reference and an unknown payment each raise their class."""
    with pytest.raises(ValidationException) as wrong:
        sdk.payments().create(asked(token="token-nobody-holds"))
    assert wrong.value.errors[0].property_name == "cardPaymentMethodSpecificInput.token"
    sdk.payments().create(asked(reference="sdk-twice"))
    with pytest.raises(ReferenceException) as twice:
        sdk.payments().create(asked(reference="sdk-twice"))
    assert (twice.value.status_code, twice.value.errors[0].code) == (409, "300620")
    with pytest.raises(ReferenceException):
        sdk.payments().get("000000123499999999990000100001", GetPaymentParams())


def test_approve_twice_is_an_api_exception(sdk, asked):
    """402 without paymentResult is no decline for the SDK either."""
    payment = sdk.payments().create(asked()).payment
    sdk.payments().approve(payment.id, ApprovePaymentRequest())
    with pytest.raises(ApiException) as caught:
        sdk.payments().approve(payment.id, ApprovePaymentRequest())
    assert (caught.value.status_code, caught.value.errors[0].code) == (402, "410110")
    assert not isinstance(caught.value, DeclinedPaymentException)


def test_a_wrong_secret_is_typed(merchant):
    """A wrong secret raises AuthorizationException."""
    configuration = CommunicatorConfiguration(
        api_endpoint=merchant.url,
        authorization_type="v1HMAC",
        authorization_id="simulator-key",
        authorization_secret="another",
        integrator="tests",
        connect_timeout=5,
        socket_timeout=5,
        max_connections=1,
    )
    with (
        Factory.create_client_from_configuration(configuration) as client,
        pytest.raises(AuthorizationException) as caught,
    ):
        client.v1().merchant("1234").services().testconnection()
    assert caught.value.errors[0].code == "9002"


def test_failures_are_typed(sdk, merchant, asked):
    """A 500 is a PlatformException, a dropped connection a CommunicationException."""
    merchant.fault("fail_before", operation="payments.create")
    with pytest.raises(PlatformException):
        sdk.payments().create(asked())
    merchant.fault("drop_after", operation="payments.create")
    with pytest.raises(CommunicationException):
        sdk.payments().create(asked())
