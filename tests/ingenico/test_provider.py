"""The port, call by call, over answers made up here."""

import httpx
import pytest

from ingenico.accounts import Accounts
from ingenico.capture_outcomes import STATUSES as CAPTURE_STATUSES
from ingenico.capture_outcomes import provider_capture
from ingenico.client import Call, ConnectClient
from ingenico.wire.captures import Capture
from ingenico.wire.statuses import CaptureStatus
from payments.money import Money
from payments.provider import CaptureRequest, Misconfigured, OutcomeUnknown, RefundRequest, Refused
from payments.provider import Provider as Port
from payments.states import ProviderStatus

REPEATED = {"X-GCS-Idempotence-Request-Timestamp": "1767268800000"}


def test_implements_the_port(answered):
    """Whoever asks the port's type gets its methods."""
    port: Port = answered(body={})
    assert port.amount_as_sent(Money(amount_minor=12680, currency="JPY")) == 1268000


async def test_time_of_the_first_request_is_kept(account):
    """A repeat tells when its key was first used."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"result": "OK"}, headers=REPEATED))
    async with httpx.AsyncClient(transport=transport) as http:
        answer = await ConnectClient(http).send(account(), Call(method="GET", path="/services/testconnection"))
    assert answer.repeats_first_at == "1767268800000"


async def test_answer_about_another_reference_is_unknown(answered, asked, payment_json):
    """An answer that speaks of another payment is not ours to adopt."""
    body = {"payment": payment_json(reference="main-FR9999999-a01")}
    with pytest.raises(OutcomeUnknown, match="FR9999999"):
        await answered(status=201, body=body).authorize(asked())


@pytest.mark.parametrize("call", ["read", "capture", "void"])
async def test_answer_about_another_payment_is_unknown(answered, payment_json, call):
    """Two answers mixed up on one connection must not move the wrong payment."""
    payment = payment_json(provider_id="2")
    provider = answered(body={**payment, "payment": payment})
    amount = [Money(amount_minor=1, currency="EUR")] if call == "capture" else []
    with pytest.raises(OutcomeUnknown, match="payment 1"):
        await getattr(provider, call)("main", "1", *amount)


async def test_calls_go_where_they_are_documented(answered, payment_json):
    """Approve takes the amount, cancel nothing, and a read wraps nothing."""
    seen = []

    def handle(request):
        seen.append((request.method, request.url.raw_path.decode(), request.content))
        payment = payment_json()
        return httpx.Response(200, json={**payment, "payment": payment})

    provider = answered(handle)
    await provider.read("main", "1")
    await provider.capture("main", "1", Money(amount_minor=23979, currency="USD"))
    await provider.void("main", "1")
    assert seen == [
        ("GET", "/v1/1234/payments/1", b""),
        ("POST", "/v1/1234/payments/1/approve", b'{"amount":23979}'),
        ("POST", "/v1/1234/payments/1/cancel", b""),
    ]


@pytest.mark.parametrize(("status", "several"), [("PENDING_CAPTURE", True), ("PENDING_APPROVAL", False)])
async def test_the_payments_own_status_says_whether_it_takes_several_captures(answered, payment_json, status, several):
    """Which kind of capture is made is learned from the payment, and never from a setting."""
    assert (await answered(body=payment_json(status)).read("main", "1")).several_captures is several


def capture_json(status="CAPTURE_REQUESTED", reference="main-FR1012401-c01", amount=5000):
    return {
        "id": "1-c1",
        "status": status,
        "captureOutput": {
            "amountOfMoney": {"amount": amount, "currencyCode": "USD"},
            "references": {"merchantCaptureReference": reference},
        },
        "statusOutput": {"isFinal": False, "isRefundable": False},
    }


def part(**changes):
    fields = {
        "account": "main",
        "provider_id": "1",
        "reference": "main-FR1012401-c01",
        "amount": Money(amount_minor=5000, currency="USD"),
        "is_final": False,
    }
    return CaptureRequest(**{**fields, **changes})


async def test_several_captures_go_where_they_are_documented(answered, payment_json):
    """A part says its amount, its finality and its own reference; the end of captures says nothing."""
    seen = []

    def handle(request):
        path = request.url.raw_path.decode()
        seen.append((request.method, path, request.content))
        if path.endswith("/captures"):
            return httpx.Response(200, json={"captures": [capture_json()]})
        return httpx.Response(200, json=payment_json() if path.endswith("finalizecapture") else capture_json())

    provider = answered(handle)
    made = await provider.capture_part(part())
    assert (made.capture_id, made.status, made.amount) == ("1-c1", "capture_requested", part().amount)
    assert await provider.captures("main", "1") == (made,)
    await provider.finalize("main", "1")
    body = b'{"amount":5000,"isFinal":false,"order":{"references":{"merchantCaptureReference":"main-FR1012401-c01"}}}'
    assert seen == [
        ("POST", "/v1/1234/payments/1/capture", body),
        ("GET", "/v1/1234/payments/1/captures", b""),
        ("POST", "/v1/1234/payments/1/finalizecapture", b""),
    ]


async def test_answer_about_another_capture_is_unknown(answered):
    """An answer that speaks of another capture is not ours to adopt."""
    with pytest.raises(OutcomeUnknown, match="c02"):
        await answered(body=capture_json(reference="main-FR1012401-c02")).capture_part(part())


@pytest.mark.parametrize(("capture_id", "path"), [(None, "payments/1/refund"), ("1-c1", "captures/1-c1/refund")])
async def test_a_refund_goes_to_the_capture_that_it_names(answered, capture_id, path):
    """With several captures the capture is refunded, else the payment."""
    seen = []

    def handle(request):
        seen.append(request.url.raw_path.decode())
        return httpx.Response(201, json={"id": "1-r1", "status": "REFUND_REQUESTED"})

    request = RefundRequest(
        account="main",
        idempotence_key="k" * 40,
        reference="main-FR1012401-r01",
        provider_id="1",
        capture_id=capture_id,
        amount=part().amount,
    )
    await answered(handle).refund(request)
    assert seen == [f"/v1/1234/{path}"]


@pytest.mark.parametrize("status", list(CaptureStatus))
def test_each_documented_status_of_a_capture_is_translated(status):
    """Every status that the vendor documents has its word here; one of a later version concludes nothing."""
    assert provider_capture(Capture.model_validate(capture_json(status))).status is CAPTURE_STATUSES[status]
    odd = provider_capture(Capture.model_validate(capture_json("SETTLED_ON_MARS")))
    assert odd.status is ProviderStatus.UNRECOGNISED


def test_an_amount_that_cannot_be_expressed_is_none():
    """Nothing is rounded: half a yen is no amount."""
    body = capture_json(amount=50)
    body["captureOutput"]["amountOfMoney"]["currencyCode"] = "JPY"
    assert provider_capture(Capture.model_validate(body)).amount is None


async def test_void_tells_what_the_issuer_said(answered, payment_json):
    """Cancel's own answer carries the reversal beside the payment."""
    body = {"payment": payment_json("CANCELLED"), "cardPaymentMethodSpecificOutput": {"voidResponseId": "00"}}
    assert (await answered(body=body).void("main", "1")).release == "confirmed"


@pytest.mark.parametrize("value", ["", ".", "..", "a b", "a/b", "a?b", "a%20b", "é", "a\nb", "a:b"])
async def test_what_cannot_be_signed_is_refused_unsent(answered, value):
    """An id or reference that needs an escape never travels, since the SDKs disagree on signing one."""

    def nothing_is_sent(_):
        raise AssertionError

    provider = answered(nothing_is_sent)
    with pytest.raises(Refused, match="not_addressable"):
        await provider.read("main", value)
    with pytest.raises(Refused, match="not_addressable"):
        await provider.find("main", value)


async def test_connection_test_must_say_ok(answered):
    """Any other word is no proof that the credentials work."""
    with pytest.raises(OutcomeUnknown):
        await answered(body={"result": "MAYBE"}).test_connection("main")


async def test_unknown_account_is_asked_nothing(answered, asked):
    """Without credentials nothing is sent."""
    provider = answered(body={})
    provider._accounts = Accounts({})
    with pytest.raises(Misconfigured, match="known: none"):
        await provider.authorize(asked())
