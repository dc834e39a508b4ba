"""`python -m gateway --port N`: the gateway as a process that a stack starts; `payments serve` is for people."""

import argparse
import asyncio

from gateway.serving import listen, serve
from runtime.logs import configure_logs
from runtime.settings import Settings


def main() -> None:
    """Read the environment and serve."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    settings = Settings()
    configure_logs(settings.log_level)
    asyncio.run(serve(settings, listen("127.0.0.1", parser.parse_args().port)))


if __name__ == "__main__":
    main()
