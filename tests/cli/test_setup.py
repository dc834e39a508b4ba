"""Commands about the installation: doctor, db upgrade, worker, dev, completion, help."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from cli.exits import Exit
from devstack.processes import free_ports

pytestmark = pytest.mark.asyncio(loop_scope="session")

COMMANDS = re.findall(r"^\| `payments ([a-z-]+(?: upgrade)?)", Path("docs/cli.md").read_text(), re.MULTILINE)
PAYMENTS = str(Path(sys.executable).parent / "payments")


async def test_a_doctor_finds_nothing_wrong_with_the_stack(payments_command):
    """On a healthy stack everything is fine, in words and as JSON."""
    words = await payments_command("doctor")
    assert words.code == Exit.DONE, words.out
    document = (await payments_command("doctor", "--json")).document
    names = ["Temporal", "Search attributes", "Ledger", "Events", "Ingenico", "Clock", "Webhooks"]
    assert [finding["name"] for finding in document] == names
    assert all(finding["fine"] for finding in document)


BROKEN = {
    "Temporal": ({"TEMPORAL_ADDRESS": "127.0.0.1:9"}, "TEMPORAL_ADDRESS"),
    "Temporal, no address": ({"TEMPORAL_ADDRESS": "no address at all"}, "TEMPORAL_ADDRESS"),
    "Temporal, no namespace": ({"TEMPORAL_NAMESPACE": "nowhere"}, "namespace create"),
    "Search attributes": ({"TEMPORAL_NAMESPACE": "temporal-system"}, "temporal operator search-attribute create"),
    "Ledger, not there": (
        {"PAYMENTS_LEDGER_URL": "sqlite:////tmp/nowhere-at-all/ledger.sqlite"},
        "payments db upgrade",
    ),
    "Ledger, another database": ({"PAYMENTS_LEDGER_URL": "mysql://x/y"}, "PAYMENTS_LEDGER_URL"),
    "Ledger, no URL": ({"PAYMENTS_LEDGER_URL": "ledger"}, "PAYMENTS_LEDGER_URL"),
    "Ledger, no server": ({"PAYMENTS_LEDGER_URL": "postgresql://u:geheim@127.0.0.1:9/x"}, "PAYMENTS_LEDGER_URL"),
    "Ledger, no database in the file": ({"PAYMENTS_LEDGER_URL": "sqlite:///pyproject.toml"}, "PAYMENTS_LEDGER_URL"),
    "Ingenico, wrong secret": ({"PAYMENTS_INGENICO_SECRET_API_KEY": "geheim"}, "PAYMENTS_INGENICO_ENDPOINT"),
    "Ingenico, no secret": ({"PAYMENTS_INGENICO_SECRET_API_KEY": " "}, "Configuration Center"),
    "Ingenico, not there": ({"PAYMENTS_INGENICO_ENDPOINT": "http://127.0.0.1:9"}, "PAYMENTS_INGENICO_ENDPOINT"),
    "Ingenico, no endpoint": ({"PAYMENTS_INGENICO_ENDPOINT": "127.0.0.1"}, "Configuration Center"),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_a_doctor_names_what_is_broken_and_the_remedy(payments_command, case):
    """Each broken part is a finding of its own with its remedy, the others are looked at all the same; exit code 1."""
    environment, remedy = BROKEN[case]
    ran = await payments_command("doctor", "--json", **environment)
    assert ran.code == Exit.FAILED
    wrong = [finding for finding in ran.document if not finding["fine"]]
    assert case.partition(",")[0] in {finding["name"] for finding in wrong}
    assert all(finding["remedy"] for finding in wrong)
    assert remedy in " ".join(finding["remedy"] for finding in wrong)
    assert {"Temporal", "Ledger"} <= {finding["name"] for finding in ran.document}
    assert "geheim" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("date", "told", "remedy"),
    [
        ("Tue, 24 Nov 2020 08:00:00 GMT", "ahead of", "NTP"),
        ("Tue, 24 Nov 2099 08:00:00 GMT", "behind", "NTP"),
        ("yesterday", "no known form", "PAYMENTS_INGENICO_ENDPOINT"),
    ],
)
async def test_a_doctor_compares_the_clocks(payments_command, date, told, remedy):
    """A clock that differs from the provider's is a finding with a remedy: requests are signed with the time."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        ran = await payments_command("doctor", "--json", PAYMENTS_INGENICO_ENDPOINT=f"http://127.0.0.1:{port}")
    assert ran.code == Exit.FAILED
    [clock] = [finding for finding in ran.document if finding["name"] == "Clock"]
    assert told in clock["told"]
    assert remedy in clock["remedy"]


HTTPS = "https://shop.example/payments"


@pytest.mark.parametrize(
    ("command", "environment", "place"),
    [
        (["doctor"], {"PAYMENTS_QUIET_SECONDS": "soon"}, "PAYMENTS_QUIET_SECONDS"),
        (["doctor"], {"PAYMENTS_QUIET_SECONDS": "-1"}, "PAYMENTS_QUIET_SECONDS"),
        (["db", "upgrade"], {"PAYMENTS_LEDGER_URL": "ledger"}, "PAYMENTS_LEDGER_URL"),
        (["db", "upgrade"], {"PAYMENTS_LEDGER_URL": "sqlite:////proc/nothing/x.sqlite"}, "PAYMENTS_LEDGER_URL"),
        (["db", "upgrade"], {"PAYMENTS_LEDGER_URL": "postgresql://127.0.0.1:9/x"}, "PAYMENTS_LEDGER_URL"),
        (["worker"], {"PAYMENTS_INGENICO_SECRET_API_KEY": ""}, "PAYMENTS_INGENICO_SECRET_API_KEY"),
        (["worker"], {"PAYMENTS_LOG_LEVEL": "LOUD"}, "PAYMENTS_LOG_LEVEL"),
        (["serve"], {"PAYMENTS_LOG_LEVEL": "LOUD"}, "PAYMENTS_LOG_LEVEL"),
        (["serve"], {"PAYMENTS_INGENICO_WEBHOOK_KEYS": ""}, "PAYMENTS_INGENICO_WEBHOOK_KEYS"),
        (["serve"], {"PAYMENTS_INGENICO_WEBHOOK_KEYS": "key=geheim"}, "PAYMENTS_INGENICO_WEBHOOK_KEYS"),
        (["serve"], {"PAYMENTS_INGENICO_WEBHOOK_KEYS": '{"key": " "}'}, "PAYMENTS_INGENICO_WEBHOOK_KEYS"),
        (["serve"], {"PAYMENTS_INGENICO_MERCHANT_ID": ""}, "PAYMENTS_INGENICO_MERCHANT_ID"),
        (["events"], {"PAYMENTS_LEDGER_URL": "ledger"}, "PAYMENTS_LEDGER_URL"),
        (["events"], {"PAYMENTS_LEDGER_URL": "sqlite:////proc/nothing/x.sqlite"}, "PAYMENTS_LEDGER_URL"),
        (["worker"], {"PAYMENTS_HOLD_MARGIN_SECONDS": "x"}, "PAYMENTS_HOLD_MARGIN_SECONDS"),
        (["worker"], {"PAYMENTS_CALLBACK_URL": HTTPS}, "PAYMENTS_CALLBACK_SECRETS"),
        (["worker"], {"PAYMENTS_CALLBACK_URL": HTTPS, "PAYMENTS_CALLBACK_SECRETS": "geheim"}, "whsec_"),
        (["callbacks"], {"PAYMENTS_LEDGER_URL": "ledger"}, "PAYMENTS_LEDGER_URL"),
    ],
)
async def test_a_wrong_setting_is_named(payments_command, command, environment, place):
    """A variable that is not well formed is named, with what to do, and the exit code is 1."""
    ran = await payments_command(*command, **environment)
    assert ran.code == Exit.FAILED
    assert place in ran.err
    assert "geheim" not in ran.out + ran.err


async def test_a_worker_without_temporal_says_so(payments_command):
    """A worker that finds no server ends with 7."""
    assert (await payments_command("worker", TEMPORAL_ADDRESS="127.0.0.1:9")).code == Exit.UNREACHABLE


async def test_a_worker_ends_on_a_signal(payments_command):
    """A worker stops gracefully when it is told to, with 0."""
    running = await payments_command.start("worker", TEMPORAL_NAMESPACE="temporal-system")
    await asyncio.sleep(2)
    os.kill(running.pid, signal.SIGTERM)
    ran = await running.result()
    assert ran.code == Exit.DONE, ran.err


async def test_a_ledger_is_upgraded_twice(payments_command, tmp_path):
    """Upgrading creates the tables; again it changes nothing."""
    url = f"sqlite:///{tmp_path}/new folder/ledger.sqlite"
    first = await payments_command("db", "upgrade", PAYMENTS_LEDGER_URL=url)
    second = await payments_command("db", "upgrade", PAYMENTS_LEDGER_URL=url)
    assert (first.code, second.code) == (Exit.DONE, Exit.DONE)
    assert re.search(r"at revision \w+", first.out)
    assert first.out == second.out


async def test_help_and_completion_are_there(payments_command):
    """Each command of docs/cli.md has its help, and the shell can be told to complete them."""
    assert len(COMMANDS) == 23
    for command in COMMANDS:
        ran = await payments_command(*command.split(), "--help")
        assert (ran.code, ran.err) == (0, "")
    completion = await payments_command(_PAYMENTS_COMPLETE="complete_bash", COMP_WORDS="payments ca", COMP_CWORD="1")
    assert "capture" in completion.out


async def test_a_development_stack_starts_and_leaves_nothing(tmp_path):
    """`payments dev` comes up, says how to go on, and on Ctrl-C ends with 130 and no process of it is left."""
    base = next(p for [p] in iter(lambda: free_ports(1), None) if p < 60_000)
    process = await asyncio.create_subprocess_exec(
        PAYMENTS,
        "dev",
        f"--folder={tmp_path}",
        f"--port-base={base}",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = b""
    async with asyncio.timeout(60):
        while b"Ctrl-C" not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGINT)
        said += await process.stdout.read()
        code = await process.wait()
    assert code == Exit.INTERRUPTED, said
    assert b"Traceback" not in said
    assert _processes_with(str(tmp_path)) == []


def _processes_with(argument: str) -> list[Path]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += [file] if argument.encode() in file.read_bytes() else []
    return found
