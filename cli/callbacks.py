"""The command about callbacks to the order service: list what it has not taken, and send it again."""

import asyncio
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from cli.exits import Exit
from cli.output import AsJson, out, print_json
from cli.running import Told, no_ledger, read_settings, run_alone, told
from ledger.database import UNAVAILABLE, Database, database_url, open_database, sqlite_path
from ledger.operations import SqlRecords
from ledger.outbox import OutboxLine, SqlOutbox
from notify.receiver import Targets
from payments.callbacks import sent_again
from payments.card_numbers import looks_like_card_number
from payments.records import UnknownOrder
from payments.references import PaymentKey
from runtime.clock import SystemClock
from runtime.settings import Settings

# Who looks at a payment waits no longer than this for what is only beside it.
LOOK_SECONDS = 3


async def undelivered(key: PaymentKey) -> tuple[OutboxLine, ...] | None:
    """Return a payment's callbacks that were not delivered, the first to be sent first; None: not to be read here.

    A payment is shown by Temporal alone, so a terminal may do without the ledger.
    """
    try:
        url = read_settings().ledger_url
        file = sqlite_path(database_url(url))
        if file is not None and not file.exists():
            return None
        async with asyncio.timeout(LOOK_SECONDS), open_database(url) as database:
            return tuple(reversed(await SqlOutbox(database).listing(key, limit=1000)))
    except (*UNAVAILABLE, ValueError, TimeoutError, Told):
        return None


def callbacks(
    resend: Annotated[
        str | None, typer.Option(metavar="ORDER", help="Send this order's again, given up or not.")
    ] = None,
    shop: Annotated[str, typer.Option(help="The shop whose order number --resend names.")] = "main",
    everything: Annotated[bool, typer.Option("--all", help="Also what was delivered.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List callbacks that the order service has not taken, or have an order's sent again."""

    async def work() -> Exit:
        settings = read_settings()
        key = _key(shop, resend) if resend is not None else None
        try:
            async with open_database(settings.ledger_url) as database:
                sent = await _send_again(database, settings, key) if key is not None else None
                lines = await SqlOutbox(database).listing(key, everything=everything, limit=limit)
        except UnknownOrder:
            message, remedy = f"No payment was ever opened for order {key}.", "Check the order's number and --shop."
            raise told(Exit.NOT_FOUND, "--resend", message, remedy) from None
        except (*UNAVAILABLE, ValueError) as away:
            raise no_ledger(away) from None
        if sent is not None and not as_json:
            out.print(f"{sent} are sent again, in order, by a worker that has PAYMENTS_CALLBACK_URL.")
        print_json(list(lines)) if as_json else out.print(_table(lines))
        return Exit.DONE

    run_alone(work, as_json=as_json)


async def _send_again(database: Database, settings: Settings, key: PaymentKey) -> int:
    """Have an order's callbacks sent again; that a person was needed for them is settled by that."""
    now = SystemClock().now()
    records = SqlRecords(database, notifies=Targets(settings.callback_receivers).has)
    await records.record(key, sent_again, now=now, known=0)
    return await SqlOutbox(database).send_again(key, now=now)


def _key(shop: str, order_id: str) -> PaymentKey:
    remedy = "An order is [A-Za-z0-9._-]{1,64}, a shop [a-z0-9]{1,12}."
    refused = told(Exit.BAD_INPUT, "--resend, --shop", "That is no order's number.", remedy)
    if looks_like_card_number(order_id):
        raise refused
    try:
        return PaymentKey(shop=shop, order_id=order_id)
    except ValidationError:
        raise refused from None


def _table(lines: tuple[OutboxLine, ...]) -> Table | str:
    if not lines:
        return "The order service has taken every callback."
    table = Table(box=None, pad_edge=False)
    for title in ("happened", "order", "number", "type", "tried", "what became of it"):
        table.add_column(title)
    for line in lines:
        table.add_row(
            f"{line.created_at:%Y-%m-%d %H:%M:%S}",
            escape(f"{line.shop}/{line.order_id}"),
            str(line.sequence),
            line.type,
            str(line.attempts),
            escape(became(line)),
        )
    return table


def became(line: OutboxLine) -> str:
    """Say what has become of a callback."""
    if line.delivered_at is not None:
        return "delivered"
    why = f": {line.last_error}" if line.last_error else ""
    if line.given_up_at is not None:
        return f"given up{why}"
    return f"waits until {line.next_attempt_at:%Y-%m-%d %H:%M:%S} UTC{why}" if line.attempts else "waits"
