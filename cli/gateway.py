"""Commands about the gateway: serve it, and list the events that came to it."""

import socket
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from cli.exits import Exit
from cli.output import AsJson, out, print_json
from cli.running import no_ledger, read_settings, run_alone, told
from gateway import serving
from ledger.database import UNAVAILABLE, open_database
from ledger.inbox import Inbox, InboxLine
from runtime.logs import configure_logs

DEFAULT_PORT = 8443

_Pem = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="PEM; without it plain HTTP.")
]


def serve(
    host: Annotated[str, typer.Option(help="Loopback unless told: put TLS here, or a proxy that speaks it before.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535)] = DEFAULT_PORT,
    certfile: _Pem = None,
    keyfile: _Pem = None,
) -> None:
    """Take in Ingenico's webhooks, as the environment says (docs/operations.md), until SIGTERM or Ctrl-C."""

    async def work() -> Exit:
        settings = read_settings()
        if (certfile is None) != (keyfile is None):
            raise told(Exit.BAD_INPUT, "--certfile, --keyfile", "One came without the other.", "Name both, or none.")
        if not settings.ingenico_webhook_keys or not settings.ingenico_merchant_id:
            missing = "PAYMENTS_INGENICO_MERCHANT_ID and PAYMENTS_INGENICO_WEBHOOK_KEYS"
            remedy = "Copy the webhook key's id and secret from Ingenico's Configuration Center."
            raise told(Exit.FAILED, missing, "Without both no event can be proven.", remedy)
        try:
            configure_logs(settings.log_level)
        except ValueError as unknown:
            raise told(Exit.FAILED, "PAYMENTS_LOG_LEVEL", f"{unknown}.", "Use INFO, or DEBUG to see more.") from None
        listener = _listen(host, port)
        kind = "https" if certfile else "http"
        address = f"{kind}://{host}:{listener.getsockname()[1]}"
        typer.echo(f"Ingenico's webhooks are taken in at {address}/webhooks/ingenico.")
        try:
            await serving.serve(settings, listener, certfile=certfile, keyfile=keyfile)
        except (ValidationError, ValueError, OSError) as wrong:
            raise told(
                Exit.FAILED, "(gateway)", f"{wrong}.", "Correct it; docs/operations.md tells what each is."
            ) from None
        return Exit.DONE

    run_alone(work)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return serving.listen(host, port)
    except OSError as taken:
        remedy = "Stop what listens there, or choose another --host or --port."
        raise told(Exit.FAILED, "--port", f"{host}:{port} cannot be listened on: {taken.strerror}.", remedy) from None


def events(
    everything: Annotated[bool, typer.Option("--all", help="Also what was delivered.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List Ingenico's events that have woken no payment: quarantined, or not delivered yet."""

    async def work() -> Exit:
        url = read_settings().ledger_url
        try:
            async with open_database(url) as database:
                lines = await Inbox(database).listing(everything=everything, limit=limit)
        except (*UNAVAILABLE, ValueError) as away:
            raise no_ledger(away) from None
        print_json(list(lines)) if as_json else out.print(_table(lines))
        return Exit.DONE

    run_alone(work, as_json=as_json)


def _table(lines: tuple[InboxLine, ...]) -> Table | str:
    if not lines:
        return "Every event has woken its payment."
    table = Table(box=None, pad_edge=False)
    for title in ("received", "account", "event", "type", "reference", "what became of it"):
        table.add_column(title)
    for line in lines:
        table.add_row(
            f"{line.received_at:%Y-%m-%d %H:%M:%S}",
            *(escape(text) for text in (line.account, line.event_id, line.type, line.merchant_reference or "-")),
            escape(_became(line)),
        )
    return table


def _became(line: InboxLine) -> str:
    if line.delivered_at is not None:
        return f"woke {line.shop}/{line.order_id}" if line.order_id else "about no payment"
    return f"quarantined: {line.quarantined}" if line.quarantined else f"waits, tried {line.attempts} times"
