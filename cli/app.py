"""The command `payments`: what a person at a terminal can do."""

import typer

from cli import (
    callbacks,
    changing,
    checking,
    database,
    doctor,
    gateway,
    payments,
    pending,
    plans,
    processes,
    showing,
)

app = typer.Typer(no_args_is_help=True, help="Payments over Ingenico Connect, one durable workflow per order.")
app.command()(payments.start)
app.command()(showing.show)
app.command("list")(payments.list_payments)
app.command()(changing.retry)
app.command()(changing.change)
app.command()(payments.capture)
app.command("take-back")(plans.take_back)
app.command()(plans.schedule)
app.command()(plans.window)
app.command()(payments.void)
app.command()(payments.refund)
app.command()(pending.review)
app.command()(pending.returned)
app.command()(payments.watch)
app.command()(processes.worker)
app.command()(gateway.serve)
app.command()(gateway.events)
app.command()(callbacks.callbacks)
app.command()(processes.dev)
app.command()(processes.demo)
app.command()(checking.check)
app.command()(doctor.doctor)
app.add_typer(database.app, name="db")


def main() -> None:
    """Run the command line."""
    app()
