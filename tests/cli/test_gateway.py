"""Commands about the gateway: serve and events."""

import asyncio
import datetime as dt
import ipaddress
import os
import re
import signal
import socket
import ssl

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cli.exits import Exit
from ledger.database import open_database
from ledger.inbox import Arrival, Inbox

LOOPBACK = ipaddress.ip_address("127.0.0.1")

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def serving(payments_command, *options, **environment):
    """Start a gateway on a free port and return it with its address."""
    running = await payments_command.start("serve", "--port", "0", *options, **environment)
    for _ in range(300):
        said = (running.folder / "stdout").read_text()
        if found := re.search(r"https?://127\.0\.0\.1:\d+", said):
            return running, found[0]
        await asyncio.sleep(0.05)
    raise AssertionError((running.folder / "stderr").read_text())


async def healthy(address, **options):
    """Ask until it answers."""
    async with httpx.AsyncClient(**options) as http:
        for _ in range(100):
            try:
                return (await http.get(f"{address}/health")).json()
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError("it does not answer")


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_a_gateway_serves_until_it_is_told_to_stop(payments_command, told):
    """It says where it listens, answers there, also without Temporal, and ends with 0."""
    running, address = await serving(payments_command, TEMPORAL_ADDRESS="127.0.0.1:9")
    assert await healthy(address) == {"status": "ok"}
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{address}/webhooks/ingenico", content=b"{}")).status_code == 401
    os.kill(running.pid, told)
    ran = await running.result()
    assert (ran.code, "Traceback" in ran.err) == (Exit.DONE, False), ran.err


async def test_a_gateway_speaks_tls(payments_command, tmp_path):
    """With a certificate and its key it speaks HTTPS; one without the other is refused."""
    certificate, key = _self_signed(tmp_path)
    running, address = await serving(payments_command, "--certfile", str(certificate), "--keyfile", str(key))
    assert address.startswith("https")
    trusted = ssl.create_default_context(cafile=str(certificate))
    assert await healthy(address, verify=trusted) == {"status": "ok"}
    running.interrupt()
    assert (await running.result()).code == Exit.DONE
    alone = await payments_command("serve", "--certfile", str(certificate))
    assert (alone.code, "--keyfile" in alone.err) == (Exit.BAD_INPUT, True)


async def test_a_taken_port_is_named(payments_command):
    """A port that somebody listens on is a sentence with its remedy."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ran = await payments_command("serve", "--port", port)
    assert ran.code == Exit.FAILED
    assert port in ran.err
    assert "--port" in ran.err


async def test_events_without_a_payment_are_listed(payments_command, stack):
    """An event that woke nobody is shown with its reason, in words and as JSON; doctor counts it and is content."""
    now = dt.datetime.now(dt.UTC)
    foreign = Arrival(account="main", event_id="e-[foreign]", type="payment.paid", merchant_reference="another-17")
    async with open_database(stack.layout.ledger) as database:
        inbox = Inbox(database)
        await inbox.take_in(foreign, now=now)
        waiting = await payments_command("events")
        [event] = [e for e in await inbox.undelivered(now=now) if e.event_id == foreign.event_id]
        await inbox.quarantine([(event, "no payment here has it")], now=now)
        words = await payments_command("events")
        lines = (await payments_command("events", "--json")).document
        doctor = await payments_command("doctor", "--json")
        await inbox.delivered([event], None, now=now)
    assert "tried 0 times" in waiting.out
    assert "e-[foreign]" in words.out
    assert "quarantined: no payment here has it" in words.out
    assert [line["event_id"] for line in lines] == ["e-[foreign]"]
    assert doctor.code == Exit.DONE
    [told] = [finding["told"] for finding in doctor.document if finding["name"] == "Events"]
    assert told == "0 to be delivered, 1 quarantined"
    assert "woken its payment" in (await payments_command("events")).out
    assert "about no payment" in (await payments_command("events", "--all")).out


async def test_a_doctor_names_events_that_nobody_delivers(payments_command, stack):
    """An event that waits for long is a finding with its remedy: no gateway runs, or Temporal is out of its reach."""
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    event = Arrival(account="main", event_id="e-old", type="payment.paid")
    async with open_database(stack.layout.ledger) as database:
        await Inbox(database).take_in(event, now=long_ago)
        ran = await payments_command("doctor", "--json")
        await Inbox(database).delivered([event], None, now=long_ago)
    assert ran.code == Exit.FAILED
    [wrong] = [finding for finding in ran.document if not finding["fine"]]
    assert wrong["name"] == "Events"
    assert "payments serve" in wrong["remedy"]


def _self_signed(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    written = folder / "certificate.pem", folder / "key.pem"
    written[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    written[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return written
