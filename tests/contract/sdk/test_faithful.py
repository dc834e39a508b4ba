"""The comparison of an answer with the SDK's class for it can fail: each kind of mistake is named."""

import json

import pytest
from worldline.connect.sdk.v1.domain.find_payments_response import FindPaymentsResponse

from tests.contract.sdk.faithful import faults_of
from tests.contract.sdk.tape import Exchange

GOOD = {"totalCount": 1, "payments": [{"id": "1", "statusOutput": {"isCancellable": True, "statusCode": 600}}]}


def exchange(content, status=200, headers=()):
    raw = b"" if content is None else json.dumps(content).encode()
    parsed = None if content is None else FindPaymentsResponse().from_dictionary(content)
    kind = None if content is None else FindPaymentsResponse
    return Exchange(
        verb="GET", path="/x", sent=None, status=status, headers=dict(headers), raw=raw, kind=kind, parsed=parsed
    )


def payment(**changes):
    return {"totalCount": 1, "payments": [{**GOOD["payments"][0], **changes}]}


def test_a_faithful_answer_has_no_faults():
    """What the SDK knows is not complained of."""
    assert faults_of(exchange(GOOD)) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({**GOOD, "total": 1}, ".total is unknown"),
        (payment(statusOutput={"isCancelable": True}), ".payments[0].statusOutput.isCancelable is unknown"),
        (payment(status=None), ".payments[0].status is unknown"),
        (payment(id=1), ".payments[0].id is int"),
        (payment(statusOutput={"statusCode": "600"}), ".payments[0].status_output.status_code is str"),
        (payment(statusOutput={"isCancellable": 1}), ".payments[0].status_output.is_cancellable is int"),
        ({**GOOD, "totalCount": 1.0}, ".total_count is float"),
    ],
)
def test_an_unfaithful_answer_is_told(content, told):
    """A misspelt field, a null, and a value of another type."""
    (fault,) = faults_of(exchange(content))
    assert told in fault


def test_no_content_is_nothing_at_all():
    """204 has neither a body nor a type."""
    assert faults_of(exchange(None, status=204)) == []
    assert faults_of(exchange(None, status=204, headers=[("content-type", "application/json")])) != []
    assert faults_of(exchange(GOOD, status=204)) != []
