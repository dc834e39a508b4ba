"""What a command prints: for people on a terminal, or with `--json` one JSON document for machines."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from payments.events import Authentication
from payments.refusals import Refusal
from payments.view import AuthorizationAnswer, CommandAnswer, PaymentView, ScheduledView
from starter.display import show

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead of words.")]

# Wide where nobody looks: what is piped on is never cut. Words from outside are escaped: brackets are rich's own.
WIDE = 220
out = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: BaseModel | list[BaseModel]) -> None:
    """Print for machines: nothing else goes to standard output."""
    if isinstance(value, BaseModel):
        typer.echo(value.model_dump_json(indent=2))
    else:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in value], indent=2))


def print_refusals(refusals: Iterable[Refusal], *, as_json: bool) -> None:
    """Say what is wrong, each with its field and remedy: on standard error, or as JSON."""
    listed = list(refusals)
    if as_json:
        print_json(list(listed))
        return
    for refusal in listed:
        err.print(f"[bold]{escape(refusal.field)}[/]: {escape(refusal.message)} {escape(refusal.remedy)}")


def print_authorization(answer: AuthorizationAnswer) -> None:
    """Print an authorization's answer in words."""
    lines = {
        "result": answer.result.value,
        "transaction id": answer.transaction_id,
        "authorization code": answer.authorization_code,
        "merchant reference": answer.merchant_reference,
        "amount": show(answer.amount) if answer.amount else None,
        "expires": answer.expires_at.isoformat(timespec="seconds") if answer.expires_at else None,
        "send the customer to": answer.redirect_url,
        "waits until": answer.waits_until.isoformat(timespec="seconds") if answer.waits_until else None,
        "authentication": _authentication(answer.authentication),
        "reason": answer.reason,
    }
    _print_pairs(lines)


def print_command(answer: CommandAnswer) -> None:
    """Print a command's answer in words."""
    lines = {
        "result": answer.result.value,
        "state": answer.state.value,
        "amount": show(answer.amount) if answer.amount else None,
        "message": answer.message,
        "refused": str(answer.refusal) if answer.refusal else None,
    }
    _print_pairs(lines)


def _planned(plan: ScheduledView) -> str:
    what = show(plan.amount) if plan.amount is not None else "all that is left"
    return f"capture of {what} at {plan.at.isoformat(timespec='seconds')} ({plan.request_id})"


def view_table(view: PaymentView) -> Table:
    """Return the view as a table of two columns."""
    table = Table.grid(padding=(0, 2, 0, 0))
    rows: dict[str, str | None] = {
        "order": f"{view.shop}/{view.order_id}",
        "state": view.state.value.replace("_", " "),
        "transaction id": view.transaction_id,
        "authorization code": view.authorization_code,
        "merchant reference": view.merchant_reference,
        "paid with": _product(view),
        "expires": view.expires_at.isoformat(timespec="seconds") if view.expires_at else None,
        "waits for": view.waits_for.value if view.waits_for else None,
        "waits until": view.waits_until.isoformat(timespec="seconds") if view.waits_until else None,
        "authentication": _authentication(view.authentication),
        "reason": view.reason or (view.decline.message if view.decline else None),
        "planned": _planned(view.scheduled) if view.scheduled else None,
        "window": view.warning,
        "being found out": view.unknown_operation,
        "may": ", ".join(view.may) or None,
    }
    if view.amounts is not None:
        rows |= {
            name.replace("_", " "): show(money) for name, money in view.amounts if money.amount_minor or name == "owed"
        }
    _add(table, rows)
    for capture in view.captures:
        _add(table, {"capture": f"{show(capture.amount)} {capture.stage.value} ({capture.request_id})"})
    for refund in view.refunds:
        waits = f", not before {refund.not_before:%Y-%m-%d %H:%M} UTC" if refund.not_before else ""
        why = f": {refund.reason}" if refund.reason else ""
        _add(table, {"refund": f"{show(refund.amount)} {refund.stage.value} ({refund.request_id}){waits}{why}"})
    for sentence in view.attention:
        table.add_row("[bold red]needs a person[/]", escape(sentence))
    return table


def _authentication(told: Authentication | None) -> str | None:
    """Say in words what came of 3-D Secure and of the checks of address and card."""
    if told is None:
        return None
    liable = {True: "the issuer is liable", False: "the shop is liable", None: None}[told.liability_shifted]
    asked = f"3-D Secure {told.version} {told.method or ''}".strip() if told.version else None
    said = {"ECI": told.eci, "AVS": told.avs_result, "CVV": told.cvv_result, "fraud service": told.fraud_result}
    return ", ".join(filter(None, [asked, liable, *(f"{name} {value}" for name, value in said.items() if value)]))


def _product(view: PaymentView) -> str | None:
    told = view.payment_product
    return None if told is None else told.name or f"payment product {told.id}"


def _print_pairs(pairs: Mapping[str, str | None]) -> None:
    table = Table.grid(padding=(0, 2, 0, 0))
    _add(table, pairs)
    out.print(table)


def _add(table: Table, pairs: Mapping[str, str | None]) -> None:
    for name, value in pairs.items():
        if value is not None:
            table.add_row(f"[dim]{escape(name)}[/]", escape(value))
