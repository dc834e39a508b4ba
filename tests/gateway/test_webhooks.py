"""A delivery is acknowledged when it is Connect's, ours and kept; anything else is told apart and changes nothing."""

import asyncio

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.app import build
from gateway.relay import Relay
from ingenico.webhooks import LARGEST_BODY_BYTES
from ledger.database import Database
from ledger.inbox import Inbox
from tests.gateway.conftest import (
    KEY_ID,
    RECORDED,
    SECRET,
    START,
    SetClock,
    Woken,
    account,
    payment_event,
    signed,
)

PATH = "/webhooks/ingenico"
VECTOR = [("X-GCS-KeyId", "dummy-key-id"), ("X-GCS-Signature", "2S7doBj/GnJnacIjSJzr5fxGM5xmfQyFAwxv1I53ZEk=")]


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    assert SECRET not in answer.text
    return problem


async def test_an_event_is_kept_with_names_alone(gateway):
    """What stands in the inbox are ids, type, reference and times; nobody's name, no card and no amount."""
    answer = await gateway.post(payment_event())
    assert (answer.status_code, answer.content) == (200, b"")
    [line] = await gateway.lines()
    assert (line.account, line.event_id, line.type, line.kind) == ("main", "e-1", "payment.captured", "payment")
    assert (line.object_id, line.payment_id, line.merchant_reference) == ("p-1", "p-1", "main-A1-a01")
    assert (line.received_at, line.created) == (START, "2026-11-24T10:00:00.000+0100")
    for file in gateway.file.parent.iterdir():
        assert b"Ruth" not in file.read_bytes()
        assert b"7977" not in file.read_bytes()


@pytest.mark.parametrize("accounts", [{"main": account("20000", **{"dummy-key-id": "hello+world"})}])
async def test_the_vendors_own_vector_is_accepted(gateway):
    """The body that the vendor signed, byte for byte, is kept; the one they changed is not."""
    recorded = {name: (RECORDED / f"webhook-{name}-body").read_bytes() for name in ("valid", "invalid")}
    answer = await gateway.http.post(PATH, content=recorded["valid"], headers=VECTOR)
    assert answer.status_code == 200
    refused(await gateway.http.post(PATH, content=recorded["invalid"], headers=VECTOR), 403, "wrong_signature")
    assert [line.event_id for line in await gateway.lines()] == ["8ee793f6-4553-4749-85dc-f2ef095c5ab0"]


BODY, HEADERS = signed(payment_event())


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (BODY, [], 401, "not_signed"),
        (BODY, HEADERS[:1], 401, "not_signed"),
        (BODY, HEADERS[1:], 401, "not_signed"),
        (BODY, [*HEADERS, HEADERS[1]], 401, "not_signed"),
        (*signed(payment_event(), key_id="another"), 401, "unknown_key"),
        (*signed(payment_event(), secret="another"), 403, "wrong_signature"),
        (BODY + b" ", HEADERS, 403, "wrong_signature"),
        (b"", HEADERS, 403, "wrong_signature"),
        (*signed(payment_event(merchantId="5678")), 403, "wrong_merchant"),
        (*signed(b"no json"), 400, "unreadable"),
        (*signed(b"\xff\xfe"), 400, "unreadable"),
        (*signed({"apiVersion": "v2"}), 400, "unreadable"),
        (*signed(payment_event(payment=None)), 400, "unreadable"),
        (*signed(payment_event("with space")), 400, "unreadable"),
        (*signed(payment_event("x" * 129)), 400, "unreadable"),
        (*signed(payment_event(type="payment.\u00e9")), 400, "unreadable"),
        (*signed(b"[" * 10_000), 400, "unreadable"),
    ],
)
async def test_what_is_not_acted_upon_is_told_apart(gateway, body, headers, status, code):
    """Each has its status and its code, and leaves nothing behind."""
    refused(await gateway.http.post(PATH, content=body, headers=headers), status, code)
    assert await gateway.lines() == ()


@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(str))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_signed_never_breaks_it(gateway, body):
    """Any bytes under a good signature are refused in words."""
    answer = await gateway.post(body if isinstance(body, bytes) else body.encode(errors="replace"))
    refused(answer, 400, "unreadable")


async def test_an_event_that_comes_twice_is_kept_once(gateway):
    """Each delivery is acknowledged, also five at the same moment, and the relay is nudged for one."""
    nudges = []
    gateway.relay.nudge = lambda: nudges.append(1)
    answers = await asyncio.gather(*(gateway.post(payment_event()) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(await gateway.lines()) == 1


async def test_a_test_event_is_acknowledged_and_ignored(gateway):
    """The console's own try-out leaves nothing behind."""
    assert (await gateway.post(payment_event("TEST-1"))).status_code == 200
    assert await gateway.lines() == ()


@pytest.mark.parametrize("accounts", [{"main": account(**{KEY_ID: SECRET, "key-2": "new"})}])
async def test_keys_are_rotated_by_having_both(gateway):
    """While one key replaces another, deliveries signed by either are kept; a key with the other's secret is not."""
    assert (await gateway.post(payment_event("e-1"))).status_code == 200
    assert (await gateway.post(payment_event("e-2"), "new", "key-2")).status_code == 200
    refused(await gateway.post(payment_event("e-3"), "new", KEY_ID), 403, "wrong_signature")


@pytest.mark.parametrize(
    "accounts",
    [{"de": account("1111", **{KEY_ID: SECRET, "de": "d"}), "fr": account("2222", **{KEY_ID: SECRET, "fr": "f"})}],
)
async def test_key_merchant_and_account_must_agree(gateway):
    """One key of several accounts goes by the merchant id; a key of one account never speaks for another's."""
    for event_id, merchant in (("e-1", "1111"), ("e-2", "2222")):
        assert (await gateway.post(payment_event(event_id, merchantId=merchant))).status_code == 200
    assert {line.event_id: line.account for line in await gateway.lines()} == {"e-1": "de", "e-2": "fr"}
    refused(await gateway.post(payment_event("e-3", merchantId="2222"), "d", "de"), 403, "wrong_merchant")
    refused(await gateway.post(payment_event("e-3", merchantId="3333")), 403, "wrong_merchant")


@pytest.mark.parametrize("accounts", [{"main": account()}, {}])
async def test_without_keys_nothing_is_proven(gateway):
    """A gateway that was given no keys takes no event."""
    refused(await gateway.post(payment_event()), 401, "unknown_key")


async def test_the_endpoint_is_verified_by_an_echo(gateway):
    """A GET with the vendor's header is answered with its word, as plain text; any other GET with a problem."""
    header = "X-GCS-Webhooks-Endpoint-Verification"
    answer = await gateway.http.get(PATH, headers={header: "5c8b2d0e-word"})
    assert (answer.status_code, answer.text) == (200, "5c8b2d0e-word")
    assert answer.headers["content-type"].startswith("text/plain")
    refused(await gateway.http.get(PATH), 400, "no_verification")
    refused(await gateway.http.get(PATH, headers={header: "<b>no word</b> at all"}), 400, "bad_verification")


async def test_too_much_is_not_read(gateway):
    """A body above the limit is refused, whether its length is told beforehand or not."""
    large = b"x" * (LARGEST_BODY_BYTES + 1)
    refused(await gateway.http.post(PATH, content=large, headers=HEADERS), 413, "too_large")

    async def in_parts():
        for _ in range(LARGEST_BODY_BYTES // 1024 + 1):
            yield b"x" * 1024

    refused(await gateway.http.post(PATH, content=in_parts(), headers=HEADERS), 413, "too_large")


async def test_without_its_ledger_nothing_is_acknowledged(accounts, tmp_path):
    """While the books are away Connect is told to come again, and the process says that it is not ready."""
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'ledger.sqlite'}")
    inbox, clock = Inbox(database), SetClock()
    transport = httpx.ASGITransport(build(accounts, inbox, Relay(inbox, Woken(), clock), clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.post(PATH, content=BODY, headers=HEADERS)
        refused(answer, 503, "not_kept")
        assert answer.headers["retry-after"]
        refused(await http.get("/ready"), 503, "no_ledger")
        assert (await http.get("/health")).json() == {"status": "ok"}
    await database.close()


async def test_it_is_acknowledged_after_the_commit_and_not_before(gateway, monkeypatch):
    """While the event is being kept the sender waits; if that takes too long it is told to come again."""
    may_commit = asyncio.Event()
    take_in = gateway.inbox.take_in

    async def slowly(*args, **options):
        await may_commit.wait()
        return await take_in(*args, **options)

    monkeypatch.setattr(gateway.inbox, "take_in", slowly)
    posting = asyncio.create_task(gateway.post(payment_event()))
    done, _ = await asyncio.wait([posting], timeout=0.2)
    assert not done
    may_commit.set()
    assert (await posting).status_code == 200
    may_commit.clear()
    monkeypatch.setattr("gateway.webhooks.SECONDS_TO_KEEP", 0.05)
    refused(await gateway.post(payment_event("e-2")), 503, "not_kept")


async def test_what_waits_is_told(gateway):
    """/ready counts what waits and what is quarantined."""
    await gateway.post(payment_event())
    assert (await gateway.http.get("/ready")).json() == {
        "undelivered": 1,
        "quarantined": 0,
        "oldest_undelivered": "2026-11-24T09:00:00Z",
    }
