"""Commands about the ledger's database."""

import typer

from ledger import migrate
from runtime.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The ledger's database.")


@app.callback()
def database() -> None:
    """The ledger's database, at PAYMENTS_LEDGER_URL."""


@app.command()
def upgrade() -> None:
    """Create the tables, or bring them to this version's; what is current is left alone."""
    url = Settings().ledger_url
    migrate.upgrade(url)
    typer.echo(f"The ledger is at revision {migrate.current(url)}.")
