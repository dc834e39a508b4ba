"""What commands about one payment share: their options, the reading of what was typed, and the asking itself."""

import getpass
import math
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from temporalio.client import Client

from cli.exits import OF_COMMAND, Ended, Exit
from cli.output import print_command, print_json, print_refusals
from cli.running import Told, run, told
from payments.base import Value
from payments.card_numbers import looks_like_card_number
from payments.money import Money, parse_money
from payments.references import PaymentKey
from payments.refusals import Refusal
from payments.remedies import card_number_refusal, refusal_of
from payments.view import CommandAnswer
from starter import PaymentClient


def _a_number(seconds: float) -> float:
    if math.isnan(seconds):
        raise typer.BadParameter("nan is no number of seconds")
    return seconds


Shop = Annotated[str, typer.Option(help="The shop whose order numbers these are.")]
OrderArgument = Annotated[str, typer.Argument(help="The order's number.")]
PatienceOption = Annotated[
    float, typer.Option("--patience", min=0, max=10, callback=_a_number, help="Seconds to wait for the answer.")
]
RequestOption = Annotated[str, typer.Option("--request-id", help="The same id again does nothing twice.")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="For whoever reads the payment's story.")]

M = TypeVar("M", bound=Value)


def ask(call: Callable[..., Awaitable[CommandAnswer]], *, as_json: bool, patience_seconds: float) -> None:
    """Ask by a method of the client whose other arguments are bound, show the answer, and end the process by it."""

    async def work(client: Client) -> Exit:
        answer = await call(client_of(client), patience_seconds=patience_seconds)
        print_json(answer) if as_json else print_command(answer)
        return OF_COMMAND[answer.result]

    run(work, as_json=as_json, patience_seconds=patience_seconds)


def client_of(client: Client) -> PaymentClient:
    """Return the client that speaks in the name of whoever sits at the terminal."""
    return PaymentClient(client, asked_by=f"{getpass.getuser()} at a terminal")


def check(model: type[M], fields: dict[str, object], *, as_json: bool, **options: str) -> M:
    """Build what options make, before anybody is asked anything; `options`: what this command calls a field."""
    try:
        return model.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as invalid:
        faults = [
            refusal_of(error["type"], error["loc"], error["msg"]).model_copy(
                update={"field": options.get(field) or option_of(field)}
            )
            for error in invalid.errors(include_url=False, include_input=False)
            for field in [str(error["loc"][0]) if error["loc"] else "token"]
        ]
        raise wrong(faults, as_json=as_json) from None


def key_of(shop: str, order: str, *, as_json: bool) -> PaymentKey:
    """Read which payment is meant."""
    if looks_like_card_number(order):
        raise wrong([card_number_refusal("ORDER")], as_json=as_json)
    return check(PaymentKey, {"shop": shop, "order_id": order}, as_json=as_json)


def amount_of(written: str | None, *, as_json: bool) -> Money | None:
    """Read an amount as people write it."""
    if written is None:
        return None
    try:
        return parse_money(written)
    except ValueError as inexact:
        message, remedy = f"{inexact}.", 'Write amount and currency, such as "239.79 USD" or "12680 JPY".'
        raise wrong([refusal("--amount", message, remedy)], as_json=as_json) from inexact


def option_of(name: str) -> str:
    """Return what people type for a field."""
    names = {
        "order_id": "ORDER",
        "window_seconds": "--window",
        "shipment_id": "--shipment",
        "capture_id": "--capture",
        "three_d_secure": "--challenge, --exemption, --skip-3ds",
    }
    return names.get(name, f"--{name.replace('_', '-')}")


def refusal(field: str, message: str, remedy: str) -> Refusal:
    """Say what is wrong with one option."""
    return Refusal(code="bad_input", field=field, message=message, remedy=remedy)


def wrong(refusals: Iterable[Refusal], *, as_json: bool) -> Ended:
    """Say what is wrong with the input, and return what ends the command."""
    print_refusals(refusals, as_json=as_json)
    return Ended(Exit.BAD_INPUT)


def no_payment(key: PaymentKey) -> Told:
    """Return what ends a command about an order that has no payment."""
    message, remedy = f"No payment was ever opened for order {key}.", "Check the order's number and --shop."
    return told(Exit.NOT_FOUND, "ORDER", message, remedy)
