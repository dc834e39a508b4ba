"""Every method of the official SDK, against the simulator: its typed answer, and each typed exception that applies."""

import threading
import time
import uuid

import pytest
from worldline.connect.sdk.call_context import CallContext
from worldline.connect.sdk.communication.communication_exception import CommunicationException
from worldline.connect.sdk.communication.not_found_exception import NotFoundException
from worldline.connect.sdk.v1.api_exception import ApiException
from worldline.connect.sdk.v1.authorization_exception import AuthorizationException
from worldline.connect.sdk.v1.idempotence_exception import IdempotenceException
from worldline.connect.sdk.v1.platform_exception import PlatformException
from worldline.connect.sdk.v1.reference_exception import ReferenceException
from worldline.connect.sdk.v1.validation_exception import ValidationException

from simulator import api
from simulator.settings import KEYED
from tests.contract.sdk import plans
from tests.contract.sdk.faithful import faults_of
from tests.contract.sdk.planning import PLANS, answered, play
from tests.contract.sdk.reflection import methods
from tests.contract.sdk.world import World

assert plans
METHODS = methods()
PLANNED = sorted({plan.method for plan in PLANS if plan.ends is None})
WITH_IDS = [name for name in PLANNED if METHODS[name].ids and name != "mandates.create_with_mandate_reference"]
OPERATIONS = {(each.method, f"{each.root}/{{merchantId}}{each.path}"): each.name for each in api.OPERATIONS}


def operation_of(method):
    return OPERATIONS[method.verb, method.route]


def test_every_method_has_a_plan():
    """No method of the SDK is forgotten, and every plan is about one."""
    assert {plan.method for plan in PLANS if plan.ends is None} == set(METHODS)
    assert {plan.method for plan in PLANS} == set(METHODS)


def test_every_method_with_a_body_has_a_plan_with_a_wrong_one():
    """What is sent can be wrong: each such method has a plan that ends in ValidationException."""
    wrong = {plan.method for plan in PLANS if plan.ends is ValidationException}
    assert {name for name in METHODS if METHODS[name].has_body} <= wrong


def test_every_exception_of_its_own_has_a_plan():
    """A decline has a class of its own where the SDK's documentation names one: a plan ends in it."""
    own = {"DeclinedPaymentException", "DeclinedRefundException", "DeclinedPayoutException"}
    named = {(method.name, name) for method in METHODS.values() for name in method.raises & own}
    assert len(named) == 4
    assert named == {(plan.method, plan.ends.__name__) for plan in PLANS if plan.ends and plan.ends.__name__ in own}


def test_every_action_has_a_plan_in_a_state_that_forbids_it():
    """What acts on an object with a life can come too late; tokens, checkouts and products have no such states."""
    alive = {"payments", "captures", "refunds", "payouts", "disputes", "mandates"}
    actions = {
        method.name for method in METHODS.values() if method.resource in alive and method.verb == "POST" and method.ids
    }
    assert actions == {plan.method for plan in PLANS if plan.status == 402 and plan.ends is ApiException} - {
        "tokens.approvesepadirectdebit"
    }


def test_the_simulator_has_the_operations_of_the_sdk_and_no_other():
    """The table of operations is the SDK's list of routes, under the SDK's own names."""
    assert set(OPERATIONS) == {(method.verb, method.route) for method in METHODS.values()}
    for method in METHODS.values():
        assert operation_of(method).lower() == method.name.replace("_", "").lower()


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_a_plan_ends_as_promised(plan, worlds):
    """The call ends in its typed answer or exception, and no answer on the way holds what the SDK does not know."""
    world = worlds[plan.account]
    before = len(world.tape.exchanges)
    exchange = play(plan, world)
    method = METHODS[plan.method]
    if plan.ends is None and method.returns is not None and not method.is_binary:
        assert exchange.kind is method.returns
    assert [fault for each in world.tape.exchanges[before:] for fault in faults_of(each)] == []


@pytest.mark.parametrize("name", PLANNED)
def test_a_wrong_secret_is_an_authorization_exception(name, worlds):
    """The call that would succeed is refused when another secret signs it."""
    plan = answered(name)
    world = worlds[plan.account]
    arguments = next(plan.steps(world))
    stranger = World(world.merchant, world.account, secret="another")
    with stranger.client, pytest.raises(AuthorizationException) as caught:
        stranger.method(name)(*arguments)
    assert caught.value.status_code == 403
    assert caught.value.errors[0].code == "9002"


@pytest.mark.parametrize("name", PLANNED)
def test_a_failure_is_a_platform_exception_and_nothing_was_done(name, worlds):
    """An ordered 500 and a lost connection before the work raise their classes; the same call then goes through."""
    plan = answered(name)
    world = worlds[plan.account]
    arguments = next(plan.steps(world))
    operation = operation_of(METHODS[name])
    world.merchant.fault("fail_before", operation=operation, status=503)
    with pytest.raises(PlatformException) as caught:
        world.method(name)(*arguments)
    assert (caught.value.status_code, caught.value.errors[0].code) == (503, "9999")
    world.merchant.fault("drop_before", operation=operation)
    with pytest.raises(CommunicationException):
        world.method(name)(*arguments)
    world.method(name)(*arguments)
    assert world.tape.last.status == plan.status


@pytest.mark.parametrize("name", sorted(KEYED))
def test_a_repeat_during_the_first_is_an_idempotence_exception(name, worlds):
    """While the first request with a key runs, the second is told so, and when the first began."""
    plan = answered(name)
    world = worlds[plan.account]
    arguments, key = next(plan.steps(world)), f"{uuid.uuid4()}"
    world.merchant.fault("slow", operation=name, seconds=0.3)
    after = len(world.merchant.requests(operation=name))
    first = threading.Thread(target=world.method(name), args=(*arguments, CallContext(key)))
    first.start()
    while len(world.merchant.requests(operation=name)) == after:
        time.sleep(0.01)
    with pytest.raises(IdempotenceException) as caught:
        world.method(name)(*arguments, CallContext(key))
    first.join()
    assert caught.value.idempotence_key == key
    assert isinstance(caught.value.idempotence_request_timestamp, int)
    assert (caught.value.status_code, caught.value.errors[0].code) == (409, "1409")


@pytest.mark.parametrize("name", WITH_IDS)
def test_an_unknown_id_is_a_reference_exception(name, worlds):
    """The call that would succeed is a 404 in JSON when it names an object that is not there."""
    plan = answered(name)
    world = worlds[plan.account]
    named, *others = next(plan.steps(world))
    unknown = 99_998 if isinstance(named, int) else f"{uuid.uuid4()}"
    with pytest.raises(ReferenceException) as caught:
        world.method(name)(unknown, *others)
    assert caught.value.status_code == 404
    assert caught.value.errors[0].http_status_code == 404
    assert faults_of(world.tape.last) == []


def test_anothers_objects_are_not_there(worlds):
    """A payment of one account is unknown to another, whatever its id."""
    one, other = worlds["1234"], worlds["2222"]
    payment_id = one.held()
    with pytest.raises(ReferenceException):
        other.sdk.payments().cancel(payment_id)
    assert one.sdk.payments().cancel(payment_id).payment.status == "CANCELLED"


def test_an_unknown_address_is_not_an_unknown_object(worlds):
    """What no route answers is HTML, which the SDK tells apart from a 404 in JSON."""
    with pytest.raises(NotFoundException):
        worlds["1234"].sdk.payments().cancel("1/2")


def test_every_call_takes_a_context(worlds):
    """A context may be given to any call; without a repeat its timestamp stays empty."""
    context = CallContext(f"{uuid.uuid4()}")
    assert worlds["1234"].sdk.services().testconnection(context).result == "OK"
    assert context.idempotence_request_timestamp is None
