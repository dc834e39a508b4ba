"""Commands about one payment: start, list, capture, void, refund, watch."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from temporalio.client import Client

from cli.asking import (
    OrderArgument,
    PatienceOption,
    ReasonOption,
    RequestOption,
    Shop,
    amount_of,
    ask,
    check,
    client_of,
    key_of,
    no_payment,
    option_of,
    refusal,
    wrong,
)
from cli.exits import OF_AUTHORIZATION, Ended, Exit
from cli.output import (
    AsJson,
    out,
    print_authorization,
    print_json,
    print_refusals,
    view_table,
)
from cli.running import leave, run
from payments.commands import Capture, Refund, Void
from payments.methods import WAYS, Challenge, Exemption, PaymentAction, PaymentInstruction
from payments.order import Order
from payments.states import PaymentState
from payments.view import AuthorizationResult
from starter import PaymentClient
from starter.intake import LARGEST_BYTES, OrderUnreadable, read_order
from starter.search import find_payments

WATCH_SECONDS = 0.5


def start(
    file: Annotated[str, typer.Argument(help="The order, OroCommerce's JSON:API or our own; - reads standard input.")],
    token: Annotated[str | None, typer.Option(help="The card's token at Ingenico.")] = None,
    encrypted_input: Annotated[
        str | None, typer.Option("--encrypted-input", help="A file with what the customer's page encrypted.")
    ] = None,
    hosted_checkout: Annotated[
        str | None,
        typer.Option("--hosted-checkout", help="Pay on Ingenico's page, and come back to this address of the shop."),
    ] = None,
    action: Annotated[
        PaymentAction | None, typer.Option(help="What the issuer is asked for.", show_default="pre_authorization")
    ] = None,
    account: Annotated[str | None, typer.Option(help="The merchant account.", show_default="main")] = None,
    window: Annotated[int | None, typer.Option(help="Seconds until an unshipped order is voided.")] = None,
    return_url: Annotated[
        str | None, typer.Option(help="Where the customer comes back to; with it 3-D Secure may ask them.")
    ] = None,
    challenge: Annotated[
        Challenge | None,
        typer.Option(help="Whether the issuer should ask the customer who pays.", show_default="as the account says"),
    ] = None,
    exemption: Annotated[
        Exemption | None, typer.Option(help="Why nobody need be asked.", show_default="as the account says")
    ] = None,
    skip_3ds: Annotated[
        bool, typer.Option("--skip-3ds", help="Nobody is asked: only where the account may say so.")
    ] = False,
    shop: Shop = "main",
    patience: PatienceOption = 5.0,
    as_json: AsJson = False,
) -> None:
    """Start an order's payment, or ask again how its authorization stands; started twice it authorizes once."""
    order, instruction = order_of(file, shop, as_json=as_json)
    encrypted = None if encrypted_input is None else _text(encrypted_input, "--encrypted-input", as_json=as_json)
    options: dict[str, object] = {
        "token": token,
        "encrypted_input": encrypted,
        "hosted_checkout": None if hosted_checkout is None else {"return_url": hosted_checkout},
        "action": action,
        "account": account,
        "window_seconds": window,
        "return_url": return_url,
        "three_d_secure": _three_d_secure(challenge, exemption, skip=skip_3ds),
    }
    instruction = instruction_of(instruction, options, as_json=as_json)

    async def work(client: Client) -> Exit:
        answer = await client_of(client).authorize(order, instruction, patience_seconds=patience)
        print_json(answer) if as_json else print_authorization(answer)
        if answer.result is AuthorizationResult.REFUSED and not as_json:
            print_refusals(answer.refusals, as_json=False)
        return OF_AUTHORIZATION[answer.result]

    run(work, as_json=as_json, patience_seconds=patience)


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
            state_shown = escape(line.state.replace("_", " "))
            table.add_row(escape(line.order_id), state_shown, escape(reference_sent), expires, warning)
        out.print(table if lines else "No payments.")
        return Exit.DONE

    run(work, as_json=as_json)


def capture(
    order: OrderArgument,
    request_id: RequestOption,
    amount: Annotated[str | None, typer.Option(help="Such as '239.79 USD'; without it all that is left.")] = None,
    shipment: Annotated[str | None, typer.Option(help="The shipment it is for.")] = None,
    final: Annotated[bool, typer.Option("--final", help="No capture follows: the rest is let go.")] = False,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Capture an order's payment, as fulfilment does when the parcel leaves."""
    key, money = key_of(shop, order, as_json=as_json), amount_of(amount, as_json=as_json)
    check(Capture, {"request_id": request_id, "shipment_id": shipment}, as_json=as_json)

    call = partial(
        PaymentClient.capture, key=key, request_id=request_id, amount=money, final=final, shipment_id=shipment
    )
    ask(call, as_json=as_json, patience_seconds=patience)


def void(
    order: OrderArgument,
    request_id: RequestOption,
    reason: ReasonOption = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Release an order's hold: nothing will be shipped."""
    key = key_of(shop, order, as_json=as_json)
    check(Void, {"request_id": request_id, "reason": reason}, as_json=as_json)

    call = partial(PaymentClient.void, key=key, request_id=request_id, reason=reason)
    ask(call, as_json=as_json, patience_seconds=patience)


def refund(
    order: OrderArgument,
    request_id: RequestOption,
    amount: Annotated[str | None, typer.Option(help="Such as '239.79 USD'; without it all that is left.")] = None,
    reason: ReasonOption = None,
    shop: Shop = "main",
    patience: PatienceOption = 10.0,
    as_json: AsJson = False,
) -> None:
    """Give back what was captured: at once, or as soon as Ingenico lets it."""
    key, money = key_of(shop, order, as_json=as_json), amount_of(amount, as_json=as_json)
    check(Refund, {"request_id": request_id, "reason": reason}, as_json=as_json)

    call = partial(PaymentClient.refund, key=key, request_id=request_id, amount=money, reason=reason)
    ask(call, as_json=as_json, patience_seconds=patience)


def watch(order: OrderArgument, shop: Shop = "main") -> None:
    """Watch a payment change, until nothing can happen any more or Ctrl-C."""
    key = key_of(shop, order, as_json=False)

    async def work(client: Client) -> Exit:
        payments = client_of(client)
        view = await payments.view(key)
        if view is None:
            raise no_payment(key)
        with Live(view_table(view), console=out, auto_refresh=False) as live:
            while await payments.is_open(key):
                await asyncio.sleep(WATCH_SECONDS)
                view = await payments.view(key) or view
                live.update(view_table(view), refresh=True)
            # What came last may have come between the two questions.
            live.update(view_table(await payments.view(key) or view), refresh=True)
        return Exit.DONE

    run(work, patience_seconds=None)


def order_of(file: str, shop: str, *, as_json: bool) -> tuple[Order, PaymentInstruction | None]:
    """Read an order, and how it is paid if the file says so; what is wrong with it ends the process."""
    try:
        text = _read(file)
    except OSError as error:
        raise _unread(file, error, "FILE", "Name a file that holds one order, or -.", as_json=as_json) from error
    except KeyboardInterrupt:
        # Somebody waited for standard input to end; the command line's own answer to that would be 1.
        leave(Exit.INTERRUPTED)
    try:
        return read_order(text, shop=shop)
    except OrderUnreadable as unreadable:
        raise wrong(unreadable.refusals, as_json=as_json) from unreadable


def _text(file: str, option: str, *, as_json: bool) -> str:
    """Return what a file holds, for an option whose text is too long for a command line."""
    try:
        return _read(file).decode(errors="replace").strip()
    except OSError as error:
        raise _unread(file, error, option, "Name a file that can be read.", as_json=as_json) from error


def _unread(file: str, error: OSError, field: str, remedy: str, *, as_json: bool) -> Ended:
    return wrong([refusal(field, f"{file} cannot be read: {error.strerror}.", remedy)], as_json=as_json)


def _read(file: str) -> bytes:
    # One byte more than is read: an endless file is refused, not waited for.
    if file == "-":
        return sys.stdin.buffer.read(LARGEST_BYTES + 1)
    with Path(file).open("rb") as opened:
        return opened.read(LARGEST_BYTES + 1)


def _three_d_secure(
    challenge: Challenge | None, exemption: Exemption | None, *, skip: bool
) -> dict[str, object] | None:
    """Return what is asked of 3-D Secure; None where the account's own settings decide."""
    asked = {"challenge": challenge, "exemption": exemption, "skip": skip or None}
    return {name: value for name, value in asked.items() if value is not None} or None


def instruction_of(said: PaymentInstruction | None, options: dict[str, object], *, as_json: bool) -> PaymentInstruction:
    """Return how it is paid: as the file says, and as the options do where it says nothing."""
    given = {name: value for name, value in options.items() if value is not None}
    if said is not None:
        if not given:
            return said
        message, remedy = "The order's document says how it is paid.", "Leave the option out, or change the document."
        raise wrong([refusal(option_of(name), message, remedy) for name in given], as_json=as_json)
    if not given.keys() & set(WAYS):
        message, remedy = "The order does not say how it is paid.", "Name the card's token at Ingenico."
        raise wrong([refusal("--token", message, remedy)], as_json=as_json)
    return check(PaymentInstruction, given, as_json=as_json)
