"""The OpenAPI document describes what the SDK does: query parameters, statuses and the names of request bodies."""

import importlib
import inspect

import pytest

from simulator import openapi
from tests.contract.sdk import plans
from tests.contract.sdk.planning import PLANS
from tests.contract.sdk.reflection import methods

assert plans
PATHS = openapi.document()["paths"]
WITH_QUERY = sorted(name for name, method in methods().items() if "query" in method.parameters)


def described(method):
    return PATHS[method.route][method.verb.lower()]


def parameters_of(method):
    """The query of a method by the SDK's class for it: every property is set, and what it would send is read."""
    client = importlib.import_module(f"worldline.connect.sdk.v1.merchant.{method.resource}.{method.resource}_client")
    kinds = [kind for _, kind in inspect.getmembers(client, inspect.isclass) if method.short_name in vars(kind)]
    (function,) = [vars(kind)[method.short_name] for kind in kinds if kind.__module__ == client.__name__]
    query = inspect.signature(function).parameters["query"].annotation()
    for name in [name for name, found in inspect.getmembers(type(query)) if isinstance(found, property)]:
        setattr(query, name, ["1"] if name == "hide" else "1")
    return {each.name for each in query.to_request_parameters()}


@pytest.mark.parametrize("name", WITH_QUERY)
def test_the_query_parameters_are_those_of_the_sdk(name):
    """No parameter is forgotten, none is invented."""
    method = methods()[name]
    told = {each["name"] for each in described(method)["parameters"] if each["in"] == "query"}
    assert told == parameters_of(method)


def test_no_other_operation_has_a_query():
    """Where the SDK sends no query the document has none."""
    for name, method in methods().items():
        if name not in WITH_QUERY:
            assert [each for each in described(method)["parameters"] if each["in"] == "query"] == []


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_the_status_of_every_plan_is_described(plan):
    """Successes and refusals alike; a success that nothing shows is not described."""
    method = methods()[plan.method]
    assert str(plan.status) in described(method)["responses"]


def test_each_success_that_is_described_is_shown_by_a_plan():
    """A 2xx of the document that no plan ends in would be a promise without proof."""
    shown = {(plan.method, str(plan.status)) for plan in PLANS if plan.ends is None}
    told = {
        (name, status)
        for name, method in methods().items()
        for status in described(method)["responses"]
        if status.startswith("2")
    }
    assert told == shown
