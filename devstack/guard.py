"""Run a command that must not outlive whoever started it: `python -m devstack.guard LOCK COMMAND...`.

Standard input is a pipe that the starter holds. When it ends, for whatever reason (a SIGKILL leaves no time for
goodbyes), the command is stopped. LOCK is a file that is held locked meanwhile: an earlier run's command may still be
letting go of its database, and two servers on one file would break it.
"""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

# After this a command that does not want to stop is killed.
GRACE_SECONDS = 5.0
# An earlier run's command is gone after its grace, and a little more.
LOCK_SECONDS = 15.0


def main() -> int:
    """Run the command until it ends or the starter does."""
    lock, command = Path(sys.argv[1]), sys.argv[2:]
    with lock.open("a") as held:
        if not _take(held):
            print(f"{lock} is held: another run uses this folder; stop it or choose another --folder")  # noqa: T201
            return 1
        return _run(command)


def _take(held: TextIO) -> bool:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        else:
            return True


def _run(command: list[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 (ours)

    def stop() -> None:
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stop()

    # Ctrl-C reaches the whole terminal's group; whoever started us decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # In a thread: the main one may be inside `wait`, which would not notice the command's end before the handler's.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=stop, daemon=True).start())
    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
