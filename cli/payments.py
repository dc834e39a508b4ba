"""Commands about one payment: start, show, list, capture, void, watch."""

import asyncio
import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.live import Live
from rich.table import Table
from temporalio.client import Client

from cli.exits import OF_AUTHORIZATION, OF_COMMAND, Ended, Exit
from cli.output import (
    AsJson,
    err,
    out,
    print_authorization,
    print_command,
    print_json,
    print_refusals,
    print_view,
    view_table,
)
from cli.running import run
from payments.methods import PaymentAction, PaymentInstruction
from payments.money import Money, parse_money
from payments.order import Order
from payments.references import PaymentKey
from payments.states import PaymentState
from payments.view import AuthorizationResult
from starter import PaymentClient
from starter.intake import OrderUnreadable, read_order
from starter.search import find_payments

Shop = Annotated[str, typer.Option(help="The shop whose order numbers these are.")]
OrderArgument = Annotated[str, typer.Argument(help="The order's number.")]
PatienceOption = Annotated[float, typer.Option("--patience", min=0, max=10, help="Seconds to wait for the answer.")]
RequestOption = Annotated[str, typer.Option("--request-id", help="The same id again does nothing twice.")]

WATCH_SECONDS = 0.5


def start(
    file: Annotated[str, typer.Argument(help="The order, OroCommerce's JSON:API or our own; - reads standard input.")],
    token: Annotated[str | None, typer.Option(help="The card's token at Ingenico.")] = None,
    action: Annotated[PaymentAction, typer.Option(help="What the issuer is asked for.")] = (
        PaymentAction.PRE_AUTHORIZATION
    ),
    account: Annotated[str, typer.Option(help="The merchant account.")] = "main",
    window: Annotated[int | None, typer.Option(help="Seconds until an unshipped order is voided.")] = None,
    shop: Shop = "main",
    patience: PatienceOption = 5.0,
    as_json: AsJson = False,
) -> None:
    """Start an order's payment, or ask again how its authorization stands; started twice it authorizes once."""
    order, instruction = _order(file, shop, as_json=as_json)
    if instruction is None:
        instruction = _instruction(token, action, account, window)

    async def work(client: Client) -> Exit:
        answer = await _client(client).authorize(order, instruction, patience_seconds=patience)
        print_json(answer) if as_json else print_authorization(answer)
        if answer.result is AuthorizationResult.REFUSED and not as_json:
            print_refusals(answer.refusals, as_json=False)
        return OF_AUTHORIZATION[answer.result]

    run(work, as_json=as_json)


def show(order: OrderArgument, shop: Shop = "main", as_json: AsJson = False) -> None:
    """Show everything about one payment."""
    key = _key(shop, order)

    async def work(client: Client) -> Exit:
        view = await _client(client).view(key)
        if view is None:
            return _no_payment(key)
        print_json(view) if as_json else print_view(view)
        return Exit.DONE

    run(work, as_json=as_json)


def list_payments(
    state: Annotated[PaymentState | None, typer.Option(help="Only payments in this state.")] = None,
    attention: Annotated[bool, typer.Option("--attention", help="Only what needs a person.")] = False,
    customer: Annotated[str | None, typer.Option(help="Only this customer's (the shop's id).")] = None,
    reference: Annotated[str | None, typer.Option(help="Only the one with this merchant reference.")] = None,
    shop: Shop = "main",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List payments, the newest first."""

    async def work(client: Client) -> Exit:
        found = find_payments(
            client,
            state=state,
            needs_attention=True if attention else None,
            customer_id=customer,
            shop=shop,
            reference=reference,
            limit=limit,
        )
        lines = [line async for line in found]
        if as_json:
            print_json(list(lines))
            return Exit.DONE
        table = Table(box=None, padding=(0, 2, 0, 0))
        for heading in ("order", "state", "reference", "expires", ""):
            table.add_column(heading, no_wrap=True)
        for line in lines:
            expires = line.expires_at.strftime("%Y-%m-%d %H:%M") if line.expires_at and line.open else ""
            warning = "[bold red]needs a person[/]" if line.needs_attention else ""
            reference_sent = line.references[-1] if line.references else ""
            table.add_row(line.order_id, line.state.replace("_", " "), reference_sent, expires, warning)
        out.print(table if lines else "No payments.")
        return Exit.DONE

    run(work, as_json=as_json)


def capture(
    order: OrderArgument,
    request_id: RequestOption,
    amount: Annotated[str | None, typer.Option(help="Such as '239.79 USD'; without it all that is left.")] = None,
    shipment: Annotated[str | None, typer.Option(help="The shipment it is for.")] = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Capture an order's payment, as fulfilment does when the parcel leaves."""
    key, money = _key(shop, order), _amount(amount)

    async def work(client: Client) -> Exit:
        answer = await _client(client).capture(
            key, request_id=request_id, amount=money, shipment_id=shipment, patience_seconds=patience
        )
        print_json(answer) if as_json else print_command(answer)
        return OF_COMMAND[answer.result]

    run(work, as_json=as_json)


def void(
    order: OrderArgument,
    request_id: RequestOption,
    reason: Annotated[str | None, typer.Option(help="For whoever reads the payment's story.")] = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Release an order's hold: nothing will be shipped."""
    key = _key(shop, order)

    async def work(client: Client) -> Exit:
        answer = await _client(client).void(key, request_id=request_id, reason=reason, patience_seconds=patience)
        print_json(answer) if as_json else print_command(answer)
        return OF_COMMAND[answer.result]

    run(work, as_json=as_json)


def watch(order: OrderArgument, shop: Shop = "main") -> None:
    """Watch a payment change, until nothing can happen any more or Ctrl-C."""
    key = _key(shop, order)

    async def work(client: Client) -> Exit:
        payments = _client(client)
        view = await payments.view(key)
        if view is None:
            return _no_payment(key)
        with Live(view_table(view), console=out, auto_refresh=False) as live:
            while await payments.is_open(key):
                await asyncio.sleep(WATCH_SECONDS)
                view = await payments.view(key) or view
                live.update(view_table(view), refresh=True)
        return Exit.DONE

    run(work)


def _client(client: Client) -> PaymentClient:
    return PaymentClient(client, asked_by=f"{getpass.getuser()} at a terminal")


def _order(file: str, shop: str, *, as_json: bool) -> tuple[Order, PaymentInstruction | None]:
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        err.print(f"[bold red]{file} cannot be read: {error.strerror}.[/] Name a file that holds one order, or -.")
        raise Ended(Exit.BAD_INPUT) from error
    try:
        return read_order(text, shop=shop)
    except OrderUnreadable as unreadable:
        print_refusals(unreadable.refusals, as_json=as_json)
        raise Ended(Exit.BAD_INPUT) from unreadable


def _instruction(token: str | None, action: PaymentAction, account: str, window: int | None) -> PaymentInstruction:
    if token is None:
        err.print("[bold]--token[/]: the order does not say how it is paid. Name the card's token at Ingenico.")
        raise Ended(Exit.BAD_INPUT)
    try:
        return PaymentInstruction(token=token, action=action, account=account, window_seconds=window)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            err.print(f"[bold]--{error['loc'][0]}[/]: {error['msg']}.")
        raise Ended(Exit.BAD_INPUT) from invalid


def _key(shop: str, order: str) -> PaymentKey:
    try:
        return PaymentKey(shop=shop, order_id=order)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            err.print(f"[bold]{error['loc'][0]}[/]: {error['msg']}. Letters, digits and . _ - only.")
        raise Ended(Exit.BAD_INPUT) from invalid


def _amount(written: str | None) -> Money | None:
    if written is None:
        return None
    try:
        return parse_money(written)
    except ValueError as inexact:
        err.print(f"[bold]--amount[/]: {inexact}.")
        raise Ended(Exit.BAD_INPUT) from inexact


def _no_payment(key: PaymentKey) -> Exit:
    err.print(f"[bold red]No payment was ever opened for order {key}.[/] Check the order's number and --shop.")
    return Exit.NOT_FOUND
