"""Run a command that must not outlive whoever started it: `python -m devstack.guard COMMAND...`.

Standard input is a pipe that the starter holds. When it ends, for whatever reason (a SIGKILL leaves no time for
goodbyes), the command is stopped.
"""

import os
import signal
import subprocess
import sys
import threading

# After this a command that does not want to stop is killed.
GRACE_SECONDS = 5.0


def main() -> int:
    """Run the command until it ends or the starter does."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 (ours)

    def stop(*_: object) -> None:
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
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
