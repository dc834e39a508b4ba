"""Runs commands quickly: imports the command line once and forks for each, as if the shell had started it.

Reads one JSON object a line, `{"args", "env", "stdin", "folder"}`, and prints `{"pid"}` at once and `{"pid", "code"}`
at the end; the command's output is in `folder`. A fork is taken before any connection exists: none loses its threads.
"""

import json
import os
import sys
import threading
from pathlib import Path

import rich.markdown  # noqa: F401 (help needs it, and each fork would load it anew)
import typer.rich_utils  # noqa: F401 (likewise)

from cli.app import main

LOCK = threading.Lock()


def say(**told: int) -> None:
    with LOCK:
        print(json.dumps(told), flush=True)  # noqa: T201 (the answer)


def command(asked: dict) -> None:
    folder = Path(asked["folder"])
    for number, name, how in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_WRONLY), (2, "stderr", os.O_WRONLY)):
        os.dup2(os.open(folder / name, how), number)
    os.chdir(asked["cwd"])
    os.environ.update(asked["env"])
    sys.argv = ["payments", *asked["args"]]
    try:
        main()
    except SystemExit as ended:
        # As the interpreter would end, without taking down all that was imported, which takes a second.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code or 0)


def wait(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    say(pid=pid, code=os.waitstatus_to_exitcode(status))


for line in sys.stdin:
    # Taken while a thread says something, it would find standard output locked by nobody, and wait for ever.
    with LOCK:
        forked = os.fork()
    if forked == 0:
        command(json.loads(line))
        os._exit(0)
    say(pid=forked)
    threading.Thread(target=wait, args=(forked,), daemon=True).start()
