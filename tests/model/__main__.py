"""Play many sequences that nobody has seen: `python -m tests.model N`, or `make model N=…`."""

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.model.drawn import play_many
from tests.model.stage import open_stage

# So many on one set of servers: what a time-skipping server keeps grows with each.
ROUND = 200


async def main(count: int) -> None:
    """Play so many, in rounds. Raises what the first that fails does, shrunk as far as a few minutes allow."""
    # Lost answers are part of the play: what the worker logs of them says nothing.
    logging.disable(logging.CRITICAL)
    for played in range(0, count, ROUND):
        begun, size = time.monotonic(), min(ROUND, count - played)
        with tempfile.TemporaryDirectory() as folder:
            async with open_stage(Path(folder)) as stage:
                await play_many(stage, size, anew=True)
        print(f"{played + size} sequences agree ({time.monotonic() - begun:.0f} s for the last {size})", flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
