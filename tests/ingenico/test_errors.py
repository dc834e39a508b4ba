"""The one table from HTTP statuses and bodies to the port's errors."""

import json

import pytest

from ingenico.errors import Answer, failure
from payments.provider import Misconfigured, OutcomeUnknown, ProviderError, Refused

REPEATED = {"X-GCS-Idempotence-Request-Timestamp": "1767268800000"}
REFUSAL = {"errorId": "e", "errors": [{"code": "1", "message": "no"}]}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, REFUSAL, Refused),
        (402, REFUSAL, Refused),
        (404, REFUSAL, Refused),
        (405, REFUSAL, Refused),
        (409, REFUSAL, OutcomeUnknown),
        (410, REFUSAL, Refused),
        (422, {"errorId": "e"}, Refused),
        (401, REFUSAL, Misconfigured),
        (403, REFUSAL, Misconfigured),
        (403, "<html>", Misconfigured),
        (408, REFUSAL, OutcomeUnknown),
        (425, REFUSAL, OutcomeUnknown),
        (429, REFUSAL, OutcomeUnknown),
        (404, "<html>", OutcomeUnknown),
        (400, {}, OutcomeUnknown),
        (400, {"message": "a balancer's words"}, OutcomeUnknown),
        (400, "", OutcomeUnknown),
        (500, REFUSAL, OutcomeUnknown),
        (502, "<html>", OutcomeUnknown),
        (503, "", OutcomeUnknown),
        (504, REFUSAL, OutcomeUnknown),
        (599, REFUSAL, OutcomeUnknown),
        (301, REFUSAL, OutcomeUnknown),
        (302, "", OutcomeUnknown),
        (304, "", OutcomeUnknown),
        (200, {}, OutcomeUnknown),
        (200, "<html>", OutcomeUnknown),
        (201, {"payment": {"id": "", "status": "PENDING_APPROVAL"}}, OutcomeUnknown),
        (201, {"payment": {"id": "1"}}, OutcomeUnknown),
        (204, "", OutcomeUnknown),
    ],
)
async def test_answers_without_a_payment(answered, asked, status, body, kind):
    """Each HTTP status has one meaning, and a doubtful one is unknown."""
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with pytest.raises(ProviderError) as raised:
        await answered(status=status, content=content).authorize(asked())
    assert type(raised.value) is kind


def test_each_http_status_has_a_meaning():
    """No status falls through the table, and none without a body refuses or proves anything but 401 and 403."""
    for status in range(100, 600):
        kind = type(failure(Answer(status=status, content=b"")))
        assert kind is (Misconfigured if status in {401, 403} else OutcomeUnknown)


async def test_refusal_names_code_message_and_field(answered):
    """The first error is what a person is shown."""
    errors = [{"code": "21", "message": "WRONG", "propertyName": "order.x"}, {"code": "22", "message": "TOO"}]
    with pytest.raises(Refused) as raised:
        await answered(status=404, body={"errorId": "e", "errors": errors}).read("main", "1")
    assert (raised.value.code, raised.value.message, raised.value.field) == ("21", "WRONG", "order.x")


@pytest.mark.parametrize(("headers", "dead"), [(REPEATED, True), ({}, False)])
async def test_replayed_failure_has_killed_its_key(answered, asked, headers, dead):
    """A stored 5xx comes back for as long as the key lives; a fresh one may go away."""
    with pytest.raises(OutcomeUnknown) as raised:
        await answered(status=500, body=REFUSAL, headers=headers).authorize(asked())
    assert raised.value.key_is_dead is dead


async def test_failure_without_a_key_kills_none(answered):
    """A read has no key that could be dead."""
    with pytest.raises(OutcomeUnknown) as raised:
        await answered(status=500, body=REFUSAL, headers=REPEATED).read("main", "1")
    assert not raised.value.key_is_dead


@pytest.mark.parametrize("status", ["PENDING_APPROVAL", "CAPTURE_REQUESTED", "CANCELLED", "SOMETHING_NEW"])
async def test_a_result_that_is_no_decline_is_unknown(answered, asked, payment_json, status):
    """A payment that may hold money, in an answer that says no, is looked up instead of believed."""
    body = {**REFUSAL, "paymentResult": {"payment": payment_json(status)}}
    with pytest.raises(OutcomeUnknown):
        await answered(status=402, body=body).authorize(asked())


async def test_server_error_is_no_decline(answered, asked, payment_json):
    """A 5xx proves nothing, whatever it carries."""
    body = {**REFUSAL, "paymentResult": {"payment": payment_json("REJECTED")}}
    with pytest.raises(OutcomeUnknown):
        await answered(status=500, body=body).authorize(asked())


async def test_decline_names_its_reason_from_beside(answered, asked, payment_json):
    """A rejected payment without a reason of its own takes the answer's."""
    body = {**REFUSAL, "paymentResult": {"payment": payment_json("REJECTED")}}
    payment = await answered(status=402, body=body).authorize(asked())
    assert (payment.decline.code, payment.decline.may_retry) == ("1", None)
