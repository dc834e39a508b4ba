"""Killing the writer: whatever it had acknowledged is there, and nothing is half written."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ledger.check import faults
from payments.evolve import fold
from payments.postings import postings

ROOT = Path(__file__).parents[2]
# Writes orders one after the other and says so after each commit: the intent first, then its outcome.
WRITER = """
import asyncio, importlib.util, itertools, sys
spec = importlib.util.spec_from_file_location("kit", sys.argv[1])
kit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kit)

async def main():
    books = kit.Books(kit.Database(sys.argv[2]))
    for n in itertools.count():
        books.key = kit.PaymentKey(order_id=f"order-{n}")
        intent = (await books.start()).intent
        print("begun", n, flush=True)
        event = books.authorized_event().model_copy(update={"provider_id": str(n)})
        await books.conclude(intent, kit.IntentOutcome.DONE, event, provider_id=str(n))
        print("done", n, flush=True)

asyncio.run(main())
"""


def killed_writer(url, seed):
    """Let a process write for a moment, kill it, and return what it had said: the numbers begun and done."""
    kit = Path(__file__).with_name("conftest.py")
    command = [sys.executable, "-c", WRITER, str(kit), url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        said = [writer.stdout.readline()]
        time.sleep(random.Random(seed).uniform(0.02, 0.2))
        writer.send_signal(signal.SIGKILL)
        said += writer.stdout.readlines()
    words = [line.split() for line in said if line.endswith("\n")]
    return tuple({number for word, number in words if word == wanted} for wanted in ("begun", "done"))


@pytest.mark.parametrize("seed", range(3))
async def test_no_acknowledged_intent_is_lost_by_a_kill(books, engine, url, seed):
    """SIGKILL at any moment: what was said to be committed is there, the rest is whole or absent."""
    begun, done = await asyncio.to_thread(killed_writer, url, seed)
    assert begun
    stored = {claim.order_id.removeprefix("order-"): claim for claim in await books.queries.claims()}
    assert begun <= stored.keys()
    assert len(stored) <= len(begun) + 1
    for number, claim in stored.items():
        (intent,) = await books.queries.intents(claim.key)
        events = [e.event for e in await books.queries.events(claim.key)]
        assert await books.queries.payment(claim.key) == fold(claim.key, events)
        booked = sum(b.amount_minor for b in await books.queries.balances(claim.key))
        assert booked == 0
        assert (intent.outcome is None) == (not any(map(postings, events)))
        assert number not in done or intent.outcome is not None
    assert [fault async for fault in faults(books.database)] == []
    if engine == "sqlite":
        assert await books.database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
