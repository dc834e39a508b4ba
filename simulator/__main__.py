"""`python -m simulator --port N`: an Ingenico Connect on this machine."""

import argparse
import logging
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

from simulator import api, settings
from simulator.app import build
from simulator.front.transport import ExposedProtocol
from simulator.settings import Settings

# Every setting in seconds is an option; docs/simulator.md says what each is for.
TIMES = {name: field.default for name, field in Settings.model_fields.items() if name.endswith("_seconds")}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="loopback unless told otherwise")
    parser.add_argument("--data", default="", metavar="FILE", help="keep everything in this file")
    parser.add_argument("--speed", type=float, metavar="X", help="how fast its clock runs, 1 being real time")
    for name, default in TIMES.items():
        option = name.removesuffix("_seconds").replace("_", "-")
        parser.add_argument(f"--{option}", dest=name, type=float, metavar="S", help=f"seconds, {default:g} if not told")
    parser.add_argument("--merchants", type=Path, metavar="FILE", help="further accounts, a JSON list")
    parser.add_argument("--keyed", metavar="NAMES", help="operations that honour an idempotence key, by commas")
    parser.add_argument("--multiple-captures", action="store_true", help="the first account may capture in parts")
    parser.add_argument("--refunds-require-approval", action="store_true", help="the first account approves refunds")
    parser.add_argument("--verbose", action="store_true", help="log each request")
    return parser.parse_args()


def choose(told: argparse.Namespace) -> Settings:
    """The settings that the command line and the environment ask for. Raises ValueError that says what is wrong."""
    options: dict[str, Any] = {
        "data": told.data,
        "multiple_captures": told.multiple_captures,
        "refunds_require_approval": told.refunds_require_approval,
    }
    options |= {name: vars(told)[name] for name in (*TIMES, "speed") if vars(told)[name] is not None}
    if told.merchants is not None:
        options["more_merchants"] = settings.merchants_from(told.merchants)
    if told.keyed is not None:
        options["keyed"] = keyed(told.keyed)
    return settings.from_environment(**options)


def keyed(names: str) -> frozenset[str]:
    """The operations of a list by commas; an empty list is none at all."""
    found = frozenset(name.strip() for name in names.split(",") if name.strip())
    unknown = found - api.NAMES
    if unknown:
        raise ValueError(f"--keyed: there is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(api.NAMES))}")
    return found


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
        chosen = choose(told)
        listener = listen(told.host, told.port)
    except (OSError, ValueError) as error:
        sys.exit(f"simulator: {error}")
    host, port = listener.getsockname()[:2]
    print(f"Ingenico Connect simulator on http://{host}:{port}, merchant {chosen.merchant_id}", flush=True)  # noqa: T201
    server(chosen).run(sockets=[listener])


if __name__ == "__main__":
    main()
