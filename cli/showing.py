"""The command that shows one payment: its view, and what the order service has not been told of it."""

from rich.markup import escape
from temporalio.client import Client

from cli.asking import OrderArgument, Shop, client_of, key_of, no_payment
from cli.callbacks import became, undelivered
from cli.exits import Exit
from cli.output import AsJson, out, print_json, view_table
from cli.running import run
from ledger.outbox import OutboxLine
from payments.view import PaymentView

UNREADABLE = "not known: the ledger cannot be read here; payments doctor tells what is missing"


class Shown(PaymentView):
    """A payment, and its callbacks that were not delivered."""

    callbacks: tuple[OutboxLine, ...] | None
    """None: the ledger cannot be read from here."""


def show(order: OrderArgument, shop: Shop = "main", as_json: AsJson = False) -> None:
    """Show everything about one payment."""
    key = key_of(shop, order, as_json=as_json)

    async def work(client: Client) -> Exit:
        view = await client_of(client).view(key)
        if view is None:
            raise no_payment(key)
        waiting = await undelivered(key)
        if as_json:
            print_json(Shown(**dict(view), callbacks=waiting))
            return Exit.DONE
        table = view_table(view)
        for line in waiting or ():
            table.add_row("[dim]callback[/]", escape(f"{line.sequence} {line.type} {became(line)}"))
        if waiting is None:
            table.add_row("[dim]callbacks[/]", UNREADABLE)
        out.print(table)
        return Exit.DONE

    run(work, as_json=as_json)
