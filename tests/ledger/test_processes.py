"""Several processes on one ledger, all asking for the same: nothing is written twice, nobody is in another's way."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ledger.check import faults
from payments.states import PaymentState

ROOT = Path(__file__).parents[2]
PROCESSES = 3
ORDERS = 6
# Starts, answers, ships and sees captured every order, each beside all the others, in an order of its own. What another
# process has under way is waited for, as the engine does. Prints what it wrote first.
WRITER = """
import asyncio, importlib.util, random, sys
spec = importlib.util.spec_from_file_location("kit", sys.argv[1])
kit = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kit)

async def play(database, number):
    books = kit.Books(database)
    books.key = kit.PaymentKey(order_id=f"order-{number}")
    started = await books.start(key=books.key, owner=sys.argv[3])
    if started.created:
        print("authorize", number)
    event = books.authorized_event().model_copy(update={"provider_id": str(number)})
    told = await books.conclude(started.intent, kit.IntentOutcome.DONE, event, provider_id=str(number), known=2)
    assert told.events[0].event.kind == "authorized"
    operation = books.operation(kit.OperationKind.CAPTURE, "shipment-1", 4_000, key=books.key)
    captured = await books.begin(operation, (books.capture_intended(4_000),), known=3)
    if captured.created:
        print("capture", number)
    requested = books.capture_requested(4_000, 4_000, 6_000)
    told = await books.conclude(captured.intent, kit.IntentOutcome.DONE, requested, known=4)
    assert told.events[0].event.kind == "capture_requested"

async def main():
    database = kit.Database(sys.argv[2])
    numbers = list(range(int(sys.argv[4])))
    random.Random(sys.argv[3]).shuffle(numbers)
    sys.stdin.readline()
    await asyncio.gather(*(play(database, number) for number in [*numbers, *reversed(numbers)]))
    await database.close()

print("ready", flush=True)
asyncio.run(main())
"""


def raced(url):
    """Let the processes go at the same moment and return what each said it wrote first."""
    kit = str(Path(__file__).with_name("conftest.py"))
    racing = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, kit, url, str(n), str(ORDERS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for n in range(PROCESSES)
    ]
    for process in racing:
        assert process.stdout.readline() == "ready\n"
    for process in racing:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60) for process in racing]
    assert [process.returncode for process in racing] == [0] * PROCESSES, said[0][1] or said[1][1] or said[2][1]
    return Counter(line for output, _ in said for line in output.splitlines())


async def test_whatever_processes_do_at_once_happens_once(books, url):
    """Each order has one claim, one intent and one outcome an operation; no deadlock, no error, whole books."""
    wrote = await asyncio.to_thread(raced, url)
    expected = {f"{kind} {number}" for kind in ("authorize", "capture") for number in range(ORDERS)}
    assert wrote == dict.fromkeys(expected, 1)
    lines = await books.queries.claims()
    assert len(lines) == ORDERS
    for line in lines:
        assert (line.state, line.sequence) == (PaymentState.CAPTURE_REQUESTED, 5)
        assert [i.operation.kind.value for i in await books.queries.intents(line.key)] == ["authorize", "capture"]
        (hold,) = [h for h in await books.queries.holds() if line.order_id in h.authorization_id.split("/")]
        assert (hold.open_minor, hold.reserved_minor, hold.lapsing_minor) == (0, 0, 6_000)
    assert [fault async for fault in faults(books.database)] == []
