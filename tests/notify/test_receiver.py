"""One post over a real socket: what is signed, what an answer means, and what is not followed, waited for or read."""

import asyncio
import base64
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from notify.receiver import HttpReceiver, Targets, open_http
from notify.signing import headers
from payments.callbacks import Callback
from payments.references import PaymentKey
from runtime.clock import SystemClock
from tests.support.receiver import ANOTHER_SECRET, SECRET, OrderService, key_of, redirect, serving

CALLBACK = Callback(
    key=PaymentKey(order_id="A1"),
    sequence=3,
    message_id="msg_1",
    body='{"type":"payment.authorized","timestamp":"2026-11-24T09:00:00Z","data":{"order_id":"A1","name":"é"}}',
    attempts=1,
    give_up_at=datetime(2026, 11, 27, tzinfo=UTC),
)
SHORT = 0.4


async def posted(service: OrderService, *secrets: str, url: str | None = None):
    """Post one callback to a service and return the answer."""
    keys = tuple(key_of(secret) for secret in secrets or (SECRET,))
    async with open_http() as http:
        receiver = HttpReceiver(http, Targets({None: (url or service.url, keys)}), SystemClock(), seconds=SHORT)
        return await receiver.post(CALLBACK)


def test_the_signature_is_the_specification_s_own_example():
    """The example that Standard Webhooks' own libraries are tested with."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = headers([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_callback_arrives_signed_and_whole():
    """An independent library verifies it; the headers name message and time, and the body is JSON."""
    async with OrderService().running() as service:
        assert (await posted(service)).accepted
    [(told, body)] = service.got
    assert told["webhook-id"] == "msg_1"
    assert told["content-type"] == "application/json"
    assert body["data"] == {"order_id": "A1", "name": "é"}
    assert service.forged == 0


async def test_while_secrets_are_exchanged_either_verifies():
    """With two secrets there are two signatures; a receiver that knows one of them takes it, one with a third not."""
    for known in (SECRET, ANOTHER_SECRET):
        async with OrderService(secret=known).running() as service:
            assert (await posted(service, SECRET, ANOTHER_SECRET)).accepted
    third = "whsec_" + base64.b64encode(b"x" * 32).decode()
    async with OrderService(secret=third).running() as service:
        answer = await posted(service, SECRET, ANOTHER_SECRET)
    assert (answer.accepted, answer.why, service.forged) == (False, "HTTP 401", 1)


def test_a_changed_body_does_not_verify():
    """The signature covers every byte of the body, the id and the time."""
    signed = headers([key_of(SECRET)], "msg_1", int(datetime.now(UTC).timestamp()), CALLBACK.body)
    Webhook(SECRET).verify(CALLBACK.body, signed)
    for changed in (CALLBACK.body.replace("A1", "A2"), CALLBACK.body + " "):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed, signed)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(CALLBACK.body, signed | {"webhook-id": "msg_2"})


@pytest.mark.parametrize(
    ("status", "accepted", "gone"),
    [(200, True, False), (202, True, False), (204, True, False), (400, False, False), (404, False, False),
     (410, False, True), (429, False, False), (500, False, False), (503, False, False)],
)  # fmt: skip
async def test_a_status_means(status, accepted, gone):
    """2xx has it, 410 takes none any more, all else is tried again."""
    async with OrderService([status]).running() as service:
        answer = await posted(service)
    assert (answer.accepted, answer.gone, answer.silent) == (accepted, gone, False)


async def test_a_redirect_is_not_followed():
    """Nobody else is told because a receiver says so, and the reason names the remedy."""
    async with OrderService().running() as elsewhere, OrderService([redirect(elsewhere.url)]).running() as service:
        answer = await posted(service)
    assert (answer.accepted, elsewhere.got) == (False, [])
    assert "redirects are not followed" in answer.why


@pytest.mark.parametrize("trickle", [b"", b"HTTP/1.1 200 told\r\n"])
async def test_a_slow_answer_is_not_waited_for(trickle):
    """Who does not answer in time, or only begins to, is asked again later."""

    async def slow():
        await asyncio.sleep(SHORT * 3)
        return 200

    async with OrderService([trickle or slow]).running() as service:
        answer = await posted(service)
    assert (answer.accepted, answer.silent) == (False, True)
    assert "within" in answer.why


async def test_nobody_there_and_no_answer():
    """A refused connection, and one that is closed without an answer, are no answer."""
    async with OrderService().running() as service:
        url = service.url
    answer = await posted(service, url=url)
    assert (answer.accepted, answer.silent) == (False, True)

    async def close(reader, _writer):
        await reader.readuntil(b"\r\n\r\n")

    async with serving(close) as address:
        answer = await posted(service, url=f"http://{address}/")
    assert (answer.accepted, answer.silent) == (False, True)


async def test_an_endless_body_is_cut_off():
    """The status is the answer: what follows is not read beyond a little, and the connection is let go."""
    ended = asyncio.Event()

    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 told\r\ncontent-type: text/plain\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        except ConnectionError:
            ended.set()

    async with serving(endless) as address:
        answer = await posted(OrderService(), url=f"http://{address}/")
        assert answer.accepted
        await asyncio.wait_for(ended.wait(), 10)


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path):
    """TLS is verified: a callback goes to the name it is meant for, or nowhere."""
    cert, key = await _self_signed(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    got = []

    async def take(reader, _writer):
        got.append(await reader.read(1))

    async with serving(take, context=context) as address:
        answer = await posted(OrderService(), url=f"https://{address}/")
    assert (answer.accepted, answer.silent, got) == (False, True, [])


async def test_a_shop_without_a_receiver_is_told_nothing():
    """Each shop has its own receiver, or that of all others, or none."""
    targets = Targets({"outlet": ("http://127.0.0.1:1/", (b"k",))})
    assert targets.of("outlet") is not None
    assert (targets.of("main"), targets.has(CALLBACK.key), bool(targets), bool(Targets({}))) == (
        None,
        False,
        True,
        False,
    )
    async with open_http() as http:
        answer = await HttpReceiver(http, targets, SystemClock()).post(CALLBACK)
    assert (answer.accepted, answer.why) == (False, "no receiver is set up for shop main")


async def _self_signed(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that no authority knows."""
    import ipaddress
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return cert, key
