"""Commands about the ledger's database."""

import asyncio

import typer

from cli.exits import Exit
from cli.running import read_settings, run_alone, told
from ledger import migrate

app = typer.Typer(no_args_is_help=True, help="The ledger's database.")


@app.callback()
def database() -> None:
    """The ledger's database, at PAYMENTS_LEDGER_URL."""


@app.command()
def upgrade() -> None:
    """Create the tables, or bring them to this version's; what is current is left alone."""

    async def work() -> Exit:
        url = read_settings().ledger_url
        try:
            await asyncio.to_thread(migrate.upgrade, url)
            revision = await asyncio.to_thread(migrate.current, url)
        except Exception as error:
            # A database, its driver and the migrations each have errors of their own.
            message = f"The ledger cannot be upgraded: {(str(error).splitlines() or [repr(error)])[0]}."
            remedy = "Correct PAYMENTS_LEDGER_URL, or start its database; payments doctor looks again."
            raise told(Exit.FAILED, "PAYMENTS_LEDGER_URL", message, remedy) from error
        typer.echo(f"The ledger is at revision {revision}.")
        return Exit.DONE

    run_alone(work)
