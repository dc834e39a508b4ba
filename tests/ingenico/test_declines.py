"""What comes back when Connect says no to a refund, a completion or a resource that is gone."""

import pytest

from ingenico.errors import DeclinedPayment, DeclinedRefund
from payments.provider import OutcomeUnknown, Refused
from tests.ingenico.sdk_calls import KEY, body


@pytest.mark.parametrize("status", ["REJECTED", "REJECTED_CAPTURE"])
@pytest.mark.parametrize("resource", ["payments", "captures"])
async def test_a_declined_refund_is_an_answer(merchant, resource, status):
    """Told with an error's status or with a success's, a refund that was declined is returned as that."""
    errors = [{"code": "430330", "message": "Not authorised"}]
    refund = {"id": "f1", "status": status, "statusOutput": {"errors": errors}}
    refused = {"errorId": "e", "errors": errors, "refundResult": refund}
    for http, told in ((402, refused), (400, refused), (201, refund)):
        made = merchant(status=http, body=told)
        answer = await getattr(made, resource).refund("1", body("RefundRequest"), idempotence_key=KEY)
        assert isinstance(answer, DeclinedRefund)
        assert (answer.refund.id, answer.errors[0].code) == ("f1", "430330")


@pytest.mark.parametrize("status", ["REFUND_REQUESTED", "CREATED", "REFUNDED", "SOMETHING_NEW"])
async def test_a_refund_that_may_be_paid_is_no_decline(merchant, status):
    """Money may be on its way in an answer that says no: it is looked up instead of believed."""
    told = {"errorId": "e", "errors": [{"code": "1"}], "refundResult": {"id": "f1", "status": status}}
    with pytest.raises(OutcomeUnknown, match="not declined"):
        await merchant(status=402, body=told).payments.refund("1", body("RefundRequest"), idempotence_key=KEY)


@pytest.mark.parametrize(
    ("status", "told", "dead"),
    [(409, {"errors": [{"code": "1409"}]}, False), (400, {"errors": [{"code": "300620"}]}, True), (500, {}, True)],
)
async def test_a_refunds_key_lives_and_dies_like_a_payments(merchant, status, told, dead):
    """In progress: the same key again. Taken, or a stored failure: it is found by its reference."""
    made = merchant(status=status, body=told, headers={"X-GCS-Idempotence-Request-Timestamp": "1"})
    with pytest.raises(OutcomeUnknown) as raised:
        await made.payments.refund("1", body("RefundRequest"), idempotence_key=KEY)
    assert raised.value.key_is_dead is dead


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_gone_is_refused(merchant, status):
    """An unknown or deleted token, mandate or refund is a refusal in Connect's words."""
    made = merchant(status=status, body={"errorId": "e", "errors": [{"code": "1", "message": "GONE"}]})
    for call in (made.tokens.get, made.tokens.delete, made.refunds.cancel, made.mandates.get):
        with pytest.raises(Refused, match="GONE"):
            await call("1")


async def test_complete_may_be_declined(merchant):
    """A completion is an authorization, and answers its decline like one."""
    payment = {"id": "1", "status": "REJECTED"}
    told = {"errorId": "e", "errors": [{"code": "430330"}], "paymentResult": {"payment": payment}}
    answer = await merchant(status=402, body=told).payments.complete("1", body("CompletePaymentRequest"))
    assert isinstance(answer, DeclinedPayment)
