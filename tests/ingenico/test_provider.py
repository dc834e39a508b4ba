"""The port, call by call, over answers made up here."""

import httpx
import pytest

from ingenico.accounts import Accounts
from ingenico.client import Call, ConnectClient
from payments.money import Money
from payments.provider import Misconfigured, OutcomeUnknown, Refused
from payments.provider import Provider as Port

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
