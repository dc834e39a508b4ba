"""`python -m simulator --port N`: an Ingenico Connect on this machine."""

import argparse
import logging
import socket
import sys

import uvicorn

from simulator import settings
from simulator.app import build
from simulator.front.transport import ExposedProtocol
from simulator.settings import Settings


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="loopback unless told otherwise")
    parser.add_argument("--data", default="", metavar="FILE", help="keep everything in this file")
    parser.add_argument("--capture-delay", type=float, default=2.0, metavar="S", help="requested to captured")
    parser.add_argument("--collect-delay", type=float, default=2.0, metavar="S", help="captured to paid")
    parser.add_argument("--date-skew", type=float, default=300.0, metavar="S", help="how wrong Date may be")
    parser.add_argument("--verbose", action="store_true", help="log each request")
    return parser.parse_args()


def server(chosen: Settings) -> uvicorn.Server:
    """The server whose protocol lets answers break off on order."""
    config = uvicorn.Config(
        build(chosen),
        http=ExposedProtocol,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        # A client that waits between two requests keeps its connection: an idle end would look like a fault.
        timeout_keep_alive=75,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that says it speaks TCP: asyncio switches Nagle's delay of 40 ms off only for those."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(1024)
    return listener


def main() -> None:
    """Listen, say where, and serve until told to stop."""
    told = arguments()
    logging.basicConfig(
        level=logging.DEBUG if told.verbose else logging.WARNING, format="%(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        chosen = settings.from_environment(
            data=told.data,
            capture_delay_seconds=told.capture_delay,
            collect_delay_seconds=told.collect_delay,
            date_skew_seconds=told.date_skew,
        )
        listener = listen(told.host, told.port)
    except (OSError, ValueError) as error:
        sys.exit(f"simulator: {error}")
    host, port = listener.getsockname()[:2]
    print(f"Ingenico Connect simulator on http://{host}:{port}, merchant {chosen.merchant_id}", flush=True)  # noqa: T201
    server(chosen).run(sockets=[listener])


if __name__ == "__main__":
    main()
