"""Requests that nobody meant, at every operation: an answer as described, in JSON, and never a failure.

Twice: from the OpenAPI document, with ids of objects that exist, and from the plans, whose good calls are spoiled.
"""

import copy
import re
from contextlib import suppress
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from worldline.connect.sdk.v1.api_exception import ApiException

from simulator import api, openapi
from tests.contract.sdk import plans
from tests.contract.sdk.planning import PLANS, play
from tests.contract.sdk.reflection import methods
from tests.contract.sdk.world import ONE, opened
from tests.contract.signed_http import SignedHttp

assert plans
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = schemathesis.openapi.from_dict(openapi.document())
DESCRIBED = {found.ok().definition.raw["operationId"]: found.ok() for found in DOCUMENT.get_all_operations()}
METHODS = methods()
SPOILABLE = [plan for plan in PLANS if plan.ends is None and {"body", "query"} & set(METHODS[plan.method].parameters)]
BOUNDED = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Fuzzed:
    """A simulator in which much has happened, and who asks it."""

    def __init__(self, worlds):
        self.worlds = worlds
        self.http = SignedHttp(worlds[ONE].merchant.url)
        for plan in PLANS:
            with suppress(AssertionError, ApiException):  # told by the test of the plan itself
                play(plan, worlds[plan.account])
        self.known = self._ids()

    def _ids(self):
        """The ids that ever stood in a path, by the path's parameter."""
        found = {}
        paths = {exchange.path for exchange in self.worlds[ONE].tape.exchanges}
        for method in METHODS.values():
            pattern = re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", method.route))
            for named in filter(None, map(pattern.fullmatch, paths)):
                for name, value in named.groupdict().items():
                    found.setdefault(name, set()).add(value)
        return {name: sorted(values) for name, values in found.items()}

    def path_parameters(self, data, names):
        """Mostly the ids of what exists, sometimes anything that fits between two slashes."""
        anything = st.text(st.characters(exclude_characters="/.", exclude_categories=["Cs"]), min_size=1, max_size=40)
        drawn = {name: data.draw(st.sampled_from(self.known.get(name, ["1"])) | anything) for name in names}
        return {name: quote(value, safe="") for name, value in {**drawn, "merchantId": ONE}.items()}


@pytest.fixture(scope="module")
def fuzzed():
    with opened() as worlds:
        prepared = Fuzzed(worlds)
        yield prepared
        prepared.http.close()


@pytest.mark.parametrize("name", sorted(DESCRIBED))
def test_whatever_the_document_allows_or_forbids_is_answered_as_it_says(name, fuzzed):
    """Drawn from the OpenAPI document, valid and not: a described status, JSON of the described shape, no 5xx."""
    operation = DESCRIBED[name]
    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if any(True for _ in operation.iter_parameters()) or operation.body:
        cases |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(BOUNDED, max_examples=20)
    @given(data=st.data())
    def fuzz(data):
        case = data.draw(cases)
        case.path_parameters = fuzzed.path_parameters(data, case.path_parameters)
        response = fuzzed.http.send(**case.as_transport_kwargs(base_url=fuzzed.http.url))
        case.validate_response(response, checks=CHECKS)

    fuzz()


OTHERS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=60),
    st.just([]),
    st.just({}),
    st.sampled_from(["", "0", "-1", "EUR", "NL", "20301231", "1249", "9" * 40, "true", "\x00", "Ω" * 30]),
)


@pytest.mark.parametrize("plan", SPOILABLE, ids=str)
def test_a_good_call_that_is_spoiled_is_never_a_failure(plan, fuzzed):
    """Each example brings about the state that the call needs, and changes one or two places of the good request."""
    method = METHODS[plan.method]
    world = fuzzed.worlds[plan.account]

    @settings(BOUNDED, max_examples=8)
    @given(data=st.data())
    def fuzz(data):
        good = dict(zip(method.parameters, next(plan.steps(world)), strict=False))
        response = fuzzed.http.send(method.verb, _path(method, world, good), **_spoiled(data, good))
        assert response.status_code < 500, response.text
        assert response.status_code == 204 or response.headers["content-type"] == "application/json"

    fuzz()


def _path(method, world, good):
    path = method.route.replace("{merchantId}", world.account)
    return re.sub(r"{\w+}", str(next(iter(good.values()))), path)


def _spoiled(data, good):
    """The options of a request whose body or query is nearly the good one."""
    if "query" in good:
        pairs = [(each.name, each.value) for each in good["query"].to_request_parameters()] or [("unheard", "of")]
        place = data.draw(st.integers(0, len(pairs) - 1))
        changed = data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
        pairs[place] = (pairs[place][0], changed)
        return {"params": pairs}
    if not hasattr(good["body"], "to_dictionary"):
        name, kind = data.draw(st.sampled_from([("file", "application/pdf"), ("file", "text/html"), ("other", None)]))
        return {"files": {name: (data.draw(st.text(max_size=20)), data.draw(st.binary(max_size=50)), kind)}}
    content = copy.deepcopy(good["body"].to_dictionary())
    for _ in range(data.draw(st.integers(1, 2))):
        _spoil(data, content)
    return {"json": content}


def _spoil(data, content):
    """Take one place of the JSON away, or put something else there."""
    places = list(_places(content))
    if not places:
        content[data.draw(st.text(max_size=10))] = data.draw(OTHERS)
        return
    holder, key = data.draw(st.sampled_from(places))
    if data.draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = data.draw(OTHERS)


def _places(value):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield value, key
        yield from _places(each)


def test_the_document_is_the_table_of_operations(fuzzed):
    """It is served, and describes each operation once, under its name."""
    served = fuzzed.worlds[ONE].merchant.http.get("/simulator/openapi.json")
    assert served.json() == openapi.document()
    assert sorted(DESCRIBED) == sorted(api.NAMES)
